"""Which lines are in the text widget, and the way from one set of rows to the next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatkit.client.model import Line
from chatkit.gui_widgets.shown_lines import LIMIT, PAGE, SLACK, TAIL, Row, Stretch, clock, edits, rows_of

DAY_MS = 24 * 60 * 60 * 1000


def line(number: int, time_ms: int = 0) -> Line:
    return Line(number, "message", "#room", "Bob", f"text {number}", time_ms)


def lines(count: int) -> list[Line]:
    return [line(number) for number in range(count)]


POOL: list[Row] = [*lines(12), *rows_of([line(99), line(98, 40 * DAY_MS)])]
SOME_ROWS = st.lists(st.sampled_from(POOL), unique_by=id, max_size=14)


def applied(old: list[Row], new: list[Row]) -> list[Row]:
    shown = list(old)
    for edit in edits(old, new):
        shown[edit.at : edit.at + edit.removed] = edit.rows
    return shown


@given(SOME_ROWS, SOME_ROWS)
def test_edits_lead_from_any_rows_to_any_others(old, new):
    assert applied(old, new) == new


def test_nothing_changes_where_nothing_is_different():
    assert edits(POOL, list(POOL)) == []


def test_what_is_appended_while_the_oldest_go_touches_nothing_else():
    all_lines = lines(500)
    found = edits(all_lines[:400], all_lines[100:])
    assert [(edit.at, edit.removed, len(edit.rows)) for edit in found] == [(400, 0, 100), (0, 100, 0)]


def test_a_changed_line_is_replaced_alone():
    old = lines(100)
    new = [*old[:40], line(40), *old[41:]]
    assert [(edit.at, edit.removed, len(edit.rows)) for edit in edits(old, new)] == [(40, 1, 1)]


def test_every_day_begins_with_a_divider():
    rows = rows_of([line(1, DAY_MS), line(2, DAY_MS), line(3, 5 * DAY_MS)], "head")
    assert [type(row).__name__ for row in rows] == ["Divider", "Divider", "Line", "Line", "Divider", "Line"]


def test_a_time_beyond_every_clock_is_shown_and_makes_no_day():
    assert clock(-(10**14)) == "--:--"
    assert clock(10**18) == "--:--"
    assert len(rows_of([line(1, 10**18)])) == 1


def test_the_end_is_shown_and_follows():
    stretch = Stretch()
    assert stretch.of(lines(1000), following=True) == (1000 - TAIL, 1000)
    assert stretch.of(lines(1000 + SLACK), following=True) == (1000 - TAIL, 1000 + SLACK), "a little more is no matter"
    assert stretch.of(lines(1001 + SLACK), following=True) == (1001 + SLACK - TAIL, 1001 + SLACK)


def test_who_reads_keeps_the_first_line_and_the_rest_is_bounded():
    stretch = Stretch()
    stretch.of(lines(1000), following=True)
    assert stretch.of(lines(9000), following=False) == (1000 - TAIL, 1000 - TAIL + LIMIT)
    assert not stretch.at_end
    assert stretch.of(lines(9500), following=False) == (1000 - TAIL, 1000 - TAIL + LIMIT)


def test_it_goes_up_and_down_in_pages():
    stretch, room = Stretch(), lines(5000)
    stretch.of(room, following=True)
    assert stretch.extend_up(room)
    assert stretch.of(room, following=False) == (5000 - TAIL - PAGE, 5000)
    while stretch.extend_up(room):
        pass
    assert stretch.of(room, following=False) == (0, LIMIT)
    while stretch.extend_down(room):
        pass
    assert stretch.of(room, following=False) == (5000 - LIMIT, 5000)
    assert stretch.at_end


def test_it_survives_lines_that_go_at_the_front():
    stretch, room = Stretch(), lines(3000)
    stretch.of(room, following=True)
    for _ in range(20):
        stretch.extend_up(room)
    start, end = stretch.of(room[2000:], following=False)
    assert 0 <= start < end <= 1000


def test_older_lines_that_are_prepended_are_not_shown_before_they_are_asked_for():
    stretch, room = Stretch(), lines(100)
    assert stretch.of(room, following=False) == (0, 100)
    older = [line(number) for number in range(1000, 1100)]
    assert stretch.of([*older, *room], following=False) == (100, 200)
    assert stretch.extend_up([*older, *room])
    assert stretch.of([*older, *room], following=False) == (0, 200)


def test_an_empty_room_shows_nothing():
    assert Stretch().of([], following=True) == (0, 0)
    assert not Stretch().extend_up([])
    assert not Stretch().extend_down([])
