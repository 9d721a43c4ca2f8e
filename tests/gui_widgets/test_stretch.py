"""Which rows are in the text widget, and the way from one set of them to the next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatkit.client.model import Line
from chatkit.client.timeline import Row, Splice
from chatkit.gui_widgets.stretch import LIMIT, PAGE, SLACK, TAIL, Stretch


def row(number: int) -> Row:
    return Row("line", number, lines=(Line(number, "message", "#room", "Bob", f"text {number}", 0),))


def rows(count: int, first: int = 0) -> list[Row]:
    return [row(number) for number in range(first, first + count)]


class Reader:
    """A timeline, and what a stretch of it shows."""

    def __init__(self, count: int) -> None:
        self.rows = rows(count)
        self.stretch = Stretch()
        self.stretch.to_end(count)
        self.shown = self.rows[self.stretch.start :]
        self._next = 100_000

    def change(self, at: int, removed: int, added: int) -> None:
        new = rows(added, self._next)
        self._next += added
        self.rows[at : at + removed] = new
        change = self.stretch.apply(Splice(at, removed, tuple(new)))
        self.take([] if change is None else [change])

    def take(self, changes: list[Splice]) -> None:
        for change in changes:
            assert 0 <= change.at <= change.at + change.removed <= len(self.shown)
            self.shown[change.at : change.at + change.removed] = change.rows

    def trim(self, *, following: bool) -> None:
        cut = self.stretch.trim(following=following)
        self.take([] if cut is None else [cut])

    @property
    def is_true(self) -> bool:
        return self.shown == self.rows[self.stretch.start : self.stretch.end]


CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), st.integers(0, 30)), max_size=12)


@given(st.integers(0, 900), CHANGES, st.booleans())
def test_what_is_shown_is_always_that_part_of_the_timeline(count, changes, following):
    reader = Reader(count)
    for share, removed, added in changes:
        at = round(share * len(reader.rows))
        reader.change(at, min(removed, len(reader.rows) - at), added)
        reader.trim(following=following)
        assert reader.is_true
        assert reader.stretch.is_true_of(reader.shown, reader.rows)


@given(st.integers(0, 5000), st.lists(st.booleans(), max_size=20))
def test_scrolling_either_way_keeps_it_true_and_bounded(count, ways):
    reader = Reader(count)
    for up in ways:
        extend = reader.stretch.extend_up if up else reader.stretch.extend_down
        reader.take(extend(reader.rows))
        assert reader.is_true
        assert len(reader.shown) <= LIMIT
        assert reader.stretch.open == (reader.stretch.end == count)


def test_at_the_end_what_is_new_is_shown_and_the_oldest_go():
    reader = Reader(TAIL)
    reader.change(TAIL, 0, SLACK)
    reader.trim(following=True)
    assert len(reader.shown) == TAIL + SLACK, "a little more is no matter"
    reader.change(TAIL + SLACK, 0, 1)
    reader.trim(following=True)
    assert reader.shown == reader.rows[-TAIL:]


def test_who_reads_further_up_does_not_get_more_and_more():
    reader = Reader(LIMIT)
    while reader.stretch.start:
        reader.take(reader.stretch.extend_up(reader.rows))
    reader.change(LIMIT, 0, 100)
    reader.trim(following=False)
    assert reader.shown == reader.rows[:LIMIT]
    reader.change(len(reader.rows), 0, 100)
    assert len(reader.shown) == LIMIT
    assert not reader.stretch.open


def test_older_rows_are_not_shown_before_they_are_asked_for():
    reader = Reader(100)
    reader.change(0, 0, 500)
    assert len(reader.shown) == 100
    reader.take(reader.stretch.extend_up(reader.rows))
    assert len(reader.shown) == 100 + PAGE
    assert reader.is_true


def test_a_row_far_off_is_shown_with_those_around_it():
    reader = Reader(50_000)
    reader.stretch.around(20_000, 50_000)
    assert reader.stretch.start < 20_000 < reader.stretch.end
    assert reader.stretch.size == TAIL
    assert not reader.stretch.open


def test_rows_that_were_changed_without_a_word_are_noticed():
    reader = Reader(1000)
    assert reader.stretch.is_true_of(reader.shown, reader.rows)
    assert not reader.stretch.is_true_of(reader.shown, [*reader.rows, row(5)])
    assert not reader.stretch.is_true_of(reader.shown, [*rows(1, 77), *reader.rows[1:-1], row(99)])
