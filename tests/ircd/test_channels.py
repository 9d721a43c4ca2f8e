"""Rooms: JOIN, PART, TOPIC, NAMES, LIST, INVITE, KICK.

Spec: https://modern.ircdocs.horse/#channel-operations
"""

import pytest

from chatkit.proto import names
from tests.ircd.people import log_in, open_account

BOB = "bob!~bob@127.0.0.1"
ALICE = "alice!~alice@127.0.0.1"


# JOIN


@pytest.mark.smoke
def test_join_brings_the_join_the_topic_and_the_names_in_this_order(net, alice, bob):
    """A JOIN message, the channel's topic, a list of users which MUST include the requesting client."""
    net.gather("#room", alice)
    alice.send("TOPIC #room :welcome")
    alice.raw()
    assert bob.ask("JOIN #room") == [
        f":{BOB} JOIN #room",
        ":chat.test 332 bob #room :welcome",
        f":chat.test 333 bob #room {ALICE} 1800000000",
        ":chat.test 353 bob = #room :@alice bob",
        ":chat.test 366 bob #room :End of /NAMES list",
    ]
    assert alice.received() == [f":{BOB} JOIN #room"]


def test_whoever_opens_a_room_is_its_operator_and_gets_no_topic(bob):
    assert bob.ask("JOIN #new") == [
        f":{BOB} JOIN #new",
        ":chat.test 353 bob = #new :@bob",
        ":chat.test 366 bob #new :End of /NAMES list",
    ]


def test_a_room_that_everyone_left_is_a_new_room_for_the_next(net, alice, bob):
    net.gather("#room", alice)
    alice.send("MODE #room +sk key", "TOPIC #room :old", "PART #room")
    assert bob.ask("JOIN #ROOM") == [
        f":{BOB} JOIN #ROOM",
        ":chat.test 353 bob = #ROOM :@bob",
        ":chat.test 366 bob #ROOM :End of /NAMES list",
    ]


def test_a_room_keeps_the_name_that_it_was_opened_with(net, alice, bob):
    net.gather("#Room", alice)
    assert bob.ask("JOIN #rOOM")[0] == f":{BOB} JOIN #Room"


def test_join_takes_lists_and_gives_each_room_its_key(net, alice, bob):
    """The first <key> being used for the first <channel>, the second <key> for the second <channel>, etc."""
    net.gather("#a,#b,#c", alice)
    alice.send("MODE #a +k one", "MODE #c +k three")
    answer = bob.ask("JOIN #a,#b,#c one,,three")
    assert [line for line in answer if " JOIN " in line] == [f":{BOB} JOIN #a", f":{BOB} JOIN #b", f":{BOB} JOIN #c"]


def test_joining_a_room_twice_says_nothing(net, bob):
    net.gather("#room", bob)
    assert bob.ask("JOIN #room,#ROOM") == []


def test_join_0_leaves_every_room(net, alice, bob):
    net.gather("#a", alice, bob)
    net.gather("#b", bob)
    assert bob.ask("JOIN 0") == [f":{BOB} PART #a", f":{BOB} PART #b"]
    assert alice.received() == [f":{BOB} PART #a"]
    assert bob.ask("JOIN 0") == []


@pytest.mark.parametrize(
    ("modes", "line", "answer"),
    [
        ("+k key", "JOIN #room", "475 bob #room :Cannot join channel (+k)"),
        ("+k key", "JOIN #room KEY", "475 bob #room :Cannot join channel (+k)"),
        ("+i", "JOIN #room", "473 bob #room :Cannot join channel (+i)"),
        ("+l 1", "JOIN #room", "471 bob #room :Cannot join channel (+l)"),
        ("+b bob", "JOIN #room", "474 bob #room :Cannot join channel (+b)"),
        ("+b *!*@127.0.0.?", "JOIN #room", "474 bob #room :Cannot join channel (+b)"),
        ("+b *!~BOB@*", "JOIN #room", "474 bob #room :Cannot join channel (+b)"),
    ],
)
def test_a_closed_room_refuses(net, alice, bob, modes, line, answer):
    net.gather("#room", alice)
    alice.send(f"MODE #room {modes}")
    alice.raw()
    assert bob.ask(line) == [f":chat.test {answer}"]
    assert alice.received() == []


