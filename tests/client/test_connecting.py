"""From the dial to the room, and what goes wrong on the way."""

from __future__ import annotations

import pytest

from chatkit.client import session, words
from chatkit.client.address import parse_address
from chatkit.client.events import Left, NameNeeded, NickChanged, RoomFocused, StatusChanged
from chatkit.client.link import MAX_DELAY, PATIENCE, QUIET
from tests.client.conversation import ALL_CAPS, Conversation, view


def statuses(talk: Conversation) -> list[str]:
    return [event.status.text for event in talk.taken() if isinstance(event, StatusChanged)]


def test_it_introduces_itself_and_asks_for_what_the_server_has() -> None:
    talk = Conversation(password="secret word")  # noqa: S106  # of no one
    assert talk.connect()[:3] == ["CAP LS 302", "PASS :secret word", "NICK Alice"]
    talk.server(":irc.test CAP * LS * :batch away=1", ":irc.test CAP * LS :server-time tls")
    assert talk.sent() == ["CAP REQ :batch server-time"]
    talk.server(":irc.test CAP * ACK :batch server-time")
    assert talk.sent() == ["CAP END"]
    assert talk.core.session.enabled == {"batch", "server-time"}


def test_a_server_that_has_nothing_gets_cap_end() -> None:
    talk = Conversation()
    talk.connect()
    talk.server(":irc.test CAP * LS :tls")
    assert talk.sent() == ["CAP END"]


def test_a_server_that_refuses_capabilities_still_lets_us_in() -> None:
    talk = Conversation()
    talk.connect()
    talk.server(":irc.test CAP * LS :batch", ":irc.test CAP * NAK :batch")
    assert talk.sent() == ["CAP REQ batch", "CAP END"]


def test_of_capabilities_that_are_refused_together_each_is_asked_for_alone() -> None:
    """Spec: "The server MUST NOT make any change to any capabilities if it replies with a NAK subcommand."""
    talk = Conversation()
    talk.connect()
    talk.server(":irc.test CAP * LS :batch server-time", ":irc.test CAP * NAK :batch server-time")
    assert talk.sent() == ["CAP REQ :batch server-time", "CAP REQ batch", "CAP REQ server-time"]
    talk.server(":irc.test CAP * NAK :batch", ":irc.test CAP * ACK :server-time")
    assert talk.sent() == ["CAP END"]
    assert talk.core.session.enabled == {"server-time"}


def test_more_capabilities_than_a_line_holds_are_asked_for_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "REQUEST_LEN", 12)
    talk = Conversation()
    talk.connect()
    talk.server(":irc.test CAP * LS :batch setname server-time")
    assert talk.sent() == ["CAP REQ batch", "CAP REQ server-time", "CAP REQ setname"]
    talk.server(":irc.test CAP * ACK :batch", ":irc.test CAP * ACK :server-time")
    assert talk.sent() == []
    talk.server(":irc.test CAP * ACK :setname")
    assert talk.sent() == ["CAP END"]


def test_what_a_server_lacks_is_not_offered() -> None:
    talk = Conversation()
    talk.register("")
    assert talk.core.chat.can == {"formatting"}
    talk = Conversation()
    talk.register("message-tags batch labeled-response echo-message draft/message-redaction")
    assert talk.core.chat.can == {"formatting", "reply", "react", "typing", "redact", "edit"}


@pytest.mark.parametrize(
    ("denied", "left"),
    [
        ("typing", {"reply", "react"}),
        ("*", set()),
        ("*,-typing", {"typing"}),
        ("*,-reply", {"reply"}),
        ("draft/reply", {"reply", "react", "typing"}),
        ("reply,draft/reply,draft/react", {"typing"}),
    ],
)
def test_tags_that_the_server_lets_nobody_send_are_not_offered(denied: str, left: set[str]) -> None:
    """Spec: CLIENTTAGDENY in https://ircv3.net/specs/extensions/message-tags"""
    talk = Conversation()
    talk.register("message-tags", isupport=f"CLIENTTAGDENY={denied}")
    assert talk.core.chat.can - {"formatting"} == left


