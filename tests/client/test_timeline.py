"""What a room looks like, row by row: days, the line at what is new, folds, groups, and how they change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chatkit.client import folding
from chatkit.client.events import (
    LineChanged,
    LineEvent,
    LinesAppended,
    LinesInserted,
    LinesPrepended,
    LinesRemoved,
    NetworkRemoved,
    RoomRemoved,
    RowsChanged,
    StatusChanged,
    UnreadChanged,
)
from chatkit.client.model import Chat, Line, Quote, Room, Status
from chatkit.client.timeline import Layout, Row, Splice, Timeline, Timelines
from tests.client.conversation import message
from tests.client.typed_hub import network, typed_hub
from tests.examples import examples

ROOM = Room(1, "#room", "channel", Chat("Alice", Room(0, "test", "server")))
NOON = 1_800_000_000_000 // 86_400_000 * 86_400_000 + 43_200_000
SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000


def day_of(time_ms: int) -> date:
    return datetime.fromtimestamp(time_ms / 1000, UTC).date()


def said(line_id: int, nick: str = "Bob", text: str = "", *, at: int | None = None, **fields: Any) -> Line:
    time_ms = NOON + (line_id * SECOND if at is None else at)
    return Line(line_id, "message", "#room", nick, text or f"text {line_id}", time_ms, **fields)


def quiet(line_id: int, kind: Any, nick: str = "Bob", *, at: int | None = None) -> Line:
    time_ms = NOON + (line_id * SECOND if at is None else at)
    return Line(line_id, kind, "#room", nick, f"{nick} {kind}", time_ms)


def timeline_of(*lines: Line, **layout: bool) -> Timeline:
    timeline = Timeline(day_of, Layout(**{"days": False, **layout}))
    timeline.apply(LinesAppended(ROOM, lines))
    return timeline


def drawn(timeline: Timeline) -> list[str]:
    """The rows in short: a name where it is shown."""
    return [_drawn(row) for row in timeline.rows]


def _drawn(row: Row) -> str:
    if row.kind != "line":
        return f"{row.kind}: {row.text}"
    return (f"{row.lines[0].nick}: " if row.head else "") + row.lines[0].text


# Days.


def test_a_day_stands_above_its_first_line() -> None:
    timeline = timeline_of(said(1), said(2), said(3, at=24 * HOUR), days=True)
    assert drawn(timeline) == [
        "day: Friday, 15 January 2027", "Bob: text 1", "text 2", "day: Saturday, 16 January 2027", "Bob: text 3",
    ]  # fmt: skip


def test_a_day_moves_up_when_older_lines_of_it_come() -> None:
    timeline = timeline_of(said(1), days=True)
    splices = timeline.apply(LinesPrepended(ROOM, (said(2, "Eve", at=-HOUR),)))
    assert drawn(timeline) == ["day: Friday, 15 January 2027", "Eve: text 2", "Bob: text 1"]
    assert [(splice.at, splice.removed, len(splice.rows)) for splice in splices] == [(0, 1, 2)]


# Groups.


def test_messages_of_one_person_are_a_group() -> None:
    assert drawn(timeline_of(said(1), said(2), said(3, "Eve"), said(4, "Eve"))) == [
        "Bob: text 1", "text 2", "Eve: text 3", "text 4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("second", "layout"),
    [
        (said(2, at=SECOND + 5 * MINUTE), {}),
        (said(2, at=-HOUR), {}),
        (said(2, "Eve"), {}),
        (Line(2, "action", "#room", "Bob", "text 2", NOON + 2 * SECOND), {}),
        (said(2, reply=Quote("m1")), {}),
        (said(2), {"group": False}),
    ],
    ids=["five minutes", "time goes back", "another person", "another kind", "an answer", "not wanted"],
)
def test_a_group_ends_at(second: Line, layout: dict[str, bool]) -> None:
    assert [row.head for row in timeline_of(said(1), second, **layout).rows] == [True, True]


def test_a_group_goes_on_just_before_five_minutes() -> None:
    assert [row.head for row in timeline_of(said(1, at=0), said(2, at=5 * MINUTE - 1)).rows] == [True, False]


def test_a_group_ends_at_a_divider() -> None:
    timeline = timeline_of(said(1), said(2), said(3))
    timeline.mark_unread(2)
    assert drawn(timeline) == ["Bob: text 1", "unread: New messages", "Bob: text 2", "text 3"]


def test_a_line_taken_away_gives_its_place_to_the_next() -> None:
    timeline = timeline_of(said(1), said(2, "Eve"), said(3))
    timeline.apply(LinesRemoved(ROOM, (2,)))
    assert drawn(timeline) == ["Bob: text 1", "text 3"]


# The line at what is new.


def test_the_line_at_what_is_new_moves_and_goes() -> None:
    timeline = timeline_of(said(1), said(2, "Eve"), said(3))
    timeline.mark_unread(2)
    timeline.mark_unread(3)
    assert drawn(timeline) == ["Bob: text 1", "Eve: text 2", "unread: New messages", "Bob: text 3"]
    timeline.mark_unread(None)
    assert drawn(timeline) == ["Bob: text 1", "Eve: text 2", "Bob: text 3"]
    assert timeline.mark_unread(None) == ()


def test_the_line_at_what_is_new_splits_a_fold() -> None:
    timeline = timeline_of(*(quiet(number, "join", f"N{number}") for number in range(4)))
    timeline.mark_unread(2)
    assert drawn(timeline) == ["fold: N0 and N1 joined", "unread: New messages", "fold: N2 and N3 joined"]
    timeline.mark_unread(None)
    assert drawn(timeline) == ["fold: N0, N1, N2 and N3 joined"]


def test_it_stands_below_the_day() -> None:
    timeline = timeline_of(said(1), days=True)
    timeline.mark_unread(1)
    assert [row.kind for row in timeline.rows] == ["day", "unread", "line"]


# Folds.


def test_one_quiet_line_alone_is_a_line() -> None:
    assert drawn(timeline_of(quiet(1, "join"))) == ["Bob: Bob join"]


def test_two_quiet_lines_are_a_fold() -> None:
    timeline = timeline_of(said(1), quiet(2, "join"))
    splices = timeline.apply(LinesAppended(ROOM, (quiet(3, "quit", "Al"),)))
    assert drawn(timeline) == ["Bob: text 1", "fold: Bob joined · Al left"]
    assert splices == (Splice(1, 1, (timeline.rows[1],)),)
    assert [line.id for line in timeline.rows[1].lines] == [2, 3]


def test_what_comes_before_a_fold_becomes_part_of_it() -> None:
    timeline = timeline_of(quiet(1, "join"), quiet(2, "join", "Eve"), said(3))
    timeline.apply(LinesPrepended(ROOM, (said(4, at=-HOUR), quiet(5, "join", "Al", at=-HOUR))))
    assert drawn(timeline) == ["Bob: text 4", "fold: Al, Bob and Eve joined", "Bob: text 3"]


def test_a_line_within_a_fold_splits_it() -> None:
    timeline = timeline_of(*(quiet(number, "join", f"N{number}") for number in range(4)))
    timeline.apply(LinesInserted(ROOM, 2, (said(9),)))
    assert drawn(timeline) == ["fold: N0 and N1 joined", "Bob: text 9", "fold: N2 and N3 joined"]


def test_a_fold_opens_and_closes_in_place() -> None:
    timeline = timeline_of(said(1), quiet(2, "join"), quiet(3, "part"), said(4))
    timeline.toggle_fold(2)
    assert [(row.kind, row.key, row.open) for row in timeline.rows] == [
        ("line", 1, False), ("fold", 2, True), ("line", 2, False), ("line", 3, False), ("line", 4, False),
    ]  # fmt: skip
    assert timeline.index_of(3) == 3
    timeline.toggle_fold(2)
    assert [row.kind for row in timeline.rows] == ["line", "fold", "line"]
    assert timeline.index_of(3) == 1


def test_an_open_fold_stays_open_as_it_grows() -> None:
    timeline = timeline_of(quiet(1, "join"), quiet(2, "part"))
    timeline.toggle_fold(1)
    timeline.apply(LinesAppended(ROOM, (quiet(3, "join", "Eve"),)))
    timeline.apply(LinesPrepended(ROOM, (quiet(4, "join", "Al"),)))
    assert [row.kind for row in timeline.rows] == ["fold", "line", "line", "line", "line"]
    assert timeline.rows[0].key == 4


def test_there_is_no_fold_of_that_key() -> None:
    assert timeline_of(said(1)).toggle_fold(1) == ()


@pytest.mark.parametrize(
    ("deeds", "text"),
    [
        ([("join", "Bob"), ("join", "Eve"), ("part", "Al")], "Bob and Eve joined · Al left"),
        ([("join", "Bob"), ("quit", "bob")], "bob came and went"),
        ([("quit", "Bob"), ("join", "Bob")], "Bob left and came back"),
        ([("join", "Bob"), ("quit", "Bob"), ("join", "Bob")], "Bob joined"),
        ([("join", f"N{number}") for number in range(6)], "N0, N1, N2, N3, N4 and N5 joined"),
        ([("join", f"N{number}") for number in range(7)], "N0, N1, N2, N3, N4, N5 and 1 other joined"),
        ([("join", f"N{number}") for number in range(10)], "N0, N1, N2, N3, N4, N5 and 4 others joined"),
        ([("join", "Bob"), ("nick", "Rob")], "Bob joined · Rob nick"),
        ([("nick", "Rob"), ("nick", "Eva")], "2 people changed their names"),
        ([("mode", "Bob"), ("mode", "Bob"), ("mode", "Bob")], "3 settings changed"),
        ([("away", "Bob"), ("away", "Bob")], "Bob away"),
    ],
)
def test_a_fold_says_what_people_did_in_the_end(deeds: list[tuple[str, str]], text: str) -> None:
    assert folding.summary([quiet(number, kind, nick) for number, (kind, nick) in enumerate(deeds)]) == text


# Emoji.


@pytest.mark.parametrize("text", ["👍", "❤️", "👩‍💻 👍🏽", "🇩🇪🎉🎉", "1️⃣"])
def test_a_message_of_up_to_three_emoji_stands_alone(text: str) -> None:
    assert timeline_of(said(1, text=text)).rows[0].lone


@pytest.mark.parametrize("text", ["👍👍👍👍", "👍 ok", "5", ":)", "→", "½"])
def test_any_other_message_does_not(text: str) -> None:
    assert not timeline_of(said(1, text=text)).rows[0].lone


# Layouts.


def test_a_layout_without_anything_is_the_lines() -> None:
    lines = (said(1), said(2), quiet(3, "join"), quiet(4, "join"), said(5, at=48 * HOUR))
    timeline = timeline_of(*lines, fold=False, group=False)
    assert [row.lines for row in timeline.rows] == [(line,) for line in lines]
    assert all(row.head for row in timeline.rows)


def test_another_layout_is_one_splice() -> None:
    timeline = timeline_of(said(1), quiet(2, "join"), quiet(3, "join"), said(4))
    splices = timeline.restyle(Layout(days=False, fold=False))
    assert [(splice.at, splice.removed, len(splice.rows)) for splice in splices] == [(1, 1, 2)]
    assert timeline.restyle(Layout(days=False, fold=False)) == ()


# All rooms.


def test_a_rooms_events_change_its_rows() -> None:
    timelines = Timelines()
    change = timelines.feed(LinesAppended(ROOM, (said(1),), old=True))
    assert change == RowsChanged(ROOM, (Splice(0, 0, tuple(timelines.of(ROOM).rows)),), old=True)
    ROOM.unread_from = 1
    marked = timelines.feed(UnreadChanged(ROOM))
    assert marked is not None
    assert [row.kind for row in marked.splices[0].rows] == ["unread"]
    ROOM.unread_from = None


def test_what_changes_no_rows_is_nothing() -> None:
    timelines = Timelines()
    assert timelines.feed(StatusChanged(Status("online", ""), ROOM.chat)) is None
    assert timelines.feed(UnreadChanged(ROOM)) is None
    assert timelines.feed(LineChanged(ROOM, said(1))) is None


def test_a_room_that_is_gone_is_forgotten() -> None:
    timelines = Timelines()
    other = Room(2, "#other", "channel", ROOM.chat)
    ROOM.chat.rooms.append(other)
    for event in (RoomRemoved(other), NetworkRemoved(ROOM.chat)):
        timelines.feed(LinesAppended(other, (said(1),)))
        timelines.feed(event)
        assert timelines.of(other).rows == []
    ROOM.chat.rooms.remove(other)


def test_a_layout_is_for_all_rooms_there_are_and_will_be() -> None:
    timelines = Timelines()
    timelines.feed(LinesAppended(ROOM, (said(1), said(2))))
    changes = timelines.restyle(Layout(group=False), [ROOM])
    assert [change.room for change in changes] == [ROOM]
    later = Room(3, "#later", "channel", ROOM.chat)
    timelines.feed(LinesAppended(later, (said(1), said(2))))
    assert all(row.head for row in timelines.of(later).rows)


# Whatever happens, the rows are what they would be if all of it had been there from the start.

LINES = st.builds(
    lambda kind, nick, at, reply: (kind, nick, at, Quote("m") if reply else None),
    st.sampled_from(["message", "message", "action", "join", "part", "nick", "mode", "info"]),
    st.sampled_from(["Bob", "Eve"]),
    st.sampled_from([0, MINUTE, 4 * MINUTE, 6 * MINUTE, 13 * HOUR]),
    st.booleans(),
)
SOME = st.lists(LINES, min_size=1, max_size=5)


class AnyRoom(RuleBasedStateMachine):
    """A room to which everything happens, and a face that only ever hears of splices."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self.layout = Layout()
        self.timeline = Timeline(day_of, self.layout)
        self.face: list[Row] = []
        self.unread: int | None = None
        self.last_id = 0

    def make(self, parts: list[Any]) -> tuple[Line, ...]:
        lines = []
        for kind, nick, at, reply in parts:
            self.last_id += 1
            lines.append(Line(self.last_id, kind, "#room", nick, f"t{self.last_id}", NOON + at, reply=reply))
        return tuple(lines)

    def draw(self, splices: tuple[Splice, ...]) -> None:
        for splice in splices:
            assert splice.removed or splice.rows
            assert splice.at + splice.removed <= len(self.face)
            self.face[splice.at : splice.at + splice.removed] = splice.rows

    def happens(self, event: LineEvent) -> None:
        self.draw(self.timeline.apply(event))

    @rule(parts=SOME)
    def append(self, parts: list[Any]) -> None:
        new = self.make(parts)
        self.lines += new
        self.happens(LinesAppended(ROOM, new))

    @rule(parts=SOME)
    def prepend(self, parts: list[Any]) -> None:
        new = self.make(parts)
        self.lines[:0] = new
        self.happens(LinesPrepended(ROOM, new))

    @rule(parts=SOME, where=st.integers(0, 1000))
    def insert(self, parts: list[Any], where: int) -> None:
        if self.lines:
            new, at = self.make(parts), where % len(self.lines)
            self.happens(LinesInserted(ROOM, self.lines[at].id, new))
            self.lines[at:at] = new

    @rule(parts=LINES, where=st.integers(0, 1000))
    def change(self, parts: Any, where: int) -> None:
        if self.lines:
            at = where % len(self.lines)
            kind, nick, time, reply = parts
            old = self.lines[at]
            self.lines[at] = Line(old.id, kind, "#room", nick, "changed", NOON + time, reply=reply)
            self.happens(LineChanged(ROOM, self.lines[at]))

    @rule(places=st.lists(st.integers(0, 1000), min_size=1, max_size=4))
    def remove(self, places: list[int]) -> None:
        if self.lines:
            gone = {self.lines[place % len(self.lines)].id for place in places}
            self.lines = [line for line in self.lines if line.id not in gone]
            self.happens(LinesRemoved(ROOM, tuple(gone)))

    @rule(where=st.integers(0, 1000), none=st.booleans())
    def mark(self, where: int, none: bool) -> None:
        self.unread = None if none or not self.lines else self.lines[where % len(self.lines)].id
        self.draw(self.timeline.mark_unread(self.unread))

    @rule(where=st.integers(0, 1000))
    def toggle(self, where: int) -> None:
        folds = [row.key for row in self.timeline.rows if row.kind == "fold"]
        if folds:
            self.draw(self.timeline.toggle_fold(folds[where % len(folds)]))

    @rule(layout=st.builds(Layout, st.booleans(), st.booleans(), st.booleans()))
    def restyle(self, layout: Layout) -> None:
        self.layout = layout
        self.draw(self.timeline.restyle(layout))

    @invariant()
    def the_face_shows_the_rows(self) -> None:
        assert self.face == self.timeline.rows

    @invariant()
    def the_rows_are_those_of_a_new_timeline(self) -> None:
        new = Timeline(day_of, self.layout)
        new.apply(LinesAppended(ROOM, tuple(self.lines)))
        new.mark_unread(self.unread)
        for row in self.timeline.rows:
            if row.open:
                new.toggle_fold(row.key)
        assert new.rows == self.timeline.rows

    @invariant()
    def every_line_has_its_row(self) -> None:
        for line in self.lines:
            index = self.timeline.index_of(line.id)
            assert index is not None
            assert line in self.timeline.rows[index].lines