@pytest.mark.parametrize("modes", ["+k key", "+i", "+l 1", "+b bob"])
def test_an_invitation_opens_a_closed_room_once(net, alice, bob, modes):
    net.gather("#room", alice)
    alice.send(f"MODE #room {modes}", "INVITE bob #room")
    assert bob.ask("JOIN #room")[0] == f":{BOB} JOIN #room"
    bob.send("PART #room")
    assert bob.ask("JOIN #room")[0].split(" ")[1] in ("471", "473", "474", "475")


def test_only_those_with_an_account_enter_where_it_takes_one(net, alice, bob):
    net.gather("#room", alice)
    alice.send("MODE #room +R")
    assert bob.ask("JOIN #room") == [
        ":chat.test 477 bob #room :Cannot join channel (+R): you need to be logged into an account",
    ]
    carol = log_in(net, open_account(net, "carol"))
    assert " JOIN #room" in carol.ask("JOIN #room")[0]


@pytest.mark.parametrize("modes", ["+i", "+k key", "+l 1", "+R"])
def test_whoever_may_not_enter_is_sent_on(net, alice, bob, modes):
    net.gather("#room,#other", alice)
    alice.send("MODE #room +f #other", f"MODE #room {modes}")
    assert bob.ask("JOIN #room")[:2] == [
        ":chat.test 470 bob #room #other :Forwarding to another channel",
        f":{BOB} JOIN #other",
    ]
    assert bob.ask("JOIN #room") == [":chat.test 470 bob #room #other :Forwarding to another channel"]


def test_the_banned_are_not_sent_on(net, alice, bob):
    net.gather("#room,#other", alice)
    alice.send("MODE #room +fib #other bob")
    assert bob.ask("JOIN #room") == [":chat.test 474 bob #room :Cannot join channel (+b)"]


def test_nobody_is_sent_on_twice_nor_to_where_nobody_is(net, alice, bob):
    net.gather("#a,#b,#c", alice)
    alice.send("MODE #a +fi #b", "MODE #b +fi #c")
    assert bob.ask("JOIN #a") == [
        ":chat.test 470 bob #a #b :Forwarding to another channel",
        ":chat.test 473 bob #b :Cannot join channel (+i)",
    ]
    alice.send("PART #b")
    assert bob.ask("JOIN #a") == [":chat.test 473 bob #a :Cannot join channel (+i)"]


def test_a_name_is_prepared_before_it_is_used(net, bob):
    """Of several ways to write a letter one counts, and an emoji is the same with and without colours."""
    assert bob.ask("JOIN #cafe\u0301\u2764\ufe0f")[0] == f":{BOB} JOIN #caf\xe9\u2764"
    assert bob.ask("JOIN #caf\xe9\u2764\ufe0f") == []


def test_all_devices_of_a_user_are_shown_the_room_that_it_enters(net, alice):
    account = open_account(net, "carol")
    carol, other = log_in(net, account), log_in(net, account, "no-implicit-names")
    net.gather("#room", alice)
    alice.send("TOPIC #room :welcome")
    assert carol.ask("JOIN #room")[-1] == ":chat.test 366 carol #room :End of /NAMES list"
    assert [line.split(" ")[1] for line in other.received()] == ["JOIN", "332", "333"]


def test_invitations_to_rooms_that_are_gone_are_not_kept(net, alice, bob):
    for number in range(20):
        alice.send(f"JOIN #room{number}", f"INVITE bob #room{number}", f"PART #room{number}")
    assert len(net.ircd.users["bob"].invites) <= 1


def test_an_invitation_does_not_open_a_later_room_of_the_same_name(net, alice, bob):
    net.gather("#room", alice)
    alice.send("INVITE bob #room", "PART #room", "JOIN #room", "MODE #room +i")
    assert bob.ask("JOIN #room", "INVITE") == [
        ":chat.test 473 bob #room :Cannot join channel (+i)",
        ":chat.test 337 bob :End of /INVITE list",
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("JOIN", "461 bob JOIN :Not enough parameters"),
        ("JOIN :", "403 bob * :No such channel"),
        ("JOIN room", "403 bob room :No such channel"),
        ("JOIN #", "403 bob # :No such channel"),
        ("JOIN :#two words", "403 bob #two :No such channel"),
        ("JOIN #a:b", "403 bob #a:b :No such channel"),
        ("JOIN #" + "小" * 50, "403 bob #" + "小" * 50 + " :No such channel"),
        ("JOIN #" + "x" * names.CHANNEL_LEN, "403 bob #" + "x" * names.CHANNEL_LEN + " :No such channel"),
    ],
)
def test_what_is_no_room_cannot_be_joined(bob, line, answer):
    assert bob.ask(line) == [f":chat.test {answer}"]


