"""Suspended accounts: nobody logs in to them, whatever way, and what is theirs stays theirs."""

from __future__ import annotations

import pytest

from chatkit.ircd import enrolment, suspensions
from tests.ircd.logging_in import PASSWORD, WORD, make_account, negotiating, plain, scram
from tests.ircd.people import log_in, open_account, restart

CERT = "ab" * 32
SENTENCE = "The account alice is suspended: Cool down"


@pytest.fixture
def account(net):
    """An account that is suspended for good."""
    make_account(net, "alice")
    account = net.ircd.accounts.find("alice")
    suspend(net, account)
    return account


def suspend(net, account, reason="Cool down", until=0) -> None:
    suspensions.suspend(net.ircd, account, reason, until, net.now)
    net.settle()


def test_the_right_password_is_told_why(net, account):
    """902 ERR_NICKLOCKED: the account is "otherwise administratively made unavailable"."""
    client = negotiating(net)
    assert client.ask(*plain("alice"))[-1] == f":chat.test 902 alice :{SENTENCE}"
    assert client.session.account is None


def test_a_wrong_password_learns_nothing(net, account):
    assert " 904 " in negotiating(net).ask(*plain("alice", "wrong horse"))[-1]


def test_neither_scram_nor_a_certificate_helps(net, account):
    assert scram(negotiating(net), "alice") == [f":chat.test 902 alice :{SENTENCE}"]
    client = negotiating(net)
    net.ircd.secured(client.session, CERT)
    net.ircd.accounts.by_fingerprint[CERT] = account
    assert client.ask("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")[-1] == f":chat.test 902 alice :{SENTENCE}"


def test_pass_does_not_help_either(net, account):
    client = net.connect()
    lines = client.ask(f"PASS :alice:{PASSWORD}", "NICK alice", "USER a 0 * :a")
    assert lines[0] == f":chat.test 464 alice :{SENTENCE}"
    assert client.link.closed


def test_nor_does_nickserv(net):
    make_account(net, "alice", WORD)
    suspend(net, net.ircd.accounts.find("alice"))
    bob = net.register("bob")
    assert bob.ask(f"NS IDENTIFY alice {WORD}") == [f":NickServ!NickServ@chat.test NOTICE bob :{SENTENCE}."]


def test_the_nick_stays_its_owners(net, account):
    assert any(" 433 " in line for line in net.connect().ask("NICK alice", "USER a 0 * :a"))


def test_whoever_is_logged_in_goes(net, bob):
    account = open_account(net, "alice")
    alice, phone = log_in(net, account), log_in(net, account)
    net.gather("#room", alice, bob)
    suspend(net, account)
    for device in (alice, phone):
        assert device.link.closed
        assert any(line == f":chat.test KILL alice :{SENTENCE}" for line in device.received())
    assert " QUIT " in bob.received()[0]
    assert "alice" not in net.ircd.users


def test_whoever_is_about_to_come_in_goes_too(net):
    make_account(net, "alice")
    client = negotiating(net)
    client.send(*plain("alice"))
    assert client.session.account is not None
    suspend(net, net.ircd.accounts.find("alice"))
    assert client.link.closed


def test_whoever_is_always_on_does_not_come_back_with_the_server(net):
    account = open_account(net, "alice", always_on=True)
    alice = log_in(net, account)
    alice.send("JOIN #room", "QUIT")
    assert "alice" in net.ircd.users
    suspend(net, account)
    restart(net)
    assert net.ircd.users == {}
    assert net.ircd.accounts.find("alice").suspended == "Cool down"


def test_it_ends_by_itself(net):
    make_account(net, "alice")
    account = net.ircd.accounts.find("alice")
    suspend(net, account, until=net.now.wall // 1_000_000 + 60)
    assert suspensions.sentence(account) == f"{SENTENCE} (until 2027-01-15 08:01 UTC)"
    net.move_clock(59)
    assert account.suspended == "Cool down"
    net.move_clock(2)
    assert account.suspended is None
    assert " 903 " in negotiating(net).ask(*plain("alice"))[-1]
    assert net.ircd.accounts.suspended == {}


def test_it_ends_after_a_restart_too(net, account):
    account.suspended_until = net.now.wall // 1_000_000 + 60
    suspend(net, account, until=account.suspended_until)
    restart(net)
    net.move_clock(61)
    assert net.ircd.accounts.find("alice").suspended is None


def test_a_code_by_mail_does_not_lift_it(make_net):
    net = make_net(accounts={"registration": "mail"})
    account = open_account(net, "alice", email="a@example.org", verified=False, suspended="Cool down")
    bob = net.register("bob")
    code = enrolment._code(net.ircd, account)
    assert bob.ask(f"VERIFY alice {code}") == [f":chat.test FAIL VERIFY TEMPORARILY_UNAVAILABLE alice :{SENTENCE}"]
    assert bob.session.user.account is None
