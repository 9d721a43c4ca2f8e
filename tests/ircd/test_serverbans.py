"""Bans of the whole server: at the door, at registration, at log-in, at NICK, and for who is there."""

from __future__ import annotations

import ipaddress
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.ircd import logins, serverbans
from chatkit.ircd.ban_index import ServerBan, ServerBans, prepare_pattern
from chatkit.ircd.clock import Moment
from chatkit.ircd.context import Context
from chatkit.ircd.state import Session
from chatkit.proto import masks
from tests.ircd.conftest import FakeClient, FakeLink, Net
from tests.ircd.order import lift, rule
from tests.ircd.people import begin, log_in, open_account, restart

CERT = "ab" * 32
HOME = "198.51.100.7"


def come(
    net: Net, nick: str = "mallory", address: str = HOME, certfp: str | None = None, account: str = ""
) -> FakeClient:
    """Somebody who wants in, and has read what came of it."""
    client = net.connect(address)
    net.ircd.secured(client.session, certfp)
    if account:
        client.session.account = net.ircd.accounts.by_name[account]
    client.send(f"NICK {nick}", f"USER {nick} 0 * :Real")
    return client


KINDS = [
    ("address", HOME),
    ("address", "198.51.100.0/24"),
    ("mask", "mal*!*@*"),
    ("mask", f"*!*@{HOME}"),
    ("mask", "*!~mallory@198.51.*"),
    ("account", "mallory"),
    ("account", "mal*"),
    ("certificate", CERT.upper()),
]


@pytest.mark.parametrize(("kind", "text"), KINDS)
def test_each_kind_keeps_somebody_from_registering(net, kind, text):
    open_account(net, "mallory")
    rule(net, kind, text)
    client = come(net, certfp=CERT, account="mallory")
    assert client.received() == [
        ":chat.test 465 mallory :You are banned from this server: spam",
        f"ERROR :Closing link: {HOME} (Banned: spam)",
    ]
    assert client.link.closed


@pytest.mark.parametrize(("kind", "text"), [*KINDS, ("nick", "Mallory"), ("nick", "mal?ory")])
def test_each_kind_removes_whoever_is_there(net, alice, kind, text):
    open_account(net, "mallory")
    client = come(net, certfp=CERT, account="mallory")
    net.gather("#room", alice, client)
    rule(net, kind, text)
    assert client.link.closed
    assert client.received()[-1] == f"ERROR :Closing link: {HOME} (Killed (chat.test (Banned: spam)))"
    assert alice.received() == [f":mallory!~mallory@{HOME} QUIT :Killed (chat.test (Banned: spam))"]


@pytest.mark.parametrize(("kind", "text"), KINDS)
def test_others_are_not_meant(net, kind, text):
    open_account(net, "mallory")
    rule(net, kind, text)
    assert "001" in come(net, "bob", "203.0.113.1").commands()


def test_a_nick_that_is_banned_may_be_exchanged_for_another(net):
    rule(net, "nick", "mallory", reason="")
    client = come(net)
    assert client.received() == [":chat.test 432 * mallory :Nobody may be called so here"]
    client.send("NICK mary")
    assert "001" in client.commands()


@pytest.mark.parametrize(("kind", "text"), [("nick", "mal*"), ("mask", "mal*!*@*")])
def test_nobody_takes_a_nick_that_is_banned(net, alice, kind, text):
    rule(net, kind, text)
    assert alice.ask("NICK mallory") == [":chat.test 432 alice mallory :Nobody may be called so here: spam"]
    assert alice.ask("NICK ally") == [":alice!~alice@127.0.0.1 NICK ally"]


def test_whoever_logs_in_to_a_banned_account_goes_when_that_was_answered(net, alice):
    account = open_account(net, "mallory")
    rule(net, "account", "mallory")
    logins.log_in(Context(net.ircd, alice.session, net.now), account)
    net.settle()
    assert alice.commands() == ["900", "KILL", "QUIT", "ERROR"]
    assert alice.link.closed


