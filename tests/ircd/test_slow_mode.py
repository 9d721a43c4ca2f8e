"""Slow mode: channel mode W, so many seconds between two messages of a member."""

from __future__ import annotations

import pytest

from tests.ircd.people import log_in, open_account, restart

ALICE = "alice!~alice@127.0.0.1"


def told(seconds: int) -> list[str]:
    unit = "second" if seconds == 1 else "seconds"
    return [f":chat.test 404 bob #room :Cannot send to channel: slow mode (+W): wait {seconds} {unit}"]


@pytest.fixture
def slow(net, alice, bob):
    """#room, of which alice is operator and bob is not."""
    net.gather("#room", alice, bob)
    assert alice.ask("MODE #room +W 10") == [f":{ALICE} MODE #room +W 10"]
    bob.raw()
    return net.ircd.channels["#room"]


def test_a_member_says_one_thing_in_so_many_seconds(net, slow, alice, bob):
    assert bob.ask("PRIVMSG #room :one") == []
    assert bob.ask("PRIVMSG #room :two") == told(10)
    net.let_time_pass(9.5)
    assert bob.ask("PRIVMSG #room :two") == told(1)
    net.let_time_pass(0.5)
    assert bob.ask("PRIVMSG #room :two") == []
    assert [line.partition(" :")[2] for line in alice.received()] == ["one", "two"]


def test_who_has_a_prefix_is_not_slowed(slow, alice, bob):
    assert alice.ask("PRIVMSG #room :one", "PRIVMSG #room :two") == []
    alice.send("MODE #room +v bob")
    assert bob.ask("PRIVMSG #room :one", "PRIVMSG #room :two") == []


def test_what_is_refused_does_not_count(net, slow, alice, bob):
    alice.send("MODE #room +m")
    bob.ask("PRIVMSG #room :one")
    alice.send("MODE #room -m")
    assert bob.ask("PRIVMSG #room :one") == []


def test_everybody_waits_for_himself(net, slow, bob):
    carol = net.register("carol")
    carol.send("JOIN #room")
    bob.send("PRIVMSG #room :one")
    assert carol.ask("PRIVMSG #room :one") == []


def test_notices_are_slowed_without_an_answer(slow, alice, bob):
    bob.send("PRIVMSG #room :one")
    alice.raw()
    assert bob.ask("NOTICE #room :two") == []
    assert alice.received() == []


def test_reactions_and_typing_are_no_messages(net, slow):
    carol = net.register("carol", "message-tags")
    carol.send("JOIN #room")
    assert carol.ask("@+typing=active TAGMSG #room", "PRIVMSG #room :one", "@+typing=done TAGMSG #room") == []


def test_slow_mode_is_for_members(net, slow, alice):
    alice.send("MODE #room -n")
    carol = net.register("carol")
    text = "Cannot send to channel: slow mode (+W) is for members: join it first"
    assert carol.ask("PRIVMSG #room :hi") == [f":chat.test 404 carol #room :{text}"]


def test_slow_mode_ends(slow, alice, bob):
    assert alice.ask("MODE #room") == [
        ":chat.test 324 alice #room +ntW 10",
        f":chat.test 329 alice #room {slow.created}",
    ]
    assert alice.ask("MODE #room -W") == [f":{ALICE} MODE #room -W"]
    bob.raw()
    assert bob.ask("PRIVMSG #room :one", "PRIVMSG #room :two") == []


@pytest.mark.parametrize("seconds", ["0", "3601", "-1", "ten", "²"])
def test_slow_mode_takes_up_to_an_hour(slow, alice, seconds):
    answer = alice.ask(f"MODE #room +W {seconds}")
    assert answer == [f":chat.test 696 alice #room W {seconds} :Slow mode takes 1 to 3600 seconds"]
    assert slow.slow == 10


def test_an_owned_room_stays_slow(net):
    ann = log_in(net, open_account(net, "ann"))
    ann.send("JOIN #own", "CS REGISTER #own", "MODE #own +W 5")
    restart(net, crash=True)
    assert net.ircd.registrations["#own"].make().slow == 5
