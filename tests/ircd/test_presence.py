"""AWAY, away-notify and changes of nick.

Spec: https://modern.ircdocs.horse/#away-message and https://ircv3.net/specs/extensions/away-notify
"""

import pytest

from chatkit.ircd.apply import apply
from chatkit.ircd.events import HostChanged
from chatkit.proto import names
from chatkit.proto.message import parse

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


# draft/pre-away. Spec: https://ircv3.net/specs/extensions/pre-away


@pytest.mark.smoke
def test_with_pre_away_one_is_away_before_one_is_there(net, alice):
    bob = net.connect()
    bob.send("CAP REQ :draft/pre-away")
    bob.raw()
    assert bob.ask("AWAY :asleep") == [":chat.test 306 * :You have been marked as being away"]
    bob.send("NICK bob", "USER bob 0 * :Bob", "CAP END")
    assert alice.ask("PRIVMSG bob :hi") == [":chat.test 301 alice bob :asleep"]


def test_before_registration_one_can_come_back_too(net, alice):
    bob = net.connect()
    bob.send("CAP REQ :draft/pre-away", "NICK bob", "AWAY :asleep")
    bob.raw()
    assert bob.ask("AWAY") == [":chat.test 305 bob :You are no longer marked as being away"]
    bob.send("USER bob 0 * :Bob", "CAP END")
    assert alice.ask("PRIVMSG bob :hi") == []


def test_without_pre_away_nobody_is_away_before_registration(net):
    assert net.connect().ask("AWAY :asleep") == [":chat.test 451 * :You have not registered"]


def test_an_unspecified_absence_is_put_into_words_for_the_others(net, alice):
    """Servers MAY substitute a human-readable message for the `*` if it would otherwise be relayed."""
    bob = net.register("bob", "draft/pre-away")
    assert bob.ask("AWAY *") == [":chat.test 306 bob :You have been marked as being away"]
    assert alice.ask("PRIVMSG bob :hi") == [":chat.test 301 alice bob :Not here at the moment"]


# SETNAME. Spec: https://ircv3.net/specs/extensions/setname


@pytest.mark.smoke
def test_a_new_real_name_is_told_to_those_who_asked_and_to_oneself(net):
    """They MUST send SETNAME to all clients in common channels, as well as to the client from which it originated."""
    alice, bob, carol = net.register("alice", "setname"), net.register("bob", "setname"), net.register("carol")
    stranger = net.register("stranger", "setname")
    net.gather("#room", alice, bob, carol)
    assert bob.ask("SETNAME :Bob the Builder") == [f":{BOB} SETNAME :Bob the Builder"]
    assert alice.received() == [f":{BOB} SETNAME :Bob the Builder"]
    assert carol.received() == stranger.received() == []
    assert ":Bob the Builder" in " ".join(alice.ask("WHOIS bob"))


def test_without_the_capability_a_new_real_name_is_set_silently(net):
    """The server SHOULD handle it silently (with no response), as historic implementations did."""
    bob = net.register("bob")
    assert bob.ask("SETNAME Robert") == []
    assert net.ircd.users["bob"].real == "Robert"


@pytest.mark.parametrize("real", [":", ": ", ":" + "x" * (names.REAL_LEN + 1), ":" + "ü" * names.REAL_LEN])
def test_a_real_name_that_cannot_be_is_refused(net, real):
    """If the server rejects the realname, it MUST send a FAIL message with the INVALID_REALNAME code."""
    bob = net.register("bob", "setname")
    assert bob.ask(f"SETNAME {real}") == [":chat.test FAIL SETNAME INVALID_REALNAME :A real name has 1 to 150 bytes"]
    assert net.ircd.users["bob"].real == "Bob"


def test_setname_needs_a_name_and_its_limit_is_announced(net, bob):
    """When enabled, servers MUST provide a NAMELEN token in RPL_ISUPPORT."""
    assert bob.ask("SETNAME") == [":chat.test 461 bob SETNAME :Not enough parameters"]
    assert f"NAMELEN={names.REAL_LEN}" in " ".join(bob.ask("VERSION"))


# CHGHOST. Spec: https://ircv3.net/specs/extensions/chghost


def change_host(net, nick):
    user = net.ircd.users[nick]
    apply(net.ircd, HostChanged(net.ircd.cause(user, net.now), user.username, "new.example"))
    net.settle()


@pytest.mark.smoke
def test_a_new_host_is_told_to_those_who_know_chghost(net):
    alice, bob = net.register("alice", "chghost"), net.register("bob", "chghost")
    net.gather("#room", alice, bob)
    net.gather("#too", alice, bob)
    change_host(net, "bob")
    assert alice.received() == bob.received() == [f":{BOB} CHGHOST ~bob new.example"]
    alice.send("PRIVMSG bob :hi")
    bob.send("PRIVMSG #room :hi")
    assert alice.received() == [":bob!~bob@new.example PRIVMSG #room :hi"]


def test_who_does_not_know_chghost_sees_a_reconnection(net, bob):
    """The simulated events SHOULD include appropriate QUIT, JOIN and MODE commands."""
    alice, carol = net.register("alice"), net.register("carol", "extended-join away-notify")
    net.gather("#one", bob, alice, carol)
    net.gather("#two", carol, bob)
    bob.send("AWAY :lunch")
    carol.raw(), bob.raw()
    change_host(net, "bob")
    new = "bob!~bob@new.example"
    assert alice.received() == [f":{BOB} QUIT :Changing host", f":{new} JOIN #one", ":chat.test MODE #one +o bob"]
    assert carol.received() == [
        f":{BOB} QUIT :Changing host",
        f":{new} JOIN #one * :Bob",
        ":chat.test MODE #one +o bob",
        f":{new} AWAY :lunch",
        f":{new} JOIN #two * :Bob",
        f":{new} AWAY :lunch",
    ]
    assert bob.received() == []


def test_lines_that_one_event_brings_have_each_a_msgid_of_their_own(net):
    """Any other message transmitted on the entire network at any time MUST NOT share the same value."""
    alice, bob = net.register("alice", "message-tags away-notify"), net.register("bob")
    net.gather("#room", alice, bob)
    net.gather("#two", bob, alice)
    carol = net.register("carol")
    alice.ask("MONITOR + carol,caro")
    carol.send("AWAY :asleep", "JOIN #room", "NICK caro")
    user = bob.session.user
    apply(net.ircd, HostChanged(net.ircd.cause(user, net.now), "~bob", "new.example"))
    bob.send("AWAY :gone")
    apply(net.ircd, HostChanged(net.ircd.cause(user, net.now), "~bob", "newer.example"))
    carol.send("QUIT")
    ids = [parse(line).tags["msgid"] for line in alice.raw()]
    assert len(ids) == len(set(ids)) > 15
