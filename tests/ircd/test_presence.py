"""AWAY, away-notify and changes of nick.

Spec: https://modern.ircdocs.horse/#away-message and https://ircv3.net/specs/extensions/away-notify
"""

import pytest

from chatkit.proto import names

BOB = "bob!~bob@127.0.0.1"


def test_away_and_back_are_acknowledged(net):
    bob = net.register("bob")
    assert bob.ask("AWAY :at lunch") == [":chat.test 306 bob :You have been marked as being away"]
    assert bob.ask("AWAY") == [":chat.test 305 bob :You are no longer marked as being away"]
    bob.send("AWAY x")
    assert bob.ask("AWAY :") == [":chat.test 305 bob :You are no longer marked as being away"]


@pytest.mark.smoke
def test_those_who_asked_see_who_goes_and_comes_back(net):
    """Clients will be sent an AWAY message when a user sharing a channel sets, changes or removes their away state."""
    alice, bob, carol = net.register("alice", "away-notify"), net.register("bob", "away-notify"), net.register("carol")
    stranger = net.register("stranger", "away-notify")
    net.gather("#room", alice, bob, carol)
    net.gather("#too", bob, alice)
    bob.send("AWAY :at lunch", "AWAY :at lunch", "AWAY :asleep", "AWAY", "AWAY")
    assert alice.received() == [f":{BOB} AWAY :at lunch", f":{BOB} AWAY :asleep", f":{BOB} AWAY"]
    assert carol.received() == stranger.received() == []
    assert {line.split(" ")[1] for line in bob.received()} == {"305", "306"}


def test_who_joins_away_is_told_as_such_to_others(net):
    alice, bob = net.register("alice", "away-notify"), net.register("bob", "away-notify")
    net.gather("#room", alice)
    bob.send("AWAY :asleep", "JOIN #room")
    assert alice.received() == [f":{BOB} JOIN #room", f":{BOB} AWAY :asleep"]
    assert not any(" AWAY " in line for line in bob.received())


def test_an_away_message_is_cut_to_awaylen(net):
    alice, bob = net.register("alice"), net.register("bob")
    bob.send("AWAY :" + "x" * 400)
    assert alice.ask("PRIVMSG bob :hi") == [":chat.test 301 alice bob :" + "x" * names.AWAY_LEN]


@pytest.mark.smoke
def test_a_change_of_nick_is_seen_once_by_everyone_who_shares_a_room(net):
    alice, bob, carol = net.register("alice"), net.register("bob"), net.register("carol")
    net.gather("#one", alice, bob)
    net.gather("#two", alice, bob)
    assert bob.ask("NICK Robert") == [f":{BOB} NICK Robert"]
    assert alice.received() == [f":{BOB} NICK Robert"]
    assert carol.received() == []
    alice.send("PRIVMSG robert :hi")
    assert bob.received() == [":alice!~alice@127.0.0.1 PRIVMSG Robert :hi"]
    assert alice.ask("PRIVMSG bob :hi") == [":chat.test 401 alice bob :No such nick/channel"]


def test_a_nick_may_change_its_case_alone(net):
    bob = net.register("bob")
    assert bob.ask("NICK BOB") == [f":{BOB} NICK BOB"]
    assert bob.ask("NICK BOB") == []
    assert net.register("alice").ask("NICK bob") == [":chat.test 433 alice bob :Nickname is already in use"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("NICK", "431 bob :No nickname given"),
        ("NICK 7up", "432 bob 7up :Erroneous nickname"),
        ("NICK @bob", "432 bob @bob :Erroneous nickname"),
        ("NICK Alice", "433 bob Alice :Nickname is already in use"),
        ("NICK " + "n" * (names.NICK_LEN + 1), "432 bob " + "n" * (names.NICK_LEN + 1) + " :Erroneous nickname"),
        ("NICK " + "小" * names.NICK_LEN, "432 bob " + "小" * names.NICK_LEN + " :Erroneous nickname"),
    ],
)
def test_a_nick_that_cannot_be_had_leaves_the_old_one(net, line, answer):
    net.register("alice")
    bob = net.register("bob")
    assert bob.ask(line) == [f":chat.test {answer}"]
    assert net.ircd.users["bob"].nick == "bob"


def test_a_change_of_nick_keeps_rooms_status_and_invitations(net):
    alice, bob = net.register("alice"), net.register("bob")
    net.gather("#room", bob)
    net.gather("#closed", alice)
    alice.send("MODE #closed +i", "INVITE bob #closed")
    bob.send("NICK rob")
    assert alice.ask("NAMES #room")[0] == ":chat.test 353 alice = #room :@rob"
    assert bob.ask("JOIN #closed")[0] == ":rob!~bob@127.0.0.1 JOIN #closed"
    assert "rob" in bob.ask("NAMES #closed")[0]
