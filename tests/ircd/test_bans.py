"""The lists of a room, and whom they mean.

Spec: https://modern.ircdocs.horse/#ban-channel-mode, https://modern.ircdocs.horse/#exception-channel-mode,
https://modern.ircdocs.horse/#invite-exception-channel-mode and https://ircv3.net/specs/extensions/account-extban
"""

from __future__ import annotations

import pytest

from tests.ircd.people import log_in, open_account

ALICE = "alice!~alice@127.0.0.1"
BANNED = ":chat.test 474 {} #room :Cannot join channel (+b)"
SILENT = ":chat.test 404 {} #room :Cannot send to channel: you are banned or muted (+b)"
CLOSED = ":chat.test 473 {} #room :Cannot join channel (+i)"


@pytest.fixture
def room(net, alice, bob):
    """A room with an operator, alice, and bob, who is none."""
    net.gather("#room", alice, bob)
    return net.ircd.channels["#room"]


def enters(client):
    """Whether ``client`` may enter the room, which it has left again then."""
    entered = " JOIN #room" in client.ask("JOIN #room")[0]
    client.ask("PART #room")
    return entered


# Lists


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("letter", "row", "end"),
    [
        ("b", "367", "368 alice #room :End of channel ban list"),
        ("e", "348", "349 alice #room :End of channel exception list"),
        ("I", "346", "347 alice #room :End of channel invite exception list"),
    ],
)
def test_a_list_is_shown_with_who_set_what_when(net, alice, room, letter, row, end):
    alice.send(f"MODE #room +{letter} bob")
    net.move_clock(60)
    alice.send(f"MODE #room +{letter} ~a:bob")
    for line in (f"MODE #room {letter}", f"MODE #room +{letter}", f"MODE #room -{letter}"):
        assert alice.ask(line) == [
            f":chat.test {row} alice #room bob!*@* {ALICE} 1800000000",
            f":chat.test {row} alice #room ~a:bob {ALICE} 1800000060",
            f":chat.test {end}",
        ]


def test_several_lists_are_shown_one_after_the_other(alice, room):
    assert [line.split(" ")[1] for line in alice.ask("MODE #room bIeb")] == ["368", "347", "349"]


def test_members_see_who_is_banned_and_those_who_keep_order_all_lists(net, alice, bob, room):
    """The contents of the list MUST be sent to the user, unless it contains sensitive information."""
    assert [line.split(" ")[1] for line in bob.ask("MODE #room beI")] == ["368", "482", "482"]
    alice.send("MODE #room +h bob")
    assert [line.split(" ")[1] for line in bob.ask("MODE #room beI")] == ["368", "349", "347"]
    carol = net.register("carol")
    assert carol.ask("MODE #room b") == [":chat.test 442 carol #room :You're not on that channel"]


def test_what_is_on_the_list_already_changes_nothing(alice, room):
    assert alice.ask("MODE #room +b m:bob") == [f":{ALICE} MODE #room +b m:bob!*@*"]
    assert alice.ask("MODE #room +b ~mute:BOB", "MODE #room -b bob", "MODE #room -b carol") == []
    assert alice.ask("MODE #room -b ~m:Bob!*@*") == [f":{ALICE} MODE #room -b m:bob!*@*"]


def test_all_lists_of_a_room_share_one_limit(make_net):
    net = make_net(limits={"commands_per_second": 0})
    alice = net.register("alice")
    net.gather("#room", alice)
    for number in range(net.ircd.config.limits.list_entries - 2):
        alice.send(f"MODE #room +{'beI'[number % 3]} *!*@{number}")
    assert alice.ask("MODE #room +beI a b c") == [
        ":chat.test 478 alice #room I :Channel list is full",
        f":{ALICE} MODE #room +be a!*@* b!*@*",
    ]
    assert alice.ask("MODE #room -b+I a c") == [f":{ALICE} MODE #room -b+I a!*@* c!*@*"]


# Bans


@pytest.mark.parametrize(
    "mask",
    ["carol", "CAROL!*@*", "*!~car?l@*", "*!*@127.0.0.*", "127.0.0.1", "*!*@127.0.0.0/8", "car*!*@127.0.0.1/32", "*"],
)
def test_a_ban_keeps_out_whom_it_fits(net, alice, room, mask):
    alice.send(f"MODE #room +b {mask}")
    assert net.register("carol").ask("JOIN #room") == [BANNED.format("carol")]


@pytest.mark.parametrize("mask", ["carola", "*!*@127.0.0.2", "*!*@10.0.0.0/8", "dan!*@127.0.0.0/8", "~a:carol", "~a:*"])
def test_a_ban_keeps_out_nobody_else(net, alice, room, mask):
    alice.send(f"MODE #room +b {mask}")
    assert enters(net.register("carol"))


def test_a_ban_of_the_real_address_fits_who_is_shown_under_another(net, alice, room):
    carol = net.register("carol")
    carol.session.user.host = "staff.example"
    for mask in ("*!*@127.0.0.1", "*!*@staff.example", "*!*@127.0.0.0/24"):
        alice.send(f"MODE #room +b {mask}")
        assert carol.ask("JOIN #room") == [BANNED.format("carol")]
        alice.send(f"MODE #room -b {mask}")
    assert enters(carol)


