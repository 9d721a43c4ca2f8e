"""USERHOST, USERIP, ISON, and what is no command at all.

Spec: https://modern.ircdocs.horse/#userhost-message and https://datatracker.ietf.org/doc/html/rfc2812#section-4.9
"""

import pytest

from tests.ircd.opers import an_oper


def test_userhost_takes_up_to_five_nicks(net, alice, bob):
    alice.send("AWAY :asleep")
    assert bob.ask("USERHOST alice nobody BOB a b alice") == [
        ":chat.test 302 bob :alice=-~alice@127.0.0.1 bob=+~bob@127.0.0.1",
    ]
    assert bob.ask("USERHOST :alice nobody")[0].endswith(" :alice=-~alice@127.0.0.1")
    assert bob.ask("USERHOST nobody", "USERHOST") == [
        ":chat.test 302 bob :",
        ":chat.test 461 bob USERHOST :Not enough parameters",
    ]


def test_ison_tells_who_of_them_is_there(net, alice, bob):
    assert bob.ask("ISON ALICE nobody bob", "ISON :nobody alice", "ISON x", "ISON") == [
        ":chat.test 303 bob :alice bob",
        ":chat.test 303 bob :alice",
        ":chat.test 303 bob :",
        ":chat.test 461 bob ISON :Not enough parameters",
    ]


def test_an_answer_of_many_nicks_is_never_cut_in_one(net):
    nicks = ["n" * 31 + letter for letter in "abcdefghijklmno"]
    clients = [net.register(nick) for nick in nicks]
    lines = clients[0].ask("ISON " + " ".join(nicks))
    assert len(lines) == 2
    assert " ".join(line.partition(" :")[2] for line in lines).split(" ") == nicks


def test_userhost_marks_operators(make_net):
    net = make_net(opers=[an_oper()])
    ada = net.register("ada")
    assert ada.ask("OPER ada secret", "USERHOST ada")[-1] == ":chat.test 302 ada :ada*=+~ada@127.0.0.1"


def test_userip_is_for_oneself_and_operators(make_net):
    net = make_net(opers=[an_oper()])
    alice, bob = net.register("alice"), net.register("bob")
    assert bob.ask("USERIP alice bob nobody") == [
        ":chat.test 340 bob :alice=+~alice@255.255.255.255 bob=+~bob@127.0.0.1"
    ]
    alice.send("OPER ada secret")
    assert alice.ask("USERIP bob")[0] == ":chat.test 340 alice :bob=+~bob@127.0.0.1"
    assert bob.ask("USERIP") == [":chat.test 461 bob USERIP :Not enough parameters"]


@pytest.mark.parametrize("line", ["NONSENSE", "nonsense a b", "ÄÖÜ", "999"])
def test_what_is_no_command_is_named(bob, line):
    word = line.split(" ")[0]
    shown = word.upper() if word.isascii() else word
    assert bob.ask(line) == [f":chat.test 421 bob {shown} :Unknown command"]
