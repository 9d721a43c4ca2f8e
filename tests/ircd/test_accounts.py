"""REGISTER, VERIFY, and what it means to own a nick.

Spec: https://ircv3.net/specs/extensions/account-registration
"""

from __future__ import annotations

import re

import pytest

from chatkit.ircd import enrolment
from chatkit.ircd.documents import restore
from chatkit.ircd.ircd import Ircd
from chatkit.workers.mail import MailError
from tests.ircd.logging_in import PASSWORD, logged_in, make_account, negotiating, plain, scram
from tests.ircd.people import open_account

MAIL = {"accounts": {"registration": "mail"}, "mail": {"host": "mail.test", "sender": "chat@chat.test"}}


@pytest.fixture
def mails(monkeypatch):
    """What was sent, to whom it was sent."""
    sent = []

    def send(self, to, subject, text):
        if to.startswith("nobody"):
            raise MailError("refused")
        sent.append((to, text))

    monkeypatch.setattr("chatkit.workers.mail.Mailer.send", send)
    return sent


def code_in(mails) -> str:
    return re.search(r"The code is (\w+)", mails[-1][1])[1]


def restarted(net) -> Ircd:
    """What a server knows that starts on the same store."""
    ircd = Ircd(net.ircd.config, net.now, last_seq=net.store.last_seq())
    restore(ircd, net.store.documents)
    return ircd


def value_of(net) -> str:
    line = " ".join(net.connect().ask("CAP LS 302"))
    found = re.search(r"draft/account-registration(=\S*)?", line)
    return found[0] if found else ""


# The capability.


def test_the_capability_says_what_a_registration_takes(make_net):
    assert value_of(make_net()) == "draft/account-registration=before-connect,custom-account-name"


def test_mail_is_required_where_codes_are_sent(make_net):
    assert value_of(make_net(**MAIL)).endswith("=before-connect,custom-account-name,email-required")


def test_where_registration_is_closed_there_is_no_capability(make_net):
    net = make_net(accounts={"registration": "closed"})
    assert value_of(net) == ""
    answer = net.register("alice").ask(f"REGISTER * * :{PASSWORD}")
    assert answer == [
        ":chat.test FAIL REGISTER TEMPORARILY_UNAVAILABLE alice :Accounts are made by those who run this server"
    ]


def test_a_server_with_a_password_wants_it_before_it_makes_an_account(make_net):
    net = make_net(password="open sesame")  # noqa: S106  # what the test is about
    assert value_of(net) == "draft/account-registration=custom-account-name"
    client = net.connect()
    answer = client.ask("NICK alice", f"REGISTER * * :{PASSWORD}", "VERIFY alice 123")
    assert answer == [
        ":chat.test FAIL REGISTER COMPLETE_CONNECTION_REQUIRED :Connect first",
        ":chat.test FAIL VERIFY COMPLETE_CONNECTION_REQUIRED :Connect first",
    ]
    assert " SUCCESS " in client.ask("PASS :open sesame", f"REGISTER * * :{PASSWORD}")[0]


# REGISTER.


@pytest.mark.smoke
def test_register_makes_an_account_called_like_the_nick_and_logs_in(net):
    alice = net.register("alice", "draft/account-registration account-notify")
    assert alice.ask(f"REGISTER * * :{PASSWORD}") == [
        ":chat.test REGISTER SUCCESS alice :Account created",
        ":alice!~alice@127.0.0.1 ACCOUNT alice",
        ":chat.test 900 alice alice!~alice@127.0.0.1 alice :You are now logged in as alice",
    ]


def test_register_before_connecting(net):
    client = net.connect()
    answer = client.ask("CAP LS 302", "NICK alice", f"REGISTER alice ann@example.org :{PASSWORD}")
    assert answer[-2:] == [
        ":chat.test REGISTER SUCCESS alice :Account created",
        ":chat.test 900 alice alice!*@127.0.0.1 alice :You are now logged in as alice",
    ]
    client.send("USER alice 0 * :Alice", "CAP END")
    assert client.session.user.account_name == "alice"
    assert client.session.user.account.email == "ann@example.org"


def test_an_account_may_be_called_otherwise_than_the_nick(net):
    alice = net.register("alice")
    assert alice.ask(f"REGISTER Wonderland * :{PASSWORD}")[0] == (
        ":chat.test REGISTER SUCCESS Wonderland :Account created"
    )
    assert alice.session.user.account_name == "Wonderland"


