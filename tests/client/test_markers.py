"""Badges in step on all of a user's devices.

"Clients never have to actively get the read timestamp because it is provided to them on join and as updated by the
server, except for user targets." (https://ircv3.net/specs/extensions/read-marker)
"""

from __future__ import annotations

from typing import Any

import pytest

from chatkit.client.markers import DELAY
from chatkit.client.model import Room
from chatkit.client.options import Taste
from chatkit.proto.timestamps import format_time
from tests.client.conversation import EVERYTHING, START_MS, Conversation, message


def at(number: int) -> str:
    return f"timestamp={format_time(START_MS + number * 1000)}"


@pytest.fixture
def talk() -> Conversation:
    """In #room, which is read up to message 2, with three messages in its history."""
    talk = Conversation()
    talk.register(EVERYTHING)
    talk.core.watch(watched=False)
    talk.server(":Alice!chatkit@here JOIN #room", f":irc.test MARKREAD #room {at(2)}")
    talk.batch("#room", [message(1), message(2), message(3, "Alice: there?")])
    talk.sent()
    return talk


def unread(room: Room) -> tuple[int, int, str | None]:
    first = next((line.text for line in room.lines if line.id == room.unread_from), None)
    return room.unread, room.mentions, first


def told(talk: Conversation) -> list[str]:
    talk.wait(DELAY)
    return [line for line in talk.sent() if "MARKREAD" in line]


def test_what_no_device_has_read_is_unread(talk: Conversation) -> None:
    assert unread(talk.room("#room")) == (1, 1, "Alice: there?")


def test_without_a_marker_nothing_old_is_unread() -> None:
    talk = Conversation()
    talk.register(EVERYTHING)
    talk.core.watch(watched=False)
    talk.server(":Alice!chatkit@here JOIN #room", ":irc.test MARKREAD #room *")
    talk.batch("#room", [message(1)])
    assert unread(talk.room("#room")) == (0, 0, None)


def test_in_sight_it_is_read_and_still_shown_where_it_begins() -> None:
    talk = Conversation()
    talk.register(EVERYTHING)
    talk.server(":Alice!chatkit@here JOIN #room", f":irc.test MARKREAD #room {at(1)}")
    talk.batch("#room", [message(1), message(2)])
    assert unread(talk.room("#room")) == (0, 0, "text 2")
    assert told(talk) == [f"MARKREAD #room {at(2)}"]


def test_what_another_device_reads_is_read_here(talk: Conversation) -> None:
    room = talk.room("#room")
    talk.server(message(4), message(5))
    talk.server(f":irc.test MARKREAD #room {at(4)}")
    assert unread(room) == (1, 0, "text 5")
    talk.server(f":irc.test MARKREAD #room {at(3)}")  # it only ever moves forward
    assert unread(room) == (1, 0, "text 5")
    talk.server(f":irc.test MARKREAD #room {at(9)}")
    assert unread(room) == (0, 0, None)
    assert told(talk) == []


def test_the_other_devices_are_told_once_for_all_that_is_read(talk: Conversation) -> None:
    talk.core.watch(watched=True)
    talk.server(message(4), message(5))
    assert [line for line in talk.sent() if "MARKREAD" in line] == []
    assert told(talk) == [f"MARKREAD #room {at(5)}"]
    talk.server(f":irc.test MARKREAD #room {at(5)}")
    assert told(talk) == []


def test_own_lines_that_nobody_has_yet_are_no_marker(talk: Conversation) -> None:
    talk.core.watch(watched=True)
    talk.say("hello", talk.room("#room"))
    assert told(talk) == [f"MARKREAD #room {at(3)}"]


def test_how_far_a_direct_talk_was_read_is_asked_for(talk: Conversation) -> None:
    talk.server(message(7, target="Alice"))
    assert talk.sent()[:2] == ["MARKREAD Bob", "CHATHISTORY LATEST Bob * 100"]
    talk.server(f":irc.test MARKREAD Bob {at(5)}")
    talk.batch("Bob", [message(5, target="Alice"), message(6, target="Alice"), message(7, target="Alice")])
    assert unread(talk.room("Bob"))[0] == 2


