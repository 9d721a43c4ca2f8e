"""PRIVMSG, NOTICE and TAGMSG, and who gets them in which form."""

import pytest


def test_members_see_a_message_and_its_sender_does_not(net):
    alice, bob, carol = net.register("alice"), net.register("bob"), net.register("carol")
    alice.send("JOIN #room")
    bob.send("JOIN #room")
    for client in (alice, bob, carol):
        client.raw()
    bob.send("PRIVMSG #room :Hello everyone!")
    assert alice.received() == [":bob!~bob@127.0.0.1 PRIVMSG #room :Hello everyone!"]
    assert bob.received() == []
    assert carol.received() == []


def test_echo_message_brings_the_senders_own_copy_with_the_id_that_others_see(net):
    alice = net.register("alice", "message-tags")
    bob = net.register("bob", "message-tags echo-message server-time")
    alice.send("JOIN #room")
    bob.send("JOIN #room")
    alice.raw(), bob.raw()
    bob.send("PRIVMSG #room :hi")
    (seen,), (echo,) = alice.raw(), bob.raw()
    assert seen.split(" ")[0].partition("msgid=")[2] == echo.split(" ")[0].partition("msgid=")[2] != ""
    assert echo.startswith("@time=2027-01-15T08:00:00.")


def test_a_wire_profile_gets_only_the_tags_it_asked_for(net):
    plain, timed = net.register("plain"), net.register("timed", "server-time")
    tagged = net.register("tagged", "message-tags")
    bob = net.register("bob", "message-tags")
    for client in (plain, timed, tagged, bob):
        client.send("JOIN #room")
    for client in (plain, timed, tagged):
        client.raw()
    bob.send("@+typing=active;plain=dropped PRIVMSG #room :hi")
    assert plain.received() == [":bob!~bob@127.0.0.1 PRIVMSG #room :hi"]
    assert timed.received() == ["@time=T :bob!~bob@127.0.0.1 PRIVMSG #room :hi"]
    assert tagged.received() == ["@msgid=M;+typing=active :bob!~bob@127.0.0.1 PRIVMSG #room :hi"]


def test_tagmsg_is_not_delivered_to_clients_without_message_tags(net):
    alice, old = net.register("alice", "message-tags"), net.register("old")
    bob = net.register("bob", "message-tags")
    for client in (alice, old, bob):
        client.send("JOIN #room")
    alice.raw(), old.raw()
    bob.send("@+typing=active TAGMSG #room")
    assert alice.received() == ["@msgid=M;+typing=active :bob!~bob@127.0.0.1 TAGMSG #room"]
    assert old.received() == []


def test_frames_of_one_tick_keep_their_order_when_two_speak_in_turn(net):
    """ "All members see the same order": a run of frames skips each sender's own, and nothing else."""
    alice, bob, carol = net.register("alice"), net.register("bob"), net.register("carol")
    for client in (alice, bob, carol):
        client.send("JOIN #room")
    for client in (alice, bob, carol):
        client.raw()
    for sender, text in ((alice, "1"), (bob, "2"), (alice, "3"), (bob, "4")):
        net.ircd.receive(sender.session, [f"PRIVMSG #room {text}".encode()], net.now)
    net.settle()
    assert [line[-1] for line in carol.raw()] == ["1", "2", "3", "4"]
    assert [line[-1] for line in alice.raw()] == ["2", "4"]
    assert [line[-1] for line in bob.raw()] == ["1", "3"]


def test_direct_messages_reach_their_nick_and_tell_of_absence(net):
    alice, bob = net.register("alice"), net.register("bob")
    alice.send("AWAY :at lunch")
    alice.raw()
    bob.send("PRIVMSG Alice :psst")
    assert alice.received() == [":bob!~bob@127.0.0.1 PRIVMSG alice :psst"]
    assert bob.received() == [":chat.test 301 bob alice :at lunch"]


def test_a_message_to_oneself_arrives_and_is_echoed(net):
    alice = net.register("alice", "echo-message labeled-response batch")
    alice.send("@label=x PRIVMSG alice :note")
    assert alice.received() == [
        ":alice!~alice@127.0.0.1 PRIVMSG alice :note",
        "@label=x :alice!~alice@127.0.0.1 PRIVMSG alice :note",
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("PRIVMSG", "411 bob :No recipient given (PRIVMSG)"),
        ("PRIVMSG #room", "412 bob :No text to send"),
        ("PRIVMSG #room :", "412 bob :No text to send"),
        ("PRIVMSG nobody :hi", "401 bob nobody :No such nick/channel"),
        ("PRIVMSG #nowhere :hi", "403 bob #nowhere :No such channel"),
        ("PRIVMSG #room :hi", "404 bob #room :Cannot send to channel: you are not in it (+n)"),
        ("PRIVMSG a,b,c,d,e :hi", "407 bob a,b,c,d,e :Too many recipients"),
        ("TAGMSG #room", "421 bob TAGMSG :Unknown command"),
    ],
)
def test_what_cannot_be_sent_is_refused(net, line, answer):
    alice, bob = net.register("alice"), net.register("bob")
    alice.send("JOIN #room")
    bob.send(line)
    assert bob.received() == [f":chat.test {answer}"]


def test_nothing_answers_a_notice(net):
    bob = net.register("bob")
    bob.send("NOTICE nobody :hi", "NOTICE #nowhere :hi", "NOTICE", "NOTICE nobody")
    assert bob.received() == []


def test_a_message_that_cannot_be_stored_is_seen_by_nobody_and_its_sender_told(net):
    """Durable before visible: a message is committed before anyone, its sender's echo included, sees it."""
    alice, bob = net.register("alice"), net.register("bob", "echo-message labeled-response batch")
    alice.send("JOIN #room")
    bob.send("JOIN #room")
    alice.raw(), bob.raw()
    net.broken = True
    bob.send("PRIVMSG #room :lost", "@label=7 PRIVMSG #room :lost too", "PING here")
    assert alice.received() == []
    assert bob.received() == [
        ":chat.test PONG chat.test :here",
        "FAIL PRIVMSG NOT_STORED #room :Not sent: the server cannot store messages at the moment",
        "@label=7 FAIL PRIVMSG NOT_STORED #room :Not sent: the server cannot store messages at the moment",
    ]
    net.broken = False
    bob.send("PRIVMSG #room :back")
    assert len(alice.received()) == len(bob.received()) == 1


def test_what_needs_no_storing_reaches_everyone_though_a_message_beside_it_is_lost(net):
    alice, bob = net.register("alice"), net.register("bob")
    net.gather("#room", bob, alice)
    net.broken = True
    bob.send("PRIVMSG #room :lost", "TOPIC #room :kept")
    line = ":bob!~bob@127.0.0.1 TOPIC #room :kept"
    assert alice.received() == [line]
    assert [answer for answer in bob.received() if " NOT_STORED " not in answer] == [line]


def test_a_line_that_grows_past_the_limit_is_cut_between_characters(net):
    alice, bob = net.register("alice"), net.register("bob")
    bob.send("PRIVMSG alice :" + "ü" * 247)
    (line,) = alice.raw()
    assert len(line.encode()) in (509, 510)
    assert line.endswith("ü")
