"""NickServ, for clients that know nothing newer."""

from __future__ import annotations

import re

import pytest

from chatkit.ircd.handlers.nickserv import service
from chatkit.ircd.requests import CREDENTIALS
from chatkit.store.records import DocumentQuery, HistoryQuery
from tests.ircd.logging_in import PASSWORD, WORD, logged_in, make_account, negotiating, plain, scram
from tests.ircd.test_accounts import MAIL, code_in, mails, restarted

__all__ = ["mails"]  # a fixture

CERT = "ab" * 32


@pytest.fixture
def net(make_net):
    net = make_net()
    make_account(net, "alice", WORD)
    return net


@pytest.fixture
def alice(net):
    return logged_in(net, "alice", password=WORD)


def notices(lines) -> list[str]:
    """What NickServ says in ``lines``."""
    found = [re.fullmatch(r"(?:@\S+ )?:NickServ!NickServ@chat\.test NOTICE \S+ :(.*)", line) for line in lines]
    return [match[1] for match in found if match]


def said(client, words: str) -> list[str]:
    """What NickServ answers to ``words``."""
    return notices(client.ask(f"PRIVMSG NickServ :{words}"))


# Talking to it.


@pytest.mark.parametrize("line", ["PRIVMSG nickserv :INFO alice", "NS INFO alice", "NICKSERV :info alice"])
def test_it_can_be_talked_to_in_several_ways(net, bob, line):
    assert notices(bob.ask(line))[0].startswith("alice is an account since 2027-01-15")


def test_help_lists_every_command_and_explains_each(bob):
    listed = said(bob, "HELP")
    for row in service.rows.values():
        assert any(line.startswith(f"{row.name} ") for line in listed)
        assert said(bob, f"HELP {row.name}")[:2] == [f"Syntax: {row.syntax}", row.summary]
    assert all(len(line) < 400 for line in listed)


def test_help_of_a_group_lists_its_commands(bob):
    assert [line.split()[1] for line in said(bob, "HELP cert")[1:-1]] == ["ADD", "LIST", "DEL"]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("NONSENSE", "I do not know NONSENSE. Try HELP."),
        ("HELP NONSENSE", "I do not know NONSENSE. Try HELP."),
        ("   ", "Try HELP."),
        ("IDENTIFY", "Syntax: IDENTIFY [<account>] <password>"),
        ("LOGOUT", "You are not logged in to an account."),
        ("INFO", "You are not logged in to an account."),
        ("INFO nobody", "There is no account nobody."),
    ],
)
def test_it_refuses(bob, words, answer):
    assert said(bob, words) == [answer]


def test_it_answers_neither_ctcp_nor_notices(bob):
    assert bob.ask("PRIVMSG NickServ :\1VERSION\1", "NOTICE NickServ :HELP") == []


def test_it_seems_to_be_there(bob):
    answer = bob.ask("WHOIS NickServ", "ISON nickserv bob", "USERHOST NickServ")
    assert answer[0].startswith(":chat.test 311 bob NickServ NickServ chat.test * :NickServ keeps accounts")
    assert ":chat.test 335 bob NickServ :is a bot" in answer
    assert answer[-2:] == [
        ":chat.test 303 bob :NickServ bob",
        ":chat.test 302 bob :NickServ=+NickServ@chat.test",
    ]


def test_what_it_is_told_reaches_neither_history_nor_the_log_nor_another_device(net):
    client = logged_in(net, "alice", "echo-message draft/chathistory batch", WORD)
    other = logged_in(net, "alice", "echo-message", WORD)
    client.send("PRIVMSG NickServ :IDENTIFY alice sesame-street")
    assert "sesame" not in str(other.received())
    assert "sesame" not in repr(net.events)
    net.store.settle()
    assert b"sesame-street" not in net.store.path.read_bytes()


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_who_asked_for_echoes_gets_back_what_was_said_to_it(net, command):
    """Servers MUST send PRIVMSG and NOTICE messages back to the client that sent them."""
    client = net.register("bob", "echo-message labeled-response batch")
    lines = client.ask(f"@label=x {command} NickServ :nonsense")
    assert lines[command == "PRIVMSG"].endswith(f" :bob!~bob@127.0.0.1 {command} NickServ :nonsense")
    assert lines[0].startswith("@label=x ")
    assert client.ask("NS nonsense") == [":NickServ!NickServ@chat.test NOTICE bob :I do not know NONSENSE. Try HELP."]