def started(*targets: str) -> Conversation:
    """The user comes after a night; these have written, each at a second."""
    talk = Conversation()
    talk.core.chat.account = "alice"
    talk.register(EVERYTHING)
    talk.core.watch(watched=False)
    talk.batch("", [f":irc.test CHATHISTORY TARGETS {who} {at(second).removeprefix('timestamp=')}"
                    for second, who in enumerate(targets)], kind="draft/chathistory-targets")  # fmt: skip
    return talk


def test_who_wrote_while_no_device_was_there_is_found_at_the_start() -> None:
    talk = started("#room", "Bob", "Carol", "Dave")
    assert [line for line in talk.sent() if "MARKREAD" in line] == ["MARKREAD Bob", "MARKREAD Carol", "MARKREAD Dave"]
    talk.server(f":irc.test MARKREAD Bob {at(1)}", f":irc.test MARKREAD Carol {at(1)}", ":irc.test MARKREAD Dave *")
    assert [room.name for room in talk.core.chat.rooms[1:]] == ["Carol", "Dave"]
    talk.batch("Carol", [message(1, nick="Carol", target="Alice"), message(2, nick="Carol", target="Alice")])
    talk.batch("Dave", [message(3, nick="Dave", target="Alice")])
    assert [unread(talk.room(name)) for name in ("Carol", "Dave")] == [(1, 1, "text 2"), (1, 1, "text 3")]


def test_the_latest_are_asked_for_first() -> None:
    talk = Conversation()
    talk.core.chat.account = "alice"
    sent = talk.register(EVERYTHING)
    words = next(line for line in sent if "TARGETS" in line).split()
    assert words[2] > words[3]


@pytest.mark.parametrize(
    "options",
    [{"account": ""}, {"caps": EVERYTHING.replace("draft/read-marker", "")}, {"quiet": True}],
    ids=["a guest", "no markers", "no screen"],
)
def test_who_cannot_have_missed_anything_asks_for_nothing(options: dict[str, Any]) -> None:
    talk = Conversation(quiet=options.get("quiet", False))
    talk.core.chat.account = options.get("account", "alice")
    assert not [line for line in talk.register(options.get("caps", EVERYTHING)) if "TARGETS" in line]


def test_what_was_read_while_offline_is_told_when_the_server_knows_less(talk: Conversation) -> None:
    talk.core.watch(watched=True)
    talk.lose()
    talk.reconnect(caps=EVERYTHING)
    talk.server(":Alice!chatkit@here JOIN #room", f":irc.test MARKREAD #room {at(2)}")
    assert told(talk) == [f"MARKREAD #room {at(3)}"]
    talk.server(f":irc.test MARKREAD #room {at(2)}")  # it won't have it
    assert told(talk) == []


def test_who_wants_to_keep_it_for_himself_does(talk: Conversation) -> None:
    talk.core.taste = Taste(read_markers=False)
    talk.core.watch(watched=True)
    assert told(talk) == []


def test_a_program_without_a_screen_has_read_nothing() -> None:
    talk = Conversation(quiet=True)
    talk.register(EVERYTHING)
    talk.enter()
    talk.server(message(1))
    assert told(talk) == []


@pytest.mark.parametrize("words", ["MARKREAD #room", "MARKREAD #room yesterday", "MARKREAD #nowhere *", "MARKREAD"])
def test_what_is_no_marker_changes_nothing(talk: Conversation, words: str) -> None:
    talk.server(f":irc.test {words}")
    assert unread(talk.room("#room")) == (1, 1, "Alice: there?")


def test_that_a_marker_is_refused_is_no_news(talk: Conversation) -> None:
    talk.taken()
    talk.server("FAIL MARKREAD INTERNAL_ERROR #room :The read timestamp could not be set")
    assert talk.said() == []


def test_a_server_without_markers_is_told_nothing() -> None:
    talk = Conversation()
    talk.register()
    talk.enter()
    talk.server(message(1))
    assert told(talk) == []
    assert talk.room("#room").read_ms == START_MS + 1000
