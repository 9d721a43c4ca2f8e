"""draft/message-redaction.

Spec: https://ircv3.net/specs/extensions/message-redaction
"""

import re

import pytest

from chatkit.ircd.apply import apply
from chatkit.ircd.events import Parted
from chatkit.ircd.opers import OperClass
from tests.ircd.conftest import make_oper

CAPS = "message-tags echo-message draft/message-redaction"
BOB = "bob!~bob@127.0.0.1"


@pytest.fixture
def alice(net):
    return net.register("alice", CAPS)


@pytest.fixture
def bob(net):
    return net.register("bob", CAPS)


@pytest.fixture
def room(net, alice, bob):
    """#room: alice runs it, bob and a client that knows nothing of redaction are in it."""
    plain = net.register("plain", "message-tags")
    net.gather("#room", alice, bob, plain)
    return plain


def say(client, line: str) -> str:
    """Send it. Returns its msgid."""
    client.raw()
    client.send(line)
    return re.search(r"msgid=(\w+)", client.raw()[-1])[1]


def history(net, target: str = "#room") -> list[str]:
    reader = net.register("reader", "draft/chathistory draft/event-playback batch message-tags draft/message-redaction")
    reader.send(f"JOIN {target}")
    lines = [line for line in reader.ask(f"CHATHISTORY LATEST {target} * 100") if " JOIN " not in line]
    net.disconnect(reader)
    return [re.sub(r"^@\S+ ", "", line) for line in lines[1:-1]]


@pytest.mark.smoke
def test_a_message_is_taken_back_by_whoever_said_it(net, alice, bob, room):
    """Those who negotiated the capability are told; others MUST NOT be."""
    msgid = say(bob, "PRIVMSG #room :an example")
    alice.raw(), room.raw()
    line = f"@msgid=M :{BOB} REDACT #room {msgid} :bad example"
    assert bob.ask(f"REDACT #ROOM {msgid} :bad example") == [line]
    assert alice.received() == [line]
    assert room.received() == []
    assert history(net) == [f":{BOB} REDACT #room {msgid} :bad example"]


def test_the_text_is_gone_from_the_database(net, alice, bob, room):
    msgid = say(bob, "PRIVMSG #room :supercalifragilistic")
    bob.send(f"REDACT #room {msgid}")
    assert bob.received() == [f"@msgid=M :{BOB} REDACT #room {msgid}"]
    net.store.settle()
    files = [path.read_bytes() for path in net.store.path.parent.iterdir() if path.name.startswith("chatkit.db")]
    assert files
    assert not any(b"supercalifragilistic" in data for data in files)


@pytest.mark.parametrize("line", ["NOTICE #room :x", "@+draft/react=x TAGMSG #room"])
def test_notices_and_reactions_can_be_taken_back(net, alice, bob, room, line):
    msgid = say(bob, line)
    assert bob.ask(f"REDACT #room {msgid}") == [f"@msgid=M :{BOB} REDACT #room {msgid}"]
    assert history(net) == [f":{BOB} REDACT #room {msgid}"]


def test_operators_of_the_room_take_back_what_others_said_at_any_time(net, alice, bob, room):
    msgid = say(bob, "PRIVMSG #room :join my network for cold hard chats")
    net.move_clock(10)
    net.let_time_pass(1e6)
    bob.raw()
    alice.send(f"REDACT #room {msgid} spam")
    assert bob.received() == [f"@msgid=M :alice!~alice@127.0.0.1 REDACT #room {msgid} :spam"]


def test_others_may_not(net, alice, bob, room):
    msgid = say(alice, "PRIVMSG #room :mine")
    assert bob.ask(f"REDACT #room {msgid}") == [
        f":chat.test FAIL REDACT REDACT_FORBIDDEN #room {msgid} :You are not authorised to delete this message",
    ]
    assert alice.received() == []