def test_a_bad_name_in_a_list_does_not_spoil_the_rest(bob):
    answer = bob.ask("JOIN #a,b,,#c")
    assert [line.split(" ")[1] for line in answer] == ["JOIN", "353", "366", "403", "403", "JOIN", "353", "366"]


def test_nobody_joins_more_rooms_than_chanlimit_says(make_net):
    net = make_net(limits={"rooms_per_user": 2})
    bob = net.register("bob")
    net.gather("#a,#b", bob)
    assert bob.ask("JOIN #c,#a") == [":chat.test 405 bob #c :You have joined too many channels"]
    bob.send("PART #a")
    assert bob.ask("JOIN #c")[0] == f":{BOB} JOIN #c"


# The lobby


def test_everyone_lands_in_the_lobby_where_nobody_is_operator(make_net):
    net = make_net(rooms={"autojoin": ["#lobby", "#help"]})
    alice, bob = net.connect(), net.register("bob")
    alice.send("NICK alice", "USER alice 0 * :Alice")
    assert alice.received()[-6:] == [
        f":{ALICE} JOIN #lobby",
        ":chat.test 353 alice = #lobby :bob alice",
        ":chat.test 366 alice #lobby :End of /NAMES list",
        f":{ALICE} JOIN #help",
        ":chat.test 353 alice = #help :bob alice",
        ":chat.test 366 alice #help :End of /NAMES list",
    ]
    assert bob.received() == [f":{ALICE} JOIN #lobby", f":{ALICE} JOIN #help"]
    assert bob.ask("MODE #lobby")[0] == ":chat.test 324 bob #lobby +n"
    assert bob.ask("MODE #lobby +m") == [":chat.test 482 bob #lobby :You're not channel operator"]


def test_a_lobby_that_was_empty_has_no_operator_either(make_net):
    net = make_net(rooms={"autojoin": ["#Lobby"]})
    bob = net.register("bob")
    bob.send("PART #lobby")
    assert bob.ask("JOIN #LOBBY")[1] == ":chat.test 353 bob = #LOBBY :bob"


# PART


@pytest.mark.smoke
def test_part_is_seen_by_all_with_its_reason(net, alice, bob):
    net.gather("#a,#b", alice, bob)
    lines = [f":{BOB} PART #a :so long", f":{BOB} PART #b :so long"]
    assert bob.ask("PART #a,#B :so long") == lines
    assert alice.received() == lines
    assert alice.ask("PART #a") == [f":{ALICE} PART #a"]


def test_each_room_that_cannot_be_left_is_answered_and_ignored(net, alice, bob):
    net.gather("#a", alice)
    net.gather("#b", bob)
    assert bob.ask("PART #a,#nowhere,#b") == [
        ":chat.test 442 bob #a :You're not on that channel",
        ":chat.test 403 bob #nowhere :No such channel",
        f":{BOB} PART #b",
    ]
    assert bob.ask("PART") == [":chat.test 461 bob PART :Not enough parameters"]


# TOPIC


def test_a_topic_is_set_seen_and_cleared(net, alice, bob):
    net.gather("#room", alice, bob)
    assert alice.ask("TOPIC #room") == [":chat.test 331 alice #room :No topic is set"]
    assert alice.ask("TOPIC #ROOM :new topic") == [f":{ALICE} TOPIC #room :new topic"]
    assert bob.received() == [f":{ALICE} TOPIC #room :new topic"]
    net.move_clock(60)
    assert bob.ask("TOPIC #room") == [
        ":chat.test 332 bob #room :new topic",
        f":chat.test 333 bob #room {ALICE} 1800000000",
    ]
    assert alice.ask("TOPIC #room :") == [f":{ALICE} TOPIC #room :"]
    assert bob.received() == [f":{ALICE} TOPIC #room :"]
    assert bob.ask("TOPIC #room") == [":chat.test 331 bob #room :No topic is set"]


