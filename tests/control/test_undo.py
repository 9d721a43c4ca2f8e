"""Taking back what was done: the opposite is a command as any other, with an entry of its own."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chatkit.control.plan import Actor
from chatkit.control.rpc import RpcError

CREDENTIALS = {"password": f"$argon2id$v=19$m=8,t=1,p=1${'s' * 22}${'d' * 43}", "scram": None}


def refusal(host, id_, actor=None) -> str:
    with pytest.raises(RpcError) as found:
        host.run("undo", {"id": id_}) if actor is None else host.run("undo", {"id": id_}, actor)
    return str(found.value)


def test_a_message_of_the_day_comes_back(net, host):
    host.run("motd", {"text": "one"})
    host.run("motd", {"text": "two"})
    done = host.run("undo", {"id": 2, "reason": "The first was better"})
    assert net.ircd.own_motd == ("one",)
    newest, undone, _ = host.run("audit")
    assert (done.id, newest.id, newest.what, newest.undoes) == (3, 3, "motd", 2)
    assert (newest.reason, undone.undone_by, undone.undoable) == ("The first was better", 3, False)


def test_what_was_nothing_before_is_nothing_again(net, host):
    host.run("motd", {"text": "one"})
    host.run("undo", {"id": 1})
    assert net.ircd.own_motd == ()


def test_a_token_that_was_made_is_revoked(net, host):
    host.run("token.create", {"name": "ci", "scopes": ["look"]})
    host.run("undo", {"id": 1})
    assert net.ircd.tokens == {}


def test_taking_back_can_be_taken_back(net, host):
    host.run("motd", {"text": "one"})
    host.run("undo", {"id": 1})
    host.run("undo", {"id": 2})
    assert net.ircd.own_motd == ("one",)
    host.run("undo", {"id": 1})  # what undid it no longer holds
    assert net.ircd.own_motd == ()


def test_nothing_is_taken_back_twice(host):
    host.run("motd", {"text": "one"})
    host.run("undo", {"id": 1})
    assert refusal(host, 1) == "number 1 was taken back already, by number 2"


def test_however_often_it_is_taken_back_and_forth_the_audit_log_can_be_read(host):
    host.run("motd", {"text": "one"})
    for id_ in range(1, 1100):
        host.run("undo", {"id": id_})
    rows = host.run("audit", {"limit": 1000})
    assert rows[0].undoable
    assert {row.undone_by for row in rows[1::2]} == {row.id + 1 for row in rows[1::2]}
    assert not any(row.undone_by for row in rows[::2])


@pytest.mark.parametrize(("scope", "said"), [("audit", "cannot be taken back: Told 0 users"), ("look", "nor see")])
def test_who_may_not_see_what_was_done_is_not_told_by_undo(host, scope, said):
    host.run("announce", {"text": "hi"})
    assert said in refusal(host, 1, Actor("token ci", frozenset({scope})))


def test_what_nothing_takes_back_is_refused(host):
    host.run("announce", {"text": "hi"})
    assert refusal(host, 1) == "number 1 cannot be taken back: Told 0 users"
    assert refusal(host, 2) == "the audit log has no number 2"


def test_it_takes_the_privilege_of_what_it_does(net, host):
    host.run("motd", {"text": "one"})
    assert "needs the privilege announce" in refusal(host, 1, Actor("token ci", frozenset({"audit"})))
    host.run("undo", {"id": 1}, Actor("token ci", frozenset({"announce"})))
    assert net.ircd.own_motd == ()


def test_it_can_be_tried(net, host):
    host.run("motd", {"text": "one"})
    assert host.run("undo", {"id": 1, "dry_run": True}).id == 0
    assert net.ircd.own_motd == ("one",)
    assert [row.id for row in host.run("audit")] == [1]


def test_what_can_no_longer_be_taken_back_says_why(host):
    made = host.run("token.create", {"name": "ci", "scopes": ["look"]})
    host.run("token.revoke", {"id": made.result.id})
    assert refusal(host, 1) == f"there is no token {made.result.id!r}; 'token list' shows all"


# Every pair goes there and back again

VOLATILE = {"id", "made", "since", "time", "idle", "who", "by", "topic_by", "topic_set", "set", "set_by", "events"}
CERTIFICATE = "ab" * 32


def plain(value: Any) -> Any:
    """``value`` without what is another each time."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in VOLATILE}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def state(host) -> dict[str, Any]:
    """All that administrators see of the place."""
    names = [row.name for row in host.run("rooms")]
    found = {name: host.run(name) for name in ("users", "rooms", "bans", "accounts", "token.list", "invite.list")}
    found["room"] = [host.run("room", {"name": name}) for name in names]
    return {
        **plain(msgspec.to_builtins(found)),
        "lockdown": host.net.ircd.lockdown.level,
        "motd": host.net.ircd.own_motd,
    }


