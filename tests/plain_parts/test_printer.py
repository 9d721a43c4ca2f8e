"""Events in words: what the line-mode client prints of what happens."""

from __future__ import annotations

import re

import pytest

from chatkit.client.events import StatusChanged
from chatkit.client.model import Line, Quote, Reaction, Security, Status
from chatkit.plain_parts.printer import Printer, changes, format_line
from tests.client.conversation import EVERYTHING, START_MS, Conversation
from tests.client.typed_hub import TypedHub, network, typed_hub


class Read:
    """A hub whose events are printed."""

    def __init__(self, hub: TypedHub) -> None:
        self.hub = hub
        self.printer = Printer(hub)

    def lines(self) -> list[str]:
        """What was printed since the last time, with times left out."""
        happened = [event for _ in range(3) for event in self.hub.pump()]
        return [re.sub(r"^\[[^]]*\]", "[time]", line) for event in happened for line in self.printer.lines(event)]


def enter(talk: Conversation, room: str = "#room") -> None:
    talk.register(EVERYTHING)
    talk.enter(room)


@pytest.fixture
def read() -> Read:
    read = Read(typed_hub())
    enter(read.hub.talk)
    read.lines()
    return read


def test_a_message_is_one_line(read: Read) -> None:
    read.hub.talk.server("@msgid=1 :Bob!b@h PRIVMSG #room :hello", ":Bob!b@h PRIVMSG #room :\x01ACTION waves\x01")
    assert read.lines() == ["[time] Bob: hello", "[time] * Bob waves"]


def test_a_message_of_several_lines_is_one_line_each(read: Read) -> None:
    read.hub.talk.server(
        "@msgid=1 :Bob!b@h BATCH +1 draft/multiline #room",
        "@batch=1 :Bob!b@h PRIVMSG #room :one",
        "@batch=1 :Bob!b@h PRIVMSG #room :two",
        ":Bob!b@h BATCH -1",
    )
    assert read.lines() == ["[time] Bob: one", "[time] Bob: two"]


def test_a_reply_says_what_it_answers(read: Read) -> None:
    read.hub.talk.server(
        "@msgid=1 :Bob!b@h PRIVMSG #room :shall we?", "@msgid=2;+draft/reply=1 :Eve!e@h PRIVMSG #room :yes"
    )
    assert read.lines()[-1] == "[time] Eve (answering Bob: shall we?): yes"


def test_a_reaction_is_said_when_it_comes_and_when_it_goes(read: Read) -> None:
    read.hub.talk.server("@msgid=1 :Bob!b@h PRIVMSG #room :shall we?")
    read.lines()
    read.hub.talk.server("@+draft/react=👍;+draft/reply=1 :Eve!e@h TAGMSG #room")
    assert read.lines() == ["* Eve reacted 👍 to “Bob: shall we?”"]
    read.hub.talk.server("@+draft/unreact=👍;+draft/reply=1 :Eve!e@h TAGMSG #room")
    assert read.lines() == ["* Eve took back 👍 from “Bob: shall we?”"]


def test_a_message_that_is_deleted_is_named(read: Read) -> None:
    read.hub.talk.server("@msgid=1 :Bob!b@h PRIVMSG #room :buy now", ":Bob!b@h REDACT #room 1 :spam")
    assert read.lines()[-1] == "* Bob deleted this: spam (it was “Bob: buy now”)"


def test_a_correction_is_said_once(read: Read) -> None:
    read.hub.talk.server("@msgid=1 :Bob!b@h PRIVMSG #room :helo")
    read.lines()
    read.hub.talk.server("@msgid=2;+draft/edit=1;+draft/reply=1 :Bob!b@h PRIVMSG #room :hello")
    assert read.lines() == ["* Bob changed “Bob: helo” to: hello"]


def test_who_types_is_said_only_where_it_is_wanted(read: Read) -> None:
    read.hub.talk.server("@+typing=active :Bob!b@h TAGMSG #room")
    assert read.lines() == []
    read.hub.set("talk.say_typing", value=True)
    read.hub.talk.server("@+typing=done :Bob!b@h TAGMSG #room")
    read.lines()
    read.hub.talk.server("@+typing=active :Bob!b@h TAGMSG #room")
    assert read.lines() == ["* Bob is typing"]


