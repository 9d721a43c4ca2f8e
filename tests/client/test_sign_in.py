"""Logging in by SASL, and making an account: a test types what the server says."""

from __future__ import annotations

import base64

import pytest

from chatkit.client import words
from chatkit.client.events import AbilitiesChanged, FormWanted
from chatkit.client.model import Security
from chatkit.client.sign_in import PARTING, TIMEOUT
from chatkit.proto.scram import ScramServer, make_keys
from tests.client.conversation import Conversation, view

SECRET = "correct horse"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def dial(
    mechanisms: str = "PLAIN,SCRAM-SHA-256",
    *,
    security: Security = "vouched",
    account: str = "alice",
    **options: object,
) -> Conversation:
    """A client that has got ``sasl`` and says with which mechanism it begins."""
    talk = Conversation(**{"account": account, "secret": SECRET, **options})
    assert talk.core.take_dial()
    talk.core.opened(security)
    talk.sent()
    talk.server(f":irc.test CAP * LS :sasl{'=' if mechanisms else ''}{mechanisms}")
    assert talk.sent() == ["CAP REQ sasl"]
    talk.server(":irc.test CAP * ACK :sasl")
    return talk


def test_plain_is_told_the_account_and_the_password_before_registration_ends() -> None:
    talk = dial("PLAIN")
    assert talk.sent() == ["AUTHENTICATE PLAIN"]
    talk.server("AUTHENTICATE +")
    assert talk.sent() == ["AUTHENTICATE " + b64(b"\0alice\0" + SECRET.encode())]
    talk.server(":irc.test 900 Alice Alice!c@here alice :You are now logged in as alice", ":irc.test 903 Alice :Done")
    assert talk.sent() == ["CAP END"]
    assert talk.core.chat.account == "alice"
    assert any(isinstance(event, AbilitiesChanged) for event in talk.taken())


def test_a_response_of_400_characters_is_followed_by_an_empty_one() -> None:
    """Spec: where the last piece is "exactly 400 bytes long, it must also be followed by AUTHENTICATE +"."""
    secret = "x" * (300 - len("\0alice\0"))
    talk = dial("PLAIN", secret=secret)
    talk.sent()
    talk.server("AUTHENTICATE +")
    first, second = talk.sent()
    assert len(first) == len("AUTHENTICATE ") + 400
    assert second == "AUTHENTICATE +"


def scram_to_the_end(talk: Conversation, server: ScramServer, secret: str = SECRET) -> str:
    """Play the server until its signature is due. Returns that."""
    keys = make_keys(secret, 4096)
    assert keys is not None
    assert talk.sent() == ["AUTHENTICATE SCRAM-SHA-256"]
    talk.server("AUTHENTICATE +")
    first = base64.b64decode(talk.sent()[0].split()[1])
    assert server.begin(first) == "alice"
    talk.server(f"AUTHENTICATE {b64(server.challenge(keys))}")
    final = base64.b64decode(talk.sent()[0].split()[1])
    return b64(server.finish(final))


def test_scram_checks_that_the_server_knows_the_password_too() -> None:
    talk = dial()
    signature = scram_to_the_end(talk, ScramServer())
    talk.server(f"AUTHENTICATE {signature}")
    assert talk.sent() == ["AUTHENTICATE +"]
    talk.server(":irc.test 903 Alice :Done")
    assert talk.sent() == ["CAP END"]
    assert talk.core.chat.account == "alice"


def test_a_server_with_the_wrong_signature_is_left() -> None:
    talk = dial()
    scram_to_the_end(talk, ScramServer())
    talk.server(f"AUTHENTICATE {b64(b'v=' + base64.b64encode(b'0' * 32))}")
    assert talk.core.take_hangup()
    assert talk.core.chat.status.text == words.sentence(words.SERVER_NOT_PROVEN)
    assert talk.core.chat.status.retry_at is None


@pytest.mark.parametrize("steps", [0, 1])
def test_success_before_the_server_has_proven_anything_is_no_success(steps: int) -> None:
    talk = dial()
    talk.sent()
    if steps:
        talk.server("AUTHENTICATE +")
        talk.sent()
    talk.server(":irc.test 903 Alice :Done")
    assert talk.core.take_hangup()
    assert "CAP END" not in talk.sent()
    assert talk.core.chat.status.text == words.sentence(words.SERVER_NOT_PROVEN)