def test_a_client_that_opens_the_talk_with_it_gets_an_empty_history(net):
    """If no content exists to return, the server SHOULD return an empty batch."""
    client = net.register("bob", "draft/chathistory batch")
    opening, closing = client.ask("CHATHISTORY LATEST nickserv * 50")
    assert opening.endswith(" chathistory NickServ")
    assert closing.startswith(":chat.test BATCH -")


# Coming and going.


def test_register_makes_an_account_called_like_the_nick(net, bob):
    answer = bob.ask(f"NS REGISTER {WORD} bob@example.org")
    assert ":chat.test 900 bob bob!~bob@127.0.0.1 bob :You are now logged in as bob" in answer
    assert notices(answer) == ["The account bob is yours, and you are logged in to it."]
    assert " 903 " in negotiating(net, nick="bob").ask(*plain("bob", WORD))[-1]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("short", "A password needs at least 6 characters."),
        (f"{WORD} nonsense", "This needs a mail address, as ann@example.org."),
    ],
)
def test_register_refuses_what_register_refuses(bob, words, answer):
    assert said(bob, f"REGISTER {words}") == [answer]


def test_a_code_is_given_back(make_net, mails):
    net = make_net(**MAIL)
    bob = net.register("bob")
    answer = said(bob, f"REGISTER {WORD} bob@example.org")
    assert answer == ["A code was sent to bob@example.org. Give it back: VERIFY bob <code>"]
    assert said(bob, f"IDENTIFY bob {WORD}")[0].startswith("This account waits for the code")
    assert said(bob, f"VERIFY bob {code_in(mails)}")[-1] == "The account bob is yours, and you are logged in to it."
    assert bob.session.user.account_name == "bob"


@pytest.mark.parametrize("word", ["IDENTIFY", "LOGIN"])
def test_identify_logs_in(net, bob, word):
    assert said(bob, f"{word} alice wrong") == ["Wrong account or password."]
    assert said(bob, f"{word} alice {WORD}") == ["You are logged in as alice."]
    assert bob.session.user.account_name == "alice"


def test_identify_without_an_account_means_that_of_the_nick(make_net):
    net = make_net(accounts={"nick_reserved": False})
    make_account(net, "alice", WORD)
    assert said(net.register("alice"), f"IDENTIFY {WORD}") == ["You are logged in as alice."]


def test_too_many_wrong_passwords_make_one_wait(bob):
    for _ in range(8):
        said(bob, "IDENTIFY alice wrong")
    assert said(bob, f"IDENTIFY alice {WORD}") == ["Too many failed attempts: wait 1 second."]


def test_logout_makes_a_guest_of_all_devices(net, alice):
    other = logged_in(net, "alice", password=WORD)
    mine = ":chat.test 901 alice alice!~alice@192.0.2.1 :You are now logged out"
    assert alice.ask("NS LOGOUT") == [mine], "once"
    assert ":chat.test 901 alice alice!~alice@192.0.2.1 :You are now logged out" in other.received()
    assert alice.session.user.account is None
    assert other.session.account is None


# Who is who.


def test_info_tells_more_of_ones_own_account(alice):
    assert said(alice, "INFO") == [
        "alice is an account since 2027-01-15.",
        "Here now: alice.",
        "E-mail: none. Certificates: 0.",
        "Stays in the channels when the last device is gone: no.",
    ]


def test_info_does_not_tell_strangers_under_which_nick_somebody_invisible_is_here(net, alice, bob):
    alice.send("NICK incognito", "MODE incognito +i")
    assert said(bob, "INFO alice")[1] == "Here now: nobody."
    assert said(alice, "INFO alice")[1] == "Here now: incognito."
    net.gather("#room", alice, bob)
    assert said(bob, "INFO alice")[1] == "Here now: incognito."


def test_sessions_lists_the_devices(net, alice):
    logged_in(net, "alice", password=WORD)
    first, second = said(alice, "SESSIONS")
    assert first.startswith("1. alice from 192.0.2.1 since 2027-01-15 ")
    assert first.endswith(", this one)")
    assert second.startswith("2. alice from 192.0.2.1 ")


# One's own nick.


def test_regain_takes_the_nick_back(make_net):
    net = make_net(accounts={"nick_reserved": False, "multiclient": False})
    make_account(net, "alice", WORD)
    squatter, owner = net.register("alice"), net.register("guest")
    assert said(owner, "REGAIN") == ["You are not logged in to an account."]
    owner.send(f"NS IDENTIFY alice {WORD}")
    owner.raw()
    answer = owner.ask("NS REGAIN")
    assert ":guest!~guest@127.0.0.1 NICK alice" in answer
    assert squatter.link.closed
    assert owner.session.user is net.ircd.users["alice"]


