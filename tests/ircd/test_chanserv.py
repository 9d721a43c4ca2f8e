"""ChanServ: what one says to it, and what it answers."""

from __future__ import annotations

import pytest

from chatkit.ircd.chanserv import service
from tests.ircd.people import log_in, open_account

CHANSERV = "ChanServ!ChanServ@chat.test"
FOUNDER = "founder!~u@127.0.0.1"


@pytest.fixture
def founder(net):
    """The founder of #room, who is in it."""
    client = log_in(net, open_account(net, "founder"))
    net.gather("#room", client)
    client.send("PRIVMSG ChanServ :REGISTER #room")
    client.raw()
    return client


@pytest.fixture
def friend(net):
    """Somebody with an account who is in #room too."""
    client = log_in(net, open_account(net, "friend"))
    net.gather("#room", client)
    return client


def says(client, *lines):
    """What ChanServ answers to ``lines``; what else comes is left out."""
    answer = client.ask(*(f"PRIVMSG ChanServ :{line}" for line in lines))
    nick = client.session.user.nick
    head = f":{CHANSERV} NOTICE {nick} :"
    return [line.removeprefix(head) for line in answer if line.startswith(head)]


def modes_of(net, nick, room="#room"):
    return net.ircd.channels[room].members[net.ircd.users[nick]].modes


# Registering


@pytest.mark.smoke
def test_whoever_runs_a_room_registers_it_and_is_its_founder(net):
    founder = log_in(net, open_account(net, "founder"))
    net.gather("#Room", founder)
    assert founder.ask("PRIVMSG ChanServ :register #room") == [
        ":chat.test MODE #Room +q founder",
        f":{CHANSERV} NOTICE founder :#Room is yours.",
    ]
    assert founder.ask("NAMES #room")[0].endswith(" :~founder")


@pytest.mark.parametrize("line", ["CS INFO #room", "CHANSERV INFO #room", "PRIVMSG chanserv :info #room"])
def test_there_are_several_ways_to_reach_it(founder, line):
    assert founder.ask(line)[0] == f":{CHANSERV} NOTICE founder :Channel:  #room"


def test_what_cannot_be_registered(make_net):
    net = make_net(rooms={"autojoin": ["#lobby"]}, limits={"rooms_per_account": 2})
    founder, other = log_in(net, open_account(net, "founder")), log_in(net, open_account(net, "other"))
    guest = net.register("guest")
    net.gather("#a,#b,#c", founder)
    net.gather("#g", guest)
    net.gather("#a", other)
    net.gather("#б,#рост,#poct", founder)
    assert says(guest, "REGISTER #g") == ["You are not logged in to an account."]
    assert says(founder, "REGISTER") == ["Syntax: REGISTER <channel>"]
    assert says(founder, "REGISTER #nowhere", "REGISTER #g") == ["You do not run #nowhere.", "You do not run #g."]
    assert says(other, "REGISTER #a") == ["You do not run #a."]
    assert says(founder, "REGISTER #lobby") == ["You do not run #lobby."]
    assert says(founder, "REGISTER #a", "REGISTER #a") == ["#a is yours.", "#a is registered already."]
    assert says(founder, "REGISTER #b", "REGISTER #c") == ["#b is yours.", "An account may own 2 channels."]


def test_a_name_that_looks_like_a_registered_one_is_refused(net):
    founder, other = log_in(net, open_account(net, "founder")), log_in(net, open_account(net, "other"))
    net.gather("#bobo", founder)
    net.gather("#bоbо", other)  # Cyrillic
    assert says(founder, "REGISTER #bobo") == ["#bobo is yours."]
    assert says(other, "REGISTER #bоbо") == ["Its name looks like that of another registered channel."]


def test_a_room_is_given_up_with_a_code(net, founder):
    (warning,) = says(founder, "DROP #room")
    code = warning.rpartition(" ")[2]
    assert warning.endswith(f"say: DROP #room {code}")
    assert says(founder, "DROP #room 00000000") == [warning]
    assert says(founder, f"DROP #room {code}", "DROP #room") == [
        "#room is not registered any more.",
        "#room is not registered.",
    ]
    assert net.ircd.registrations == {}
    assert says(founder, "REGISTER #room", "UNREGISTER #room", f"UNREGISTER #room {code}") == [
        "#room is yours.",
        warning,
        "#room is not registered any more.",
    ]


def test_a_room_is_offered_and_accepted(net, founder, friend):
    (warning,) = says(founder, "TRANSFER #room friend")
    code = warning.rpartition(" ")[2]
    assert says(friend, "TRANSFER ACCEPT #room") == ["#room was not offered to you."]
    assert says(founder, f"TRANSFER #room friend {code}") == [
        "#room is offered to friend, who has to say: /msg ChanServ TRANSFER ACCEPT #room",
    ]
    founder.raw()
    assert says(friend, "TRANSFER ACCEPT #room") == ["#room is yours."]
    assert founder.received() == [":chat.test MODE #room -q founder", ":chat.test MODE #room +q friend"]
    assert says(founder, "DROP #room") == ["Your access to #room is not enough."]


