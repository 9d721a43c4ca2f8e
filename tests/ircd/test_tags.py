"""Client-only tags, TAGMSG, and the tags that the server adds.

Spec: https://ircv3.net/specs/extensions/message-tags
"""

import re

import pytest

from chatkit.config import ConfigError, load_config
from chatkit.ircd.opers import OperClass
from tests.ircd.conftest import make_oper

BOB = "bob!~bob@127.0.0.1"
CAPS = "message-tags echo-message"


@pytest.fixture
def bob(net):
    return net.register("bob", CAPS)


@pytest.fixture
def alice(net, bob):
    alice = net.register("alice", "message-tags draft/chathistory draft/event-playback batch")
    net.gather("#room", alice, bob)
    return alice


@pytest.mark.smoke
@pytest.mark.parametrize("command", ["PRIVMSG #room :hi", "NOTICE #room :hi", "TAGMSG #room"])
@pytest.mark.parametrize(
    "tags",
    [
        "+reply=123",
        "+typing=active",
        "+draft/react=👋",
        "+draft/unreact=:)",
        "+channel-context=#chan",
        "+example.com/x=a\\:b\\s",
        "+x",
    ],
)
def test_client_only_tags_are_relayed_as_they_are(alice, bob, command, tags):
    """Client-only tags MUST be relayed on PRIVMSG, NOTICE and TAGMSG messages."""
    bob.send(f"@{tags} {command}")
    assert alice.received() == bob.received() == [f"@msgid=M;{tags} :{BOB} {command}"]


def test_what_the_server_adds_stands_before_them(net, bob, alice):
    """Any server-sent tags attached to messages MUST be included before client-only tags."""
    alice.send("CAP REQ :server-time")
    alice.raw()
    bob.send("@+x=y PRIVMSG #room :hi")
    assert alice.received() == [f"@time=T;msgid=M;+x=y :{BOB} PRIVMSG #room :hi"]


@pytest.mark.parametrize("tags", ["x=y", "msgid=1", "time=2000-01-01T00:00:00.000Z", "account=root", "+=1", "draft/x"])
def test_others_are_removed(alice, bob, tags):
    """Tags without the client-only prefix MUST be removed by the server."""
    bob.send(f"@{tags};+a=b PRIVMSG #room :hi")
    assert alice.received() == [f"@msgid=M;+a=b :{BOB} PRIVMSG #room :hi"]


def test_an_empty_value_becomes_a_missing_one_and_the_last_of_several_counts(alice, bob):
    bob.send("@+a=1;+a=2;+b= PRIVMSG #room :hi")
    assert alice.received() == [f"@msgid=M;+a=2;+b :{BOB} PRIVMSG #room :hi"]


def test_tags_of_clients_that_did_not_negotiate_them_mean_nothing(net, alice):
    plain = net.register("plain")
    net.gather("#room", plain)
    alice.raw()
    plain.send("@+x=y PRIVMSG #room :hi")
    assert alice.received() == ["@msgid=M :plain!~plain@127.0.0.1 PRIVMSG #room :hi"]


@pytest.mark.parametrize("size", [4094, 4095])
def test_tags_of_up_to_4094_bytes_are_passed_on_whole(alice, bob, size):
    """Servers MUST reply with ERR_INPUTTOOLONG; MUST NOT truncate tags and MUST always reject lines that exceed it."""
    tag = "+x=" + "y" * (size - 3)
    answer = bob.ask(f"@{tag} PRIVMSG #room :hi")
    if size == 4094:
        assert alice.received() == answer == [f"@msgid=M;{tag} :{BOB} PRIVMSG #room :hi"]
    else:
        assert answer == [":chat.test 417 bob :Input line was too long"]
        assert alice.received() == []


# TAGMSG.


def test_a_tagmsg_follows_the_rules_of_other_messages(net, alice, bob):
    """This message MUST be delivered to targets in the same way as PRIVMSG and NOTICE messages."""
    eve = net.register("eve", "message-tags")
    assert eve.ask("@+x TAGMSG #room", "@+x TAGMSG nobody", "@+x TAGMSG #nowhere", "@+x TAGMSG ,", "TAGMSG") == [
        ":chat.test 404 eve #room :Cannot send to channel: you are not in it (+n)",
        ":chat.test 401 eve nobody :No such nick/channel",
        ":chat.test 403 eve #nowhere :No such channel",
        ":chat.test 411 eve :No recipient given (TAGMSG)",
        ":chat.test 461 eve TAGMSG :Not enough parameters",
    ]
    assert alice.received() == []


def test_a_tagmsg_to_somebody_who_is_away_is_not_answered(net, alice, bob):
    alice.send("AWAY :lunch")
    assert bob.ask("@+typing=active TAGMSG alice") == [f"@msgid=M;+typing=active :{BOB} TAGMSG alice"]