def test_a_server_that_asks_for_very_many_iterations_is_not_obeyed() -> None:
    talk = dial()
    talk.server("AUTHENTICATE +")
    nonce = base64.b64decode(talk.sent()[-1].split()[1]).decode().rpartition("r=")[2]
    talk.server(f"AUTHENTICATE {b64(f'r={nonce}x,s=c2FsdA==,i=900000'.encode())}")
    assert talk.sent() == ["AUTHENTICATE *", "CAP END"]


def test_a_password_never_goes_through_the_clear() -> None:
    talk = dial("PLAIN", security="")
    assert talk.sent() == ["CAP END"]
    assert view(talk.core.chat.server) == ["* " + words.sentence(f"{words.NO_SAFE_LOG_IN}, so {words.SO_A_GUEST}")]


def test_scram_will_do_in_the_clear_as_it_tells_nobody_the_password() -> None:
    assert dial(security="").sent() == ["AUTHENTICATE SCRAM-SHA-256"]


def test_external_is_for_those_with_a_certificate_and_no_password() -> None:
    talk = dial("EXTERNAL,PLAIN", account="", secret=None, certificate="me.pem")
    assert talk.sent() == ["AUTHENTICATE EXTERNAL"]
    talk.server("AUTHENTICATE +")
    assert talk.sent() == ["AUTHENTICATE +"]
    talk.server(":irc.test 900 Alice Alice!c@here al :You are now logged in", ":irc.test 903 Alice :Done")
    assert talk.core.chat.account == "al"


def test_a_mechanism_that_turns_out_not_to_be_there_is_followed_by_the_next() -> None:
    """Spec: "Clients MUST handle the case when a mechanism they picked from the list turns out to be not available."""
    talk = dial("")
    assert talk.sent() == ["AUTHENTICATE SCRAM-SHA-256"]
    talk.server(":irc.test 908 Alice EXTERNAL,PLAIN :are available SASL mechanisms", ":irc.test 904 Alice :Failed")
    assert talk.sent() == ["AUTHENTICATE PLAIN"]


def test_a_wrong_password_is_said_and_the_user_goes_on_as_a_guest() -> None:
    talk = dial("PLAIN")
    talk.server("AUTHENTICATE +")
    talk.sent()
    talk.server(":irc.test 904 Alice :SASL authentication failed")
    assert talk.sent() == ["CAP END"]
    said = "Logging in as alice failed: check the name and the password."
    assert view(talk.core.chat.server) == ["* " + said]
    assert talk.core.sign_in.take_refusal() == said
    assert talk.core.sign_in.take_refusal() is None


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        ("902 Alice :The account alice is suspended: spam", "the account alice is suspended: spam"),
        ("902 Alice :You must use a nick assigned to you", "check the name and the password"),
        ("904 Alice :SASL authentication failed: it took too long", "it took too long"),
        ("904 Alice :Invalid credentials", "check the name and the password"),
    ],
)
def test_the_servers_reason_for_refusing_a_log_in_is_told(refusal: str, told: str) -> None:
    talk = dial("PLAIN")
    talk.server("AUTHENTICATE +", f":irc.test {refusal}")
    assert talk.core.sign_in.take_refusal() == f"Logging in as alice failed: {told}."


def test_whoever_will_not_be_a_guest_stays_away() -> None:
    talk = dial("PLAIN", sasl_required=True)
    talk.server("AUTHENTICATE +", ":irc.test 904 Alice :SASL authentication failed")
    assert talk.core.take_hangup()
    assert talk.core.chat.status.retry_at is None
    assert talk.core.chat.status.text == "Logging in as alice failed: check the name and the password."


def test_whoever_will_not_be_a_guest_stays_away_from_a_server_without_sasl() -> None:
    talk = Conversation(account="alice", secret=SECRET, sasl_required=True)
    talk.connect()
    talk.server(":irc.test CAP * LS :")
    assert talk.core.take_hangup()
    assert talk.core.chat.status.text == words.sentence(f"{words.NO_LOG_IN_THERE}, and {words.NO_GUEST}")


@pytest.mark.parametrize(
    ("options", "lack"),
    [
        ({"secret": None}, "There is no password for alice"),  # no keyring, or nothing in it
        ({"secret": None, "account": ""}, "There is no account to log in to"),
        ({"secret": None, "mechanism": "PLAIN"}, "There is no password for alice"),
    ],
)
def test_whoever_will_not_be_a_guest_does_not_go_on_without_a_password(options: dict[str, object], lack: str) -> None:
    talk = dial("PLAIN", sasl_required=True, **options)
    assert "CAP END" not in talk.sent()
    assert talk.core.take_hangup()
    assert talk.core.chat.status.text.startswith(lack)
    assert "/login" in talk.core.chat.status.text
    refusal = talk.core.sign_in.take_refusal()
    assert refusal is not None  # so the user is asked for it at once

    talk.core.sign_in.log_in("alice", SECRET)
    talk.wait(0)
    assert talk.core.take_dial()
    talk.core.opened("vouched")
    talk.server(":irc.test CAP * LS :sasl=PLAIN", ":irc.test CAP * ACK :sasl")
    assert talk.sent()[-1].startswith("AUTHENTICATE ")