def test_a_server_without_cap_is_fine() -> None:
    talk = Conversation(rooms=("#den",))
    talk.connect()
    talk.server(
        ":old.test 421 * CAP :Unknown command",
        ":old.test 001 Alice :Welcome",
        ":old.test 422 Alice :MOTD File is missing",
    )
    assert talk.sent()[0] == "JOIN #den"
    assert view(talk.core.chat.server) == []


def test_capabilities_may_come_and_go() -> None:
    talk = Conversation()
    talk.register(caps="batch")
    talk.sent()
    talk.server(":irc.test CAP Alice NEW :server-time")
    assert talk.sent() == ["CAP REQ server-time"]
    talk.server(":irc.test CAP Alice ACK :server-time", ":irc.test CAP Alice DEL :batch")
    assert talk.core.session.enabled == {"server-time"}
    assert talk.sent() == []


def test_the_first_room_gets_the_focus_and_others_do_not() -> None:
    talk = Conversation()
    talk.register()
    lobby = talk.enter("#lobby")
    talk.enter("#other")
    assert [event.room for event in talk.taken() if isinstance(event, RoomFocused)] == [lobby]
    assert talk.core.ready


def test_it_is_not_ready_while_a_join_is_unanswered() -> None:
    talk = Conversation()
    talk.register()
    talk.core.join("#late")
    assert not talk.core.ready
    talk.pong(talk.sent())
    assert talk.core.ready


def test_a_taken_name_is_asked_about_and_the_choice_tried() -> None:
    talk = Conversation()
    talk.connect()
    talk.server(":irc.test 433 * Alice :Nickname is already in use")
    assert talk.taken()[-1] == NameNeeded("The name Alice is taken.", "Alice_", talk.core.chat)
    talk.core.choose_name("Carol")
    assert talk.sent() == ["NICK Carol"]


def test_who_takes_the_variant_is_told_so_in_the_room_and_the_wish_is_remembered() -> None:
    talk = Conversation()
    talk.connect()
    talk.server(":irc.test 433 * Alice :in use")
    talk.core.choose_name("Alice_")
    talk.server(":irc.test 433 * Alice_ :in use")
    assert talk.sent() == ["NICK Alice_"]
    talk.core.choose_name("Alice_2")
    talk.server(":irc.test 001 Alice_2 :Hi", ":irc.test 376 Alice_2 :End", ":Alice_2!a@here JOIN #lobby")
    talk.pong(talk.sent())
    assert [line.text for line in talk.room("#lobby").lines] == ["Alice is taken, you are Alice_2."]
    assert talk.core.naming.wish == "Alice"


def test_who_chooses_another_name_wished_for_it() -> None:
    talk = Conversation()
    talk.connect()
    talk.server(":irc.test 433 * Alice :in use")
    talk.core.choose_name("Carol")
    talk.server(":irc.test 001 Carol :Hi", ":irc.test 376 Carol :End", ":Carol!a@here JOIN #lobby")
    talk.pong(talk.sent())
    assert talk.room("#lobby").lines == []
    assert talk.core.naming.wish == "Carol"


def test_a_taken_name_is_varied_where_nobody_can_be_asked() -> None:
    talk = Conversation(rename=True)
    talk.connect()
    refusal = ":irc.test 433 * {} :Nickname is already in use"
    talk.server(refusal.format("Alice"), refusal.format("Alice_"), refusal.format("Alice_2"))
    assert talk.sent() == ["NICK Alice_", "NICK Alice_2", "NICK Alice_3"]


def test_a_variant_is_never_longer_than_the_server_allows() -> None:
    talk = Conversation(nick="A" * 20, rename=True)
    talk.register(nick="A" * 20)
    talk.lose()
    talk.wait(5)
    talk.connect()
    talk.server(":irc.test 005 * NICKLEN=20 :are supported", f":irc.test 433 * {'A' * 20} :in use")
    assert talk.sent() == ["NICK " + "A" * 19 + "_"]


@pytest.mark.parametrize(("name", "suggestion"), [("Bob Smith", "BobSmith"), ("", "guest"), (":x", "x")])
def test_a_name_that_is_none_is_never_sent(name: str, suggestion: str) -> None:
    talk = Conversation(nick=name)
    assert not any(line.startswith("NICK") for line in talk.connect())
    needed = talk.taken()[-1]
    assert isinstance(needed, NameNeeded)
    assert needed.suggestion == suggestion


