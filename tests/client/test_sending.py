"""What the user said: pending, then sent or failed, in the order of the server, never twice."""

from __future__ import annotations

import pytest

from chatkit.client.events import LineChanged
from chatkit.client.outbox import WINDOW
from tests.client.conversation import ALL_CAPS, Conversation, message, view

NO_LABELS = ALL_CAPS.replace("labeled-response ", "")
PLAIN_IRC = ""


def on_server(caps: str) -> Conversation:
    talk = Conversation()
    talk.register(caps)
    talk.enter()
    return talk


def labels(sent: list[str]) -> list[str]:
    return [line.split()[0].removeprefix("@label=") for line in sent if line.startswith("@label=")]


def echo(number: int, text: str, label: str = "", target: str = "#room") -> str:
    tags = {"label": label} if label else {}
    return message(number, text, nick="Alice", target=target, **tags)


def test_a_line_is_pending_until_its_echo_comes(talk: Conversation) -> None:
    talk.say("hello")
    sent = talk.sent()
    assert sent == ["@label=1 PRIVMSG #room hello"]
    assert view(talk.room("#room")) == ["… Alice: hello"]
    assert not talk.core.settled
    talk.server(echo(1, "hello", "1"))
    assert view(talk.room("#room")) == ["Alice: hello"]
    assert isinstance(talk.taken()[-1], LineChanged)
    assert talk.core.settled


def test_what_the_server_had_before_the_own_line_stands_before_it(talk: Conversation) -> None:
    talk.say("one")
    talk.say("two")
    talk.server(message(1, "Bob was first"), echo(2, "one", "1"), message(3, "between"), echo(4, "two", "2"))
    assert view(talk.room("#room")) == ["Bob: Bob was first", "Alice: one", "Bob: between", "Alice: two"]


def test_an_own_line_moves_to_where_the_server_has_it(talk: Conversation) -> None:
    talk.say("lost")
    talk.say("kept")
    talk.server(echo(2, "kept", "2"), message(3, "later"))
    assert view(talk.room("#room")) == ["Alice: kept", "Bob: later", "… Alice: lost"]


def test_without_labels_an_echo_is_known_by_its_text() -> None:
    talk = on_server(NO_LABELS)
    talk.say("same")
    talk.say("same")
    assert talk.sent() == ["PRIVMSG #room same", "PRIVMSG #room same"]
    talk.server(echo(1, "same"))
    assert view(talk.room("#room")) == ["Alice: same", "… Alice: same"]


def test_what_another_client_of_the_same_name_says_is_shown(talk: Conversation) -> None:
    talk.say("from here")
    talk.server(echo(1, "from here"))  # no label: it isn't ours
    assert view(talk.room("#room")) == ["Alice: from here", "… Alice: from here"]


def test_a_server_without_echo_shows_lines_once_they_are_written() -> None:
    talk = on_server(PLAIN_IRC)
    talk.say("hello")
    sent = talk.sent()
    assert sent == ["PRIVMSG #room hello", "PING sent-1"]
    assert view(talk.room("#room")) == ["Alice: hello"]
    assert not talk.core.settled
    talk.pong(sent)
    assert talk.core.settled


def test_a_pong_speaks_only_for_what_was_sent_before_its_ping() -> None:
    talk = on_server(PLAIN_IRC)
    talk.say("one")
    sent = talk.sent()
    talk.say("two")
    assert talk.sent() == ["PRIVMSG #room two"]
    talk.pong(sent)
    assert not talk.core.settled
    talk.server(":irc.test 404 Alice #room :Cannot send to channel")
    assert view(talk.room("#room")) == ["Alice: one", "✗ Alice: two"]
    assert talk.core.settled


def test_a_server_without_echo_can_still_refuse() -> None:
    talk = on_server(PLAIN_IRC)
    talk.say("one")
    talk.server(":irc.test 404 Alice #room :Cannot send to channel")
    assert view(talk.room("#room")) == ["✗ Alice: one"]


def test_a_refused_message_says_why_and_can_be_sent_again(talk: Conversation) -> None:
    talk.say("hello")
    talk.sent()
    talk.server("@label=1 :irc.test 404 Alice #room :Cannot send to channel")
    room = talk.room("#room")
    assert view(room) == ["✗ Alice: hello"]
    assert room.lines[0].reason == "you can't send to #room"
    talk.server(message(1))
    talk.core.retry(room.lines[0].id)
    assert talk.sent() == ["@label=2 PRIVMSG #room hello"]
    assert view(room) == ["Bob: text 1", "… Alice: hello"]
    talk.server(echo(2, "hello", "2"))
    assert view(room) == ["Bob: text 1", "Alice: hello"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Cannot send to channel (+m)", "you can't send to #room"),
        ("Cannot send to channel: it is moderated (+m)", "you can't send to #room: it is moderated (+m)"),
        ("Cannot send to nick/channel", "you can't send to #room"),
        ("You are muted: Cool down (until 2027-01-15 08:00 UTC)",) * 2,
    ],
)
def test_the_servers_own_reason_for_a_refusal_is_told(talk: Conversation, said: str, reason: str) -> None:
    talk.say("hello")
    talk.server(f"@label=1 :irc.test 404 Alice #room :{said}")
    assert talk.room("#room").lines[0].reason.casefold() == reason.casefold()