def test_an_account_outlives_the_server(net):
    make_account(net, "Alice")
    account = restarted(net).accounts.find("alice")
    assert (account.name, account.created, account.verified) == ("Alice", net.now.wall // 1_000_000, True)


def test_a_nick_must_come_first(net):
    answer = net.connect().ask(f"REGISTER * * :{PASSWORD}")
    assert answer == [":chat.test FAIL REGISTER NEED_NICK * :Say your nickname first"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ("alice * :another password", "ACCOUNT_EXISTS"),
        ("ALICE * :another password", "ACCOUNT_EXISTS"),
        ("аlice * :another password", "BAD_ACCOUNT_NAME"),  # with a Cyrillic а
        ("9to5 * :another password", "BAD_ACCOUNT_NAME"),
        ("a!b * :another password", "BAD_ACCOUNT_NAME"),
        ("#room * :another password", "BAD_ACCOUNT_NAME"),
        ("NickServ * :another password", "BAD_ACCOUNT_NAME"),
        ("ChanServ * :another password", "BAD_ACCOUNT_NAME"),
        ("carol * :another password", "BAD_ACCOUNT_NAME"),  # which is somebody's nick
        ("bob * short", "WEAK_PASSWORD"),
        ("robinson * :Robinson", "WEAK_PASSWORD"),
        (f"bob * :{'x' * 301}", "UNACCEPTABLE_PASSWORD"),
        ("bob * :tab\tin the middle", "UNACCEPTABLE_PASSWORD"),
        ("bob nonsense :another password", "INVALID_EMAIL"),
    ],
)
def test_register_refuses(net, params, code):
    make_account(net, "alice")
    net.register("carol")
    (answer,) = net.register("bob").ask(f"REGISTER {params}")
    assert answer.startswith(f":chat.test FAIL REGISTER {code} {params.split()[0]} :")
    assert net.ircd.accounts.find("bob") is None


def test_who_is_logged_in_makes_no_further_account(net):
    make_account(net, "alice")
    answer = logged_in(net, "alice").ask(f"REGISTER bob * :{PASSWORD}", "VERIFY bob 123")
    assert answer == [
        ":chat.test FAIL REGISTER ALREADY_AUTHENTICATED bob :You are logged in as alice",
        ":chat.test FAIL VERIFY ALREADY_AUTHENTICATED bob :You are logged in as alice",
    ]


def test_register_needs_three_parameters(net, alice):
    assert alice.ask("REGISTER *", "VERIFY x") == [
        ":chat.test 461 alice REGISTER :Not enough parameters",
        ":chat.test 461 alice VERIFY :Not enough parameters",
    ]


def test_nobody_hears_of_an_account_that_is_not_stored(net, alice):
    net.broken = True
    assert alice.ask(f"REGISTER * * :{PASSWORD}") == [
        ":chat.test FAIL REGISTER TEMPORARILY_UNAVAILABLE alice :The account could not be saved; try again later"
    ]
    net.broken = False
    assert net.ircd.accounts.find("alice") is None
    assert " SUCCESS " in alice.ask(f"REGISTER * * :{PASSWORD}")[0]


def test_of_two_who_want_the_same_name_the_first_gets_it(net, alice, bob):
    net.slow = True
    alice.send(f"REGISTER Wonderland * :{PASSWORD}")
    (answer,) = bob.ask(f"REGISTER wonderland * :{PASSWORD}")
    assert answer.startswith(":chat.test FAIL REGISTER ACCOUNT_EXISTS wonderland ")
    net.slow = False
    net.answer()
    assert alice.session.user.account_name == "Wonderland"


@pytest.mark.parametrize("steps", [1, 2])
def test_who_leaves_half_way_keeps_no_name_reserved(net, alice, bob, steps):
    net.slow = True
    alice.send(f"REGISTER Wonderland * :{PASSWORD}")
    for _ in range(steps - 1):
        job = net.jobs.pop(0)
        net.ircd.resume(job, net._see_to(job.request), net.now)
        net.settle()
    net.disconnect(alice)
    net.slow = False
    net.answer()
    assert not net.ircd.accounts.being_made
    stored = restarted(net).accounts.find("Wonderland")
    assert (stored is None) == (net.ircd.accounts.find("Wonderland") is None) == (steps == 1)


