"""Limits of [limits] that hold for what clients do: each is crossed with a setting of its own."""

from __future__ import annotations

import pytest

from chatkit.ircd.requests import CheckPassword
from chatkit.store.records import SearchQuery
from tests.ircd.conftest import FakeClient, Net
from tests.ircd.logging_in import PASSWORD, WORD, make_account
from tests.ircd.opers import an_oper

WAIT = "Too many failed attempts: wait"


def guess(client: FakeClient, account: str = "alice") -> str:
    """What NickServ says to a wrong password."""
    return client.ask(f"NS IDENTIFY {account} wrong")[-1]


def test_so_many_wrong_passwords_for_one_account_from_one_address(make_net):
    net = make_net(limits={"login_attempts": 2})
    make_account(net, "alice", WORD)
    bob = net.register("bob")
    assert [WAIT in guess(bob) for _ in range(3)] == [False, False, True]
    assert WAIT not in guess(bob, "somebody")
    bob.session.address = "203.0.113.7"
    assert WAIT not in guess(bob)
    bob.session.address = "127.0.0.1"


def test_so_many_wrong_passwords_for_all_accounts_from_one_address(make_net):
    net = make_net(limits={"guesses": 2})
    bob = net.register("bob")
    assert [WAIT in guess(bob, f"account{number}") for number in range(3)] == [False, False, True]


def test_the_pause_doubles_from_the_first_to_the_longest(make_net):
    net = make_net(limits={"login_attempts": 1, "pause_seconds": 3, "longest_pause_seconds": 10})
    make_account(net, "alice", WORD)
    bob = net.register("bob")
    pauses = []
    for _ in range(4):
        guess(bob)
        seconds = int(guess(bob).partition(f"{WAIT} ")[2].split(" ")[0])
        pauses.append(seconds)
        net.let_time_pass(seconds)
    assert pauses == [3, 6, 10, 10]


def test_so_many_wrong_passwords_of_operators(make_net):
    net = make_net(limits={"oper_attempts": 1}, opers=[an_oper()])
    bob = net.register("bob")
    wrong, late = bob.ask("OPER ada wrong", "OPER ada secret")
    assert wrong.endswith(":Password incorrect")
    assert late.endswith("try again in 1 second")


def test_one_operators_password_does_not_help_to_guess_at_anothers(make_net):
    net = make_net(limits={"oper_attempts": 2}, opers=[an_oper()])
    bob = net.register("bob")
    answers = bob.ask("OPER eve one", "OPER ada secret", "OPER eve two", "OPER eve three")
    assert answers[-1].endswith("try again in 1 second")


def test_so_many_accounts_from_one_address(make_net):
    net = make_net(limits={"accounts_per_address": 2})
    lines = {nick: (f"NICK {nick}", f"REGISTER * * :{PASSWORD}") for nick in ("ann", "bea", "cleo")}
    answers = [net.connect("192.0.2.1").ask(*lines[nick])[0] for nick in lines]
    assert ["TEMPORARILY_UNAVAILABLE" in answer for answer in answers] == [False, False, True]
    other = net.connect("192.0.2.2").ask("NICK dora", f"REGISTER * * :{PASSWORD}")[0]
    assert "SUCCESS" in other


def jobs_of(net: Net, kind: type) -> int:
    return sum(isinstance(job.request, kind) for job in net.jobs)


@pytest.mark.parametrize("at_once", [1, 3])
def test_so_many_passwords_are_checked_at_once(make_net, at_once):
    net = make_net(limits={"passwords_at_once": at_once})
    make_account(net, "alice", WORD)
    clients = [net.register(f"u{number}") for number in range(5)]
    net.slow = True
    for client in clients:
        client.send(f"NS IDENTIFY alice {WORD}")
    assert jobs_of(net, CheckPassword) == at_once
    net.slow = False
    net.answer()
    assert all("You are now" in str(client.raw()) for client in clients)


@pytest.mark.parametrize("at_once", [1, 3])
def test_so_many_searches_run_at_once(make_net, at_once):
    net = make_net(limits={"searches_at_once": at_once})
    clients = [net.register(f"u{number}", "soju.im/search batch") for number in range(5)]
    net.slow = True
    for client in clients:
        client.send("SEARCH text=x")
    assert jobs_of(net, SearchQuery) == at_once
    net.slow = False
    net.answer()


def test_so_many_log_ins_of_one_address_wait(make_net):
    net = make_net(limits={"waiting_per_address": 2, "passwords_at_once": 1})
    make_account(net, "alice", WORD)
    clients = [net.register(f"u{number}") for number in range(4)]
    net.slow = True
    for client in clients:
        client.send(f"NS IDENTIFY alice {WORD}")
    assert "Too many are logging in" in clients[3].raw()[-1]
    net.slow = False
    net.answer()


def test_so_many_targets_of_one_message(make_net):
    net = make_net(limits={"targets": 2})
    alice = net.register("alice")
    others = [net.register(nick) for nick in ("bob", "carl", "dan")]
    assert "TARGMAX=" in (told := "\n".join(alice.ask("VERSION")))
    assert "PRIVMSG:2" in told
    refused = alice.ask("PRIVMSG bob,carl,dan :hi")
    assert [line.split(" ")[1] for line in refused] == ["407"]
    assert [bool(other.raw()) for other in others] == [False, False, False]
    assert alice.ask("NOTICE bob,carl,dan :hi") == []
    assert [bool(other.raw()) for other in others] == [True, True, False]


def test_so_many_entries_in_the_lists_of_a_room(make_net):
    net = make_net(limits={"list_entries": 2})
    alice = net.register("alice")
    net.gather("#room", alice)
    alice.ask("MODE #room +b a!*@*", "MODE #room +e b!*@*")
    assert alice.ask("MODE #room +I c!*@*")[0].split(" ")[1] == "478"
    assert "MAXLIST=beI:2" in "\n".join(alice.ask("VERSION"))


# Metadata


def test_so_much_metadata(make_net):
    net = make_net(
        limits={
            "metadata_keys": 2,
            "metadata_bytes": 5,
            "metadata_subscriptions": 1,
            "metadata_changes_per_minute": 6,
        }
    )
    alice = net.register("alice")
    codes = [
        line.split(" ")[3] if " FAIL " in line else line.split(" ")[1]
        for line in alice.ask(
            "METADATA * SET a :12345",
            "METADATA * SET b :123456",
            "METADATA * SET b :1",
            "METADATA * SET c :1",
            "METADATA * SUB a b",
        )
    ]
    assert codes == ["761", "VALUE_INVALID", "761", "LIMIT_REACHED", "TOO_MANY_SUBS", "770"]
    codes = [line.split(" ")[3] for line in alice.ask(*[f"METADATA * SET a :{number}" for number in range(5)])]
    assert codes[-1] == "RATE_LIMITED"
    assert codes.count("RATE_LIMITED") == 1
    offered = "\n".join(net.connect().ask("CAP LS 302"))
    assert "draft/metadata-2=before-connect,max-subs=1,max-keys=2,max-value-bytes=5" in offered
