"""Tokens: what they may, for how long, and that nobody can guess one."""

from __future__ import annotations

import hashlib

import pytest

from chatkit.control.plan import Actor
from chatkit.control.rpc import RpcError
from chatkit.ircd import tokens
from chatkit.ircd.documents import restore
from chatkit.proto.privileges import PRIVILEGES
from tests.ircd.conftest import Net


def refusal(host, params, actor=None) -> str:
    with pytest.raises(RpcError) as found:
        host.run("token.create", params) if actor is None else host.run("token.create", params, actor)
    return str(found.value)


@pytest.fixture
def made(host):
    return host.run("token.create", {"name": "ci", "scopes": ["look", "ban"], "lasts": 3600.0}).result


def test_a_token_is_told_once_and_kept_as_a_digest(net, made):
    token = net.ircd.tokens[made.id]
    assert made.token.startswith(f"ck_{made.id}_")
    assert token.digest == hashlib.sha256(made.token.encode()).hexdigest()
    assert made.token.encode() not in dict(net.store.documents("token"))[made.id]


def test_tokens_are_listed_without_their_text(net, host, made):
    (row,) = host.run("token.list")
    assert (row.id, row.name, row.scopes, row.made_by) == (made.id, "ci", ("look", "ban"), "root")
    assert (row.made, row.until) == ("2027-01-15T08:00:00.000Z", "2027-01-15T09:00:00.000Z")


def test_the_right_text_finds_it_and_no_other_does(net, made):
    assert tokens.find(net.ircd, made.token, net.now).name == "ci"
    other = made.token[:-1] + ("A" if made.token[-1] != "A" else "B")
    for wrong in (other, made.token.lower(), made.token + "A", "", "ck_", "ck_zzzzz_" + "A" * 32, "é" * 40, "\ud800"):
        assert tokens.find(net.ircd, wrong, net.now) is None


def test_its_time_ends(net, host, made):
    net.move_clock(3599)
    assert tokens.find(net.ircd, made.token, net.now) is not None
    net.let_time_pass(2)
    assert tokens.find(net.ircd, made.token, net.now) is None
    assert host.run("token.list") == []
    net.move_clock(5)
    assert net.ircd.tokens == {}


def test_a_revoked_one_is_worthless(net, host, made):
    host.run("token.revoke", {"id": made.id})
    assert tokens.find(net.ircd, made.token, net.now) is None
    assert dict(net.store.documents("token")) == {}


def test_they_outlast_a_restart(net, made, tmp_path):
    (tmp_path / "again").mkdir()
    again = Net(tmp_path / "again")
    restore(again.ircd, net.store.documents)
    assert tokens.find(again.ircd, made.token, net.now).scopes == ("look", "ban")
    again.store.close()


def test_nobody_gives_more_than_he_has(host):
    actor = Actor("token ops", frozenset({"tokens", "look"}))
    assert refusal(host, {"name": "x", "scopes": ["look", "stop"]}, actor) == (
        "you may give no privilege that you have not yourself: stop"
    )
    host.run("token.create", {"name": "x", "scopes": ["all"]}, actor)
    assert host.run("token.list")[0].scopes == ("look", "tokens")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"name": "x"}, "say by --scopes what it is for"),
        ({"name": "x", "scopes": ["fly"]}, "'fly' is no privilege"),
        ({"name": " ", "scopes": ["look"]}, "a token needs a name"),
        ({"name": "x" * 31, "scopes": ["look"]}, "a token needs a name"),
        ({"name": "a\nb", "scopes": ["look"]}, "a token needs a name"),
        ({"name": "ci", "scopes": ["look"]}, "there is a token called ci already"),
        ({"name": "x", "scopes": ["look"], "lasts": -1.0}, "give a span of time"),
    ],
)
def test_wrong_wishes_are_refused(host, made, params, words):
    assert words in refusal(host, params)


def test_there_is_an_end_to_how_many_there_are(net, host, monkeypatch, made):
    monkeypatch.setattr("chatkit.control.methods.tokens.MAX_TOKENS", 1)
    assert refusal(host, {"name": "x", "scopes": ["look"]}) == "there are 1 tokens already: revoke some"


def test_no_token_outlives_the_one_that_made_it(net, host):
    actor = Actor("token ops", frozenset({"tokens", "look"}), net.now.wall // 1_000_000 + 3600)
    for lasts in (None, 3601.0):
        assert "may not outlive your own" in refusal(host, {"name": "x", "scopes": ["look"], "lasts": lasts}, actor)
    host.run("token.create", {"name": "x", "scopes": ["look"], "lasts": 3600.0}, actor)


def test_with_a_token_goes_what_was_made_with_it(net, host, made):
    """After a leak: whoever had it may have made himself others, and with those others again."""
    own = Actor("token ci", frozenset(PRIVILEGES))
    child = host.run("token.create", {"name": "child", "scopes": ["all"]}, own).result
    grandchild = host.run("token.create", {"name": "grandchild", "scopes": ["look"]}, Actor("token child")).result
    other = host.run("token.create", {"name": "other", "scopes": ["look"]}).result
    changed = host.run("token.revoke", {"id": made.id, "dry_run": True})
    assert changed.hits == ("ci", "child", "grandchild")
    host.run("token.revoke", {"id": made.id})
    assert list(net.ircd.tokens) == [other.id]
    assert tokens.find(net.ircd, grandchild.token, net.now) is None
    net.ircd.tokens.clear()
    restore(net.ircd, net.store.documents)
    assert list(net.ircd.tokens) == [other.id]
    assert child.id not in net.ircd.tokens


# What they show.


@pytest.mark.parametrize(
    ("kind", "privilege"),
    [
        ("nick", "look"),
        ("room", "look"),
        ("account", "accounts"),
        ("ban", "ban"),
        ("token", "tokens"),
        ("invite", "invites"),
        ("audit", "audit"),
    ],
)
def test_names_are_completed_for_those_alone_who_may_list_them(host, alice, kind, privilege):
    others = frozenset(PRIVILEGES) - {privilege}
    with pytest.raises(RpcError, match=f"it needs the privilege {privilege}"):
        host.run("complete", {"kind": kind, "prefix": ""}, Actor("token ci", others))
    host.run("complete", {"kind": kind, "prefix": ""}, Actor("token ci", frozenset({privilege})))


def test_who_is_slow_is_for_those_alone_who_may_see_users(host):
    host.waiting = [("alice", 5000), ("203.0.113.7", 9000)]
    figures = host.run("top", {}, Actor("token ci", frozenset({"stats"})))
    assert [(client.name, client.queued) for client in figures.slow] == [("", 9000), ("", 5000)]
    figures = host.run("top", {}, Actor("token ci", frozenset({"stats", "look"})))
    assert [client.name for client in figures.slow] == ["203.0.113.7", "alice"]