def test_an_offer_can_be_taken_back(founder, friend):
    code = says(founder, "TRANSFER #room friend")[0].rpartition(" ")[2]
    assert says(founder, f"TRANSFER #room friend {code}", "TRANSFER #room founder")[1] == "#room is offered to nobody."
    assert says(friend, "TRANSFER ACCEPT #room") == ["#room was not offered to you."]


def test_the_list_shows_what_one_owns_and_has_access_to(net, founder, friend):
    net.gather("#other", friend)
    assert says(friend, "REGISTER #other") == ["#other is yours."]
    says(founder, "ACCESS SET #room friend o")
    assert says(friend, "LIST") == ["~#other", "@#room", "2 channels."]
    assert says(net.register("guest"), "LIST") == ["You are not logged in to an account."]


# Looking


def test_info_tells_about_a_room(net, founder):
    founder.send("TOPIC #room :welcome", "MODE #room +kl key 7")
    rows = dict(line.split(maxsplit=1) for line in says(founder, "INFO #ROOM"))
    assert rows == {
        "Channel:": "#room",
        "Founder:": "founder",
        "Created:": "2027-01-15T08:00:00.000Z",
        "Topic:": "welcome",
        "Modes:": "+ntkl key 7",
        "History:": "all",
        "Guard:": "off",
    }
    assert "Modes:    +ntkl * 7" in says(net.register("guest"), "INFO #room")


def test_a_secret_room_is_a_secret_to_those_without_access(net, founder, friend):
    founder.send("MODE #room +s")
    assert says(net.register("guest"), "INFO #room", "ACCESS LIST #room") == ["#room is not registered."] * 2
    assert says(friend, "INFO #room")[0] == "Channel:  #room"


def test_help_names_every_command(founder):
    text = "\n".join(says(founder, "HELP"))
    assert all(row in text for row in service.rows)
    assert says(founder, "HELP SET")[0] == "Syntax: SET <channel> <setting> [<value>]"


# Access


@pytest.mark.parametrize(
    ("give", "take"),
    [
        ("ACCESS SET #room friend {}", "ACCESS DEL #room friend"),
        ("AMODE #room +{} friend", "AMODE #room -{} friend"),
    ],
)
@pytest.mark.parametrize("letter", "aohv")
def test_access_gives_a_prefix_at_once_and_takes_it_at_once(net, founder, friend, give, take, letter):
    assert says(founder, give.format(letter)) == [f"friend gets +{letter} in #room."]
    assert friend.received() == [f":chat.test MODE #room +{letter} friend"]
    assert says(founder, "ACCESS LIST #room") == ["+q founder", f"+{letter} friend", "2 accounts have access to #room."]
    assert says(founder, take.format(letter)) == ["friend has no access any more to #room."]
    assert friend.received() == [f":chat.test MODE #room -{letter} friend"]


def test_another_access_takes_the_place_of_the_former(net, founder, friend):
    says(founder, "ACCESS SET #room friend v", "ACCESS SET #room friend o")
    assert modes_of(net, "friend") == "o"


def test_one_gives_what_one_could_give_in_the_room(net, founder, friend):
    other = log_in(net, open_account(net, "other"))
    says(founder, "ACCESS SET #room friend h")
    refusal = "Your access to #room is not enough."
    assert says(friend, "ACCESS SET #room other v") == ["other gets +v in #room."]
    assert says(friend, "ACCESS SET #room other o", "ACCESS SET #room friend a") == [refusal] * 2
    says(founder, "ACCESS SET #room other a")
    assert says(other, "ACCESS DEL #room friend") == ["friend has no access any more to #room."]
    assert says(other, "ACCESS SET #room friend a", "SET #room GUARD on", "DROP #room") == [refusal] * 3
    assert says(other, "ACCESS DEL #room other") == ["other has no access any more to #room."]


def test_how_many_have_access_is_bounded(net, founder, friend, monkeypatch):
    monkeypatch.setattr("chatkit.ircd.handlers.chanserv_access.MAX_ACCESS", 1)
    open_account(net, "third")
    assert says(founder, "ACCESS SET #room friend v") == ["friend gets +v in #room."]
    assert says(founder, "ACCESS SET #room third v") == ["A channel may give access to 1 accounts."]
    assert says(founder, "ACCESS SET #room friend o") == ["friend gets +o in #room."]


def test_what_access_cannot_be(founder, friend):
    assert says(founder, "ACCESS SET #room nobody o") == ["There is no account nobody."]
    assert (
        says(founder, "ACCESS SET #room friend q", "ACCESS SET #room friend ov", "AMODE #room +z friend")
        == [
            "The mode is one of a, o, h, v.",
        ]
        * 3
    )
    assert says(founder, "ACCESS SET #room founder o") == ["founder is the founder."]
    assert says(founder, "ACCESS DEL #room friend") == ["Nothing to change."]
    assert says(founder, "AMODE #room o friend", "AMODE #room xo friend") == [
        "Syntax: AMODE <channel> [<change>] [<account>]",
        "A change is + or - and a mode.",
    ]


