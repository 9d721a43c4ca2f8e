"""Carrying commands out: privileges, trying, asking, and the entry in the audit log that comes of each."""

from __future__ import annotations

import pytest

from chatkit.control import runner, words
from chatkit.control.plan import NEEDS_YES, Actor
from chatkit.control.rpc import INVALID_PARAMS, METHOD_NOT_FOUND, REFUSED, RpcError
from chatkit.control.runner import NOT_YET, Desk, call
from chatkit.ircd.events import Rehashed
from chatkit.ircd.requests import Reloaded
from chatkit.store.records import AuditQuery, HistoryQuery
from tests.control.conftest import ROOT, NetHost


def refusal(host, name, params=None, actor=None) -> RpcError:
    with pytest.raises(RpcError) as found:
        host.run(name, params) if actor is None else host.run(name, params, actor)
    return found.value


def entries(host) -> list:
    return host.ask(AuditQuery())


def test_what_is_not_in_the_table_is_refused(host):
    assert refusal(host, "reboot").code == METHOD_NOT_FOUND


def test_who_has_not_the_privilege_is_told_which(host):
    error = refusal(host, "motd", {"text": "hi"}, Actor("token ci", frozenset({"look"})))
    assert (error.code, str(error)) == (REFUSED, "token ci may not use motd: it needs the privilege announce")
    assert entries(host) == []


def test_a_privilege_is_enough(host):
    assert host.run("motd", {"text": "hi"}, Actor("token ci", frozenset({"announce"}))).id == 1


@pytest.mark.parametrize("params", [{}, {"text": 7}, {"text": "x", "txet": "y"}, ["x", "y"]])
def test_wrong_parameters_are_refused_and_leave_nothing(host, params):
    assert refusal(host, "announce", params).code == INVALID_PARAMS
    assert entries(host) == []


def test_a_change_is_written_down_with_who_what_when_and_why(net, host):
    done = host.run("motd", {"text": "Be kind", "reason": "It was rough"})
    (entry,) = entries(host)
    assert (done.id, done.said, done.undoable) == (1, "Set the message of the day", True)
    assert (entry.id, entry.who, entry.what, entry.reason) == (1, "root", "motd", "It was rough")
    assert (entry.params, entry.said) == (b'{"text":"Be kind"}', "Set the message of the day")
    assert entry.time // 1_000_000 == net.now.wall // 1_000_000


def test_a_dry_run_says_whom_it_would_hit_and_does_nothing(net, host, alice):
    done = host.run("announce", {"text": "hi", "dry_run": True})
    assert (done.id, done.said, done.hits) == (0, "Told 1 user", ("everyone",))
    assert alice.received() == []
    assert entries(host) == []


def test_what_is_refused_is_not_written_down(host):
    assert str(refusal(host, "announce", {"text": " "})) == "an announcement needs a text"
    assert entries(host) == []


def test_what_hits_many_is_asked_about_first(net, host):
    for number in range(5):
        net.register(f"user{number}")
    error = refusal(host, "stop")
    assert error.code == NEEDS_YES
    whom = "this hits 5 (user0, user1, user2, user3, user4)"
    assert str(error) == f"{whom}; undo cannot take it back: say --yes to go on"
    assert not host.stop_requested.is_set()
    assert host.run("stop", {"confirmed": True}).id == 1
    assert host.stop_requested.is_set()


@pytest.mark.parametrize("name", ["stop", "drain"])
def test_what_hits_few_is_not_asked_about_and_what_hits_many_is_whichever_end_it_is(net, host, name):
    for number in range(4):
        net.register(f"user{number}")
    assert host.run(name).hits == ("user0", "user1", "user2", "user3")
    net.register("user4")
    assert refusal(host, name).code == NEEDS_YES


def test_how_many_are_many_can_be_set(make_net):
    net = make_net(admin={"ask_from": 2})
    host = NetHost(net)
    net.register("alice")
    net.register("bob")
    assert refusal(host, "stop").code == NEEDS_YES


def test_what_could_not_be_stored_yet_is_said(net, host):
    net.broken = True
    done = host.run("motd", {"text": "Be kind"})
    assert done.said == f"Set the message of the day. {NOT_YET}"
    assert net.ircd.own_motd == ("Be kind",)


def test_the_numbers_go_on_after_a_restart(net, host):
    host.run("motd", {"text": "one"})
    assert net.store.last_audit() == 1


# The general commands


def test_an_announcement_to_a_room_stays_in_its_history(net, host, alice, bob):
    net.gather("#tea", alice)
    done = host.run("announce", {"text": "Tea is ready", "to": "#TEA"})
    assert (done.said, done.hits) == ("Told 1 user in #tea", ("#tea",))
    assert alice.received() == [":chat.test NOTICE #tea :Tea is ready"]
    assert bob.received() == []
    (record,) = host.ask(HistoryQuery("#tea", 10))
    assert (record.command, record.source, record.text) == ("NOTICE", "chat.test", "Tea is ready")