def test_a_network_that_makes_many_accounts_has_to_wait(net):
    client = net.connect("192.0.2.5")
    client.send("NICK guest")
    for number in range(20):
        client.session.account = None
        assert " SUCCESS " in client.ask(f"REGISTER name{number} * :{PASSWORD}")[0]
    client.session.account = None
    assert "FAIL REGISTER TEMPORARILY_UNAVAILABLE more " in client.ask(f"REGISTER more * :{PASSWORD}")[0]
    make_account(net, "another")


# VERIFY.


@pytest.mark.smoke
def test_a_code_is_sent_and_makes_the_account_usable(make_net, mails):
    net = make_net(**MAIL)
    alice = net.register("alice")
    text = "Account created; to make it yours, give the code back that was sent to ann@example.org"
    assert alice.ask(f"REGISTER * ann@example.org :{PASSWORD}") == [
        f":chat.test REGISTER VERIFICATION_REQUIRED alice :{text}"
    ]
    assert mails[0][0] == "ann@example.org"
    assert alice.ask(f"VERIFY alice {code_in(mails)}") == [
        ":chat.test VERIFY SUCCESS alice :Account verified",
        ":chat.test 900 alice alice!~alice@127.0.0.1 alice :You are now logged in as alice",
    ]
    assert restarted(net).accounts.find("alice").verified


def test_verify_before_connecting(make_net, mails):
    net = make_net(**MAIL)
    net.register("guest").send(f"REGISTER alice ann@example.org :{PASSWORD}")
    client = net.connect()
    assert " SUCCESS alice " in client.ask(f"VERIFY alice {code_in(mails).upper()}")[0]
    client.send("NICK alice", "USER alice 0 * :Alice")
    assert client.session.user.account_name == "alice"


def test_a_code_outlives_a_restart_of_the_server(make_net, mails):
    net = make_net(**MAIL)
    net.register("alice").send(f"REGISTER * ann@example.org :{PASSWORD}")
    code, net.ircd = code_in(mails), restarted(net)
    assert " SUCCESS alice " in net.connect().ask(f"VERIFY alice {code}")[0]


def test_an_account_that_is_not_verified_cannot_be_used(make_net, mails):
    net = make_net(**MAIL)
    net.register("guest").send(f"REGISTER alice ann@example.org :{PASSWORD}")
    client = negotiating(net, nick="other")
    assert " 902 other :This account waits " in client.ask(*plain("alice"))[1]
    assert " 902 other " in scram(client, "alice")[0]


@pytest.mark.parametrize("name", ["alice", "nobody", "#"])
def test_a_wrong_code_is_refused(make_net, mails, name):
    net = make_net(**MAIL)
    alice = net.register("alice")
    alice.ask(f"REGISTER * ann@example.org :{PASSWORD}")
    text = "This is not the code that was sent, or it came too late"
    assert alice.ask(f"VERIFY {name} 123") == [f":chat.test FAIL VERIFY INVALID_CODE {name} :{text}"]


def test_codes_cannot_be_guessed_for_long(make_net, mails):
    net = make_net(**MAIL)
    alice = net.register("alice")
    alice.send(f"REGISTER * ann@example.org :{PASSWORD}", *(f"VERIFY alice {number}" for number in range(8)))
    answer = alice.ask(f"VERIFY alice {code_in(mails)}")[-1]
    assert answer.startswith(":chat.test FAIL VERIFY TEMPORARILY_UNAVAILABLE alice ")
    net.let_time_pass(2)
    assert " SUCCESS " in alice.ask(f"VERIFY alice {code_in(mails)}")[0]


def test_a_code_expires_and_frees_the_name(make_net, mails):
    net = make_net(**MAIL)
    net.register("guest").send(f"REGISTER alice ann@example.org :{PASSWORD}")
    code = code_in(mails)
    net.let_time_pass(24 * 3600)
    net.ircd.check_silence(net.now)
    net.settle()
    assert net.ircd.accounts.find("alice") is None
    assert restarted(net).accounts.find("alice") is None
    assert "INVALID_CODE" in net.register("bob").ask(f"VERIFY alice {code}")[0]


