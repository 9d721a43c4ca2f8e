"""Keeping order: bans, mutes, lockdown, invite codes, reports, and who is here, as those who run the server do it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.control.plan import Actor, Changed
from chatkit.control.rpc import RpcError
from chatkit.ircd import audit
from chatkit.ircd.opers import OperClass
from chatkit.store.records import AuditQuery
from tests.control.conftest import ROOT, NetHost
from tests.ircd.conftest import FakeClient, Net, make_oper
from tests.ircd.order import rule
from tests.ircd.people import begin, log_in, open_account, restart
from tests.ircd.states import a_net

CERT = "ab" * 32
HOME = "198.51.100.7"


def come(net: Net, nick: str, address: str = HOME, account: str = "", certfp: str | None = None) -> FakeClient:
    """Somebody who is here now."""
    client = net.connect(address)
    net.ircd.secured(client.session, certfp)
    client.session.account = net.ircd.accounts.by_name.get(account)
    client.send(f"NICK {nick}", f"USER {nick} 0 * :Real")
    assert client.session.user is not None
    client.raw()
    return client


def refusal(host: NetHost, name: str, params: dict[str, Any], actor: Actor = ROOT) -> str:
    """What is said instead of doing it."""
    with pytest.raises(RpcError) as refused:
        host.run(name, params, actor)
    return str(refused.value)


def here(net: Net) -> set[str]:
    return {user.nick for user in net.ircd.users.values()}


# What is meant.


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (HOME, "the address 198.51.100.7"),
        ("198.51.100.9/24", "the address 198.51.100.0/24"),
        ("2001:db8::/32", "the address 2001:db8::/32"),
        (CERT.upper(), f"the certificate {CERT}"),
        ("*@host.example", "the mask *!*@host.example"),
        ("b?b", "the mask b?b!*@*"),
        ("bob!~x@y", "the mask bob!~x@y"),
        ("Bob", "the nick Bob"),
        ("B?b", "the mask B?b!*@*"),
    ],
)
def test_the_kind_is_told_from_what_was_typed(host, what, said):
    assert host.run("ban", {"what": what}).said == f"Banned {said}"
    assert host.run("mute", {"what": what}).said == f"Muted {said}"


def test_a_ban_that_hits_nobody_says_who_may_have_been_meant(host, alice):
    assert (
        host.run("ban", {"what": "alise"}).said == "Banned the nick alise; nobody here is called that (there is alice)"
    )


def test_a_name_that_may_be_an_account_has_to_be_told_apart(net, host):
    open_account(net, "Ann")
    assert refusal(host, "ban", {"what": "ann"}) == "ann is an account: say --kind account, or --kind nick"
    assert host.run("ban", {"what": "ann", "kind": "account"}).said == "Banned the account Ann"
    assert host.run("ban", {"what": "ann", "kind": "nick"}).said == "Banned the nick ann"


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"what": "#room"}, "a room is closed by: room close"),
        ({"what": "300.1.1.1", "kind": "address"}, "300.1.1.1 cannot be the address of a ban"),
        ({"what": "a b", "kind": "nick"}, "a b cannot be the nick of a ban"),
        (
            {"what": "203.0.113.0/33"},
            "203.0.113.0/33 is no nick, address, network or fingerprint; hosts are meant by a mask, as *@example.org",
        ),
        ({"what": "nobody", "whole": True}, "nobody here is called nobody"),
        ({"what": "bob", "lasts": 0.0}, "give a span of time between a second and a hundred years"),
        ({"what": "bob", "lasts": 1e18}, "give a span of time between a second and a hundred years"),
    ],
)
def test_what_can_be_no_ban_is_refused(host, params, said):
    assert refusal(host, "ban", params) == said


def test_there_are_so_many_bans_at_most(make_net):
    net = make_net(limits={"server_bans": 1})
    host = NetHost(net)
    host.run("ban", {"what": "one"})
    assert refusal(host, "mute", {"what": "two"}).startswith("there are 1 bans and mutes")
    assert host.run("ban", {"what": "one", "reason": "another"}).said == "Banned the nick one"  # in its place


# Bans.


def test_names_are_told_as_their_bearers_write_them_or_else_as_they_were_typed(net, host):
    come(net, "Cleo", HOME)
    open_account(net, "Ann")
    assert host.run("mute", {"what": "CLEO"}).said == "Muted the nick Cleo"
    assert host.run("ban", {"what": "ZED"}).said == "Banned the nick ZED"
    host.run("ban", {"what": "ANN", "kind": "account"})
    assert [ban.name for ban in host.run("bans")] == ["Cleo", "ZED", "Ann"]
    assert host.run("unmute", {"what": "cleo"}).said == "Lifted the mute of the nick Cleo"
    host.run("undo", {"id": 4})
    restart(net, crash=True)
    assert [ban.name for ban in host.run("bans")] == ["ZED", "Ann", "Cleo"]


def test_a_ban_of_earlier_times_is_told_by_its_pattern(net, host):
    rule(net, "nick", "Cleo")
    assert [ban.name for ban in host.run("bans")] == ["cleo"]


def test_a_ban_says_whom_it_hits_and_does_it(net, host, bob):
    mallory = come(net, "mallory")
    params = {"what": HOME, "reason": "spam", "lasts": 3600.0}
    tried = host.run("ban", {**params, "dry_run": True})
    assert tried == Changed(f"Banned the address {HOME} for 1h", ("mallory",), undoable=True)
    assert here(net) == {"bob", "mallory"}
    done = host.run("ban", params)
    assert (done.said, done.hits, done.id) == (tried.said, tried.hits, 1)
    assert here(net) == {"bob"}
    assert mallory.received()[-1] == (
        f"ERROR :Closing link: {HOME} (Killed (chat.test (Banned: spam (until 2027-01-15 09:00 UTC))))"
    )


def test_a_ban_is_taken_back(net, host):
    done = host.run("ban", {"what": HOME})
    host.run("undo", {"id": done.id})
    assert net.ircd.bans.by_id == {}
    come(net, "mallory")
    host.run("undo", {"id": 2})
    assert here(net) == set()


def test_a_ban_that_took_the_place_of_another_gives_it_back(net, host):
    host.run("ban", {"what": HOME, "reason": "first", "lasts": 60.0})
    done = host.run("ban", {"what": HOME, "reason": "second"})
    host.run("undo", {"id": done.id})
    (ban,) = net.ircd.bans.by_id.values()
    assert (ban.reason, ban.until) == ("first", net.now.wall // 1_000_000 + 60)


def test_bans_are_lifted_by_id_by_pattern_and_several_at_once(net, host):
    for what in (HOME, "bob", "*!*@host.example", CERT):
        host.run("ban", {"what": what})
    rows = host.run("bans")
    assert [row.pattern for row in rows] == [HOME, "bob", "*!*@host.example", CERT]
    assert host.run("unban", {"what": rows[0].id}).said == f"Lifted the ban of the address {HOME}"
    host.run("unban", {"what": "*@HOST.example"})
    host.run("unban", {"what": f"Bob {CERT}"})
    assert host.run("bans") == []
    assert refusal(host, "unban", {"what": "bob"}) == "bob is not banned: see bans"
    assert refusal(host, "unban", {"what": " "}) == "say what is to be lifted"


def test_a_ban_is_no_mute(net, host):
    host.run("ban", {"what": "bob"})
    (ban,) = host.run("bans")
    assert refusal(host, "unmute", {"what": ban.id}) == f"{ban.id} is not muted: see bans"


def test_a_whole_ban_means_all_that_one_could_come_back_with(net, host):
    open_account(net, "mallory")
    come(net, "mallory", account="mallory", certfp=CERT)
    done = host.run("ban", {"what": "mallory", "whole": True})
    assert done.said == f"Banned the account mallory, the address {HOME}, the certificate {CERT}"
    assert len(net.ircd.bans.by_id) == 3
    host.run("undo", {"id": done.id})
    assert net.ircd.bans.by_id == {}


def test_a_whole_ban_means_accounts_that_one_has_logged_out_of_too(net, host):
    open_account(net, "ann")
    come(net, "bob", account="ann").send("NS LOGOUT")
    assert "the account ann" in host.run("ban", {"what": "bob", "whole": True, "dry_run": True}).said


def test_a_whole_ban_leaves_out_addresses_that_many_share(net, host, alice):
    assert refusal(host, "ban", {"what": "alice", "whole": True}).startswith("alice has neither an account nor ")


@pytest.mark.parametrize("what", ["127.0.0.1", "127.0.0.0/16", "::/0"])
def test_one_is_asked_before_exempt_addresses_are_banned(net, host, what):
    assert refusal(host, "ban", {"what": what}).endswith("say --yes to go on")
    host.run("ban", {"what": what, "confirmed": True})
    assert len(net.ircd.bans.by_id) == 1


def test_one_is_asked_before_many_are_hit(net, host):
    for number in range(5):
        come(net, f"m{number}")
    assert refusal(host, "ban", {"what": HOME}) == "this hits 5 (m0, m1, m2, m3, m4): say --yes to go on"
    assert len(here(net)) == 5
    host.run("ban", {"what": HOME, "confirmed": True})
    assert here(net) == set()


def test_nobody_bans_himself_by_mistake(net, host, alice):
    make_oper(alice, OperClass("staff", frozenset({"ban", "kill"})))
    actor = Actor(audit.name_of(net.ircd.users["alice"]), frozenset({"ban", "kill"}))
    for name, params in (("ban", {"what": "al*"}), ("mute", {"what": "alice"}), ("kick", {"nick": "*"})):
        assert refusal(host, name, params, actor) == "this means you yourself, too"


def test_bans_and_mutes_take_the_privilege(host):
    actor = Actor("token ci", frozenset({"look"}))
    for name in ("ban", "unban", "mute", "unmute"):
        assert "needs the privilege ban" in refusal(host, name, {"what": "bob"}, actor)


# Mutes.


def test_a_mute_silences_and_is_taken_back(net, host, alice, bob):
    net.gather("#room", alice, bob)
    done = host.run("mute", {"what": "alice", "reason": "cool\n down", "lasts": 60.0})
    assert (done.said, done.hits) == ("Muted the nick alice for 1m", ("alice",))
    assert alice.ask("PRIVMSG #room :hi")[0].endswith("You are muted: cool down (until 2027-01-15 08:01 UTC)")
    assert host.run("unmute", {"what": "alice"}).hits == ("alice",)
    assert alice.ask("PRIVMSG #room :hi") == []
    host.run("undo", {"id": 2})
    assert net.ircd.users["alice"].muted is not None


# The promise of --dry-run: it hits exactly whom it says.

NICKS = ("ann", "ben", "cleo", "dan")
PLACES = ("192.0.2.1", "192.0.2.200", "198.51.100.7", "2001:db8::1")
WHATS = st.sampled_from(
    [
        *({"what": nick, "kind": kind} for nick in ("ann", "b*", "?eo", "dan") for kind in ("nick", "account")),
        *({"what": what} for what in (*PLACES, "192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0", CERT)),
        *({"what": what} for what in ("*!*@192.0.2.*", "c*!*@*", "*!~a*@*", "*")),
        *({"what": nick, "whole": True} for nick in NICKS),
    ]
)
PEOPLE = st.lists(st.tuples(st.sampled_from(NICKS), st.sampled_from(PLACES), st.booleans(), st.booleans()), max_size=5)


@contextmanager
def a_crowd(people: list[tuple[str, str, bool, bool]]) -> Iterator[NetHost]:
    """Some people, with accounts or without, with a certificate or without, several devices of one among them."""
    with a_net(rooms={"autojoin": []}) as net:
        accounts = {nick: open_account(net, nick, always_on=nick == "ann") for nick in NICKS}
        for nick, place, has_account, has_certificate in people:
            client = begin(net, accounts[nick], address=place) if has_account else net.connect(place)
            net.ircd.secured(client.session, CERT if has_certificate else None)
            client.send(f"NICK {nick}", "USER u 0 * :Real", f"NICK {nick}{place[-1]}")
        host = NetHost(net)
        yield host
        net.check()


@given(PEOPLE, st.sampled_from(["ban", "mute"]), WHATS)
def test_a_dry_run_says_exactly_whom_it_then_hits(people, name, params):
    with a_crowd(people) as host:
        net = host.net
        try:
            tried = host.run(name, {**params, "dry_run": True})
        except RpcError:
            return
        before = here(net)
        assert (net.ircd.bans.by_id, net.ircd.audits) == ({}, 0)
        done = host.run(name, {**params, "confirmed": True})
        assert set(done.hits) == set(tried.hits)
        muted = {user.nick for user in net.ircd.users.values() if user.muted is not None}
        hit = before - here(net) if name == "ban" else muted
        assert hit == set(tried.hits)
        host.run("undo", {"id": done.id, "confirmed": True})
        assert net.ircd.bans.by_id == {}
        assert not any(user.muted for user in net.ircd.users.values())


@given(PEOPLE, st.lists(WHATS, min_size=1, max_size=3))
def test_nobody_is_here_or_comes_back_whom_a_ban_means(people, bans):
    with a_crowd(people) as host:
        net = host.net
        for params in bans:
            with contextlib.suppress(RpcError):
                host.run("ban", {**params, "confirmed": True})
        for nick, place, has_account, has_certificate in people:
            client = begin(net, net.ircd.accounts.by_name[nick], address=place) if has_account else net.connect(place)
            net.ircd.secured(client.session, CERT if has_certificate else None)
            client.send(f"NICK {nick}", "USER u 0 * :Real", f"NICK {nick}{place[-1]}")
        assert not any(net.ircd.bans.on_user(user) for user in net.ircd.users.values())


# Lockdown.


def test_the_server_is_closed_opened_and_each_is_taken_back(net, host, alice):
    done = host.run("lockdown", {"level": "nobody-new", "reason": "a raid", "lasts": 3600.0})
    assert done.said == "Closed the server: nobody-new for 1h"
    host.run("lockdown", {"level": "read-only"})
    host.run("undo", {"id": 2})
    assert (net.ircd.lockdown.level, net.ircd.lockdown.reason) == ("nobody-new", "a raid")
    assert net.ircd.lockdown.until == net.now.wall // 1_000_000 + 3600
    host.run("undo", {"id": done.id})
    assert net.ircd.lockdown.level == "open"
    assert len([line for line in alice.received() if " NOTICE " in line]) == 4


def test_without_a_level_it_says_how_it_is(host):
    levels = "open, nobody-new, accounts-only, read-only"
    assert host.run("lockdown") == Changed(f"The server is open. The levels are {levels}", id=None)
    host.run("lockdown", {"level": "accounts-only", "reason": "spam"})
    text = "This server lets in only those who log in at the moment: spam"
    assert host.run("lockdown").said == f"{text}. The levels are {levels}"
    assert [entry.said for entry in host.run("audit")] == ["Closed the server: accounts-only"]
    host.run("lockdown", {"level": "open"})
    assert refusal(host, "lockdown", {"level": "open"}) == "the server is open"


# Invite codes.


def test_a_code_is_made_shown_once_and_revoked(net, host):
    done = host.run("invite.create", {"uses": 2, "lasts": 60.0})
    id_, code = done.result.id, done.result.code
    hint = 'nobody is asked for it while accounts.registration is "open"'
    assert done.said == f"Made the invite code {id_} for 2 accounts for 1m ({hint})"
    assert len(code) == 16
    assert code not in str(host.run("audit")) + str(host.run("invite.list"))
    assert [(row.id, row.uses, row.who) for row in host.run("invite.list")] == [(id_, 2, "root")]
    host.run("invite.revoke", {"id": id_})
    assert host.run("invite.list") == []
    assert refusal(host, "invite.revoke", {"id": id_}) == f"there is no invite code {id_}"


def test_a_code_that_was_made_is_taken_back(net, host):
    done = host.run("invite.create")
    host.run("undo", {"id": done.id})
    assert net.ircd.invitations == {}


def test_a_code_may_lead_into_a_room(host, alice):
    alice.send("JOIN #Team")
    done = host.run("invite.create", {"room": "#team"})
    assert done.said.startswith(f"Made the invite code {done.result.id} for 1 account, into #Team (")
    assert [row.room for row in host.run("invite.list")] == ["#Team"]
    (entry,) = host.ask(AuditQuery())
    assert (entry.params, entry.said) == (b'{"room":"#team"}', done.said)
    assert refusal(host, "invite.create", {"room": "#taem"}) == "there is no room '#taem' (there is #Team)"


def test_who_has_no_power_over_rooms_lets_nobody_into_one(host, alice):
    alice.send("JOIN #team,#other")
    ada = Actor("ada", frozenset({"invites"}))
    text = "ada may let nobody into rooms: that needs the privilege rooms"
    assert refusal(host, "invite.create", {"room": "#team"}, ada) == text
    assert host.run("invite.create", {}, ada).id


# Reports.


def test_reports_are_shown(net, host, alice, bob):
    alice.send("REPORT bob :spam")
    (report,) = host.run("reports")
    assert (report.who, report.target, report.why) == ("alice!~alice@127.0.0.1", "bob", "spam")
    assert "needs the privilege reports" in refusal(host, "reports", {}, Actor("x", frozenset()))


# Who is here.


def test_users_user_and_sessions_tell_all_that_is_known(net, host, alice):
    account = open_account(net, "ann")
    ann = log_in(net, account)
    net.connect("203.0.113.9")
    ann.send("JOIN #room", "AWAY :lunch")
    host.run("mute", {"what": "ann", "kind": "account"})
    assert [row.nick for row in host.run("users")] == ["alice", "ann"]
    facts = host.run("user", {"name": "ANN"})
    assert (facts.nick, facts.account, facts.rooms, facts.away) == ("ann", "ann", ("@#room",), "lunch")
    assert (facts.muted, facts.devices, facts.addresses) == ("by root", 1, ("127.0.0.1",))
    assert [(row.nick, row.address) for row in host.run("sessions")] == [
        ("", "203.0.113.9"),
        ("alice", "127.0.0.1"),
        ("ann", "127.0.0.1"),
    ]
    assert [row.account for row in host.run("sessions", {"nick": "ann"})] == ["ann"]
    assert refusal(host, "user", {"name": "alic"}) == "nobody here is called alic (there is alice)"
    assert refusal(host, "sessions", {"nick": "x"}) == "nobody here is called x"


def test_kick_removes_somebody_with_all_devices(net, host):
    account = open_account(net, "ann", always_on=True)
    first, second = log_in(net, account), begin(net, account)
    second.send("NICK ann", "USER u 0 * :x")
    done = host.run("kick", {"nick": "Ann", "reason": "bye"})
    assert (done.said, done.hits, done.undoable) == ("Removed ann", ("ann",), False)
    assert here(net) == set()
    assert first.link.closed
    assert second.received()[-1] == "ERROR :Closing link: 127.0.0.1 (Killed (chat.test (bye)))"


def test_kick_takes_a_mask(net, host, alice):
    for number in range(6):
        come(net, f"m{number}")
    assert refusal(host, "kick", {"nick": "m*"}).startswith("this hits 6 (m0, ")
    done = host.run("kick", {"nick": f"*@{HOME}", "confirmed": True})
    assert done.said == "Removed 6 users"
    assert here(net) == {"alice"}
    assert refusal(host, "kick", {"nick": "m*"}) == "nobody here fits m*!*@*"
    assert refusal(host, "kick", {"nick": "m0"}) == "nobody here is called m0"


def test_what_was_ordered_outlives_a_restart(net, host):
    host.run("ban", {"what": HOME})
    host.run("lockdown", {"level": "accounts-only"})
    host.run("invite.create")
    restart(net, crash=True)
    assert len(host.run("bans")) == len(host.run("invite.list")) == 1
    assert net.ircd.lockdown.level == "accounts-only"


@pytest.mark.parametrize(("made", "lifted"), [("room.close", "unban"), ("room.archive", "unmute")])
def test_a_room_is_opened_by_those_alone_who_may_close_one(net, host, made, lifted):
    host.run(made, {"name": "#room"})
    (ban,) = host.run("bans")
    actor = Actor("token ci", frozenset({"ban"}))
    assert refusal(host, lifted, {"what": ban.id}, actor) == "a room is opened by: room open"
    assert host.run("bans") == [ban]


def test_the_figures_say_that_the_server_is_closed_and_what_is_wrong(host):
    assert host.run("stats").lockdown == ""
    host.run("lockdown", {"level": "read-only", "reason": "A raid"})
    host.why = ("the disk is full",)
    stats = host.run("stats")
    assert stats.lockdown.startswith("This server is read-only at the moment")
    assert stats.lockdown.endswith(": A raid")
    assert stats.why == ("the disk is full",)