def test_a_refusal_without_words_names_what_was_refused(talk: Conversation) -> None:
    talk.say("hello")
    talk.server("@label=1 :irc.test 404 Alice #room")
    assert talk.room("#room").lines[0].reason == "you can't send to #room"


def test_slash_retry_sends_the_last_failed_line_again(talk: Conversation) -> None:
    talk.say("hello")
    talk.server("@label=1 :irc.test 404 Alice #room :no")
    talk.sent()
    talk.say("/retry")
    assert talk.sent() == ["@label=2 PRIVMSG #room hello"]
    talk.say("/retry")
    assert view(talk.room("#room")) == ["* Nothing here has failed to be sent.", "… Alice: hello"]


def test_a_standard_reply_refuses_too(talk: Conversation) -> None:
    talk.say("hello")
    talk.server("@label=1 :irc.test FAIL PRIVMSG UNAVAILABLE #room :The message could not be stored")
    assert talk.room("#room").lines[0].reason == "The message could not be stored"


def test_a_message_to_nobody_fails_in_its_talk(talk: Conversation) -> None:
    talk.say("/msg Nobody hello")
    talk.batch("Nobody", [])
    talk.sent()
    talk.server("@label=1 :irc.test 401 Alice Nobody :No such nick/channel")
    assert view(talk.room("Nobody")) == ["✗ Alice: hello"]
    assert talk.room("Nobody").lines[0].reason == "there is nobody called Nobody here"
    assert view(talk.room("#room")) == [
        "* Your talk with Nobody is on a page of its own: /query Nobody shows it.",
        "* Not sent to Nobody: hello (there is nobody called Nobody here)",
    ]


def test_a_message_that_fails_where_the_user_looks_is_said_once(talk: Conversation) -> None:
    talk.say("/query Nobody hello")
    talk.batch("Nobody", [])
    talk.server("@label=1 :irc.test 401 Alice Nobody :No such nick/channel")
    assert view(talk.room("Nobody")) == ["✗ Alice: hello"]
    assert view(talk.room("#room")) == []


def test_a_message_to_someone_away_is_sent_and_said_so_once(talk: Conversation) -> None:
    talk.say("/query Bob hello")
    talk.batch("Bob", [])
    for number in (1, 2):
        talk.server(
            f"@label={number} :irc.test BATCH +x labeled-response",
            "@batch=x :irc.test 301 Alice Bob :at lunch",
            f"@batch=x;msgid=m{number} :Alice!c@here PRIVMSG Bob :hello",
            ":irc.test BATCH -x",
        )
        talk.say("hello")
    assert view(talk.room("Bob"))[:3] == ["* Bob is away: at lunch", "Alice: hello", "Alice: hello"]


def test_a_message_to_oneself_is_shown_once(talk: Conversation) -> None:
    talk.say("/msg Alice note")
    talk.batch("Alice", [])
    talk.server(echo(1, "note", "1", target="Alice"), echo(1, "note", target="Alice"))
    assert view(talk.room("Alice")) == ["Alice: note"]


def test_an_ack_is_as_good_as_an_echo(talk: Conversation) -> None:
    talk.say("hello")
    talk.server("@label=1 :irc.test ACK")
    assert view(talk.room("#room")) == ["Alice: hello"]


def test_many_lines_are_many_messages_and_never_more_than_a_window_at_once(talk: Conversation) -> None:
    talk.say("\n".join(f"line {number}" for number in range(100)))
    room = talk.room("#room")
    received = []
    while sent := talk.sent():
        assert len(sent) <= WINDOW
        for line in sent:
            text = line.partition(" :")[2]
            received.append(text)
            talk.server(echo(len(received), text, labels([line])[0]))
    assert received == [f"line {number}" for number in range(100)]
    assert view(room) == [f"Alice: line {number}" for number in range(100)]


def test_without_echo_the_window_moves_with_the_servers_pong() -> None:
    talk = on_server(PLAIN_IRC)
    talk.say("\n".join(f"line {number}" for number in range(20)))
    total = 0
    while sent := talk.sent():
        messages = [line for line in sent if line.startswith("PRIVMSG")]
        assert len(messages) <= WINDOW
        total += len(messages)
        talk.pong(sent)
    assert total == 20


def test_a_long_line_is_split_so_that_others_get_all_of_it(talk: Conversation) -> None:
    text = "grüße " * 200
    talk.say(text)
    sent = talk.sent()
    for line in sent:
        relayed = line.partition(" ")[2].replace("PRIVMSG", ":Alice!chatkit@here PRIVMSG", 1)
        assert len(relayed.encode()) + 2 <= 512
    assert " ".join(line.partition(" :")[2] for line in sent) == text.strip()