def test_a_protected_topic_is_for_operators(net, alice, bob):
    net.gather("#room", alice, bob)
    assert bob.ask("TOPIC #room :mine") == [":chat.test 482 bob #room :You're not channel operator"]
    alice.send("MODE #room -t")
    assert bob.ask("TOPIC #room :mine") == [f":{BOB} TOPIC #room :mine"]


def test_half_operators_change_a_protected_topic(net, alice, bob):
    """Users must have channel privileges such as halfop or operator status in order to change the topic."""
    net.gather("#room", alice, bob)
    alice.send("MODE #room +v bob")
    assert bob.ask("TOPIC #room :mine")[-1] == ":chat.test 482 bob #room :You're not channel operator"
    alice.send("MODE #room +h bob")
    assert bob.ask("TOPIC #room :mine") == [f":{BOB} TOPIC #room :mine"]


def test_the_topic_of_a_secret_room_is_a_secret(net, alice, bob):
    net.gather("#room", alice)
    alice.send("TOPIC #room :hush", "MODE #room +s")
    assert bob.ask("TOPIC #room", "TOPIC #room :mine") == [":chat.test 403 bob #room :No such channel"] * 2


def test_topics_of_others_rooms_can_be_read_but_not_set(net, alice, bob):
    net.gather("#room", alice)
    alice.send("MODE #room -t")
    assert bob.ask("TOPIC #room", "TOPIC #room :mine", "TOPIC #nowhere", "TOPIC") == [
        ":chat.test 331 bob #room :No topic is set",
        ":chat.test 442 bob #room :You're not on that channel",
        ":chat.test 403 bob #nowhere :No such channel",
        ":chat.test 461 bob TOPIC :Not enough parameters",
    ]


def test_a_topic_of_the_longest_length_arrives_whole_where_names_are_longest_too(net):
    nick, room, topic = "n" * names.NICK_LEN, "#" + "r" * (names.CHANNEL_LEN - 1), "t" * names.TOPIC_LEN
    client = net.connect("2001:db8:1111:2222:3333:4444:5555:6666")
    client.send(f"NICK {nick}", "USER " + "u" * names.USER_LEN + " 0 * :U", f"JOIN {room}")
    assert client.ask(f"TOPIC {room} :{topic}more")[0].endswith(f" TOPIC {room} :{topic}")
    assert client.ask(f"TOPIC {room}")[0].endswith(f" :{topic}")
    client.send("JOIN #other")
    assert client.ask(f"KICK {room} {nick} :" + "k" * 300)[0].endswith(f" KICK {room} {nick} :" + "k" * names.KICK_LEN)


# NAMES


@pytest.fixture
def room(net, alice, bob):
    """alice is operator with a voice, bob has a voice, carol nothing; dan is outside."""
    carol, dan = net.register("carol"), net.register("dan")
    net.gather("#room", alice, bob, carol)
    alice.send("MODE #room +vv alice bob")
    for client in (alice, bob, carol):
        client.raw()
    return alice, bob, carol, dan


def test_names_show_the_highest_prefix(room):
    *_, dan = room
    assert dan.ask("NAMES #ROOM") == [
        ":chat.test 353 dan = #room :@alice +bob carol",
        ":chat.test 366 dan #room :End of /NAMES list",
    ]


def test_names_show_all_prefixes_to_those_with_multi_prefix(net, room):
    """These prefixes MUST be in order of 'rank', from highest to lowest."""
    eve = net.register("eve", "multi-prefix")
    assert eve.ask("NAMES #room")[0] == ":chat.test 353 eve = #room :@+alice +bob carol"


def test_names_show_whole_sources_to_those_with_userhost_in_names(net, room):
    eve = net.register("eve", "userhost-in-names multi-prefix")
    carol = "carol!~carol@127.0.0.1"
    assert eve.ask("NAMES #room")[0] == f":chat.test 353 eve = #room :@+{ALICE} +{BOB} {carol}"