@pytest.mark.parametrize("mask", ["~a:carol", "~account:CAROL", "~a:c*", "~a:*"])
def test_an_account_is_banned_under_every_nick(net, alice, room, mask):
    """Servers MUST support matching exact account names. Servers MAY support matching account masks."""
    carol = log_in(net, open_account(net, "carol"), nick="someone")
    alice.send(f"MODE #room +b {mask}")
    assert carol.ask("JOIN #room") == [BANNED.format("someone")]


def test_the_banned_among_the_members_are_silent(net, alice, bob, room):
    alice.send("MODE #room +b bob")
    bob.raw()
    assert bob.ask("PRIVMSG #room :hi", "NOTICE #room :hi") == [SILENT.format("bob")]
    alice.send("MODE #room -b bob")
    bob.raw()
    assert bob.ask("PRIVMSG #room :hi") == []


def test_a_ban_follows_the_nick(net, alice, bob, room):
    alice.send("MODE #room +b bob")
    bob.send("NICK robert")
    bob.raw()
    assert bob.ask("PRIVMSG #room :hi") == []


# Exceptions


@pytest.mark.parametrize("mask", ["bob", "~a:bob", "*!*@127.0.0.1"])
def test_an_exception_outweighs_every_ban(net, alice, room, mask):
    """If their nickmask matches any one of the masks set by this mode, they will not be blocked from joining."""
    bob = log_in(net, open_account(net, "bobby"), nick="bobby")
    alice.send("MODE #room +bb bobby *!*@*", f"MODE #room +e {mask.replace('bob', 'bobby')}")
    assert " JOIN #room" in bob.ask("JOIN #room")[0]
    assert bob.ask("PRIVMSG #room :hi") == []


@pytest.mark.parametrize(("mask", "enters_too"), [("carol", True), ("~a:carol", True), ("dan", False)])
def test_an_invite_exception_opens_a_room_that_is_by_invitation_only(net, alice, room, mask, enters_too):
    """They do not need to require an INVITE in order to join the channel."""
    carol = log_in(net, open_account(net, "carol"))
    alice.send("MODE #room +i", f"MODE #room +I {mask}")
    assert enters(carol) is enters_too


def test_an_invite_exception_opens_no_other_lock(net, alice, room):
    carol = net.register("carol")
    alice.send("MODE #room +iI carol")
    for change, undo, numeric in (("+b carol", "-b carol", "474"), ("+k x", "-k x", "475"), ("+l 1", "-l", "471")):
        alice.send(f"MODE #room {change}")
        assert carol.ask("JOIN #room")[0].split(" ")[1] == numeric
        alice.send(f"MODE #room {undo}")
    assert enters(carol)


# Mutes


@pytest.mark.smoke
@pytest.mark.parametrize("mask", ["m:bob", "~m:bob", "~mute:*!*@127.0.0.1", "m:*", "m:127.0.0.0/8"])
def test_the_muted_may_enter_and_stay_but_not_speak(net, alice, bob, room, mask):
    alice.send(f"MODE #room +b {mask}")
    bob.raw()
    assert bob.ask("PRIVMSG #room :hi") == [SILENT.format("bob")]
    bob.send("PART #room")
    assert " JOIN #room" in bob.ask("JOIN #room")[0]
    alice.send("MODE #room +v bob")
    bob.raw()
    assert bob.ask("PRIVMSG #room :hi") == []


def test_an_account_is_muted_under_every_nick(net, alice, room):
    carol = log_in(net, open_account(net, "carol"), nick="someone")
    net.gather("#room", carol)
    alice.send("MODE #room +b m:~a:carol")
    carol.raw()
    assert carol.ask("PRIVMSG #room :hi") == [SILENT.format("someone")]


@pytest.mark.parametrize(
    ("ban", "exception", "speaks"),
    [
        ("m:*", "bob", True),
        ("m:*", "m:bob", True),
        ("*", "bob", True),
        ("*", "m:bob", False),  # it is an exception to mutes alone
        ("m:*", "m:carol", False),
    ],
)
def test_exceptions_to_bans_are_exceptions_to_mutes_and_not_the_other_way(
    net, alice, bob, room, ban, exception, speaks
):
    alice.send(f"MODE #room +be {ban} {exception}")
    bob.raw()
    assert (bob.ask("PRIVMSG #room :hi") == []) is speaks


def test_who_is_banned_and_excepted_may_still_be_muted(net, alice, bob, room):
    alice.send("MODE #room +bb bob m:bob", "MODE #room +e m:bob")
    bob.raw()
    assert bob.ask("PRIVMSG #room :hi") == [SILENT.format("bob")]


def test_strangers_who_are_muted_are_silent_where_strangers_may_speak(net, alice, room):
    carol = net.register("carol")
    alice.send("MODE #room -n", "MODE #room +b m:carol")
    assert carol.ask("PRIVMSG #room :hi") == [SILENT.format("carol")]
