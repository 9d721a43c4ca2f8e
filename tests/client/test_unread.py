"""What the user has not seen: how much it is, and where it begins."""

from __future__ import annotations

from chatkit.client.address import Address
from chatkit.client.events import RowsChanged, UnreadChanged
from chatkit.client.model import Line, Room
from chatkit.client.options import Taste
from tests.client.conversation import ALL_CAPS, Conversation, message
from tests.client.typed_hub import network, typed_hub


def first_unread(room: Room) -> str | None:
    """The text of the line at which what is new begins."""
    found = [line.text for line in room.lines if line.id == room.unread_from]
    assert (room.unread_from is None) == (not found)
    return found[0] if found else None


def state(room: Room) -> tuple[int, int, str | None]:
    return room.unread, room.mentions, first_unread(room)


def test_what_is_said_in_sight_is_read(talk: Conversation) -> None:
    talk.server(message(1))
    assert state(talk.room("#room")) == (0, 0, None)


def test_what_is_said_while_nobody_watches_is_unread(talk: Conversation) -> None:
    room = talk.room("#room")
    talk.core.watch(watched=False)
    talk.server(message(1), message(2, "Alice: you?"))
    assert state(room) == (2, 1, "text 1")
    assert [event.room for event in talk.taken() if isinstance(event, UnreadChanged)] == [room]
    talk.core.watch(watched=True)
    assert state(room) == (0, 0, "text 1")  # the line stays: the user wants to see where it begins


def test_what_comes_later_begins_where_the_user_stopped_to_watch(talk: Conversation) -> None:
    room = talk.room("#room")
    for number in (1, 2):
        talk.core.watch(watched=False)
        talk.server(message(number), message(number + 10))
        talk.core.watch(watched=True)
    assert state(room) == (0, 0, "text 2")


def test_the_line_is_there_until_the_room_is_left(talk: Conversation) -> None:
    room, other = talk.room("#room"), talk.enter("#other")
    talk.core.set_focus(other)
    talk.server(message(1))
    talk.core.set_focus(room)
    assert state(room) == (0, 0, "text 1")
    talk.server(message(2))
    assert state(room) == (0, 0, "text 1")
    talk.core.set_focus(other)
    assert state(room) == (0, 0, None)


def test_who_answers_has_seen_what_was_new(talk: Conversation) -> None:
    room, other = talk.room("#room"), talk.enter("#other")
    talk.core.set_focus(other)
    talk.server(message(1))
    talk.core.set_focus(room)
    talk.say("yes")
    assert state(room) == (0, 0, None)


def test_who_answers_on_another_device_has_seen_what_was_new(talk: Conversation) -> None:
    room = talk.room("#room")
    talk.core.set_focus(talk.enter("#other"))
    talk.server(message(1), message(2, "yes", nick="Alice"))
    assert state(room) == (0, 0, None)


def test_what_was_missed_begins_with_a_line_even_in_sight() -> None:
    talk = Conversation()
    talk.register()
    room = talk.enter(history=[message(1)])
    talk.core.set_focus(room)
    talk.lose()
    talk.reconnect()
    talk.server(":Alice!chatkit@here JOIN #room")
    talk.batch("#room", [message(2), message(3)])
    assert state(room) == (0, 0, "text 2")


def test_what_happened_is_never_unread(talk: Conversation) -> None:
    talk.core.watch(watched=False)
    talk.server(":Carol!c@there JOIN #room", ":Bob!b@there TOPIC #room :tea")
    assert state(talk.room("#room")) == (0, 0, None)


def test_the_user_can_go_back_to_a_line(talk: Conversation) -> None:
    room = talk.room("#room")
    talk.server(message(1), message(2, "Alice: you?"), message(3, nick="Alice"), message(4))
    talk.core.journal.mark_unread(room, room.lines[1].id)
    assert state(room) == (2, 1, "Alice: you?")
    talk.core.journal.mark_unread(room, 99_999)
    assert state(room) == (2, 1, "Alice: you?")


def test_a_keyword_counts_as_the_own_name() -> None:
    talk = Conversation()
    talk.register()
    room = talk.enter()
    talk.core.taste = Taste(keywords=("tea time",))
    talk.core.watch(watched=False)
    talk.server(message(1, "it is Tea Time!"), message(2, "steal time"))
    assert state(room) == (2, 1, "it is Tea Time!")


def test_of_who_is_ignored_nothing_is_heard(talk: Conversation) -> None:
    talk.core.taste = Taste(ignored=("Bob", "*!*@evil"))
    talk.server(message(1), message(2, target="Alice"), ":Eve!e@evil PRIVMSG #room :hi", message(3, nick="Carol"))
    assert [line.nick for line in talk.room("#room").lines] == ["Carol"]
    assert talk.core.chat.find("Bob") is None


def test_going_to_another_network_reads_the_room_that_is_gone_to_and_no_other() -> None:
    hub = typed_hub(*(network(label, address=Address(f"{label}.test")) for label in ("one", "two")))
    for label in ("one", "two"):
        hub.talk_of(label).register()
        hub.talk_of(label).enter()
    two = hub.talk_of("two")
    other = two.enter("#other")
    two.server(message(1), message(2, target="#other"))
    hub.pump()
    hub.set_focus(other)
    assert (two.room("#room").unread, other.unread) == (1, 0)


def test_the_line_at_what_is_new_is_drawn_and_taken_away() -> None:
    hub = typed_hub(network("one"))
    talk = hub.talk_of("one")
    talk.register()
    room = talk.enter()
    hub.pump()
    hub.look(False)
    talk.server(message(1))
    hub.pump()
    assert [row.kind for row in hub.timelines.of(room).rows] == ["day", "unread", "line"]
    hub.look(True)
    hub.say(room, "seen")
    changes = [event for event in hub.pump() if isinstance(event, RowsChanged)]
    assert [row.kind for row in hub.timelines.of(room).rows] == ["day", "line", "line"]
    assert {change.room for change in changes} == {room}


def test_a_line_is_found_wherever_it_stands(talk: Conversation) -> None:
    room, journal = talk.room("#room"), talk.core.journal
    talk.server(*(message(number) for number in (5, 3, 9, 1)))
    for line in room.lines:
        assert journal.find(room, line.id) is line
        assert journal.by_msgid(room, line.msgid) is line
    assert journal.find(room, 12345) is None
    assert journal.by_msgid(room, "m2") is None


def test_a_message_id_belongs_to_who_had_it_first() -> None:
    talk = Conversation()
    talk.register(ALL_CAPS)
    room = talk.enter()
    talk.server(message(1), message(2, "no, me", msgid="m1"))
    assert [line.text for line in room.lines] == ["text 1"]
    line = talk.core.journal.by_msgid(room, "m1")
    assert isinstance(line, Line)
    assert line.text == "text 1"