TestRoom = AnyRoom.TestCase
TestRoom.settings = settings(max_examples=examples(60), stateful_step_count=25, deadline=None)


@given(st.lists(LINES, max_size=40), st.integers(1, 7))
def test_lines_that_come_in_pieces_look_as_those_that_come_at_once(parts: list[Any], size: int) -> None:
    lines = [
        Line(n, kind, "#room", nick, "t", NOON + at, reply=reply) for n, (kind, nick, at, reply) in enumerate(parts)
    ]
    once, pieces = Timeline(day_of), Timeline(day_of)
    once.apply(LinesAppended(ROOM, tuple(lines)))
    for start in range(0, len(lines), size):
        pieces.apply(LinesAppended(ROOM, tuple(lines[start : start + size])))
    assert pieces.rows == once.rows


def test_a_face_that_follows_the_hub_shows_every_line_of_a_room_once() -> None:
    hub = typed_hub(network("one"))
    talk = hub.talk_of("one")
    shown: list[Row] = []

    def draw() -> None:
        for event in hub.pump():
            if isinstance(event, RowsChanged) and event.room is hub.focus and event.room.kind == "channel":
                for splice in event.splices:
                    shown[splice.at : splice.at + splice.removed] = splice.rows
        room = talk.core.chat.find("#room")
        if room is not None:
            assert [line for row in shown if not row.open for line in row.lines] == room.lines
            assert shown == hub.timelines.of(room).rows

    talk.register()
    room = talk.enter(history=[message(number) for number in range(5, 9)])
    draw()
    hub.say(room, "mine")
    draw()
    talk.server(message(9), ":Carol!c@there JOIN #room", message(10, "mine", nick="Alice", label="1"))
    draw()
    hub.load_older(room)
    talk.batch("#room", [message(number, nick="Eve") for number in range(5)])
    draw()
    hub.say(room, "lost")
    talk.lose()
    draw()
    talk.reconnect()
    talk.server(":Alice!chatkit@here JOIN #room")
    talk.server(message(13), ":Carol!c@there QUIT :gone")
    talk.batch("#room", [message(11), message(12)])
    draw()
    talk.batch("#room", [])
    draw()
    assert [line.state for line in room.lines if line.mine] == ["sent", "failed"]