def test_what_is_typed_while_offline_waits_and_goes_out_once(talk: Conversation) -> None:
    talk.lose()
    talk.say("first", talk.room("#room"))
    talk.say("second", talk.room("#room"))
    assert view(talk.room("#room")) == ["… Alice: first", "… Alice: second"]
    talk.reconnect()
    assert not any("PRIVMSG" in line for line in talk.sent())  # not in the room yet
    talk.server(":Alice!chatkit@here JOIN #room")
    assert not any("PRIVMSG" in line for line in talk.sent())  # its history isn't there yet
    talk.batch("#room", [])
    assert [line.partition(" ")[2] for line in talk.sent()] == ["PRIVMSG #room first", "PRIVMSG #room second"]


def test_a_line_lost_on_the_way_but_stored_is_shown_once(talk: Conversation) -> None:
    talk.say("did it arrive?")
    talk.lose()
    assert view(talk.room("#room")) == ["… Alice: did it arrive?"]
    talk.reconnect()
    talk.server(":Alice!chatkit@here JOIN #room")
    talk.batch("#room", [message(1), echo(2, "did it arrive?"), message(3)])
    talk.batch("#room", [])
    assert view(talk.room("#room")) == ["Bob: text 1", "Alice: did it arrive?", "Bob: text 3"]
    assert talk.core.settled


def test_a_line_lost_on_the_way_and_not_stored_has_failed(talk: Conversation) -> None:
    talk.say("did it arrive?")
    talk.lose()
    talk.reconnect()
    talk.server(":Alice!chatkit@here JOIN #room")
    talk.batch("#room", [message(1)])
    talk.batch("#room", [])
    assert "✗ Alice: did it arrive?" in view(talk.room("#room"))
    assert talk.core.settled


def test_two_equal_lines_of_which_one_was_stored(talk: Conversation) -> None:
    talk.say("again")
    talk.say("again")
    talk.lose()
    talk.reconnect()
    talk.server(":Alice!chatkit@here JOIN #room")
    talk.batch("#room", [echo(1, "again")])
    talk.batch("#room", [])
    assert sorted(view(talk.room("#room"))) == ["Alice: again", "✗ Alice: again"]


@pytest.mark.parametrize("caps", [PLAIN_IRC, "echo-message"])
def test_without_history_a_line_lost_on_the_way_has_failed(caps: str) -> None:
    talk = on_server(caps)
    talk.say("hello")
    talk.lose()
    assert view(talk.room("#room")) == ["✗ Alice: hello"]


def test_a_direct_line_lost_on_the_way_is_looked_for_too(talk: Conversation) -> None:
    talk.say("/msg Bob psst")
    talk.batch("Bob", [])
    talk.lose()
    talk.reconnect()
    talk.batch("Bob", [echo(1, "psst", target="Bob")])
    talk.batch("Bob", [])
    assert view(talk.room("Bob")) == ["Alice: psst"]


def test_a_room_that_will_not_have_us_back_fails_what_waits(talk: Conversation) -> None:
    talk.lose()
    talk.say("hello", talk.room("#room"))
    talk.reconnect()
    talk.server(":irc.test 474 Alice #room :Cannot join channel (+b)")
    assert view(talk.room("#room"))[0] == "✗ Alice: hello"
    assert talk.room("#room").lines[0].reason == "you are banned from #room"


def test_being_kicked_fails_what_waits(talk: Conversation) -> None:
    room = talk.room("#room")
    talk.say("\n".join("abcdefgh"))
    talk.server(":Bob!b@there KICK #room Alice :enough")
    assert view(room)[0] == "* You were removed from #room by Bob: enough"
    assert view(room)[-2:] == ["✗ Alice: g", "✗ Alice: h"]
    talk.say("hello", room)
    assert view(room)[-1] == "* You are not in #room: /join #room to enter it."


def test_a_double_slash_says_a_slash(talk: Conversation) -> None:
    talk.say("//usr/bin")
    assert talk.sent() == ["@label=1 PRIVMSG #room /usr/bin"]


def test_posting_never_means_a_command(talk: Conversation) -> None:
    talk.core.post(talk.room("#room"), "/quit")
    assert talk.sent() == ["@label=1 PRIVMSG #room /quit"]


def test_line_breaks_and_nul_never_reach_the_wire(talk: Conversation) -> None:
    talk.say("a\r\nb\0c\x85d\u2028e")
    for line in talk.sent():
        assert not set("\r\n\0") & set(line)


def test_saying_something_on_the_servers_page_explains_itself(talk: Conversation) -> None:
    talk.say("hello?", talk.core.chat.server)
    assert view(talk.core.chat.server)[-1].startswith("* Nobody would hear that")
    assert talk.sent() == []