# Settings


def test_settings_are_shown_and_changed(net, founder):
    assert says(founder, "SET #room HISTORY", "SET #room history joined", "SET #room GUARD ON") == [
        "HISTORY of #room is all.",
        "HISTORY of #room is joined.",
        "GUARD of #room is on.",
    ]
    registration = net.ircd.registrations["#room"]
    assert (registration.history, registration.guard) == ("joined", True)
    assert says(founder, "SET #room COLOUR red", "SET #room GUARD perhaps") == [
        "There is no setting COLOUR; there are HISTORY, GUARD.",
        "GUARD is one of: on, off.",
    ]


def test_in_a_guarded_room_only_those_with_access_have_power(net, founder, friend):
    says(founder, "SET #room GUARD on")
    for letter in "oha":
        assert founder.ask(f"MODE #room +{letter} friend") == [
            f":chat.test 482 founder #room :Only those with access may be given +{letter} here: see ChanServ",
        ]
    assert says(founder, "OP #room friend") == ["friend has no access to #room."]
    assert founder.ask("MODE #room +v friend") == [f":{FOUNDER} MODE #room +v friend"]
    says(founder, "ACCESS SET #room friend o")
    friend.send("MODE #room -o friend")
    assert says(friend, "OP #room") == ["friend has +o in #room."]


# Acting


@pytest.mark.parametrize(
    ("give", "take", "letter"), [("OP", "DEOP", "o"), ("HALFOP", "DEHALFOP", "h"), ("VOICE", "DEVOICE", "v")]
)
def test_prefixes_are_given_and_taken(founder, friend, give, take, letter):
    assert says(founder, f"{give} #room friend") == [f"friend has +{letter} in #room."]
    assert friend.received() == [f":{CHANSERV} MODE #room +{letter} friend"]
    assert says(founder, f"{take} #room friend") == [f"friend has not +{letter} in #room."]
    assert friend.received() == [f":{CHANSERV} MODE #room -{letter} friend"]


def test_prefixes_are_for_those_with_access(net, founder, friend):
    assert says(friend, "OP #room", "DEOP #room founder") == ["Your access to #room is not enough."] * 2
    says(founder, "ACCESS SET #room friend o")
    assert says(friend, "DEOP #room founder") == ["The rank of founder is not below yours."]
    assert says(friend, "VOICE #room nobody") == ["There is nobody called nobody."]
    net.register("guest")
    assert says(friend, "VOICE #room guest") == ["guest is not in #room."]


def test_those_with_access_are_invited_and_invite(net, founder, friend):
    friend.send("PART #room")
    founder.send("MODE #room +i")
    assert says(friend, "INVITE #room") == ["Your access to #room is not enough."]
    says(founder, "ACCESS SET #room friend v")
    assert friend.ask("CS INVITE #room")[0] == f":{CHANSERV} INVITE friend #room"
    guest = net.register("guest")
    assert says(friend, "INVITE #room guest") == ["Your access to #room is not enough."]
    assert says(founder, "INVITE #room guest", "INVITE #room") == ["guest is invited to #room.", "founder is in #room."]
    assert guest.ask("JOIN #room")[0] == ":guest!~guest@127.0.0.1 JOIN #room"


def test_bans_on_somebody_are_taken_off(net, founder):
    net.register("guest")
    founder.send("MODE #room +bbb guest other m:*!*@127.0.0.1")
    assert founder.ask("CS UNBAN #room guest") == [
        f":{CHANSERV} MODE #room -bb guest!*@* m:*!*@127.0.0.1",
        f":{CHANSERV} NOTICE founder :Bans of #room that were on guest: 2.",
    ]


def test_a_room_is_cleared(net, founder, friend):
    founder.send("MODE #room +bb one two")
    friend.raw()
    assert says(founder, "CLEAR #room bans", "CLEAR #room users") == [
        "#room is clear of bans.",
        "#room is clear of users.",
    ]
    assert friend.received() == [
        f":{CHANSERV} MODE #room -bb one!*@* two!*@*",
        f":{CHANSERV} KICK #room friend :Cleared by founder",
    ]
    assert says(founder, "CLEAR #room topic") == ["What can be cleared is: users, bans."]


def test_nothing_is_done_in_a_room_that_nobody_is_in(net, founder, friend):
    founder.send("PART #room")
    friend.send("PART #room")
    assert says(founder, "CLEAR #room bans", "UNBAN #room", "OP #room", "INVITE #room") == ["Nobody is in there."] * 4
    assert says(founder, "INFO #room")[0] == "Channel:  #room"