def test_what_the_next_message_will_be_is_said(read: Read) -> None:
    read.hub.talk.server("@msgid=1 :Bob!b@h PRIVMSG #room :shall we?")
    room = read.hub.talk.room("#room")
    read.lines()
    read.hub.compose(room, "reply", room.lines[-1])
    assert read.lines() == ["* Your next message answers “Bob: shall we?” (/cancel: it does not)"]
    read.hub.compose(room, None)
    assert read.lines() == []


def test_times_have_12_hours_where_the_user_wants_that(read: Read) -> None:
    read.hub.set("appearance.clock", "12")
    read.hub.talk.server("@msgid=1 :Bob!b@h PRIVMSG #room :hello")
    (line,) = [line for event in read.hub.pump() for line in read.printer.lines(event)]
    assert re.fullmatch(r"\[\d{4}-\d\d-\d\d \d{1,2}:\d\d [ap]m\] Bob: hello", line)


def test_other_rooms_and_other_networks_say_where_it_was() -> None:
    read = Read(typed_hub(network("one"), network("two")))
    for label in ("one", "two"):
        enter(read.hub.talk_of(label))
    read.hub.set_focus(read.hub.talk_of("one").room("#room"))
    read.lines()
    read.hub.talk_of("one").server(":Bob!b@h PRIVMSG Alice :psst")
    read.hub.talk_of("two").server("@msgid=1 :Bob!b@h PRIVMSG #room :over here")
    read.hub.talk_of("one").batch("Bob", [])
    said = read.lines()
    assert "[time] (direct) Bob: psst" in said
    assert "[time] Testnet: #room Bob: over here" in said


def test_going_to_a_room_is_said_once(read: Read) -> None:
    read.hub.talk.enter("#den")
    read.hub.set_focus(read.hub.talk.room("#den"))
    assert [line for line in read.lines() if "You are in" in line] == ["* You are in #den now"]
    read.hub.set_focus(read.hub.talk.room("#den"))
    assert read.lines() == []


@pytest.mark.parametrize(("security", "remark"), [("", " (not encrypted)"), ("local", ""), ("pinned", "")])
def test_a_connection_in_the_clear_is_called_that(security: Security, remark: str) -> None:
    read = Read(typed_hub())
    (chat,) = read.hub.chats
    chat.security = security
    status = Status("online", "Connected to Testnet as Alice")
    assert read.printer.lines(StatusChanged(status, chat)) == [f"* Connected to Testnet as Alice{remark}"]


def line(**fields: object) -> Line:
    """Bob's."""
    defaults = {"id": 1, "kind": "message", "room": "#room", "nick": "Bob", "text": "hello", "time_ms": START_MS}
    return Line(**{**defaults, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize("time_ms", [-62_135_596_800_000, 0, 253_402_300_799_999, 2**60])
def test_a_lie_about_the_time_is_only_a_wrong_time(time_ms: int) -> None:
    (text,) = format_line(line(time_ms=time_ms))
    assert text.endswith("] Bob: hello")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"state": "failed", "text": "a\nb", "reason": "gone"}, "! not sent: a / b (gone). /retry sends it again"),
        ({"kind": "error", "text": "No."}, "! No."),
        ({"kind": "join", "text": "Bob joined"}, "* Bob joined"),
        ({"redacted": "Bob deleted this", "text": ""}, "* Bob deleted this"),
        ({"edited": True}, "[time] Bob: hello (edited)"),
        ({"reactions": (Reaction("👍", ("Al", "Eve")),)}, "[time] Bob: hello (👍 by Al and Eve)"),
        ({"reply": Quote("1")}, "[time] Bob (answering an older message): hello"),
        ({"kind": "notice"}, "[time] -Bob- hello"),
        ({"text": ""}, "[time] Bob: "),
    ],
)
def test_a_line_says_all_that_is_known_of_it(fields: dict[str, object], text: str) -> None:
    assert [re.sub(r"^\[[^]]*\]", "[time]", found) for found in format_line(line(**fields))] == [text]


def test_a_line_that_only_got_another_time_is_not_said_again() -> None:
    assert list(changes(line(), line(time_ms=START_MS + 5, msgid="x"))) == []


def test_a_long_message_is_named_by_its_beginning() -> None:
    (text,) = changes(line(text="word " * 50), line(text="word " * 50, reactions=(Reaction("x", ("Al",)),)))
    assert text == f"Al reacted x to “Bob: {'word ' * 8}”".replace("word ”", "word…”")
