"""Lockdown: how far the server is closed, and to whom."""

from __future__ import annotations

import pytest

from chatkit.ircd.opers import OperClass
from tests.ircd.conftest import make_oper
from tests.ircd.order import close
from tests.ircd.people import begin, log_in, open_account, restart

NOBODY_NEW = "This server lets nobody new in at the moment"
READ_ONLY = "This server is read-only at the moment: only its operators may speak or change anything"


def came_in(client, nick: str) -> bool:
    client.send(f"NICK {nick}", f"USER {nick} 0 * :x")
    commands = client.commands()
    assert commands[0] == "001" or commands == ["465", "ERROR"], commands
    return commands[0] == "001"


@pytest.mark.parametrize(
    ("level", "guest", "device", "account"),
    [
        ("open", True, True, True),
        ("nobody-new", False, True, False),
        ("accounts-only", False, True, True),
        ("read-only", True, True, True),
    ],
)
def test_whom_each_level_lets_in(net, level, guest, device, account):
    """A guest, a further device of somebody who is here, and somebody with an account who is not."""
    ann, ben = open_account(net, "ann"), open_account(net, "ben")
    log_in(net, ann)
    close(net, level)
    found = came_in(net.connect(), "guest"), came_in(begin(net, ann), "ann"), came_in(begin(net, ben), "ben")
    assert found == (guest, device, account)


@pytest.mark.parametrize(("level", "why"), [("nobody-new", NOBODY_NEW), ("read-only", READ_ONLY)])
def test_no_account_is_stored_whose_password_was_being_hashed_when_it_began(net, alice, level, why):
    net.slow = True
    alice.send("REGISTER * * :correct horse")
    close(net, level)
    alice.raw()
    net.answer()
    assert alice.received() == [f":chat.test FAIL REGISTER TEMPORARILY_UNAVAILABLE alice :{why}"]
    close(net, "open")
    net.answer()
    assert net.ircd.accounts.find("alice") is None
    assert list(net.store.documents("account")) == []
    alice.send("REGISTER * * :correct horse")  # the name is not held for the one who gave up
    net.answer()
    assert net.ircd.accounts.find("alice").verified


def test_who_is_always_on_comes_back(net):
    account = open_account(net, "ann", always_on=True)
    net.disconnect(log_in(net, account))
    close(net, "nobody-new")
    assert came_in(begin(net, account), "ann")


def test_whoever_is_kept_out_is_told_why_and_until_when(net):
    close(net, "nobody-new", "a raid", net.now.wall // 1_000_000 + 60)
    client = net.connect()
    client.send("NICK bob", "USER bob 0 * :x")
    why = f"{NOBODY_NEW}: a raid (until 2027-01-15 08:01 UTC)"
    assert client.received() == [f":chat.test 465 bob :{why}", f"ERROR :Closing link: 127.0.0.1 ({why})"]


def test_everyone_is_told_and_who_is_in_stays_in(net, alice):
    close(net, "nobody-new", "a raid")
    close(net, "open")
    assert alice.received() == [
        f":chat.test NOTICE alice :{NOBODY_NEW}: a raid",
        ":chat.test NOTICE alice :This server is open again",
    ]
    assert alice.ask("JOIN #room")[0].endswith("JOIN #room")


@pytest.mark.parametrize("level", ["nobody-new", "read-only"])
def test_no_account_is_made_then(net, alice, level):
    close(net, level)
    alice.raw()
    assert alice.ask("REGISTER * * :long-enough")[0].startswith(
        ":chat.test FAIL REGISTER TEMPORARILY_UNAVAILABLE alice :This server "
    )


def test_while_it_is_read_only_nobody_says_or_changes_anything(net, alice, bob):
    net.gather("#room", alice, bob)
    close(net, "read-only")
    for client in (alice, bob):
        client.raw()
    for line in (
        "PRIVMSG #room :hi",
        "TOPIC #room :hi",
        "MODE #room +m",
        "KICK #room bob",
        "RENAME #room #new",
    ):
        assert alice.ask(line) == [f":chat.test 404 alice #room :{READ_ONLY}"], line
    for line, target in (("PRIVMSG bob :hi", "bob"), ("NICK al", "al"), ("SETNAME :x", "alice")):
        assert alice.ask(line) == [f":chat.test 531 alice {target} :{READ_ONLY}"], line
    assert bob.received() == []


def test_while_it_is_read_only_nothing_is_said_along_with_what_may_be_done(net, alice, bob):
    net.gather("#room", alice, bob)
    close(net, "read-only")
    bob.raw()
    alice.send("AWAY :hi", "PART #room :hi")
    assert net.ircd.users["alice"].away == "Away"
    assert bob.received() == [":alice!~alice@127.0.0.1 PART #room"]


def test_while_it_is_read_only_nothing_is_taken_back(net, bob):
    ann = net.register("ann", "draft/message-redaction message-tags echo-message")
    net.gather("#room", ann, bob)
    ann.send("PRIVMSG #room :hi")
    msgid = ann.raw()[-1].partition("msgid=")[2].split()[0]
    close(net, "read-only")
    ann.raw()
    assert ann.ask(f"REDACT #room {msgid}") == [f":chat.test 404 ann #room :{READ_ONLY}"]


def test_while_it_is_read_only_everyone_comes_and_reads(net, alice, bob):
    net.gather("#room", alice)
    alice.send("PRIVMSG #room :hi")
    close(net, "read-only")
    bob.send("CAP REQ :batch server-time message-tags draft/chathistory")
    assert bob.ask("JOIN #room")[0].endswith("JOIN #room")
    assert bob.ask("MODE #room")[0] == ":chat.test 324 bob #room +nt"
    assert bob.ask("MODE #room b")[-1].startswith(":chat.test 368")
    assert bob.ask("CHATHISTORY LATEST #room * 5")[1].endswith("PRIVMSG #room :hi")
    assert bob.ask("PRIVMSG NickServ :HELP")[0].partition(" ")[2].startswith(":NickServ!")
    assert bob.ask("PART #room")[0].endswith("PART #room")


def test_operators_go_on_while_it_is_read_only(net, alice, bob):
    net.gather("#room", alice, bob)
    make_oper(alice, OperClass("staff", frozenset()))
    close(net, "read-only")
    bob.raw()
    alice.send("PRIVMSG #room :hi", "MODE #room +m")
    assert bob.commands() == ["PRIVMSG", "MODE"]


def test_nobody_goes_on_while_the_store_fails(net, alice, bob):
    net.gather("#room", alice, bob)
    make_oper(alice, OperClass("staff", frozenset()))
    net.ircd.ailing = net.ircd.hushed = True
    text = "This server cannot store messages at the moment; until it can, it is read-only"
    assert alice.ask("PRIVMSG #room :hi") == [f":chat.test 404 alice #room :{text}"]


def test_a_lockdown_ends_by_itself(net, alice):
    close(net, "read-only", until=net.now.wall // 1_000_000 + 60)
    net.move_clock(61)
    assert net.ircd.lockdown.level == "open"
    assert not net.ircd.hushed
    assert alice.received()[-1] == ":chat.test NOTICE alice :This server is open again"


def test_a_lockdown_outlives_a_restart(net):
    close(net, "read-only", "work")
    restart(net, crash=True)
    assert (net.ircd.lockdown.level, net.ircd.lockdown.reason, net.ircd.hushed) == ("read-only", "work", True)
    close(net, "open")
    restart(net, crash=True)
    assert (net.ircd.lockdown.level, net.ircd.hushed) == ("open", False)