def test_whoever_will_not_be_a_guest_leaves_a_server_that_lets_everybody_in_without_being_asked() -> None:
    """Some servers know no CAP: they let in whoever has said NICK and USER."""
    talk = Conversation(account="alice", secret=SECRET, sasl_required=True)
    talk.connect()
    talk.server(":irc.test 421 * CAP :Unknown command", ":irc.test 001 Alice :Welcome")
    assert talk.core.take_hangup()
    assert talk.core.chat.status.state == "offline"
    assert talk.core.chat.status.retry_at is None


def test_a_server_that_does_not_answer_is_not_waited_for() -> None:
    talk = dial("PLAIN")
    talk.sent()
    talk.wait(TIMEOUT)
    assert talk.sent() == ["CAP END"]


def test_sasl_that_comes_back_is_used() -> None:
    """Spec: "where the server later adds support for authentication"."""
    talk = Conversation(account="alice", secret=SECRET)
    talk.register("cap-notify")
    talk.server(":irc.test CAP Alice NEW :sasl=PLAIN")
    assert talk.sent() == ["CAP REQ sasl"]
    talk.server(":irc.test CAP Alice ACK :sasl")
    assert talk.sent() == ["AUTHENTICATE PLAIN"]


def test_a_user_may_log_in_later_and_is_logged_in_again_after_a_reconnection() -> None:
    talk = Conversation()
    talk.register("sasl")
    talk.core.session.values["sasl"] = "PLAIN"
    talk.core.sign_in.log_in("alice", SECRET)
    assert talk.sent() == ["AUTHENTICATE PLAIN"]
    talk.server("AUTHENTICATE +")
    talk.sent()
    talk.server(":irc.test 900 Alice Alice!c@here alice :You are now logged in as alice", ":irc.test 903 Alice :Done")
    assert view(talk.core.chat.server)[-1] == "* You are logged in as alice."
    talk.lose()
    assert talk.core.chat.account == ""
    talk.wait(2)
    talk.connect()
    talk.server(":irc.test CAP * LS :sasl=PLAIN", ":irc.test CAP * ACK :sasl")
    assert talk.sent() == ["CAP REQ sasl", "AUTHENTICATE PLAIN"]


def test_the_password_that_the_user_types_goes_before_one_that_was_kept_and_is_wrong_by_now() -> None:
    talk = Conversation(account="alice")
    assert talk.core.take_dial()
    talk.core.opened(secret="old")  # noqa: S106  # of no one
    assert talk.core.sign_in.secret == "old"
    talk.lose()
    talk.core.sign_in.log_in("alice", SECRET)
    talk.wait(0)
    assert talk.core.take_dial()
    talk.core.opened(secret="old")  # noqa: S106
    assert talk.core.sign_in.secret == SECRET


def test_without_sasl_the_service_is_told() -> None:
    talk = Conversation()
    talk.register("")
    talk.core.sign_in.log_in("alice", SECRET)
    assert talk.sent() == [f"PRIVMSG NickServ :IDENTIFY alice {SECRET}"]


# Making an account.


def test_an_account_is_made_and_the_user_is_in_it() -> None:
    talk = Conversation()
    talk.register("draft/account-registration")
    assert "register" in talk.core.chat.can
    talk.core.sign_in.register("", "", SECRET)
    assert talk.sent() == [f"REGISTER * * :{SECRET}"]
    talk.server(":irc.test REGISTER SUCCESS Alice :Account registered")
    assert talk.core.chat.account == "Alice"
    assert view(talk.core.chat.server)[-1] == "* Account registered."
    assert (talk.core.sign_in.account, talk.core.sign_in.secret) == ("Alice", SECRET)


def test_a_code_that_is_wanted_is_asked_for() -> None:
    talk = Conversation()
    talk.register("draft/account-registration")
    talk.core.sign_in.register("al", "al@example.org", SECRET)
    assert talk.sent() == [f"REGISTER al al@example.org :{SECRET}"]
    talk.server(":irc.test REGISTER VERIFICATION_REQUIRED al :Look into your mail")
    form = next(event.form for event in talk.taken() if isinstance(event, FormWanted))
    assert form.submit({"code": " 1234 "}) is None
    assert talk.sent() == ["VERIFY al 1234"]
    talk.server(":irc.test VERIFY SUCCESS al :Account verified")
    assert talk.core.chat.account == "al"