def test_regain_takes_the_nick_from_another_user_of_ones_own_however_it_is_written(net, alice):
    other = logged_in(net, "alice", password=WORD, nick="other")
    assert ":other!~other@192.0.2.1 NICK alice" in other.ask("NS REGAIN \u0430lice")  # a Cyrillic a
    assert alice.link.closed
    assert net.ircd.users == {"alice": other.session.user}
    assert said(other, "REGAIN \u0430lice") == ["You are called alice."]


def test_ghost_ends_a_connection_with_ones_nick(make_net):
    net = make_net(accounts={"nick_reserved": False})
    make_account(net, "alice", WORD)
    squatter, owner = net.register("alice"), net.register("guest")
    owner.send(f"NS IDENTIFY alice {WORD}")
    owner.raw()
    assert said(owner, "GHOST alice") == ["alice is gone."]
    assert squatter.link.closed


def test_nobody_is_ended_by_somebody_else(net, alice, bob):
    assert said(alice, "GHOST bob") == ["bob is not yours."]
    assert said(alice, "GHOST nobody") == ["There is nobody called nobody."]
    assert said(alice, "GHOST alice") == ["That is you. To end other devices of yours, see SESSIONS."]
    assert said(alice, "REGAIN bob") == ["bob is not yours."]


# Settings.


def test_password_changes_the_password(net, alice):
    assert said(alice, "PASSWORD wrong new-password") == ["Wrong account or password."]
    assert said(alice, f"PASSWORD {WORD} short") == ["A password needs at least 6 characters."]
    assert said(alice, f"SET PASSWORD {WORD} new-password") == ["Your password is changed."]
    client = negotiating(net)
    assert " 904 " in client.ask(*plain("alice", WORD))[-1]
    assert " 903 " in scram(client, "alice", "new-password")[-1]


def test_a_password_that_is_not_stored_is_not_changed(net, alice):
    net.slow = True
    alice.send(f"NS PASSWORD {WORD} new-password")
    for _ in range(2):
        job = net.jobs.pop(0)
        net.ircd.resume(job, net._see_to(job.request), net.now)
        net.settle()
    net.broken, net.slow = True, False
    net.answer()
    net.broken = False
    assert notices(alice.received()) == ["The password could not be saved; the old one is still good."]
    assert " 903 " in negotiating(net).ask(*plain("alice", WORD))[-1]


def test_a_password_that_is_changed_while_the_account_is_deleted_is_not_kept(net, alice):
    other, key = logged_in(net, "alice", password=WORD, nick="other"), net.ircd.accounts.find("alice").key
    net.slow = True
    alice.send(f"NS PASSWORD {WORD} another-word")
    net.answer_one(), net.answer_one()  # the old one is right, the new one is hashed
    drop(other)
    net.slow = False
    net.answer()
    assert net.store.answer(DocumentQuery(CREDENTIALS, key)) is None


def test_email_is_set_and_shown(net, alice):
    assert said(alice, "EMAIL nonsense") == ["nonsense is no mail address."]
    assert said(alice, "EMAIL ann@example.org") == ["Your mail address: ann@example.org."]
    assert restarted(net).accounts.find("alice").email == "ann@example.org"
    assert said(alice, "SET EMAIL none") == ["Your mail address: none."]


def test_certificates_are_added_listed_and_taken_off(net, alice):
    assert said(alice, "CERT ADD") == ["This connection shows no certificate."]
    assert said(alice, "CERT ADD nonsense") == ["That is no SHA-256 in hexadecimal."]
    assert said(alice, "CERT LIST") == ["No certificate logs you in."]
    net.ircd.secured(alice.session, CERT)
    assert said(alice, "CERT ADD") == [f"The certificate {CERT} logs you in."]
    phone = logged_in(net, "alice", password=WORD)
    net.ircd.secured(phone.session, "cd" * 32)
    assert said(alice, f"CERT ADD {'CD:' * 31}CD") == [f"The certificate {'cd' * 32} logs you in."]
    assert said(alice, "CERT LIST") == [f"{CERT} (this connection's)", "cd" * 32]
    assert restarted(net).accounts.by_fingerprint[CERT].name == "alice"
    assert said(alice, "CERT DEL") == [f"The certificate {CERT} does not log you in any more."]
    assert said(alice, f"CERT DEL {CERT}") == ["That certificate is not on your list."]
    assert CERT not in restarted(net).accounts.by_fingerprint