def test_a_code_that_comes_back_while_the_account_is_deleted_does_not_bring_it_back(make_net, mails):
    net = make_net(**MAIL)
    client = net.register("alice")
    client.send("REGISTER * alice@chat.test :correct horse")
    net.slow = True
    client.send(f"VERIFY alice {code_in(mails)}")
    delete_account(net, "alice")
    client.raw()
    net.slow = False
    net.answer()
    assert client.received() == [":chat.test FAIL VERIFY TEMPORARILY_UNAVAILABLE alice :The account is gone"]
    assert restarted(net).accounts.by_name == {}
    assert client.session.account is None


@pytest.mark.parametrize("address", ["alice@chat.test", "nobody@chat.test"])
def test_an_account_that_is_deleted_while_its_mail_is_sent_stays_deleted(make_net, mails, address):
    net = make_net(**MAIL)
    client = net.register("alice")
    net.slow = True
    client.send(f"REGISTER * {address} :correct horse")
    net.answer_one(), net.answer_one()  # it is hashed and stored
    delete_account(net, "alice")
    net.slow = False
    net.answer()
    assert client.commands() == ["FAIL"]
    assert client.ask("PING x") == [":chat.test PONG chat.test :x"]


def delete_account(net, name: str) -> None:
    """As ``chatkit account delete``."""
    enrolment.delete(net.ircd, net.ircd.accounts.find(name), history=False, now=net.now)
    net.settle()


def test_an_address_that_takes_no_mail_is_invalid(make_net, mails):
    net = make_net(**MAIL)
    alice = net.register("alice")
    answers = alice.ask(f"REGISTER * nobody@example.org :{PASSWORD}", f"REGISTER * * :{PASSWORD}")
    assert all(answer.startswith(":chat.test FAIL REGISTER INVALID_EMAIL alice ") for answer in answers)
    assert net.ircd.accounts.find("alice") is None
    assert restarted(net).accounts.find("alice") is None


def test_nobody_is_flooded_with_codes(make_net, mails):
    net = make_net(**MAIL)
    alice = net.register("alice")
    answers = [alice.ask(f"REGISTER name{n} ann@example.org :{PASSWORD}")[0] for n in range(4)]
    assert [" VERIFICATION_REQUIRED " in answer for answer in answers] == [True, True, True, False]
    assert "FAIL REGISTER UNACCEPTABLE_EMAIL name3 " in answers[3]
    assert len(mails) == 3


# Owning a nick.


def test_a_nick_that_is_an_accounts_name_is_for_its_owner(net):
    make_account(net, "alice")
    client = net.connect()
    text = "Nickname belongs to an account: log in with SASL, or connect with the password <account>:<password>"
    assert client.ask("NICK alice", "USER alice 0 * :Alice") == [f":chat.test 433 * alice :{text}"]
    assert " 001 other " in client.ask("NICK other")[0]
    answer = client.ask("NICK Alice")
    assert answer == [
        ":chat.test 433 other Alice :Nickname belongs to an account: if it is yours, "
        "say /msg NickServ IDENTIFY Alice <password>"
    ]
    client.send(f"PRIVMSG NickServ :IDENTIFY alice {PASSWORD}")


def test_its_owner_may_take_it_after_logging_in(net):
    make_account(net, "alice")
    client = net.register("guest", "sasl")
    client.send(*plain("alice"))
    client.raw()
    assert client.ask("NICK alice") == [":guest!~guest@127.0.0.1 NICK alice"]


@pytest.mark.parametrize("nick", ["аlice", "ａlice", "NickServ", "nickserv", "NісkServ"])
def test_what_looks_like_a_reserved_nick_is_refused_too(net, nick):
    make_account(net, "alice")
    client = net.register("guest")
    assert " 433 guest " in client.ask(f"NICK {nick}")[0]


@pytest.mark.parametrize(("first", "second"), [("paypal", "pаypal"), ("pаypal", "paypal"), ("Борис", "борис")])
def test_two_users_do_not_look_alike(net, first, second):
    net.register(first)
    client = net.register("guest")
    assert " 433 guest " in client.ask(f"NICK {second}")[0]
    other = net.connect()
    assert " 433 * " in other.ask(f"NICK {second}", f"USER {second} 0 * :x")[0]


