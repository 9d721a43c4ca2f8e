"""Rows cut into rungs: as high as they are estimated, with everything in its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.client.model import Line, Quote, Reaction
from chatkit.client.timeline import Row
from chatkit.proto.styles import Span, Style
from chatkit.tui_widgets.grid import Grid
from chatkit.tui_widgets.layout import height, lay_out
from chatkit.tui_widgets.phrasing import phrase
from chatkit.tui_widgets.wrapping import cells

GRIDS = st.builds(Grid, st.sampled_from([24, 49, 80, 120, 200]), airy=st.booleans(), hours24=st.booleans())
WORDS = st.lists(st.sampled_from(["a", "word", "你好世界", "🎉", "a_very_long_word_indeed", "\n"]), max_size=30)


def row(text: str = "Hi", *, head: bool = True, **fields: Any) -> Row:
    values = {"kind": "message", "nick": "Alice", "time_ms": 0, **fields}
    return Row("line", 1, lines=(Line(id=1, room="#room", text=text, **values),), head=head)


def kinds(row: Row, grid: Grid) -> list[str]:
    return [rung.kind for rung in lay_out(row, grid)]


@given(
    WORDS.map(" ".join), GRIDS, st.booleans(), st.sampled_from(["message", "action", "join", "error"]),
    st.sampled_from(["Al", "a_nick_of_thirty_characters_xx", "你好"]),
)  # fmt: skip
def test_no_rung_is_wider_than_the_text_may_be_and_height_counts_them(
    text: str, grid: Grid, head: bool, kind: Any, nick: str
):
    shown = Row("line", 1, lines=(Line(1, kind, "#room", nick, text, 0),), head=head)
    rungs, said = lay_out(shown, grid), phrase(shown)
    assert height(shown, grid) == len(rungs)
    assert all(cells(said.body[rung.start : rung.end]) <= grid.text for rung in rungs if rung.kind == "text")
    assert sum(rung.first for rung in rungs) == 1


def test_people_are_set_apart_where_there_is_room():
    grid = Grid(100, airy=True)
    assert kinds(row(), grid) == ["gap", "text"]
    assert kinds(row(head=False), grid) == ["text"]
    assert kinds(row(), Grid(100)) == ["text"]


def test_what_is_answered_stands_above_and_reactions_below():
    said = row(reply=Quote("m1", "Bob", "what?"), reactions=(Reaction("👍", ("Bob",)),))
    assert kinds(said, Grid(80)) == ["quote", "text", "chips"]


def test_many_reactions_take_several_rungs():
    many = tuple(Reaction(f"reaction {number}", ("Bob",)) for number in range(12))
    rungs = [rung for rung in lay_out(row(reactions=many), Grid(60)) if rung.kind == "chips"]
    assert len(rungs) > 1
    assert [number for rung in rungs for number in range(rung.start, rung.end)] == list(range(12))


def test_code_is_cut_where_it_must_and_keeps_its_blanks():
    text = "look:\n    indented = " + "x" * 90
    code = Span(6, len(text), Style(block=True, mono=True))
    rungs = lay_out(row(text, spans=(code,)), Grid(60))
    assert [rung.kind for rung in rungs][:2] == ["text", "code"]
    assert text[rungs[1].start : rungs[1].end].startswith("    indented")
    assert "".join(text[rung.start : rung.end] for rung in rungs[1:]) == text[6:]


@pytest.mark.parametrize(("width", "column"), [(49, 7 + 2), (80, 7 + 13), (120, 7 + 16)])
def test_texts_begin_in_one_column(width: int, column: int):
    assert Grid(width).left == column


def test_what_was_deleted_shows_neither_what_it_answered_nor_its_reactions():
    gone = row("", redacted="Bob deleted this", reply=Quote("m1"), reactions=())
    assert kinds(gone, Grid(80)) == ["text"]
    assert phrase(gone).body == "Bob deleted this"
