"""The rows of a room, compared with laying the same lines out from nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chatkit.client.model import Line
from chatkit.tui_widgets.transcript import HEADER_ROWS, Transcript

HOUR = 3_600_000
NOON = 1_800_014_400_000  # some day


def line(number: int, text: str = "", **fields: Any) -> Line:
    values = {"kind": "message", "nick": "Bob", "time_ms": NOON + number * 1000, **fields}
    return Line(id=number, room="#room", text=text or f"text {number}", **values)


def rows(transcript: Transcript) -> list[str]:
    """What each row shows, without wrapping."""
    found = [transcript.at(row) for row in range(transcript.height)]
    return [
        "header"
        if place is None
        else place[0].dividers[place[1]].kind
        if place[1] < len(place[0].dividers)
        else place[0].line.text
        for place in found
    ]


@pytest.fixture
def transcript() -> Transcript:
    filled = Transcript(width=20)
    filled.append([line(number) for number in range(1, 6)])
    return filled


def test_rows_are_the_header_the_day_and_the_lines(transcript: Transcript):
    assert rows(transcript) == ["header", "day", "text 1", "text 2", "text 3", "text 4", "text 5"]


def test_a_long_line_takes_several_rows(transcript: Transcript):
    transcript.append([line(6, "word " * 10)])
    assert rows(transcript)[-4:] == ["text 5"] + ["word " * 10] * 3
    transcript.rewrap(100)
    assert rows(transcript)[-2:] == ["text 5", "word " * 10]


def test_another_day_is_divided_and_only_once(transcript: Transcript):
    transcript.prepend([line(-1, time_ms=NOON - 48 * HOUR)])
    assert rows(transcript)[:4] == ["header", "day", "text -1", "day"]
    transcript.prepend([line(-2, time_ms=NOON - 48 * HOUR)])
    assert rows(transcript)[:5] == ["header", "day", "text -2", "text -1", "day"]
    transcript.remove([-1, -2])
    assert rows(transcript)[:3] == ["header", "day", "text 1"]


def test_what_is_new_is_divided_until_it_is_not_new(transcript: Transcript):
    transcript.mark_new(3)
    assert rows(transcript)[3:6] == ["text 2", "new", "text 3"]
    transcript.mark_new(None)
    assert "new" not in rows(transcript)


@pytest.mark.parametrize("row", range(7))
def test_a_place_is_found_again_after_all_kinds_of_change(transcript: Transcript, row: int):
    spot, shown = transcript.spot_at(row), rows(transcript)
    transcript.prepend([line(-number, "long " * 9) for number in (3, 2, 1)])
    transcript.insert(4, [line(40), line(41)])
    found = transcript.row_of(spot)
    if shown[row].startswith("text"):
        assert rows(transcript)[found] == shown[row]
    else:  # what stood there is gone: as far above the same line as before
        assert rows(transcript)[found + 2 - row] == "text 1"


def test_a_place_whose_line_is_gone_is_the_top(transcript: Transcript):
    spot = transcript.spot_at(4)
    transcript.remove([3])
    assert transcript.row_of(spot) == 0


def test_talk_below_is_counted_only_while_the_user_reads_elsewhere(transcript: Transcript):
    transcript.append([line(6)])
    assert transcript.below == 0
    transcript.following = False
    transcript.append([line(7), line(8, kind="join")])
    assert transcript.below == 1


class Changes(RuleBasedStateMachine):
    """Any order of changes ends in the layout that the lines have when they are laid out at once."""

    def __init__(self) -> None:
        super().__init__()
        self.width = 20
        self.transcript = Transcript(self.width)
        self.lines: list[Line] = []
        self.number = 0

    def new(self, count: int, words: int, hours: int) -> list[Line]:
        self.number += count
        ids = range(self.number - count + 1, self.number + 1)
        return [line(number, f"{number} " + "word " * words, time_ms=NOON + hours * HOUR) for number in ids]

    @rule(count=st.integers(1, 5), words=st.integers(0, 12), hours=st.integers(-50, 50))
    def append(self, count: int, words: int, hours: int) -> None:
        lines = self.new(count, words, hours)
        self.lines += lines
        self.transcript.append(lines)

    @rule(count=st.integers(1, 5), words=st.integers(0, 12), hours=st.integers(-50, 50))
    def prepend(self, count: int, words: int, hours: int) -> None:
        lines = self.new(count, words, hours)
        self.lines[:0] = lines
        self.transcript.prepend(lines)

    @rule(where=st.floats(0, 0.99), count=st.integers(1, 3), words=st.integers(0, 12))
    def insert(self, where: float, count: int, words: int) -> None:
        if self.lines:
            index = int(where * len(self.lines))
            lines = self.new(count, words, 0)
            self.transcript.insert(self.lines[index].id, lines)
            self.lines[index:index] = lines

    @rule(where=st.floats(0, 0.99), words=st.integers(0, 12), hours=st.integers(-50, 50))
    def replace(self, where: float, words: int, hours: int) -> None:
        if self.lines:
            index = int(where * len(self.lines))
            changed = line(self.lines[index].id, "other " * (words + 1), time_ms=NOON + hours * HOUR)
            self.transcript.replace(changed)
            self.lines[index] = changed

    @rule(where=st.floats(0, 0.99), count=st.integers(1, 4))
    def remove(self, where: float, count: int) -> None:
        index = int(where * len(self.lines))
        self.transcript.remove([gone.id for gone in self.lines[index : index + count]])
        del self.lines[index : index + count]

    @rule(where=st.floats(0, 0.99))
    def mark(self, where: float) -> None:
        self.transcript.mark_new(self.lines[int(where * len(self.lines))].id if self.lines else None)

    @rule(width=st.integers(2, 60))
    def rewrap(self, width: int) -> None:
        self.width = width
        self.transcript.rewrap(width)

    @invariant()
    def looks_as_if_laid_out_at_once(self) -> None:
        self.transcript.mark_new(None)
        fresh = Transcript(self.width)
        fresh.append(self.lines)
        assert self.transcript.lines == self.lines
        assert rows(self.transcript) == rows(fresh)
        assert self.transcript.height == len(rows(fresh)) >= HEADER_ROWS


TestChanges = Changes.TestCase