def test_an_announcement_to_no_room_is_refused(host):
    assert str(refusal(host, "announce", {"text": "hi", "to": "#none"})) == "nobody is in a room called #none"


def test_the_message_of_the_day_goes_before_the_settings_file_and_lasts(make_net):
    net = make_net(motd=("From the file",))
    host, alice = NetHost(net), net.register("alice")
    host.run("motd", {"text": "Be kind\nHave tea"})
    assert [line for line in alice.ask("MOTD") if " 372 " in line] == [
        ":chat.test 372 alice :- Be kind",
        ":chat.test 372 alice :- Have tea",
    ]
    assert dict(net.store.documents("motd")) == {"server": b'{"lines":["Be kind","Have tea"]}'}
    host.run("motd", {"clear": True})
    assert ":chat.test 372 alice :- From the file" in alice.ask("MOTD")


@pytest.mark.parametrize("params", [{}, {"text": "x", "clear": True}])
def test_a_message_of_the_day_is_either_said_or_cleared(host, params):
    assert str(refusal(host, "motd", params)) == "give a text, or --clear to go back to the settings' file"


def test_draining_tells_everyone_and_begins_after_the_answer(host, alice):
    done = host.run("drain", {"lasts": 600, "reason": "New disk"})
    assert done.said == "Nobody new is let in; the server stops when the last has gone, in 10m at the latest"
    assert alice.received() == [
        ":chat.test NOTICE alice :This server lets nobody in any more, and stops when the last has gone, in 10m at the"
        " latest: New disk"
    ]
    assert host.drained == [600]


def test_a_dry_run_of_the_end_ends_nothing(host, alice):
    for name in ("stop", "drain"):
        assert host.run(name, {"dry_run": True}).hits == ("alice",)
    assert (host.stop_requested.is_set(), host.drained, alice.received()) == (False, [], [])


def test_reload_says_what_has_changed_and_what_waits(host):
    host.reloaded = Reloaded(("motd", "limits.targets"), ("port",))
    done = host.run("reload")
    assert done.said == "Read the settings again; changed: motd, limits.targets; these wait for a restart: port"
    host.reloaded = Reloaded(error="port: expected an integer")
    assert str(refusal(host, "reload")) == "nothing has changed: port: expected an integer"


def test_top_shows_the_slowest_first(host, alice):
    host.waiting = [("alice", 10), ("bob", 0), ("carol", 5000)]
    found = host.run("top")
    assert [(client.name, client.queued) for client in found.slow] == [("carol", 5000), ("alice", 10)]
    assert (found.stats.queued, found.stats.users, found.stats.sessions) == (5010, 1, 1)


def test_stats_say_what_is_wrong(host):
    host.why = ("it cannot store messages",)
    assert host.run("stats").why == ("it cannot store messages",)


@pytest.mark.parametrize(
    ("kind", "prefix", "found"),
    [("nick", "AL", ["alice"]), ("room", "#t", ["#tea"]), ("account", "", []), ("audit", "", ["1"]), ("ban", "", [])],
)
def test_names_are_completed(net, host, alice, bob, kind, prefix, found):
    net.gather("#tea", alice)
    host.run("motd", {"text": "x"})
    assert host.run("complete", {"kind": kind, "prefix": prefix}) == found


# What takes its time


def test_one_command_that_takes_its_time_waits_for_another(host, monkeypatch):
    monkeypatch.setattr(runner, "PATIENCE", 0.01)
    desk = Desk(host)
    assert desk.fresh().doing is desk.doing
    with desk.doing, pytest.raises(RpcError, match="is not done yet: try again"):
        call(desk.fresh(), "reload", {}, ROOT)
    assert call(desk, "reload", {}, ROOT).id == 1


def test_it_is_noted_when_it_is_done(host):
    host.reloaded = Reloaded(("motd",))
    host.run("reload", {"reason": "New text"})
    (entry,) = entries(host)
    assert (entry.what, entry.reason, entry.said) == ("reload", "New text", "Read the settings again; changed: motd")


def test_what_failed_is_not_noted(host):
    host.reloaded = Reloaded(error="no")
    refusal(host, "reload")
    assert entries(host) == []


def test_the_log_says_who_had_the_settings_read_again(net, host):
    host.reloaded = Reloaded(("motd",))
    host.run("reload")
    (event,) = [event for event in net.events if isinstance(event, Rehashed)]
    assert words.of_event(event).text == "Settings read again for root: changed: motd"