def test_names_come_only_when_asked_for_with_no_implicit_names(net, room):
    """Servers MUST NOT send an implicit NAMES reply. They MUST reply to explicit NAMES commands as usual."""
    eve = net.register("eve", "no-implicit-names")
    assert eve.ask("JOIN #room") == [":eve!~eve@127.0.0.1 JOIN #room"]
    assert eve.ask("NAMES #room") == [
        ":chat.test 353 eve = #room :@alice +bob carol eve",
        ":chat.test 366 eve #room :End of /NAMES list",
    ]


def test_names_of_what_cannot_be_seen_are_an_end_alone(room):
    alice, *_, dan = room
    alice.send("MODE #room +s")
    assert dan.ask("NAMES #room,#nowhere,bob") == [
        ":chat.test 366 dan #room :End of /NAMES list",
        ":chat.test 366 dan #nowhere :End of /NAMES list",
        ":chat.test 366 dan bob :End of /NAMES list",
    ]
    assert dan.ask("NAMES", "NAMES :") == [":chat.test 366 dan * :End of /NAMES list"] * 2
    assert alice.ask("NAMES #room")[0] == ":chat.test 353 alice @ #room :@alice +bob carol"


def test_the_invisible_are_named_to_members_only(room):
    """Users with the invisible user mode set are not shown unless the requesting client is also joined."""
    _, bob, carol, dan = room
    carol.send("MODE carol +i")
    assert dan.ask("NAMES #room")[0] == ":chat.test 353 dan = #room :@alice +bob"
    assert bob.ask("NAMES #room")[0] == ":chat.test 353 bob = #room :@alice +bob carol"


def test_names_of_a_large_room_come_whole_in_many_lines(net):
    room = "#" + "я" * (names.CHANNEL_LEN - 1)
    nicks = [f"小{number:030}" for number in range(100)]
    clients = [net.register(nick) for nick in nicks]
    net.gather(room, *clients)
    *lines, end = clients[-1].ask(f"NAMES {room}")
    assert end.split(" ")[1] == "366"
    assert " ".join(line.partition(" :")[2] for line in lines).split(" ") == ["@" + nicks[0], *nicks[1:]]


# INVITE


@pytest.mark.smoke
def test_invite_tells_both_and_nobody_else(net, alice, bob):
    carol = net.register("carol")
    net.gather("#room", alice, carol)
    assert alice.ask("INVITE BOB #ROOM") == [":chat.test 341 alice bob #room"]
    assert bob.received() == [f":{ALICE} INVITE bob #room"]
    assert carol.received() == []
    assert bob.ask("INVITE") == [
        ":chat.test 336 bob #room",
        ":chat.test 337 bob :End of /INVITE list",
    ]
    bob.send("JOIN #room")
    assert bob.ask("INVITE") == [":chat.test 337 bob :End of /INVITE list"]


def test_those_who_keep_order_hear_of_invitations_if_they_want(net, alice):
    """A server may choose to only send the message to clients having channel op."""
    hal, vera = net.register("hal", "invite-notify"), net.register("vera", "invite-notify")
    old, dan = net.register("old"), net.register("dan", "invite-notify")
    net.gather("#room", alice, hal, vera, old)
    alice.send("MODE #room +hvo hal vera old")
    for client in (hal, vera, old):
        client.raw()
    alice.send("INVITE dan #room")
    line = f":{ALICE} INVITE dan #room"
    assert [client.received() for client in (hal, vera, old, dan)] == [[line], [], [], [line]]
    assert hal.ask("INVITE dan #room") == [":chat.test 341 hal dan #room"]


def test_only_an_operators_invitation_opens_what_is_closed(net, alice, bob):
    net.gather("#room", alice, bob)
    dan = net.register("dan")
    bob.send("INVITE dan #room")
    assert dan.received() == [":bob!~bob@127.0.0.1 INVITE dan #room"]
    alice.send("MODE #room +b dan")
    assert dan.ask("JOIN #room") == [":chat.test 474 dan #room :Cannot join channel (+b)"]