def test_irc_operators_may_in_every_room(net, alice, bob, room):
    msgid = say(bob, "PRIVMSG #room :spam")
    oper = net.register("oper", CAPS)
    assert oper.ask(f"REDACT #room {msgid}")[0].startswith(":chat.test FAIL REDACT INVALID_TARGET #room :")
    make_oper(oper, OperClass("moderator", frozenset({"moderate"})))
    assert len(oper.ask(f"REDACT #room {msgid}")) == 1
    assert bob.received() == [f"@msgid=M :oper!~oper@127.0.0.1 REDACT #room {msgid}"]


def test_the_window_closes(make_net):
    net = make_net(history={"redact_seconds": 60})
    bob, carol = net.register("bob", CAPS), net.register("carol", CAPS)
    net.gather("#room", carol, bob)
    msgid = say(bob, "PRIVMSG #room :x")
    net.let_time_pass(61)
    assert bob.ask(f"REDACT #room {msgid}") == [
        f":chat.test FAIL REDACT REDACT_WINDOW_EXPIRED #room {msgid} 60 :You can no longer delete this message",
    ]


def test_a_window_of_0_never_closes(make_net):
    net = make_net(history={"redact_seconds": 0})
    bob, carol = net.register("bob", CAPS), net.register("carol", CAPS)
    net.gather("#room", carol, bob)
    msgid = say(bob, "PRIVMSG #room :x")
    net.let_time_pass(1e8)
    assert bob.ask(f"REDACT #room {msgid}") == [f"@msgid=M :{BOB} REDACT #room {msgid}"]


@pytest.mark.parametrize("msgid", ["0", "zzz", "é", "123456789abcdef0123", "-1", "123456789abcde"])
def test_what_never_was_a_message_is_unknown(alice, bob, room, msgid):
    assert bob.ask(f"REDACT #room {msgid}") == [
        f":chat.test FAIL REDACT UNKNOWN_MSGID #room {msgid} :This message does not exist or is too old",
    ]


def test_a_message_cannot_be_taken_back_twice_nor_an_event(net, alice, bob, room):
    msgid = say(bob, "PRIVMSG #room :x")
    (first,) = bob.ask(f"REDACT #room {msgid}")
    assert " REDACT #room " in first
    event = say(alice, "TOPIC #room :x")
    for number in (msgid, event):
        assert " UNKNOWN_MSGID " in alice.ask(f"REDACT #room {number}")[0]


def test_nobody_learns_of_messages_that_it_may_not_read(net, alice, bob, room):
    """Servers should consider whether errors may leak a message's existence."""
    msgid = say(bob, "PRIVMSG #room :x")
    secret = say(bob, "PRIVMSG alice :x")
    eve = net.register("eve", CAPS)
    for number in (msgid, "1"):
        assert eve.ask(f"REDACT #room {number}") == [
            ":chat.test FAIL REDACT INVALID_TARGET #room :You cannot delete messages from #room",
        ]
    for target in ("alice", "bob"):
        assert " UNKNOWN_MSGID " in eve.ask(f"REDACT {target} {secret}")[0]
    eve.send("JOIN #other")
    assert " UNKNOWN_MSGID " in eve.ask(f"REDACT #other {msgid}")[-1]


@pytest.mark.parametrize("target", ["#nowhere", "nobody", ":", "@#room"])
def test_what_is_no_target_is_refused(alice, bob, room, target):
    (answer,) = bob.ask(f"REDACT {target} 1") if target != ":" else bob.ask("REDACT : 1", "REDACT #nowhere 1")[-1:]
    assert answer.startswith((":chat.test FAIL REDACT INVALID_TARGET ", ":chat.test 461 "))


def test_both_sides_of_a_conversation_learn_of_it(net, alice, bob):
    msgid = say(bob, "PRIVMSG alice :oops")
    alice.raw()
    line = f"@msgid=M :{BOB} REDACT alice {msgid}"
    assert bob.ask(f"REDACT ALICE {msgid}") == [line]
    assert alice.received() == [line]