def test_a_certificate_has_one_account(net, alice):
    make_account(net, "carol", WORD)
    net.ircd.secured(alice.session, CERT)
    assert "logs you in" in said(alice, f"CERT ADD {CERT}")[0]
    carol = logged_in(net, "carol", password=WORD)
    net.ircd.secured(carol.session, CERT)
    assert said(carol, "CERT ADD") == ["An account has up to 10 certificates, and each has one account."]


def test_nobody_takes_a_certificate_before_its_owner_comes(net, alice):
    """Fingerprints are no secret: whoever put on another's would have it log in to the wrong account."""
    make_account(net, "carol", WORD)
    carol = logged_in(net, "carol", password=WORD)
    net.ircd.secured(carol.session, CERT)
    assert said(alice, f"CERT ADD {CERT}") == [
        "None of your devices here shows that certificate: connect with it first."
    ]
    assert CERT not in net.ircd.accounts.by_fingerprint
    assert said(carol, f"CERT ADD {CERT}") == [f"The certificate {CERT} logs you in."]


def test_always_on_is_set(net, alice):
    assert said(alice, "SET ALWAYS-ON maybe") == ["Say on, off or default."]
    assert said(alice, "SET ALWAYS-ON on") == ["Always on: on."]
    assert restarted(net).accounts.find("alice").always_on is True


# Giving it up.


def drop(client, words: str = "DROP") -> list[str]:
    (warning,) = said(client, words)
    return said(client, warning.partition("say: ")[2])


def test_drop_asks_twice_then_deletes_everything(net, alice, bob):
    net.gather("#room", alice)
    alice.send("CS REGISTER #room", f"NS CERT ADD {CERT}", "MARKREAD #room timestamp=2026-01-01T00:00:00.000Z")
    key = net.ircd.accounts.find("alice").key
    assert said(alice, "DROP 12345678")[0].startswith("The account alice will be deleted")
    assert net.ircd.accounts.find("alice") is not None
    assert drop(alice) == ["The account alice is deleted."]
    after = restarted(net)
    assert (after.accounts.by_key, after.accounts.by_fingerprint, after.registrations, after.markers) == (
        {},
        {},
        {},
        {},
    )
    assert net.store.answer(DocumentQuery("credentials", key)) is None
    assert alice.session.user.account is None
    assert "alice" in net.ircd.users
    assert " 904 " in negotiating(net, nick="other").ask(*plain("alice", WORD))[-1]


def test_drop_of_one_account_does_not_work_for_the_next_of_that_name(net, alice):
    code = said(alice, "DROP")[0].split()[-1]
    assert said(alice, f"DROP {code}") == ["The account alice is deleted."]
    said(alice, f"REGISTER {WORD}")
    assert said(alice, f"DROP {code}")[0].startswith("The account alice will be deleted")


def test_history_stays_unless_it_is_to_go_too(net, alice, bob):
    net.gather("#room", bob, alice)
    alice.send("PRIVMSG #room :first")
    drop(alice)
    said(alice, f"REGISTER {WORD}")
    alice.send("PRIVMSG #room :second")
    drop(alice, "DROP WITH-HISTORY")
    net.store.expire(net.now.wall)
    texts = [record.text for record in net.store.answer(HistoryQuery("#room", 10))]
    assert texts == ["first"]


def test_who_logs_in_while_the_account_is_deleted_is_a_guest(net, alice):
    client = negotiating(net)
    client.send(*plain("alice", WORD))
    drop(alice)
    assert client.session.account is None
    client.send("NICK other", "CAP END")
    assert client.session.user.account is None


def test_who_stays_without_a_device_goes_with_the_account(net, alice):
    alice.send("NS SET ALWAYS-ON on", "JOIN #room")
    net.disconnect(alice)
    assert "alice" in net.ircd.users
    other = net.register("guest")
    other.send(f"NS IDENTIFY alice {WORD}")
    drop(other)
    assert "alice" not in net.ircd.users
    assert restarted(net).users == {}


def test_who_is_given_a_code_is_the_only_one_whom_it_helps(net, alice):
    make_account(net, "carol", PASSWORD)
    carol = logged_in(net, "carol")
    code = said(alice, "DROP")[0].split()[-1]
    assert said(carol, f"DROP {code}")[0].startswith("The account carol will be deleted")
