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
        ("PRIVMSG , :hi", "411 bob :No recipient given (PRIVMSG)"),
        ("PRIVMSG @ :hi", "401 bob @ :No such nick/channel"),
        ("PRIVMSG @alice :hi", "401 bob @alice :No such nick/channel"),
        ("PRIVMSG @#nowhere :hi", "403 bob @#nowhere :No such channel"),
        ("PRIVMSG @#room :hi", "404 bob #room :Cannot send to channel: you are not in it (+n)"),
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


def test_whoever_is_named_twice_hears_it_once_and_its_absence_is_told_once(net):
    alice, bob = net.register("alice"), net.register("bob")
    alice.send("AWAY :at lunch")
    alice.raw()
    bob.send("PRIVMSG alice,ALICE,,alice,Alice,alice :psst")
    assert alice.received() == [":bob!~bob@127.0.0.1 PRIVMSG alice :psst"]
    assert bob.received() == [":chat.test 301 bob alice :at lunch"]


def test_a_notice_to_too_many_reaches_the_first_of_them(net):
    bob, others = net.register("bob"), [net.register(f"user{number}") for number in range(5)]
    assert bob.ask("NOTICE user0,user1,user2,user3,user4 :hi") == []
    assert [len(other.raw()) for other in others] == [1, 1, 1, 1, 0]


# STATUSMSG: "delivered only to the members of that channel with the given or higher status".


@pytest.fixture
def ranks(net):
    """A room with a member of each rank, by their prefix."""
    members = {prefix: net.register(f"user{number}") for number, prefix in enumerate("@%+.")}
    net.gather("#room", *members.values())
    members["@"].send("MODE #room +hv user1 user2")
    for member in members.values():
        member.raw()
    return members


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("target", "shown", "hear"),
    [
        ("@#room", "@#room", "@"),
        ("%#ROOM", "%#room", "@%"),
        ("+#room", "+#room", "@%+"),
        ("@%#room", "%#room", "@%"),
        ("+@#room", "+#room", "@%+"),
    ],
)
def test_a_message_to_a_status_reaches_those_who_have_it_or_more(net, ranks, target, shown, hear):
    ranks["."].send(f"PRIVMSG {target} :psst", f"NOTICE {target} :psst")
    lines = [f":user3!~user3@127.0.0.1 {command} {shown} :psst" for command in ("PRIVMSG", "NOTICE")]
    assert {prefix: client.received() for prefix, client in ranks.items()} == {
        prefix: lines if prefix in hear else [] for prefix in ranks
    }


def test_it_is_echoed_even_to_those_who_would_not_hear_it(net, ranks):
    bob = net.register("bob", "echo-message labeled-response batch")
    net.gather("#room", bob)
    assert bob.ask("@label=L1 PRIVMSG @#room :psst", "PRIVMSG @#room :psst") == [
        "@label=L1 :bob!~bob@127.0.0.1 PRIVMSG @#room :psst",
        ":bob!~bob@127.0.0.1 PRIVMSG @#room :psst",
    ]


def test_it_is_in_no_history_that_others_could_read(net, ranks):
    """Not even with its own kind: who had which rank then is not known any more."""
    ranks["."].send("PRIVMSG @#room :psst", "@+draft/react=x TAGMSG @#room")
    reader = net.register("reader", "draft/chathistory draft/event-playback")
    net.gather("#room", reader)
    assert not [line for line in reader.ask("CHATHISTORY LATEST #room * 100") if "@#room" in line]


def test_what_only_those_who_keep_order_hear_is_in_no_history_either(net, ranks):
    ranks["@"].send("MODE #room +U")
    for member in ranks.values():
        member.raw()
    ranks["."].send("PRIVMSG #room :help!", "PRIVMSG +#room :help!")
    assert [len(ranks[prefix].raw()) for prefix in "@%+"] == [2, 2, 0]
    reader = net.register("reader", "draft/chathistory")
    net.gather("#room", reader)
    assert reader.ask("CHATHISTORY LATEST #room * 100") == []


def test_the_tokens_say_what_there_is(net):
    tokens = " ".join(net.register("bob").ask("VERSION")).split(" ")
    assert "STATUSMSG=~&@%+" in tokens
    assert any(":4,TAGMSG:4" in token or ("PRIVMSG:4" in token and "TAGMSG:4" in token) for token in tokens)


# User mode R.


def test_who_hears_only_people_with_accounts_is_not_bothered_by_others(net):
    alice, bob = net.register("alice"), net.register("bob")
    alice.send("MODE alice +R")
    alice.raw()
    refusal = "You must be logged in to an account to send messages to this user"
    assert bob.ask("PRIVMSG alice :hi", "NOTICE alice :hi") == [f":chat.test 477 bob alice :{refusal}"]
    assert alice.received() == []
    assert alice.ask("PRIVMSG alice :note") == [":alice!~alice@127.0.0.1 PRIVMSG alice :note"]


# Several devices of one user.


@pytest.fixture
def devices(net):
    """Three more devices of bob, by what they negotiated."""
    first = net.register("bob", "echo-message")
    user = first.session.user
    found = {"first": first}
    for caps in ("", "echo-message", "znc.in/self-message"):
        other = net.register("other", caps)
        guest = other.session.user
        guest.sessions.remove(other.session)
        del net.ircd.users["other"]
        other.session.user = user
        user.sessions.append(other.session)
        found[caps] = other
    return found


def test_the_other_devices_see_what_their_user_says_to_others_if_they_can_tell(net, devices):
    alice = net.register("alice")
    devices["first"].send("PRIVMSG alice :hi")
    line = ":bob!~bob@127.0.0.1 PRIVMSG alice :hi"
    assert alice.received() == [line]
    assert {caps: client.received() for caps, client in devices.items()} == {
        "first": [line],
        "": [],
        "echo-message": [line],
        "znc.in/self-message": [line],
    }


def test_every_device_gets_what_is_said_to_its_user_once(net, devices):
    alice = net.register("alice")
    alice.send("PRIVMSG bob :hi")
    assert {tuple(client.received()) for client in devices.values()} == {(":alice!~alice@127.0.0.1 PRIVMSG bob :hi",)}


def test_a_note_to_oneself_reaches_every_device_once_and_its_echo_the_one_that_wrote_it(net, devices):
    devices["first"].send("PRIVMSG bob :note")
    line = ":bob!~bob@127.0.0.1 PRIVMSG bob :note"
    assert devices.pop("first").received() == [line, line]
    assert {tuple(client.received()) for client in devices.values()} == {(line,)}


def test_every_device_in_a_room_sees_what_another_says_there(net, devices):
    alice = net.register("alice")
    devices["first"].send("JOIN #room")
    net.gather("#room", alice)
    for client in devices.values():
        client.raw()
    devices[""].send("PRIVMSG #room :hi")
    line = ":bob!~bob@127.0.0.1 PRIVMSG #room :hi"
    assert alice.received() == devices["first"].received() == devices["echo-message"].received() == [line]
    assert devices[""].received() == []


def test_the_other_devices_see_what_their_user_says_to_a_status(net, devices):
    net.gather("#room", net.register("alice"), devices["first"])
    for client in devices.values():
        client.raw()
    devices[""].send("PRIVMSG @#room :psst")
    line = ":bob!~bob@127.0.0.1 PRIVMSG @#room :psst"
    assert [len(client.raw()) for client in devices.values()] == [1, 0, 1, 1], line