def test_a_name_the_server_cannot_take_gets_another_suggestion() -> None:
    talk = Conversation(nick="7up")
    talk.connect()
    talk.server(":irc.test 432 * 7up :Erroneous nickname")
    assert talk.taken()[-1] == NameNeeded("The name 7up can't be used here.", "up", talk.core.chat)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Nobody may be called so here: Bad", "The name zed3 can't be used here: Bad."),
        ("Nickname too long, max. 3 characters", "Nickname too long, max. 3 characters."),
    ],
)
def test_the_servers_reason_for_refusing_a_name_is_told(said: str, told: str) -> None:
    talk = Conversation(nick="zed3")
    talk.connect()
    talk.server(f":irc.test 432 * zed3 :{said}")
    needed = talk.taken()[-1]
    assert isinstance(needed, NameNeeded)
    assert needed.text == told


def test_while_a_name_is_needed_it_does_not_dial_again() -> None:
    talk = Conversation()
    talk.connect()
    talk.server(":irc.test 433 * Alice :in use", "ERROR :Closing link: 127.0.0.1 (Registration timed out)")
    talk.lose()
    assert talk.core.chat.status.retry_at is None
    talk.core.choose_name("Carol")
    talk.wait(0)
    assert "NICK Carol" in talk.connect()


def test_a_server_that_is_down_is_tried_again_ever_more_rarely() -> None:
    talk = Conversation()
    delays = []
    for _ in range(8):
        assert talk.core.take_dial()
        talk.core.not_opened("Connection refused")
        status = talk.core.chat.status
        assert status.text == "Can't reach 127.0.0.1:55555: connection refused"
        assert status.retry_at is not None
        delays.append(status.retry_at - talk.now)
        talk.wait(delays[-1] - 0.01)
        assert not talk.core.take_dial()
        talk.wait(0.02)
    assert [round(delay) for delay in delays] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert max(delays) <= MAX_DELAY


def test_jitter_keeps_clients_from_coming_all_at_once() -> None:
    talk = Conversation()
    talk.core.link._jitter = lambda: 0.0
    assert talk.core.take_dial()
    talk.core.not_opened("Connection refused")
    assert talk.core.chat.status.retry_at == talk.now + 0.5


def test_a_lost_connection_comes_back_into_all_rooms(talk: Conversation) -> None:
    talk.enter("#other")
    talk.lose()
    status = talk.core.chat.status
    assert (status.state, status.text) == ("offline", "The connection was lost: connection reset by peer")
    assert not talk.room("#room").joined
    sent = talk.reconnect()
    assert [line for line in sent if line.startswith("JOIN")] == ["JOIN #room", "JOIN #other"]


def test_a_room_with_a_key_is_entered_with_it_again(talk: Conversation) -> None:
    talk.say("/join #locked sesame")
    assert talk.sent()[0] == "JOIN #locked sesame"
    talk.enter("#locked")
    talk.lose()
    assert "JOIN #locked sesame" in talk.reconnect()


def test_a_room_that_was_left_is_not_entered_again(talk: Conversation) -> None:
    talk.server(":Alice!chatkit@here PART #room")
    talk.lose()
    assert "JOIN #room" not in talk.reconnect()


def test_after_a_lost_connection_the_own_ghost_is_waited_out(talk: Conversation) -> None:
    talk.lose()
    talk.wait(2)
    talk.connect()
    talk.server(":irc.test 433 * Alice :in use")
    assert talk.sent() == ["NICK Alice_"]
    talk.server(":irc.test 001 Alice_ :Welcome", ":irc.test 376 Alice_ :End")
    talk.pong(talk.sent())
    talk.server(":Alice_!c@here JOIN #room", ":Alice!c@here QUIT :Ping timeout")
    talk.sent()
    talk.wait(0)
    assert talk.sent() == ["NICK Alice"]
    talk.server(":Alice_!c@here NICK Alice")
    assert talk.core.chat.nick == "Alice"
    talk.wait(1000)
    assert "NICK Alice" not in talk.sent()


