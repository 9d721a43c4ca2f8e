"""The rows of a room as chunks with lazy heights, compared with a plain list."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chatkit.client.model import Line
from chatkit.client.timeline import Row, Splice
from chatkit.tui_widgets.grid import Grid
from chatkit.tui_widgets.layout import lay_out
from chatkit.tui_widgets.row_heights import CHUNK
from chatkit.tui_widgets.transcript import HEADER, Spot, Transcript
from tests.examples import examples

GRID = Grid(40)
SCREEN = 20


def row(number: int, text: str = "", **fields: Any) -> Row:
    values = {"kind": "message", "nick": "Bob", "time_ms": number * 1000, **fields}
    return Row("line", number, lines=(Line(id=number, room="#room", text=text or f"text {number}", **values),))


def rows(first: int, last: int) -> tuple[Row, ...]:
    return tuple(row(number) for number in range(first, last + 1))


def filled(count: int = 5, grid: Grid = GRID) -> Transcript:
    transcript = Transcript(grid)
    transcript.apply([Splice(0, 0, rows(1, count))], old=True)
    transcript.settle(grid, SCREEN)
    return transcript


def shown(transcript: Transcript) -> list[str]:
    """What stands on each rung: the text of its row, or "header"."""
    found = [transcript.at(rung) for rung in range(transcript.height)]
    return ["header" if place is None else place.row.lines[0].text for place in found]


def test_rungs_are_the_header_and_the_rows():
    assert shown(filled(3)) == ["header", "text 1", "text 2", "text 3"]


def test_a_long_line_takes_several_rungs_and_fewer_where_there_is_more_room():
    transcript = filled(1)
    transcript.apply([Splice(1, 0, (row(2, "word " * 15),))])
    assert len(shown(transcript)) == 1 + 1 + 3
    transcript.settle(Grid(120), SCREEN)
    assert len(shown(transcript)) == 3


@pytest.mark.parametrize("rung", range(1, 6))
def test_a_place_is_found_again_after_all_kinds_of_change(rung: int):
    transcript = filled()
    transcript.following = False
    transcript.spot = transcript.spot_at(rung)
    before = shown(transcript)[rung]
    transcript.apply([Splice(0, 0, rows(-30, 0)), Splice(36, 0, rows(40, 41))])
    assert shown(transcript)[transcript.rung_of(transcript.spot)] == before


def test_a_place_whose_row_is_drawn_anew_stays():
    transcript = filled()
    transcript.spot = transcript.spot_at(3)
    transcript.apply([Splice(1, 3, (row(2, "other"), row(3, "changed"), row(4)))])
    assert shown(transcript)[transcript.rung_of(transcript.spot)] == "changed"


def test_the_selected_row_is_followed_wherever_it_goes():
    transcript = filled()
    transcript.selected = 2
    transcript.apply([Splice(0, 0, rows(-3, 0)), Splice(0, 1)])
    assert transcript.row(transcript.selected or 0).key == 3


def test_talk_below_is_counted_only_while_the_user_reads_elsewhere():
    transcript = filled()
    transcript.apply([Splice(5, 0, (row(6),))])
    assert transcript.below == 0
    transcript.following = False
    transcript.apply([Splice(6, 0, (row(7), row(8, kind="join")))])
    transcript.apply([Splice(6, 2, (row(7, "edited"), row(8, kind="join")))])
    transcript.apply([Splice(0, 0, rows(-5, 0))])
    transcript.apply([Splice(transcript.count, 0, rows(90, 95))], old=True)
    assert transcript.below == 1


def test_a_line_is_found_wherever_it_stands():
    transcript = filled(3 * CHUNK)
    assert [transcript.find(line_id) for line_id in (1, CHUNK + 7, 3 * CHUNK, 0)] == [0, CHUNK + 6, 3 * CHUNK - 1, None]


def test_what_is_far_away_is_measured_when_the_user_comes_near():
    transcript = filled(0)
    transcript.apply([Splice(0, 0, tuple(row(number, "word " * 15) for number in range(8 * CHUNK)))])
    transcript.settle(GRID, SCREEN)
    assert transcript.height < 8 * CHUNK * 3, "not all of it was measured"
    transcript.following = False
    transcript.spot = Spot(0, 0)
    transcript.settle(GRID, SCREEN)
    assert [place.rung for rung in range(1, 7) if (place := transcript.at(rung))] == [0, 1, 2, 0, 1, 2]


def test_a_page_of_history_before_a_hundred_thousand_rows_costs_next_to_nothing():
    transcript = filled(100_000)
    start = time.perf_counter()
    for number in range(10):
        transcript.apply([Splice(0, 0, rows(-100 * number - 99, -100 * number))])
    for number in range(1000):
        transcript.apply([Splice(transcript.count, 0, (row(200_000 + number),))])
    assert time.perf_counter() - start < 1.0


class Changes(RuleBasedStateMachine):
    """Any order of changes ends in the rows of a plain list, each as high as it is laid out."""

    def __init__(self) -> None:
        super().__init__()
        self.grid = GRID
        self.transcript = Transcript(self.grid)
        self.rows: list[Row] = []
        self.number = 0

    @rule(where=st.floats(0, 1), removed=st.integers(0, 700), count=st.integers(0, 900), words=st.integers(0, 20))
    def splice(self, where: float, removed: int, count: int, words: int) -> None:
        at = int(where * len(self.rows))
        removed = min(removed, len(self.rows) - at)
        new = tuple(row(self.number + index, f"{index} " + "word " * words) for index in range(count))
        self.number += count
        self.rows[at : at + removed] = new
        self.transcript.apply([Splice(at, removed, new)])

    @rule(where=st.floats(0, 0.99), following=st.booleans(), width=st.sampled_from([20, 40, 80, 140]))
    def look(self, where: float, following: bool, width: int) -> None:
        self.grid = Grid(width, airy=width > 60)
        self.transcript.following = following
        self.transcript.spot = Spot(int(where * len(self.rows)), 0)
        self.transcript.settle(self.grid, SCREEN)

    @invariant()
    def rows_are_those_of_a_list(self) -> None:
        assert self.transcript.count == len(self.rows)
        assert [self.transcript.row(index) for index in range(0, len(self.rows), 97)] == self.rows[::97]

    @invariant()
    def what_is_near_is_as_high_as_it_is_laid_out(self) -> None:
        if not self.rows:
            return
        self.transcript.settle(self.grid, SCREEN)
        last = len(self.rows) - 1
        index = last if self.transcript.following else min(self.transcript.spot.index, last)
        top = self.transcript.rung_of(Spot(index, 0))
        place = self.transcript.at(top)
        assert place is not None
        assert (place.index, place.rung) == (index, 0)
        end = top + len(lay_out(self.rows[index], self.grid))
        behind = self.transcript.at(end)
        assert (behind is None) if index == last else (behind is not None and behind.index == index + 1)
        assert self.transcript.height >= HEADER + len(self.rows)


TestChanges = Changes.TestCase
TestChanges.settings = settings(deadline=None, max_examples=examples(40))