def test_whoever_invites_the_absent_learns_of_it(net, alice, bob):
    net.gather("#room", alice)
    bob.send("AWAY :asleep")
    assert alice.ask("INVITE bob #room") == [
        ":chat.test 341 alice bob #room",
        ":chat.test 301 alice bob :asleep",
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("INVITE alice", "461 bob INVITE :Not enough parameters"),
        ("INVITE nobody #room", "401 bob nobody :No such nick/channel"),
        ("INVITE dan #nowhere", "403 bob #nowhere :No such channel"),
        ("INVITE dan #other", "442 bob #other :You're not on that channel"),
        ("INVITE alice #open", "443 bob alice #open :is already on channel"),
        ("INVITE dan #room", "482 bob #room :You're not channel operator"),
    ],
)
def test_what_cannot_be_invited(net, alice, bob, line, answer):
    dan = net.register("dan")
    net.gather("#room,#open", alice, bob)
    net.gather("#other", alice)
    alice.send("MODE #room +i")
    assert bob.ask(line) == [f":chat.test {answer}"]
    assert dan.received() == []


# KICK


@pytest.mark.smoke
def test_kick_is_seen_by_all_one_victim_a_line(net, alice, bob):
    carol = net.register("carol")
    net.gather("#room", alice, bob, carol)
    lines = [f":{ALICE} KICK #room bob :enough", f":{ALICE} KICK #room carol :enough"]
    assert alice.ask("KICK #ROOM BOB,carol :enough") == lines
    assert bob.received() == lines[:1]
    assert carol.received() == lines
    assert bob.ask("PRIVMSG #room :but") == [
        ":chat.test 404 bob #room :Cannot send to channel: you are not in it (+n)",
    ]


@pytest.mark.parametrize(
    ("rank", "kicked"), [("q", "qaohv-"), ("a", "ohv-"), ("o", "ohv-"), ("h", "v-"), ("v", ""), ("", "")]
)
def test_nobody_kicks_a_higher_one(net, rank, kicked):
    """Users with this mode cannot be kicked by other protected users."""
    kicker, found = net.register("kicker"), ""
    net.gather("#room", kicker)
    members = net.ircd.channels["#room"].members
    members[kicker.session.user].modes = rank
    for letter in "qaohv-":
        victim = net.register(f"victim{'x' if letter == '-' else letter}")
        net.gather("#room", victim)
        members[victim.session.user].modes = letter.strip("-")
        answer = kicker.ask(f"KICK #room {victim.session.user.nick}")
        assert " KICK " in answer[0] or " 482 " in answer[0]
        found += letter if " KICK " in answer[0] else ""
    assert found == kicked


def test_of_several_rooms_each_has_one_victim(net, alice, bob):
    carol = net.register("carol")
    net.gather("#a,#b", alice, bob, carol)
    assert alice.ask("KICK #a,#b bob,carol :out") == [f":{ALICE} KICK #a bob :out", f":{ALICE} KICK #b carol :out"]
    assert alice.ask("KICK #a,#b carol", "KICK #nowhere,#b x,bob :out") == [
        ":chat.test 461 alice KICK :Not enough parameters",
        ":chat.test 403 alice #nowhere :No such channel",
        f":{ALICE} KICK #b bob :out",
    ]


def test_a_kick_without_a_comment_gets_a_default(net, alice, bob):
    net.gather("#room", alice, bob)
    assert alice.ask("KICK #room bob") == [f":{ALICE} KICK #room bob :alice"]


def test_operators_may_kick_themselves_and_the_room_is_gone_with_its_last_member(net, alice):
    net.gather("#room", alice)
    assert alice.ask("KICK #room alice,alice :bye") == [
        f":{ALICE} KICK #room alice :bye",
        ":chat.test 441 alice alice #room :They aren't on that channel",
    ]
    assert net.ircd.channels == {}


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("KICK #room", "461 bob KICK :Not enough parameters"),
        ("KICK #nowhere alice", "403 bob #nowhere :No such channel"),
        ("KICK #other alice", "442 bob #other :You're not on that channel"),
        ("KICK #room alice", "482 bob #room :You're not channel operator"),
        ("KICK #mine dan", "441 bob dan #mine :They aren't on that channel"),
        ("KICK #mine nobody", "441 bob nobody #mine :They aren't on that channel"),
    ],
)
def test_who_cannot_be_kicked(net, alice, bob, line, answer):
    net.register("dan")
    net.gather("#room", alice, bob)
    net.gather("#other", alice)
    net.gather("#mine", bob)
    assert bob.ask(line) == [f":chat.test {answer}"]