def test_regaining_the_name_is_silent_and_ends(talk: Conversation) -> None:
    talk.lose()
    talk.wait(2)
    talk.connect()
    talk.server(":irc.test 433 * Alice :in use", ":irc.test 001 Alice_ :Hi", ":irc.test 376 Alice_ :End")
    talk.sent()
    tries = 0
    for _ in range(50):
        talk.wait(30)
        talk.server(":irc.test PONG irc.test alive")
        if "NICK Alice" in talk.sent():
            tries += 1
            talk.server(":irc.test 433 Alice_ Alice :in use")
    assert tries == 20
    assert not any(line.kind == "error" for room in talk.core.chat.rooms for line in room.lines)


def test_whoever_comes_back_without_the_accounts_name_is_told_how_to_log_in(talk: Conversation) -> None:
    talk.lose()
    talk.wait(2)
    talk.connect()
    owned = ":irc.test 433 * {} :Nickname belongs to an account"
    talk.server(
        owned.format("Alice"), owned.format("Alice_"), ":irc.test 001 Alice_2 :Hi", ":irc.test 376 Alice_2 :End"
    )
    told = [line.text for room in talk.core.chat.rooms for line in room.lines if line.kind == "error"]
    assert told == [words.sentence(words.NAME_OWNED.replace("{1}", "Alice"))]


def test_the_status_names_the_user_by_the_present_name(talk: Conversation) -> None:
    talk.server(":Alice!c@here NICK Ally")
    assert talk.core.chat.status.text == "Connected to Testnet as Ally"


def test_a_quiet_server_is_asked_and_a_silent_one_given_up() -> None:
    talk = Conversation(quiet=True)
    talk.register()
    talk.wait(QUIET)
    assert talk.sent() == ["PING alive"]
    talk.server(":irc.test PONG irc.test alive")
    talk.wait(QUIET)
    assert talk.sent() == ["PING alive"]
    talk.wait(PATIENCE)
    assert talk.core.take_hangup()
    assert talk.core.chat.status.text == "The connection was lost: the server does not answer any more"


def test_a_server_that_says_nothing_at_first_is_given_up() -> None:
    talk = Conversation()
    talk.connect()
    talk.wait(PATIENCE)
    assert talk.core.take_hangup()
    assert talk.core.chat.status.text == "Can't reach 127.0.0.1:55555: the server does not answer any more"


def test_the_servers_ping_is_answered(talk: Conversation) -> None:
    talk.server("PING :a token")
    assert talk.sent() == ["PONG :a token"]


def test_a_wrong_password_is_said_and_not_tried_again() -> None:
    talk = Conversation(password="wrong")  # noqa: S106  # of no one
    talk.connect()
    talk.server(":irc.test 464 * :Password incorrect", "ERROR :Closing link: 127.0.0.1 (Bad password)")
    talk.lose()
    assert talk.core.chat.status.text == "The password is wrong, or one is needed."
    assert talk.core.chat.status.retry_at is None


def test_a_server_that_wants_a_password_is_given_the_one_that_the_user_types() -> None:
    talk = Conversation()
    talk.connect()
    talk.server(":irc.test 464 * :Password incorrect")
    assert talk.core.chat.status.text == "This server asks for a password."
    assert talk.core.server_password.take_question() == "This server asks for a password:"
    assert talk.core.server_password.take_question() is None
    talk.core.server_password.give("sesame")
    talk.wait(0)
    assert "PASS sesame" in talk.connect()
    talk.server(":irc.test 464 * :Password incorrect")
    assert talk.core.server_password.take_question() == "Password incorrect. This server asks for a password:"


def test_the_password_that_the_user_types_goes_before_one_that_was_kept_and_is_wrong_by_now() -> None:
    talk = Conversation()
    assert talk.core.take_dial()
    talk.core.opened(password="old")  # noqa: S106  # of no one
    assert "PASS old" in talk.sent()
    talk.server(":irc.test 464 * :Password incorrect")
    talk.core.server_password.give("new")
    talk.wait(0)
    assert talk.core.take_dial()
    talk.core.opened(password="old")  # noqa: S106
    assert [line for line in talk.sent() if line.startswith("PASS")] == ["PASS new"]