def test_a_tagmsg_is_relayed_without_the_tags_that_are_for_the_server(net, alice, bob):
    """The server removes the tag before relaying the message."""
    assert bob.ask("@unknown-tag TAGMSG #room", "TAGMSG alice") == [
        f"@msgid=M :{BOB} TAGMSG #room",
        f"@msgid=M :{BOB} TAGMSG alice",
    ]
    assert alice.received() == [f"@msgid=M :{BOB} TAGMSG #room", f"@msgid=M :{BOB} TAGMSG alice"]
    assert "TAGMSG" not in str(alice.ask("CHATHISTORY LATEST #room * 10"))


def test_reactions_are_kept_with_the_events_and_typing_is_not(alice, bob):
    bob.send("@+typing=active TAGMSG #room", "@+reply=1;+draft/react=x TAGMSG #room", "@+typing=done TAGMSG alice")
    seen = [line for line in alice.raw() if "react" in line]
    lines = [line for line in alice.ask("CHATHISTORY LATEST #room * 10") if "TAGMSG" in line]
    assert [re.sub(r"batch=\w+;", "", line) for line in lines] == [
        f"@msgid=M;+reply=1;+draft/react=x :{BOB} TAGMSG #room",
    ]
    assert len(seen) == 1
    alice.raw()


def test_reactions_to_people_are_kept_too(alice, bob):
    bob.send("@+draft/react=x TAGMSG alice")
    alice.raw()
    lines = [line for line in alice.ask("CHATHISTORY LATEST bob * 10") if "TAGMSG" in line]
    assert [re.sub(r"batch=\w+;", "", line) for line in lines] == [f"@msgid=M;+draft/react=x :{BOB} TAGMSG alice"]


def test_a_reaction_that_cannot_be_stored_is_seen_by_nobody(net, alice, bob):
    net.broken = True
    assert bob.ask("@+draft/react=x TAGMSG #room", "@+typing=active TAGMSG #room") == [
        f"@msgid=M;+typing=active :{BOB} TAGMSG #room",
        "FAIL TAGMSG NOT_STORED #room :Not sent: the server cannot store messages at the moment",
    ]
    assert alice.received() == [f"@msgid=M;+typing=active :{BOB} TAGMSG #room"]


# CLIENTTAGDENY.


@pytest.mark.parametrize(
    ("denied", "left"),
    [
        ([], "+typing=active;+reply=1;+e.com/x=2"),
        (["typing"], "+reply=1;+e.com/x=2"),
        (["typing", "e.com/x"], "+reply=1"),
        (["*", "-reply", "-e.com/x"], "+reply=1;+e.com/x=2"),
        (["*"], ""),
    ],
)
def test_denied_tags_are_silently_ignored_and_clients_know_of_it(make_net, denied, left):
    net = make_net(messages={"denied_tags": denied})
    bob, alice = net.register("bob", CAPS), net.register("alice", "message-tags")
    bob.send("@+typing=active;+reply=1;+e.com/x=2 PRIVMSG alice :hi")
    assert alice.received() == [f"@{';'.join(filter(None, ['msgid=M', left]))} :{BOB} PRIVMSG alice :hi"]
    tokens = " ".join(net.register("eve").ask("VERSION")).split(" ")
    assert [token for token in tokens if "CLIENTTAGDENY" in token] == (
        [f"CLIENTTAGDENY={','.join(denied)}"] if denied else []
    )


def test_a_tagmsg_of_which_denying_leaves_nothing_reaches_nobody(make_net):
    """Certain client-only tags are blocked and will be silently ignored."""
    net = make_net(messages={"denied_tags": ["typing"]})
    bob, alice = net.register("bob", CAPS), net.register("alice", "message-tags")
    assert bob.ask("@+typing=active TAGMSG alice") == alice.received() == []


@pytest.mark.parametrize("denied", [["+typing"], ["typing", "*"], ["a,b"], ["a b"]])
def test_denied_tags_are_names(denied):
    with pytest.raises(ConfigError, match=r"messages\.denied_tags"):
        load_config(environment={}, options={"messages.denied_tags": denied})


# The server's.


def test_bots_and_operators_are_told_from_others(net, bob, alice):
    alice.send("CAP REQ :draft/oper-tag")
    alice.raw()
    bob.send("MODE bob +B", "PRIVMSG #room :hi")
    assert alice.received() == [f"@msgid=M;bot :{BOB} PRIVMSG #room :hi"]
    make_oper(bob, OperClass("boss", frozenset()))
    bob.send("PRIVMSG #room :hi")
    assert alice.received() == [f"@msgid=M;bot;draft/oper :{BOB} PRIVMSG #room :hi"]
