"""RELAYMSG: messages of people on other networks.

Spec: https://github.com/ircv3/ircv3-specifications/pull/417
"""

import pytest

from chatkit.config import ConfigError, load_config
from chatkit.ircd.opers import OperClass
from tests.ircd.conftest import make_oper

CAPS = "draft/relaymsg"
RELAYED = ":smt/discord!~bridge@127.0.0.1 PRIVMSG #room :hi"


@pytest.fixture
def bridge(net):
    return net.register("bridge", f"{CAPS} message-tags labeled-response batch")


@pytest.fixture
def room(net, bridge):
    others = {caps: net.register(f"user{number}", caps) for number, caps in enumerate(("", "message-tags", CAPS))}
    net.gather("#room", bridge, *others.values())
    return others


@pytest.mark.smoke
def test_it_becomes_a_privmsg_whose_tag_names_the_bridge(bridge, room):
    bridge.send("@+reply=1 RELAYMSG #ROOM smt/discord :hi")
    assert room[""].received() == [RELAYED]
    assert room[CAPS].received() == [f"@draft/relaymsg=bridge {RELAYED}"]
    assert room["message-tags"].received() == [f"@msgid=M;draft/relaymsg=bridge;+reply=1 {RELAYED}"]


def test_the_bridge_sees_what_it_relayed(bridge, room):
    """This allows the sender to distinguish relayed messages from those sent by other clients."""
    assert bridge.ask("@label=L1 RELAYMSG #room smt/discord :hi") == [
        f"@label=L1;msgid=M;draft/relaymsg=bridge {RELAYED}",
    ]
    assert bridge.ask("RELAYMSG #room smt/discord :hi") == [f"@msgid=M;draft/relaymsg=bridge {RELAYED}"]


def test_neither_the_account_nor_what_the_bridge_is_stands_on_it(net, bridge, room):
    bridge.send("MODE bridge +B", "RELAYMSG #room smt/discord :hi")
    assert room["message-tags"].received()[-1] == f"@msgid=M;draft/relaymsg=bridge {RELAYED}"


def test_history_has_it_with_its_tag(net, bridge, room):
    bridge.send("RELAYMSG #room smt/discord :hi")
    reader = net.register("reader", "draft/chathistory batch message-tags")
    net.gather("#room", reader)
    lines = reader.ask("CHATHISTORY LATEST #room * 1")
    assert lines[1].partition(";")[2] == f"msgid=M;draft/relaymsg=bridge {RELAYED}"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("RELAYMSG #room smt/discord", "461 bridge RELAYMSG :Not enough parameters"),
        ("RELAYMSG #nowhere smt/discord :hi", "403 bridge #nowhere :No such channel"),
        ("RELAYMSG bridge smt/discord :hi", "403 bridge bridge :No such channel"),
        ("RELAYMSG #room smt/discord : ", "FAIL RELAYMSG BLANK_MSG #room :The message must not be blank"),
        (
            "RELAYMSG #room smt :hi",
            "FAIL RELAYMSG INVALID_NICK smt :A relayed nickname needs one of these characters in it: /",
        ),
        *(
            (f"RELAYMSG #room {nick} :hi", f"FAIL RELAYMSG INVALID_NICK {nick} :Invalid nickname")
            for nick in ("a!b/c", "a@b/c", "a/b*", "#a/b", "@a/b", "a,b/c", "a/b.c", "x" * 31 + "/x", "a/\u202eb")
        ),
    ],
)
def test_what_cannot_be_relayed_is_refused(bridge, room, line, answer):
    assert bridge.ask(line) == [f":chat.test {answer}"]
    assert room[""].received() == []


def test_only_operators_of_the_room_may(net, bridge, room):
    fail = ":chat.test FAIL RELAYMSG PRIVS_NEEDED #room :Only operators of the room may relay messages to it"
    other = room[CAPS]
    assert other.ask("RELAYMSG #room a/b :hi") == [fail]
    bridge.send("MODE #room +v user2")
    assert other.ask("RELAYMSG #room a/b :hi") == [fail]
    bridge.send("MODE #room +o user2")
    assert len(other.ask("RELAYMSG #room a/b :hi")) == 1


@pytest.mark.parametrize("who", ["operators", "opers"])
def test_irc_operators_may_in_every_room(make_net, who):
    net = make_net(messages={"relay": who})
    bridge, alice = net.register("bridge", CAPS), net.register("alice", CAPS)
    net.gather("#room", alice)
    assert len(alice.ask("RELAYMSG #room a/b :hi")) == 1
    alice.raw()
    make_oper(bridge, OperClass("bridge", frozenset({"relay"})))
    assert len(bridge.ask("RELAYMSG #room smt/discord :hi")) == 1
    assert alice.received() == [f"@draft/relaymsg=bridge {RELAYED}"]


def test_nobody_may_where_it_is_off(make_net):
    bridge = make_net(messages={"relay": "off"}).register("bridge")
    assert bridge.ask("CAP REQ draft/relaymsg", "RELAYMSG #room a/b :hi") == [
        ":chat.test CAP bridge NAK :draft/relaymsg",
        ":chat.test 421 bridge RELAYMSG :Unknown command",
    ]


@pytest.mark.parametrize("mask", ["smt/*!*@*", "m:SMT/*!*@*"])
def test_a_mask_that_is_banned_or_muted_is_not_relayed(bridge, room, mask):
    bridge.ask("MODE #room +b ~a:smt/discord")
    assert len(bridge.ask("RELAYMSG #room smt/discord :hi")) == 1
    bridge.ask(f"MODE #room +b {mask}")
    assert bridge.ask("RELAYMSG #room smt/discord :hi") == [
        ":chat.test FAIL RELAYMSG BANNED #room smt/discord :smt/discord is banned from #room",
    ]


def test_the_value_says_which_characters_separate(make_net):
    net = make_net(messages={"relay_separators": "/="})
    bridge = net.register("bridge", CAPS)
    assert "draft/relaymsg=/=" in " ".join(bridge.ask("CAP LS 302")).split(" ")
    net.gather("#room", bridge)
    assert len(bridge.ask("RELAYMSG #room smt=matrix :hi")) == 1
    assert ":chat.test FAIL" not in bridge.raw()


def test_no_user_can_be_called_as_a_relayed_one(net):
    """These characters aren't allowed in normal nicknames."""
    bob = net.register("bob")
    assert bob.ask("NICK a/b", "PRIVMSG a/b :hi") == [
        ":chat.test 432 bob a/b :Erroneous nickname",
        ":chat.test 401 bob a/b :No such nick/channel",
    ]


@pytest.mark.parametrize("separators", ["", "a", "-", "!", " ", "/ "])
def test_separators_must_tell_relayed_nicks_from_others(separators):
    with pytest.raises(ConfigError, match=r"messages\.relay_separators"):
        load_config(environment={}, options={"messages.relay_separators": separators})
