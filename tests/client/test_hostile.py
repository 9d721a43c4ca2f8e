"""A server that lies, stutters and floods: nothing of it breaks the client."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatkit.client.incoming.table import HANDLERS
from chatkit.client.model import Room
from chatkit.proto.casemapping import casefold
from tests.client.conversation import ALL_CAPS, Conversation, message, view
from tests.examples import examples

WORDS = st.one_of(
    st.sampled_from(["#room", "Alice", "Bob", "*", "=", "+o", "-k+b", "+b1", "-b1", "chathistory", "LS", "ACK", "NEW"]),
    st.text(st.characters(exclude_characters="\r\n\0 "), max_size=8),
)
TAGS = st.sampled_from(
    [
        "", "@batch=b1 ", "@label=1 ", "@msgid=x;time=2026-01-01T00:00:00.000Z ", "@time=never;=;; ",
        "@+typing=active ", "@+typing=\x1b ", "@msgid=r;+reply=x;+draft/react=\x1b[2J ", "@+reply=x;+draft/unreact=a ",
        "@msgid=y;+reply=x;+draft/edit=x ", "@msgid=x;+draft/edit=x ", "@account=\x07;+draft/reply=\u202e ",
    ]
)  # fmt: skip
BIDI = {"\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
SOURCES = st.sampled_from(["", ":irc.test ", ":Alice!a@b ", ":Bob!b@c ", ":!@ ", ": "])
LINES = st.builds(
    lambda tags, source, command, params, last: f"{tags}{source}{command} {' '.join(params)} :{last}",
    TAGS,
    SOURCES,
    st.sampled_from(sorted({*HANDLERS, "999", "XYZ"} - {"KILL"})),
    st.lists(WORDS, max_size=5),
    st.text(max_size=20),
)


@settings(max_examples=examples(300))
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
        assert not [text for text in shown(room) if not is_safe(text)]


def shown(room: Room) -> Iterator[str]:
    """All that a face would draw of a room."""
    yield from (room.name, room.topic, room.away, *room.typing)
    yield from (person.nick for person in room.people)
    for line in room.lines:
        yield from (line.text.replace("\n", ""), line.nick, line.redacted, line.reason)
        yield from (reaction.text for reaction in line.reactions)
        yield from (nick for reaction in line.reactions for nick in reaction.nicks)
        yield from (span.style.link + span.style.nick + span.style.room for span in line.spans)
        if line.reply is not None:
            yield from (line.reply.nick, line.reply.text)


def is_safe(text: str) -> bool:
    """Whether nothing in it moves a cursor, rings, or turns the reading direction."""
    return not any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text) and not BIDI & set(text)


@settings(max_examples=examples(200))
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


NASTY = "\x1b]0;owned\x07\x1b[2J\u202e\u2066\x9b31m\x00\x7f\u2028".replace("\x00", "")


@pytest.mark.parametrize(
    "line",
    [
        f":Bob!b@there PRIVMSG #room :{NASTY}",
        f":Bob!b@there PRIVMSG #room :\x01ACTION {NASTY}\x01",
        f":Bo{NASTY}b!b@there PRIVMSG #room :hi",
        f"@+reply=m1;+draft/react={NASTY} :Bob!b@there TAGMSG #room",
        f":Bob!b@there REDACT #room m1 :{NASTY}",
        f":Bob!b@there TOPIC #room :{NASTY}",
        f":Bob!b@there PART #room :{NASTY}",
        f":Bob!b@there KICK #room Alice :{NASTY}",
        f":Bob!b@there AWAY :{NASTY}",
        f":Bo{NASTY}b2!b@there JOIN #room",
        f":Bob!b@there NICK :Bo{NASTY}b",
        f":irc.test 471 Alice #room :{NASTY}",
        f":irc.test 999 Alice {NASTY.replace(' ', '')} :{NASTY}",
        f":irc.test FAIL REDACT X #room m1 :{NASTY}",
        f":irc.test NOTE * X :{NASTY}",
        f":irc.test 322 Alice #x{NASTY} 5 :{NASTY}",
        f":irc.test 353 Alice = #room :@Bo{NASTY}b Alice",
        f":Bob!b@there INVITE Alice :#x{NASTY}",
        f"ERROR :{NASTY}",
    ],
)
def test_no_escape_sequence_or_override_reaches_a_screen(line: str) -> None:
    talk = Conversation()
    talk.register(f"{ALL_CAPS} draft/message-redaction")
    talk.enter(history=[message(1)])
    talk.server(line, ":irc.test 366 Alice #room :End", ":irc.test 323 Alice :End")
    for room in talk.core.chat.rooms:
        assert [text for text in shown(room) if not is_safe(text)] == []
    assert is_safe(talk.core.chat.status.text)


def test_a_nick_of_zero_width_characters_is_seen(talk: Conversation) -> None:
    talk.server(":\u200b!b@there JOIN #room", ":\u200b!b@there PRIVMSG #room :boo")
    assert view(talk.room("#room"))[-1] == "‹U+200B›: boo"


def test_a_nick_that_only_looks_like_ones_own_is_not_ones_own(talk: Conversation) -> None:
    talk.server(":Alice\u200b!b@there PRIVMSG #room :I am you")
    last = talk.room("#room").lines[-1]
    assert (last.nick, last.mine) == ("Alice‹U+200B›", False)


def test_a_link_is_only_what_is_shown(talk: Conversation) -> None:
    talk.server(":Bob!b@there PRIVMSG #room :javascript://x file:///etc/passwd https://good.org/\u202efdp.exe")
    last = talk.room("#room").lines[-1]
    links = [(last.text[span.start : span.end], span.style.link) for span in last.spans if span.style.link]
    assert links == [("https://good.org/fdp.exe", "https://good.org/fdp.exe")]


def test_a_batch_without_a_name_holds_nothing_back(talk: Conversation) -> None:
    talk.server(":irc.test BATCH +", message(1, "Hello"), ":irc.test BATCH -")
    assert talk.said() == ["Hello"]