def test_a_look_is_free_again_when_its_user_has_another_nick_or_is_gone(net):
    one, two = net.register("Борис"), net.register("guest")
    one.send("NICK Иван")
    two.raw()
    assert two.ask("NICK борис") == [":guest!~guest@127.0.0.1 NICK борис"]
    net.disconnect(one)
    assert two.ask("NICK иван") == [":борис!~guest@127.0.0.1 NICK иван"]


def test_nicks_are_free_where_they_are_not_reserved(make_net):
    net = make_net(accounts={"nick_reserved": False})
    make_account(net, "alice")
    assert net.register("alice").session.user.account is None


# Logging in with PASS.


def test_pass_logs_in_a_client_that_knows_no_sasl(net):
    make_account(net, "alice")
    client = net.connect()
    answer = client.ask(f"PASS :alice:{PASSWORD}", "NICK alice", "USER alice 0 * :Alice")
    assert [line.split()[1] for line in answer[:2]] == ["900", "001"]
    assert client.session.user.account_name == "alice"


def test_pass_with_a_wrong_password_is_turned_away(net):
    make_account(net, "alice")
    client = net.connect()
    assert client.ask("PASS :alice:wrong", "NICK bob", "USER bob 0 * :Bob") == [
        ":chat.test 464 bob :Wrong account or password",
        "ERROR :Closing link: 127.0.0.1 (Password incorrect)",
    ]
    assert client.link.closed


@pytest.mark.parametrize("word", ["nothing", "nobody:nothing", "alice:", ":"])
def test_pass_that_is_no_log_in_is_passed_over(net, word):
    make_account(net, "alice")
    client = net.connect()
    assert " 001 bob " in client.ask(f"PASS :{word}", "NICK bob", "USER bob 0 * :Bob")[0]


def test_pass_is_the_servers_password_where_it_has_one(make_net):
    net = make_net(password="open sesame")  # noqa: S106  # what the test is about
    client = net.connect()
    client.send("PASS :open sesame", "NICK alice", f"REGISTER * * :{PASSWORD}", "QUIT")
    other = net.connect()
    answer = other.ask(f"PASS :alice:{PASSWORD}", "NICK bob", "USER bob 0 * :Bob")
    assert answer[0] == ":chat.test 464 bob :Password incorrect"


# Who hears of it.


def test_a_log_in_is_told_to_those_around_who_asked(net):
    make_account(net, "alice")
    client, bob = net.register("guest", "sasl"), net.register("bob", "account-notify")
    carol, dave = net.register("carol"), net.register("dave", "account-notify extended-monitor")
    net.gather("#room", client, bob, carol)
    dave.send("MONITOR + guest")
    dave.raw()
    client.send(*plain("alice"))
    assert bob.received() == dave.received() == [":guest!~guest@127.0.0.1 ACCOUNT alice"]
    assert carol.received() == []
    client.send("NS LOGOUT")
    assert bob.received() == dave.received() == [":guest!~guest@127.0.0.1 ACCOUNT *"]


def test_messages_carry_the_account(net):
    make_account(net, "alice")
    alice, bob = logged_in(net, "alice"), net.register("bob", "account-tag")
    alice.send("PRIVMSG bob :hello")
    assert bob.received() == ["@account=alice :alice!~alice@192.0.2.1 PRIVMSG bob :hello"]


def test_history_is_the_accounts_and_no_longer_the_guests(net):
    make_account(net, "alice")
    client = net.register("guest", "sasl")
    guest = client.session.user.key
    client.send(*plain("alice"))
    assert client.session.user.key == net.ircd.accounts.find("alice").key
    client.send("NS LOGOUT")
    assert client.session.user.key not in (guest, net.ircd.accounts.find("alice").key)


def test_an_account_that_nobody_has_verified_holds_its_name_and_not_the_nickname(net):
    """Whoever mistyped his address goes on under his nick; nobody else gets the account meanwhile."""
    account = open_account(net, "ann", verified=False)
    ann, bob = net.connect(), net.register("bob")
    assert " 001 ann " in ann.ask("NICK ann", "USER u 0 * :x")[0]
    assert bob.ask(f"REGISTER ann * :{PASSWORD}")[0].startswith(":chat.test FAIL REGISTER ACCOUNT_EXISTS ann ")
    ann.send("QUIT")
    account.verified = True
    assert bob.ask("NICK ann")[0].startswith(":chat.test 433 bob ann :")
