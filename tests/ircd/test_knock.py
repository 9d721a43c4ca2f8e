"""KNOCK: https://defs.ircdocs.horse/defs/numerics#rpl-knock-710"""

from __future__ import annotations

import pytest

from chatkit.ircd.handlers.knock import ROOM_PAUSE, USER_PAUSE

BOB = "bob!~bob@127.0.0.1"


@pytest.fixture
def room(net, alice):
    """A room by invitation only, which alice runs."""
    net.gather("#room", alice)
    alice.send("MODE #room +i")
    alice.raw()


@pytest.mark.smoke
def test_a_knock_reaches_those_who_keep_order(net, alice, bob, room):
    hal, vera = net.register("hal"), net.register("vera")
    alice.send("MODE #room -i")
    net.gather("#room", hal, vera)
    alice.send("MODE #room +ihv hal vera")
    for client in (alice, hal, vera):
        client.raw()
    assert bob.ask("KNOCK #ROOM") == [":chat.test 711 bob #room :Your KNOCK has been delivered."]
    line = f":chat.test 710 #room #room {BOB} :has asked for an invite."
    assert (alice.received(), hal.received(), vera.received()) == ([line], [line], [])


def test_a_knock_may_say_why(alice, bob, room):
    bob.send("KNOCK #room :it is me")
    assert alice.received() == [f":chat.test 710 #room #room {BOB} :has asked for an invite. (it is me)"]


@pytest.mark.parametrize("modes", ["-i+k key", "-i+l 1", "+kl key 5"])
def test_one_may_knock_where_one_cannot_enter(alice, bob, room, modes):
    alice.send(f"MODE #room {modes}")
    assert bob.ask("KNOCK #room")[0].split(" ")[1] == "711"


@pytest.mark.parametrize(
    ("before", "line", "answer"),
    [
        ("", "KNOCK", "461 bob KNOCK :Not enough parameters"),
        ("", "KNOCK #nowhere", "403 bob #nowhere :No such channel"),
        ("MODE #room +s", "KNOCK #room", "403 bob #room :No such channel"),
        ("MODE #room -i", "KNOCK #room", "713 bob #room :Channel is open."),
        ("MODE #room -i+l 2", "KNOCK #room", "713 bob #room :Channel is open."),
        ("MODE #room +b bob", "KNOCK #room", "404 bob #room :Cannot send to channel"),
    ],
)
def test_where_one_cannot_knock(alice, bob, room, before, line, answer):
    alice.send(*([before] if before else []))
    alice.raw()
    assert bob.ask(line) == [f":chat.test {answer}"]
    assert alice.received() == []


def test_members_need_not_knock(alice, room):
    assert alice.ask("KNOCK #room") == [":chat.test 714 alice #room :You are already on that channel."]


def test_nobody_knocks_often_nor_is_a_room_knocked_at_often(net, alice, bob, room):
    carol = net.register("carol")
    bob.send("KNOCK #room")
    assert carol.ask("KNOCK #room") == [":chat.test 712 carol #room :Too many KNOCKs (channel)."]
    net.move_clock(ROOM_PAUSE)
    assert bob.ask("KNOCK #room") == [":chat.test 712 bob #room :Too many KNOCKs (user)."]
    assert carol.ask("KNOCK #room")[0].split(" ")[1] == "711"
    net.move_clock(USER_PAUSE)
    assert bob.ask("KNOCK #room")[0].split(" ")[1] == "711"


def test_whoever_knocked_is_let_in_by_an_invitation(alice, bob, room):
    bob.send("KNOCK #room")
    alice.send("INVITE bob #room")
    bob.raw()
    assert bob.ask("JOIN #room")[0] == f":{BOB} JOIN #room"
