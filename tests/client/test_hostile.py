"""A server that lies, stutters and floods: nothing of it breaks the client."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chatkit.client.incoming.table import HANDLERS
from chatkit.proto.casemapping import casefold
from tests.client.conversation import Conversation, message, view

WORDS = st.one_of(
    st.sampled_from(["#room", "Alice", "Bob", "*", "=", "+o", "-k+b", "+b1", "-b1", "chathistory", "LS", "ACK", "NEW"]),
    st.text(st.characters(exclude_characters="\r\n\0 "), max_size=8),
)
TAGS = st.sampled_from(["", "@batch=b1 ", "@label=1 ", "@msgid=x;time=2026-01-01T00:00:00.000Z ", "@time=never;=;; "])
SOURCES = st.sampled_from(["", ":irc.test ", ":Alice!a@b ", ":Bob!b@c ", ":!@ ", ": "])
LINES = st.builds(
    lambda tags, source, command, params, last: f"{tags}{source}{command} {' '.join(params)} :{last}",
    TAGS,
    SOURCES,
    st.sampled_from(sorted({*HANDLERS, "999", "XYZ"} - {"KILL"})),
    st.lists(WORDS, max_size=5),
    st.text(max_size=20),
)


@settings(max_examples=300)
@given(st.lists(LINES, max_size=12))
def test_no_line_breaks_it(lines: list[str]) -> None:
    talk = Conversation()
    talk.register()
    talk.enter()
    talk.say("hello")
    for line in lines:
        talk.core.receive(line.encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b""))
        assert all("\n" not in sent and "\r" not in sent for sent in talk.sent())
    talk.lose()
    for room in talk.core.chat.rooms:
        assert room.members.keys() == {casefold(person.nick) for person in room.people}
        assert len({line.id for line in room.lines}) == len(room.lines)
        msgids = [line.msgid for line in room.lines if line.msgid]
        assert len(set(msgids)) == len(msgids)


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=60), max_size=10))
def test_no_bytes_break_it(lines: list[bytes]) -> None:
    talk = Conversation()
    talk.register()
    for line in lines:
        talk.core.receive(line.replace(b"\n", b"").replace(b"\r", b""))


def test_a_batch_that_never_ends_keeps_nothing_for_ever(talk: Conversation) -> None:
    talk.server(":irc.test BATCH +z netjoin")
    for number in range(6000):
        talk.server(f"@batch=z :n{number}!u@h JOIN #room")
    talk.lose()
    assert talk.core.session.batches._open == {}


def test_a_batch_of_unknown_kind_is_just_its_messages(talk: Conversation) -> None:
    talk.server(
        ":irc.test BATCH +z netsplit a b",
        "@batch=z :Bob!b@there QUIT :a b",
        ":irc.test BATCH -z",
        ":irc.test BATCH -unknown",
    )
    assert view(talk.room("#room")) == ["* Bob left (a b)"]


def test_a_batch_within_a_page_of_history_is_part_of_it() -> None:
    talk = Conversation()
    talk.register()
    talk.enter(history=[message(9)])
    talk.core.load_older(talk.room("#room"))
    talk.server(
        ":irc.test BATCH +h chathistory #room",
        "@batch=h :irc.test BATCH +in draft/something",
        message(1).replace("@", "@batch=in;", 1),
        "@batch=h :irc.test BATCH -in",
        ":irc.test BATCH -h",
    )
    assert view(talk.room("#room")) == ["Bob: text 1", "Bob: text 9"]


def test_a_time_that_is_none_is_now(talk: Conversation) -> None:
    talk.server("@time=yesterday :Bob!b@there PRIVMSG #room :hi")
    assert talk.room("#room").lines[-1].time_ms == talk.ms


def test_half_a_character_is_replaced(talk: Conversation) -> None:
    talk.server(b":Bob!b@there PRIVMSG #room :gr\xc3")
    assert view(talk.room("#room")) == ["Bob: gr\ufffd"]


def test_a_number_that_is_none_is_not_believed(talk: Conversation) -> None:
    talk.server(
        ":irc.test 322 Alice #x many :",
        ":irc.test 322 Alice #y 99999999999999999999 :",
        ":irc.test 323 Alice :End",
        ":irc.test 317 Alice Bob soon 0 :idle",
        ":irc.test 005 Alice CHATHISTORY=lots NICKLEN=-1 PREFIX=x :are supported",
    )
    assert view(talk.room("#room")) == ["* There are no rooms to show. /join #name makes one."]
    assert talk.core.session.page == 100
    assert talk.core.session.prefixes == {}