def test_a_servers_kept_password_is_sent_where_nobody_can_read_it_and_asked_for_elsewhere() -> None:
    for security, address, sent in (
        ("", "chat.example", False),
        ("", "irc://chat.example", True),  # as the user wants it
        ("vouched", "chat.example", True),
        ("local", "127.0.0.1", True),
    ):
        talk = Conversation(address=parse_address(address))
        assert talk.core.take_dial()
        talk.core.opened(security=security, password="sesame")  # noqa: S106  # of no one
        assert ("PASS sesame" in talk.sent()) is sent
    talk = Conversation(address=parse_address("chat.example"))
    assert talk.core.take_dial()
    talk.core.opened(security="")
    talk.server(":irc.test 464 * :Password incorrect")
    assert "unencrypted" in (talk.core.server_password.take_question() or "")


def test_a_password_that_was_wrong_is_not_tried_again() -> None:
    talk = Conversation(password="wrong")  # noqa: S106  # of no one
    assert "PASS wrong" in talk.connect()
    talk.server(":irc.test 464 * :Password incorrect")
    talk.core.reconnect()
    talk.wait(0)
    assert not [line for line in talk.connect() if line.startswith("PASS")]
    talk.server(":irc.test 464 * :Password incorrect")
    assert talk.core.server_password.take_question() == "This server asks for a password:"


def test_a_wrong_password_of_an_operator_is_no_reason_to_stay_away(talk: Conversation) -> None:
    talk.server(":irc.test 464 Alice :Password incorrect")
    assert talk.core.chat.focus.lines[-1].text == "The password is wrong, or one is needed."
    talk.lose()
    assert talk.core.chat.status.retry_at is not None
    assert talk.core.server_password.take_question() is None


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("You are banned from this server.", "This server does not let you in."),
        ("You are banned from this server: spam", "This server does not let you in: spam."),
        ("This server lets nobody new in at the moment: A raid",) * 2,
    ],
)
def test_who_is_not_let_in_sees_the_servers_reason(said: str, told: str) -> None:
    talk = Conversation()
    talk.connect()
    talk.server(f":irc.test 465 Alice :{said}", "ERROR :Closing link: 127.0.0.1 (no)")
    talk.lose()
    assert talk.core.chat.status.text.rstrip(".") == told.rstrip(".")
    assert talk.core.chat.status.retry_at is None


def test_whoever_is_thrown_out_sees_why_and_stays_out(talk: Conversation) -> None:
    talk.say("waiting")
    talk.server(":admin KILL Alice :be nice", "ERROR :Closing link: 127.0.0.1 (Killed)")
    talk.lose()
    assert talk.core.chat.status.text == "You were removed from the server by admin: be nice"
    assert talk.core.chat.status.retry_at is None
    assert view(talk.room("#room"))[-1] == "✗ Alice: waiting"
    talk.core.reconnect()
    talk.wait(0)
    assert talk.core.take_dial()


def test_a_server_that_shuts_down_says_so_and_is_tried_again(talk: Conversation) -> None:
    talk.server("ERROR :Closing link: 127.0.0.1 (The server is shutting down)")
    talk.lose()
    assert talk.core.chat.status.text == "The server closed the connection: The server is shutting down"
    assert talk.core.chat.status.retry_at is not None


def test_quitting_waits_for_the_good_bye_but_not_for_ever(talk: Conversation) -> None:
    talk.core.quit("lunch")
    assert talk.sent() == ["QUIT lunch"]
    assert not any(isinstance(event, Left) for event in talk.taken())
    talk.wait(3)
    assert isinstance(talk.taken()[-1], Left)
    assert talk.core.take_hangup()


def test_quitting_while_offline_is_immediate() -> None:
    talk = Conversation()
    talk.core.quit()
    assert isinstance(talk.taken()[-1], Left)
    assert talk.core.deadline() is None


def test_a_connection_that_comes_after_quitting_is_closed() -> None:
    talk = Conversation()
    assert talk.core.take_dial()
    talk.core.quit()
    talk.core.take_hangup()
    talk.core.opened()
    assert talk.core.take_hangup()
    assert talk.sent() == []


def test_one_sentence_says_that_we_are_online() -> None:
    talk = Conversation()
    talk.register()
    assert statuses(talk) == ["Connecting to 127.0.0.1:55555…", "Connected to Testnet as Alice"]


def test_the_name_that_the_server_gave_is_the_name() -> None:
    talk = Conversation(nick="AliceWithALongName")
    talk.register(ALL_CAPS, nick="AliceWith")
    assert [event for event in talk.taken() if isinstance(event, NickChanged)] == [
        NickChanged("AliceWith", talk.core.chat)
    ]
