"""How often a user may do what costs others something."""

from __future__ import annotations

import pytest

from chatkit.ircd import paces
from chatkit.ircd.opers import OperClass
from chatkit.ircd.paces import Bucket, Paces
from tests.ircd.conftest import make_oper


def test_a_bucket_allows_a_minutes_worth_at_once_then_as_many_as_time_fills():
    bucket = Bucket(30, 0.0)
    assert [bucket.take(0.0) for _ in range(31)] == [*[0.0] * 30, 2.0]
    assert bucket.take(2.0) == 0.0
    assert bucket.take(3.0) == 1.0
    assert [bucket.take(1000.0) for _ in range(31)][-2:] == [0.0, 2.0]  # it never holds more than a minute's worth


def test_networks_have_buckets_of_their_own_and_so_many_are_remembered(monkeypatch):
    monkeypatch.setattr(paces, "MAX_NETWORKS", 2)
    found = Paces()
    assert found.take("a", 1, 0.0) == 0.0
    assert found.take("a", 1, 0.0) == 60.0
    assert found.take("b", 1, 0.0) == 0.0
    assert found.take("a", 1, 0.0) == 60.0
    assert found.take("c", 1, 0.0) == 0.0  # b has done nothing for longest
    assert found.take("a", 1, 0.0) == 60.0
    assert found.take("b", 1, 0.0) == 0.0


def lines_of(name: str) -> tuple[str, list[str]]:
    """The command that is named, and six lines of which each counts as one."""
    return {
        "joins": ("JOIN", [f"JOIN #r{number}" for number in range(6)]),
        "nick_changes": ("NICK", [f"NICK a{number}" for number in range(6)]),
        "new_targets": ("PRIVMSG", [f"PRIVMSG u{number} :hi" for number in range(6)]),
        "invites": ("INVITE", [f"INVITE u{number} #room" for number in range(6)]),
    }[name]


@pytest.mark.parametrize("name", ["joins", "nick_changes", "new_targets", "invites"])
def test_who_does_it_too_often_is_told_to_try_again(make_net, name):
    command, lines = lines_of(name)
    net = make_net(limits={f"{name}_per_minute": 5})
    alice = net.register("alice")
    for number in range(6):
        net.register(f"u{number}")
    if name == "invites":
        net.gather("#room", alice)
    assert not any(" 263 " in line for line in alice.ask(*lines[:5]))
    nick = net.ircd.users.get("a4", alice.session.user).nick
    late = f":chat.test 263 {nick} {command} :That is too often: wait 12 seconds"
    assert alice.ask(lines[5]) == [late]
    net.let_time_pass(12)
    assert alice.ask(lines[5]) != [late]
    assert not any(" 263 " in line for line in alice.ask("PING x"))


def test_invitations_knocks_and_reports_share_a_pace(make_net):
    net = make_net(limits={"invites_per_minute": 1})
    alice, bob = net.register("alice"), net.register("bob")
    net.gather("#room", alice)
    net.gather("#other", bob)
    bob.send("MODE #other +i")
    alice.send("INVITE bob #room")
    assert [line.split(" ")[1:4] for line in alice.ask("KNOCK #other", "REPORT bob :spam")] == [
        ["263", "alice", "KNOCK"],
        ["263", "alice", "REPORT"],
    ]


def test_one_who_was_written_to_lately_is_not_new(make_net):
    net = make_net(limits={"new_targets_per_minute": 2})
    alice = net.register("alice")
    for nick in ("bob", "carl", "dan"):
        net.register(nick)
    told = alice.ask(*["PRIVMSG bob :hi", "PRIVMSG carl :hi"] * 3, "PRIVMSG dan :hi", "PRIVMSG bob :hi")
    assert [line.split(" ")[1] for line in told] == ["263"]


def test_operators_are_not_held_up(make_net):
    net = make_net(limits={"nick_changes_per_minute": 1})
    alice = net.register("alice")
    make_oper(alice, OperClass("helper", frozenset()))
    assert not any(" 263 " in line for line in alice.ask("NICK a", "NICK b", "NICK c"))


def test_new_settings_hold_at_once(make_net):
    net = make_net(limits={"nick_changes_per_minute": 1})
    alice = net.register("alice")
    assert " 263 " in alice.ask("NICK a", "NICK b")[-1]
    net.rewritten = {"limits": {"nick_changes_per_minute": 2}}
    make_oper(alice, OperClass("all", frozenset({"rehash"})))
    alice.send("REHASH", "MODE a -o")
    assert [" 263 " in line for line in alice.ask("NICK b", "NICK c", "NICK d")] == [False, False, True]