def test_why_there_is_no_account_is_said() -> None:
    talk = Conversation()
    talk.register("draft/account-registration standard-replies")
    talk.core.sign_in.register("", "", "1")
    talk.server(":irc.test FAIL REGISTER WEAK_PASSWORD Alice :Too weak", ":irc.test FAIL REGISTER ODD Alice :Not today")
    assert view(talk.core.chat.server)[-2:] == ["* That password is too easy to guess.", "* Not today."]


def test_without_the_capability_the_service_makes_the_account() -> None:
    talk = Conversation()
    talk.register("")
    talk.core.sign_in.register("", "al@example.org", SECRET)
    assert talk.sent() == [f"PRIVMSG NickServ :REGISTER {SECRET} al@example.org"]


def test_no_account_is_made_over_a_connection_that_others_can_read() -> None:
    talk = Conversation()
    talk.core.opened("")
    talk.register("draft/account-registration")
    talk.core.chat.security = ""
    talk.core.sign_in.register("", "", SECRET)
    assert talk.sent() == []


# Logging out.


def logged_in(caps: str = "sasl echo-message account-notify", **options: object) -> Conversation:
    """A client that is logged in as alice, and in no room."""
    talk = Conversation(**{"account": "alice", "secret": SECRET, **options})
    assert talk.core.take_dial()
    talk.core.opened("vouched")
    offered = caps.replace("sasl", "sasl=PLAIN")
    talk.server(f":irc.test CAP * LS :{offered}", f":irc.test CAP * ACK :{caps}", "AUTHENTICATE +")
    talk.server(":irc.test 900 Alice Alice!c@here alice :You are now logged in", ":irc.test 903 Alice :Done")
    talk.server(":irc.test 001 Alice :Welcome", ":irc.test 376 Alice :End of /MOTD command.")
    talk.sent()
    talk.taken()
    assert talk.core.chat.account == "alice"
    return talk


def test_whoever_logs_out_is_a_guest_and_told_so_in_words() -> None:
    talk = logged_in()
    talk.core.sign_in.log_out()
    assert talk.sent() == ["PRIVMSG NickServ LOGOUT"]
    talk.server(
        ":Alice!c@here PRIVMSG NickServ LOGOUT",
        ":irc.test 901 Alice Alice!c@here :You are now logged out",
    )
    assert talk.core.chat.account == ""
    assert view(talk.core.chat.focus)[-1] == "* You are logged out."
    assert [room.kind for room in talk.core.chat.rooms] == ["server"]  # the echo has opened no talk
    talk.wait(10)
    assert view(talk.core.chat.focus)[-1] == "* You are logged out."


def test_whoever_has_logged_out_is_a_guest_on_the_next_connection_too() -> None:
    talk = logged_in()
    talk.core.sign_in.log_out()
    talk.server(":irc.test 901 Alice Alice!c@here :You are now logged out")
    talk.lose()
    talk.wait(100)
    assert talk.core.take_dial()
    talk.core.opened("vouched", SECRET)  # the keyring has it still
    talk.sent()
    talk.server(":irc.test CAP * LS :sasl=PLAIN", ":irc.test CAP * ACK :sasl")
    assert talk.sent() == ["CAP REQ sasl", "CAP END"]
    talk.server(":irc.test 001 Alice :Welcome")
    talk.core.sign_in.log_in("alice", SECRET)
    assert talk.sent() == ["AUTHENTICATE PLAIN"]


def test_where_nobody_can_log_out_it_is_said_what_can_be_done() -> None:
    talk = logged_in()
    talk.core.sign_in.log_out()
    talk.server(":irc.test 401 Alice NickServ :No such nick")
    assert view(talk.core.chat.focus)[-1] == "* " + words.CANT_LOG_OUT
    assert talk.core.chat.account == "alice"


def test_a_service_that_does_not_know_the_word_is_not_waited_for() -> None:
    talk = logged_in()
    talk.core.sign_in.log_out()
    talk.server(":NickServ!s@services NOTICE Alice :Unknown command")
    talk.wait(PARTING)
    assert view(talk.core.chat.focus)[-1] == "* " + words.CANT_LOG_OUT


def test_a_guest_has_nothing_to_log_out_of() -> None:
    talk = Conversation()
    talk.register()
    talk.sent()
    talk.core.sign_in.log_out()
    assert talk.sent() == []
    assert view(talk.core.chat.focus)[-1] == "* " + words.NOT_LOGGED_IN