def test_a_device_of_a_banned_address_is_no_way_in(net):
    account = open_account(net, "ann")
    log_in(net, account)
    rule(net, "address", HOME)
    device = begin(net, account, address=HOME)
    device.send("NICK ann", "USER u 0 * :x")
    assert device.commands() == ["465", "ERROR"]
    assert "ann" in net.ircd.users


def test_one_banned_device_takes_the_user_with_it(net):
    account = open_account(net, "ann")
    first = log_in(net, account)
    second = begin(net, account, address=HOME)
    second.send("NICK ann", "USER u 0 * :x")
    rule(net, "address", HOME)
    assert first.link.closed
    assert second.link.closed
    assert "ann" not in net.ircd.users


def test_a_banned_account_does_not_stay_without_a_device(net):
    account = open_account(net, "ann", always_on=True)
    client = log_in(net, account)
    client.send("JOIN #room")
    net.disconnect(client)
    assert "ann" in net.ircd.users
    rule(net, "account", "ann")
    assert net.ircd.users == {}


def test_a_ban_says_when_it_ends_and_ends_then(net):
    rule(net, "address", HOME, lasts=60)
    assert come(net).received()[0].endswith(" :You are banned from this server: spam (until 2027-01-15 08:01 UTC)")
    assert net.ircd.bans.on_address(HOME, net.now.wall // 1_000_000) is not None
    net.let_time_pass(60)
    assert net.ircd.bans.on_address(HOME, net.now.wall // 1_000_000) is None  # though nobody has looked yet
    net.move_clock(1)
    assert net.ircd.bans.by_id == {}
    assert "001" in come(net).commands()


def test_a_ban_that_is_lifted_lets_in_again(net):
    ban = rule(net, "mask", "mal*!*@*")
    lift(net, ban)
    lift(net, ban)
    assert "001" in come(net).commands()


def test_bans_outlive_a_restart_until_they_are_lifted(net):
    ban = rule(net, "address", "198.51.100.0/24", lasts=3600)
    restart(net, crash=True)
    assert net.ircd.bans.by_id == {ban.id: ban}
    assert come(net).commands() == ["465", "ERROR"]
    lift(net, ban)
    restart(net, crash=True)
    assert net.ircd.bans.by_id == {}


def test_of_two_that_mean_the_same_the_later_counts(net):
    rule(net, "address", HOME, reason="first")
    second = rule(net, "address", HOME, reason="second")
    assert list(net.ircd.bans.by_id.values()) == [second]
    restart(net, crash=True)
    assert list(net.ircd.bans.by_id.values()) == [second]


def test_ids_are_short_and_never_the_same(net):
    ids = [rule(net, "nick", f"n{number}").id for number in range(5)]
    assert len(set(ids)) == 5
    assert all(len(id_) <= 7 and id_.isalnum() for id_ in ids)
    assert len(set(serverbans.new_ids(net.ircd, net.now, 3)) | set(ids)) == 8


def test_an_id_does_not_come_again_though_its_ban_is_lifted_and_the_server_restarts_at_once(net):
    ids = set()
    for _ in range(3):
        ban = rule(net, "nick", "one")
        lift(net, ban)
        assert ban.id not in ids
        ids.add(ban.id)
        restart(net, crash=True)


def test_the_order_of_bans_and_of_their_ids_is_that_of_their_making_over_a_restart_too(net):
    first, second = rule(net, "nick", "one"), rule(net, "nick", "two")
    lift(net, first)
    restart(net, crash=True)
    third = rule(net, "nick", "three")
    assert third.id not in (first.id, second.id)
    assert list(net.ircd.bans.by_id) == [second.id, third.id]
    restart(net, crash=True)
    assert list(net.ircd.bans.by_id) == [second.id, third.id]


def test_the_log_is_told(net):
    ban = rule(net, "address", HOME, lasts=10)
    net.move_clock(11)
    told = [event.text for event in net.events if type(event).__name__ == "Ruled"]
    assert told == [
        f"The address {HOME} is banned by root: spam (until 2027-01-15 08:00 UTC)",
        f"The address {HOME} is no longer banned",
    ]
    assert ban.until


# Rooms.


def test_a_closed_room_lets_nobody_in_and_says_why(net, alice):
    ban = rule(net, "room", "#Room", reason="a mess")
    assert alice.ask("JOIN #room") == [":chat.test 474 alice #room :This room was closed: a mess"]
    lift(net, ban)
    assert alice.ask("JOIN #room")[0].endswith("JOIN #room")


def test_no_forward_leads_into_a_closed_room(net, alice, bob):
    ann = log_in(net, open_account(net, "ann"))
    ann.send("JOIN #two", "CS REGISTER #two", "JOIN #one", "MODE #one +if #two", "PART #two")
    rule(net, "room", "#two", reason="a mess")
    assert bob.ask("JOIN #one") == [
        ":chat.test 470 bob #one #two :Forwarding to another channel",
        ":chat.test 474 bob #two :This room was closed: a mess",
    ]


def test_no_room_is_given_the_name_of_a_closed_one(net, alice):
    net.gather("#other", alice)
    rule(net, "room", "#room")
    assert alice.ask("RENAME #other #room")[0].startswith(":chat.test FAIL RENAME CANNOT_RENAME #other #room ")


def test_an_archive_is_read_and_nothing_is_said_there(net, alice, bob):
    net.gather("#room", alice, bob)
    ban = rule(net, "room", "#room", "mute")
    text = ":Cannot send to channel: it is an archive, where nothing is said any more"
    for line in (
        "PRIVMSG #room :hi",
        "PRIVMSG @#room :hi",
        "TOPIC #room :new",
        "RENAME #room #new",
        "METADATA #room SET url :new",
        "METADATA #room CLEAR",
        "MODE #room +k words",
        "MODE #room +b words!*@*",
        "MODE #room +f #words",
        "MODE #room -n",
    ):
        assert alice.ask(line) == [f":chat.test 404 alice #room {text}"], line
    assert alice.ask("MODE #room")[0] == ":chat.test 324 alice #room +nt"
    assert alice.ask("MODE #room b")[-1].startswith(":chat.test 368 ")
    assert bob.received() == []
    bob.send("PART #room")
    assert bob.ask("JOIN #room")[0].endswith("JOIN #room")
    lift(net, ban)
    alice.send("PRIVMSG #room :hi")
    assert bob.commands() == ["PRIVMSG"]


def test_no_reason_carries_words_into_an_archive(net, alice, bob):
    carol = net.register("carol", "draft/message-redaction message-tags echo-message")
    net.gather("#room", alice, bob, carol)
    carol.send("PRIVMSG #room :hi")
    msgid = carol.raw()[-1].partition("msgid=")[2].split()[0]
    rule(net, "room", "#room", "mute")
    alice.raw()
    carol.send(f"REDACT #room {msgid} :bad words", "PART #room :bad words", "JOIN #room")
    bob.send("QUIT :bad words")
    alice.send("KICK #room carol :bad words")
    assert "bad words" not in "".join(alice.raw() + carol.raw())
    net.store.settle()
    assert b"bad words" not in net.store.path.read_bytes()


def test_words_of_who_knocks_are_not_let_into_an_archive(net, alice, bob):
    net.gather("#room", alice)
    alice.send("MODE #room +i")
    rule(net, "room", "#room", "mute")
    alice.raw()
    bob.send("KNOCK #room :bad words")
    assert [line.split()[1] for line in alice.raw()] == ["710"]


def test_an_archive_stays_one_when_it_was_empty_and_over_a_restart(net):
    account = open_account(net, "ann", always_on=True)
    ann = log_in(net, account)
    ann.send("JOIN #owned", "CS REGISTER #owned", "JOIN #kept")
    for room in ("#owned", "#kept"):
        rule(net, "room", room, "mute")
    ann.send("PART #owned", "JOIN #owned")
    assert net.ircd.channels["#owned"].archived
    restart(net, crash=True)
    assert net.ircd.channels["#owned"].archived
    assert net.ircd.channels["#kept"].archived


# Whom a ban means is looked up; here everyone is held against every ban.

PLACES = ["192.0.2.1", "192.0.2.77", "198.51.100.7", "2001:db8::1", "2001:db8:0:1::5", "::ffff:192.0.2.1", "localhost"]
NETWORKS = ["0.0.0.0/0", "192.0.2.0/24", "192.0.2.64/26", "192.0.2.1", "2001:db8::/32", "2001:db8::/64", "::/0", HOME]


@given(st.lists(st.sampled_from(NETWORKS)), st.lists(st.sampled_from(NETWORKS)), st.sampled_from(PLACES))
def test_an_address_is_banned_exactly_if_it_lies_in_a_banned_network(made, lifted, place):
    bans = ServerBans()
    for number, text in enumerate(made):
        bans.enter(ServerBan(str(number), "address", "ban", prepare_pattern("address", text)))
    for text in lifted:
        ban = bans.find("address", "ban", prepare_pattern("address", text))
        if ban is not None:
            bans.leave(ban)
    left = [ipaddress.ip_network(text) for text in set(made) - set(lifted)]
    try:
        address = ipaddress.ip_address(place)
    except ValueError:
        assert bans.on_address(place, 0) is None
        return
    address = getattr(address, "ipv4_mapped", None) or address
    assert (bans.on_address(place, 0) is not None) is any(address in network for network in left)


MASKS = [
    "*!*@*",
    "bob",
    "b*!*@*",
    "*!*@host.example",
    "*!~b@*",
    "bob!~b@host.example",
    "?ob!*@192.0.2.*",
    "*!*@*.example",
]


@given(st.sets(st.sampled_from(MASKS)), st.sampled_from(["bob", "Rob", "eve"]), st.sampled_from(["host.example", HOME]))
def test_a_mask_bans_exactly_whom_it_fits(made, nick, host):
    bans = ServerBans()
    for text in made:
        bans.enter(ServerBan(text, "mask", "ban", prepare_pattern("mask", text)))
    session = Session(FakeLink(), "192.0.2.9", Moment(0, 0.0))
    session.nick, session.username, session.host = nick, "~b", host
    sources = [f"{nick}!~b@{place}" for place in (host, "192.0.2.9")]
    fits = any(masks.matches(masks.normalize(mask), source) for mask, source in product(made, sources))
    assert (bans.on_session(session) is not None) is fits


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("address", "300.1.1.1"),
        ("address", "somewhere"),
        ("address", "192.0.2.0/33"),
        ("certificate", "ab" * 31),
        ("certificate", "zz" * 32),
        ("nick", "two words"),
        ("account", ""),
        ("mask", "a b"),
        ("room", "#a,#b"),
        ("mask", "?*" * 150 + "!*@*"),
    ],
)
def test_what_can_be_no_ban(kind, text):
    assert prepare_pattern(kind, text) is None


@pytest.mark.parametrize(
    ("kind", "text", "line"), [("room", "#cafe\u0301", "JOIN #café"), ("nick", "Jose\u0301", "NICK josé")]
)
def test_accents_may_be_typed_as_marks_of_their_own(net, alice, kind, text, line):
    rule(net, kind, text)
    assert alice.ask(line)[0].split()[1] in ("474", "432")


def test_all_spellings_of_a_pattern_are_one():
    assert prepare_pattern("address", "192.0.2.9/24") == prepare_pattern("address", "192.0.2.0/24") == "192.0.2.0/24"
    assert prepare_pattern("address", "::ffff:192.0.2.1") == "192.0.2.1"
    assert prepare_pattern("address", "::ffff:192.0.2.9/120") == "192.0.2.0/24"
    assert prepare_pattern("certificate", ":".join(["AB"] * 32)) == CERT
    assert prepare_pattern("mask", "Bob") == "bob!*@*"