def test_the_other_side_of_a_conversation_may_not(net, alice, bob):
    msgid = say(bob, "PRIVMSG alice :mine")
    alice.raw()
    assert " REDACT_FORBIDDEN bob " in alice.ask(f"REDACT bob {msgid}")[0]


def test_what_was_said_to_somebody_who_has_gone_can_be_taken_back(net, alice, bob):
    msgid = say(bob, "PRIVMSG alice :oops")
    net.disconnect(alice)
    impostor = net.register("mallory", CAPS)
    assert bob.ask(f"REDACT alice {msgid}") == [f"@msgid=M :{BOB} REDACT alice {msgid}"]
    assert impostor.received() == []


def test_a_note_to_oneself_can_be_taken_back(bob):
    msgid = say(bob, "PRIVMSG bob :note")
    assert bob.ask(f"REDACT bob {msgid}") == [f"@msgid=M :{BOB} REDACT bob {msgid}"]


def test_it_is_answered_with_its_label(net, alice, room):
    bob = net.register("carol", f"{CAPS} labeled-response batch")
    net.gather("#room", bob)
    msgid = say(bob, "PRIVMSG #room :x")
    assert bob.ask(f"@label=L1 REDACT #room {msgid}", "@label=L2 REDACT #room 1") == [
        f"@label=L1;msgid=M :carol!~carol@127.0.0.1 REDACT #room {msgid}",
        "@label=L2 :chat.test FAIL REDACT UNKNOWN_MSGID #room 1 :This message does not exist or is too old",
    ]


def test_what_cannot_be_looked_up_may_be_taken_back_later(net, alice, bob, room):
    msgid = say(bob, "PRIVMSG #room :x")
    alice.raw()
    net.broken = True
    line = f":chat.test FAIL REDACT TEMPORARILY_UNAVAILABLE #room {msgid} :Messages could not be retrieved"
    assert bob.ask(f"REDACT #room {msgid}") == [line]
    assert alice.received() == []


def test_what_could_not_be_deleted_is_not_said_to_be(net, alice, bob, room):
    msgid = say(bob, "PRIVMSG #room :x")
    alice.raw()
    net.slow = True
    bob.send(f"REDACT #room {msgid}")
    job = net.jobs.pop()
    net.broken = True
    net.ircd.resume(job, net.store.answer(job.request), net.now)
    net.settle()
    assert bob.received() == [
        "FAIL REDACT NOT_STORED #room :Not sent: the server cannot store messages at the moment",
    ]
    assert alice.received() == []


def test_a_room_that_ended_meanwhile_has_nothing_to_take_back(net, bob):
    net.gather("#room", bob)
    msgid = say(bob, "PRIVMSG #room :x")
    net.slow = True
    bob.send(f"REDACT #room {msgid}")
    other = net.register("other", CAPS)
    net.ircd.kill(bob.session.user, None, "x", net.now)
    net.answer()
    net.slow = False
    assert other.received() == []


def test_the_capability_is_needed(net, room):
    assert room.ask("REDACT #room 1") == [":chat.test 421 plain REDACT :Unknown command"]


def test_too_few_parameters_are_told(bob):
    assert bob.ask("REDACT", "REDACT #room") == [":chat.test 461 bob REDACT :Not enough parameters"] * 2


def test_a_room_that_ends_while_its_message_is_looked_up_is_no_conversation(net, alice):
    net.gather("#room", alice)
    msgid = say(alice, "PRIVMSG #room :hello")
    net.slow = True
    alice.send(f"REDACT #room {msgid}")
    apply(net.ircd, Parted(net.ircd.cause(alice.session.user, net.now), "#room"))  # as from another device
    alice.raw()
    net.slow = False
    net.answer()
    text = "You cannot delete messages from #room"
    assert alice.received() == [
        "@msgid=M :alice!~alice@127.0.0.1 PART #room",
        f":chat.test FAIL REDACT INVALID_TARGET #room :{text}",
    ]
    assert history(net) == [":alice!~alice@127.0.0.1 PRIVMSG #room :hello", ":alice!~alice@127.0.0.1 PART #room"]
