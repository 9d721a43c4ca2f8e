"""Messages of several lines: one message where the server can, and what becomes of them where it can't.

Spec: https://ircv3.net/specs/extensions/multiline
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.client import splitting
from chatkit.client.batches import MAX_TEXT
from chatkit.client.model import Line
from chatkit.client.splitting import Limits, Piece
from tests.client.conversation import ALL_CAPS, EVERYTHING, Conversation, message, view

NO_LABELS = EVERYTHING.replace("labeled-response ", "")


@pytest.fixture
def talk() -> Conversation:
    talk = Conversation()
    talk.register(EVERYTHING)
    talk.enter()
    talk.taken()
    return talk


def echo(talk: Conversation, lines: list[str], *, label: str = "1", msgid: str = "m9") -> None:
    """The server sends an own message of several lines back; a line with ``+`` before it goes on with the last one."""
    tags = f"label={label};" if label else ""
    talk.server(f"@{tags}msgid={msgid} :Alice!chatkit@here BATCH +e draft/multiline #room")
    for line in lines:
        concat = ";draft/multiline-concat" if line.startswith("+") else ""
        talk.server(f"@batch=e{concat} :Alice!chatkit@here PRIVMSG #room :{line.removeprefix('+')}")
    talk.server(":irc.test BATCH -e")


def test_several_lines_are_one_message(talk: Conversation) -> None:
    talk.say("one\n\ntwo")
    assert talk.sent() == [
        "@label=1 BATCH +m1 draft/multiline #room",
        "@batch=m1 PRIVMSG #room one",
        "@batch=m1 PRIVMSG #room :",
        "@batch=m1 PRIVMSG #room two",
        "BATCH -m1",
    ]
    assert view(talk.room("#room")) == ["… Alice: one\n\ntwo"]
    echo(talk, ["one", "", "two"])
    assert view(talk.room("#room")) == ["Alice: one\n\ntwo"]
    assert talk.room("#room").lines[0].msgid == "m9"
    assert talk.core.settled


def test_without_labels_the_echo_is_known_by_its_text() -> None:
    talk = Conversation()
    talk.register(NO_LABELS)
    room = talk.enter()
    talk.say("one\ntwo", room)
    echo(talk, ["one", "two"], label="")
    assert view(room) == ["Alice: one\ntwo"]
    assert talk.core.settled


def test_a_long_line_goes_on_in_the_next_one(talk: Conversation) -> None:
    text = "word " * 150
    talk.say(text + "end")
    sent = talk.sent()
    assert [line.split()[0] for line in sent[1:-1]] == ["@batch=m1", "@batch=m1;draft/multiline-concat"]
    assert sent[1].endswith("word ")  # "leave the space character at the end of the line"
    echo(talk, [sent[1].partition(" :")[2], "+" + sent[2].partition(" :")[2]])
    assert view(talk.room("#room")) == [f"Alice: {text}end"]


def test_one_short_line_needs_no_batch(talk: Conversation) -> None:
    talk.say("\nhello\n")
    assert talk.sent() == ["@label=1 PRIVMSG #room hello"]


def test_more_lines_than_the_server_takes_are_as_few_messages_as_can_be(talk: Conversation) -> None:
    talk.say("\n".join(f"line {number}" for number in range(15)))
    sent = talk.sent()
    assert [line for line in sent if "BATCH" in line] == [
        "@label=1 BATCH +m1 draft/multiline #room", "BATCH -m1",
        "@label=2 BATCH +m2 draft/multiline #room", "BATCH -m2",
    ]  # fmt: skip
    assert [line.count("\n") + 1 for line in view(talk.room("#room"))] == [10, 5]


def test_an_answer_of_several_lines_answers_once(talk: Conversation) -> None:
    talk.server(message(1, "what?"))
    room = talk.room("#room")
    talk.core.compose(room, "reply", room.lines[0])
    talk.say("one\ntwo")
    assert talk.sent()[:2] == [
        "@+reply=m1;+draft/reply=m1;label=1 BATCH +m1 draft/multiline #room",
        "@batch=m1 PRIVMSG #room one",
    ]
    reply = room.lines[1].reply
    assert reply is not None
    assert (reply.nick, reply.text) == ("Bob", "what?")


def test_an_answer_in_several_messages_answers_with_the_first() -> None:
    talk = Conversation()
    talk.register()
    room = talk.enter(history=[message(1)])
    talk.core.compose(room, "reply", room.lines[0])
    talk.say("one\ntwo", room)
    assert talk.sent() == [
        "@+reply=m1;+draft/reply=m1;label=1 PRIVMSG #room one",
        "@label=2 PRIVMSG #room two",
    ]


def test_actions_have_one_line_each(talk: Conversation) -> None:
    talk.core.outbox.say(talk.room("#room"), "waves\nlaughs", "action")
    assert talk.sent() == [
        "@label=1 PRIVMSG #room :\x01ACTION waves\x01",
        "@label=2 PRIVMSG #room :\x01ACTION laughs\x01",
    ]


def test_a_message_that_is_refused_can_be_sent_again(talk: Conversation) -> None:
    talk.say("one\ntwo")
    talk.sent()
    talk.server("@label=1 FAIL BATCH MULTILINE_MAX_LINES 1 :Too many lines")
    line = talk.room("#room").lines[0]
    assert (line.state, line.reason) == ("failed", "Too many lines")
    talk.core.retry(line.id)
    assert talk.sent()[0] == "@label=2 BATCH +m2 draft/multiline #room"


def test_a_refusal_without_a_label_is_that_of_the_first() -> None:
    talk = Conversation()
    talk.register(NO_LABELS)
    room = talk.enter()
    talk.say("single", room)
    talk.say("one\ntwo", room)
    talk.server("FAIL BATCH MULTILINE_MAX_BYTES 10 :Too long")
    assert view(room) == ["… Alice: single", "✗ Alice: one\ntwo"]


def test_what_was_stored_before_the_connection_was_lost_is_shown_once(talk: Conversation) -> None:
    room = talk.room("#room")
    talk.server(message(1))
    talk.say("one\ntwo")
    talk.lose()
    talk.reconnect(caps=EVERYTHING)
    talk.server(":Alice!chatkit@here JOIN #room", ":irc.test BATCH +h chathistory #room")
    talk.server("@batch=h;msgid=m2 :Alice!c@here BATCH +i draft/multiline #room")
    talk.server("@batch=i :Alice!c@here PRIVMSG #room one", "@batch=i :Alice!c@here PRIVMSG #room two")
    talk.server("BATCH -i", "BATCH -h")
    talk.batch("#room", [])
    assert view(room) == ["Bob: text 1", "Alice: one\ntwo"]
    assert talk.core.settled


def incoming(talk: Conversation, *lines: str, head: str = "msgid=m1", command: str = "PRIVMSG") -> Line:
    talk.server(f"@{head} :Bob!b@there BATCH +x draft/multiline #room")
    for line in lines:
        talk.server(f"@batch=x{line.partition('|')[0]} :Bob!b@there {command} #room :{line.partition('|')[2]}")
    talk.server("BATCH -x")
    return talk.room("#room").lines[-1]


def test_others_messages_of_several_lines_are_one_line_of_the_room(talk: Conversation) -> None:
    line = incoming(talk, "|hello", "|", "|how is ", ";draft/multiline-concat|everyone?")
    assert (line.nick, line.text, line.msgid) == ("Bob", "hello\n\nhow is everyone?", "m1")
    assert len(talk.room("#room").lines) == 1


def test_a_notice_may_have_several_lines_too(talk: Conversation) -> None:
    line = incoming(talk, "|one", "|two", command="NOTICE")
    assert (line.kind, line.text) == ("notice", "one\ntwo")


def test_its_tags_are_those_of_the_batch(talk: Conversation) -> None:
    talk.server(message(1))
    line = incoming(talk, "|one", "|Alice: two", head="msgid=m2;time=2027-01-15T08:00:30.000Z;+draft/reply=m1;bot")
    assert (line.bot, line.highlight, line.time_ms) == (True, True, 1_800_000_030_000)
    assert line.reply is not None
    assert line.reply.nick == "Bob"


def test_in_a_page_of_history_it_is_one_message() -> None:
    talk = Conversation()
    talk.register(EVERYTHING)
    talk.server(":Alice!chatkit@here JOIN #room", "BATCH +h chathistory #room")
    talk.server("@batch=h;msgid=m1 :Bob!b@there BATCH +x draft/multiline #room")
    talk.server("@batch=x :Bob!b@there PRIVMSG #room one", "@batch=x :Bob!b@there PRIVMSG #room two", "BATCH -x")
    talk.server("@batch=h;msgid=m2 :Bob!b@there PRIVMSG #room three", "BATCH -h")
    assert view(talk.room("#room")) == ["Bob: one\ntwo", "Bob: three"]


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [":Bob!b@there TAGMSG #room"],
        [":Bob!b@there JOIN #room"],
    ],
)
def test_a_batch_without_talk_is_nothing(talk: Conversation, lines: list[str]) -> None:
    talk.server(":Bob!b@there BATCH +x draft/multiline #room")
    talk.server(*(f"@batch=x {line}" for line in lines), "BATCH -x")
    assert view(talk.room("#room")) == []


def test_lines_for_somebody_else_are_not_part_of_it(talk: Conversation) -> None:
    talk.server(":Bob!b@there BATCH +x draft/multiline #room", "@batch=x :Bob!b@there PRIVMSG #room one")
    talk.server("@batch=x :Bob!b@there PRIVMSG #other two", "@batch=x :Bob!b@there NOTICE #room three", "BATCH -x")
    assert view(talk.room("#room")) == ["Bob: one"]


def test_it_has_an_end(talk: Conversation) -> None:
    line = incoming(talk, *["|" + "x" * 400] * 300)
    assert len(line.text) == MAX_TEXT
    assert line.text.endswith("…")


def test_a_room_that_wants_no_styles_gets_none(talk: Conversation) -> None:
    room = talk.room("#room")
    talk.say("*bold*")
    assert talk.sent() == ["@label=1 PRIVMSG #room \x02bold\x02"]
    talk.server("@label=1 :irc.test 404 Alice #room :No colours here")
    assert talk.sent() == ["@label=2 PRIVMSG #room bold"]
    talk.server(message(2, "bold", nick="Alice", label="2"))
    assert view(room) == ["Alice: bold"]
    talk.say("*next*")
    assert talk.sent() == ["@label=3 PRIVMSG #room *next*"]


def test_a_message_that_is_refused_without_styles_too_has_failed(talk: Conversation) -> None:
    talk.say("*bold*")
    talk.server("@label=1 :irc.test 404 Alice #room :Not now")
    talk.server("@label=2 :irc.test 404 Alice #room :Not now")
    assert [line.state for line in talk.room("#room").lines] == ["failed"]
    talk.sent()
    talk.say("*next*")
    assert talk.sent() == ["@label=3 PRIVMSG #room \x02next\x02"]


def test_the_mode_says_it_before(talk: Conversation) -> None:
    talk.server(":irc.test 005 Alice CHANMODES=b,k,l,cimnst :are supported by this server")
    talk.server(":Bob!b@there MODE #room +c")
    talk.say("*bold*")
    assert talk.sent() == ["@label=1 PRIVMSG #room *bold*"]
    talk.server(":Bob!b@there MODE #room -c")
    talk.say("*bold*")
    assert talk.sent() == ["@label=2 PRIVMSG #room \x02bold\x02"]


TEXTS = st.lists(st.text(alphabet="ab é\u200d👍 ", max_size=30), max_size=12)


@given(TEXTS, st.integers(8, 20), st.integers(20, 60), st.integers(1, 5))
def test_pieces_are_within_the_limits_and_lose_nothing(
    lines: list[str], limit: int, most_bytes: int, most_lines: int
) -> None:
    pieces = splitting.pieces_of(lines, limit)
    assert splitting.joined(pieces) == "\n".join(lines)
    assert not any(piece.continues and not piece.text for piece in pieces)
    messages = splitting.messages_of(pieces, Limits(most_bytes, most_lines))
    for message_pieces in messages:
        text = splitting.joined(message_pieces)
        assert len(text.encode()) <= most_bytes
        assert len(message_pieces) <= most_lines
        assert not message_pieces[0].continues
        assert message_pieces[0].text.strip()
        assert message_pieces[-1].text.strip()
    said = "".join(splitting.joined(each) for each in messages)
    assert said.replace("\n", "").replace(" ", "") == "".join(lines).replace(" ", "")


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ("max-bytes=4096,max-lines=24", Limits(4096, 24)),
        ("max-lines=24,max-bytes=10,new", Limits(10, 24)),
        ("max-bytes=4096", Limits(4096, 100)),
        ("max-bytes=4096,max-lines=0", Limits(4096, 1)),
        ("", None),
        ("max-lines=24", None),
        ("max-bytes=many", None),
    ],
)
def test_the_limits_that_a_server_sets(value: str, limits: Limits | None) -> None:
    assert splitting.parse_limits(value) == limits


def test_a_blank_line_between_messages_belongs_to_neither() -> None:
    pieces = [Piece("a"), Piece(""), Piece("b")]
    assert splitting.messages_of(pieces, Limits(100, 2)) == [(Piece("a"),), (Piece("b"),)]


# Said while there is no connection.


def offline_in_room(caps: str = EVERYTHING) -> Conversation:
    talk = Conversation()
    talk.register(caps)
    talk.enter()
    talk.lose()
    return talk


def test_several_lines_said_while_offline_are_the_one_message_that_they_were() -> None:
    talk = offline_in_room()
    talk.say("before")
    talk.say("one\n*two*")
    assert view(talk.room("#room")) == ["… Alice: before", "… Alice: one\ntwo"]
    talk.reconnect(caps=EVERYTHING)
    sent = enter_again(talk)
    assert sent == [
        "@label=1 PRIVMSG #room before",
        "@label=2 BATCH +m1 draft/multiline #room",
        "@batch=m1 PRIVMSG #room one",
        "@batch=m1 PRIVMSG #room \x02two\x02",
        "BATCH -m1",
    ]
    assert view(talk.room("#room")) == ["… Alice: before", "… Alice: one\ntwo"]


def test_where_the_server_takes_single_lines_only_they_go_out_singly_and_in_order() -> None:
    talk = offline_in_room(ALL_CAPS)
    first_ms = talk.ms
    talk.say("one\ntwo")
    talk.say("three")
    talk.reconnect(caps=ALL_CAPS)
    assert [line.partition("PRIVMSG #room ")[2] for line in enter_again(talk)] == ["one", "two", "three"]
    assert view(talk.room("#room")) == ["… Alice: one", "… Alice: two", "… Alice: three"]
    assert [line.time_ms for line in talk.room("#room").lines] == [first_ms] * 3  # when they were said


def test_what_waits_while_the_last_connection_comes_to_nothing_is_still_whole() -> None:
    talk = offline_in_room()
    talk.say("one\ntwo")
    talk.core.disconnect()
    (failed,) = talk.room("#room").lines
    assert failed.state == "failed"
    talk.core.reconnect()
    talk.wait(0)
    talk.core.retry(failed.id)
    talk.register(EVERYTHING)
    assert "BATCH +m1 draft/multiline #room" in enter_again(talk)[0]


def test_an_answer_of_several_lines_said_while_offline_is_one_answer() -> None:
    talk = Conversation()
    talk.register(ALL_CAPS)
    talk.enter(history=[message(1)])
    talk.lose()
    room = talk.room("#room")
    talk.core.compose(room, "reply", room.lines[0])
    talk.say("one\ntwo")
    talk.reconnect(caps=ALL_CAPS)
    assert [("+reply=m1" in line) for line in enter_again(talk)] == [True, False]


def enter_again(talk: Conversation) -> list[str]:
    """The server puts the user into the room again. Returns what is said there."""
    talk.server(
        ":Alice!chatkit@here JOIN #room",
        ":irc.test 353 Alice = #room :Alice @Bob",
        ":irc.test 366 Alice #room :End of /NAMES list",
    )
    talk.sent()
    talk.batch("#room", [])
    return [line for line in talk.sent() if "PRIVMSG" in line or "BATCH" in line]