THERE_AND_BACK = [
    ([], "ban", {"what": "mallory!*@*", "reason": "spam", "lasts": 3600.0}),
    ([], "ban", {"what": "203.0.113.0/24"}),
    ([("ban", {"what": "203.0.113.7", "reason": "spam"})], "unban", {"what": "203.0.113.7"}),
    ([("ban", {"what": "mallory", "reason": "spam"})], "ban", {"what": "mallory", "reason": "worse", "lasts": 60.0}),
    ([], "mute", {"what": "bob", "reason": "loud"}),
    ([("mute", {"what": "bob", "reason": "loud"})], "unmute", {"what": "bob"}),
    ([], "lockdown", {"level": "accounts-only", "reason": "raid"}),
    ([("lockdown", {"level": "read-only"})], "lockdown", {"level": "open"}),
    ([], "invite.create", {"uses": 3, "room": "#tea"}),
    ([], "motd", {"text": "Be kind"}),
    ([("motd", {"text": "Be kind\nHave tea"})], "motd", {"clear": True}),
    ([], "token.create", {"name": "ci", "scopes": ["look"]}),
    ([], "room.topic", {"name": "#tea", "text": "Tea"}),
    ([("room.topic", {"name": "#tea", "text": "Tea"})], "room.topic", {"name": "#tea", "clear": True}),
    ([], "room.modes", {"name": "#tea", "modes": "+mkv-n secret bob"}),
    (
        [("room.modes", {"name": "#tea", "modes": "+sl 5"})],
        "room.modes",
        {"name": "#tea", "modes": "-ls+k other"},
    ),
    ([], "room.retention", {"name": "#tea", "days": 7}),
    ([("room.retention", {"name": "#tea", "days": 7})], "room.retention", {"name": "#tea", "messages": 10}),
    ([], "room.owner", {"name": "#tea", "account": "ada"}),
    ([("room.owner", {"name": "#tea", "account": "ada"})], "room.owner", {"name": "#tea", "account": "eve"}),
    ([], "room.archive", {"name": "#tea", "reason": "moved"}),
    ([("room.archive", {"name": "#tea", "reason": "moved"})], "room.open", {"name": "#tea"}),
    ([], "account.suspend", {"name": "ada", "reason": "cracked"}),
    ([("account.suspend", {"name": "ada", "reason": "cracked"})], "account.restore", {"name": "ada"}),
    ([], "account.cert", {"name": "ada", "add": CERTIFICATE}),
    ([("account.cert", {"name": "ada", "add": CERTIFICATE})], "account.cert", {"name": "ada", "remove": CERTIFICATE}),
    ([("account.cert", {"name": "eve", "add": CERTIFICATE})], "account.cert", {"name": "ada", "add": CERTIFICATE}),
    ([], "account.create", {"name": "new", "credentials": CREDENTIALS}),
]


@pytest.mark.parametrize(("before", "name", "params"), THERE_AND_BACK, ids=lambda value: str(value)[:60])
def test_every_undoing_leads_back(net, host, alice, bob, before, name, params):
    for account in ("ada", "eve"):
        host.run("account.create", {"name": account, "credentials": CREDENTIALS})
    net.gather("#tea", alice, bob)
    for step in before:
        host.run(*step)
    first = state(host)
    done = host.run(name, {**params, "confirmed": True})
    changed = state(host)
    assert done.undoable
    assert changed != first
    undone = host.run("undo", {"id": done.id, "confirmed": True})
    assert state(host) == first
    if undone.undoable:
        host.run("undo", {"id": undone.id, "confirmed": True})
        assert state(host) == changed
