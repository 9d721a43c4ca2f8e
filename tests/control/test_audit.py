"""The audit log: written once, for everyone to read who may, and never changed."""

from __future__ import annotations

import sqlite3

import msgspec
import pytest

from chatkit.control.aging import expire_audit
from chatkit.control.fields import HIDDEN, without_secrets
from chatkit.control.params.general import Announce
from chatkit.control.plan import Change
from chatkit.control.rpc import RpcError
from chatkit.control.table import TABLE
from chatkit.ircd import audit
from chatkit.ircd.opers import OperClass
from chatkit.ircd.requests import Credentials
from chatkit.store.records import AuditQuery
from tests.ircd.conftest import make_oper

DAY = 86_400


class Secretive(Change, kw_only=True):
    """Parameters of a command that nobody may read afterwards."""

    name: str
    credentials: Credentials | None = None


def test_the_newest_stand_first(host):
    host.run("motd", {"text": "one"})
    host.run("motd", {"text": "two", "reason": "better"})
    newest, oldest = host.run("audit")
    assert (newest.id, newest.what, newest.said, newest.reason) == (2, "motd", "Set the message of the day", "better")
    assert (oldest.id, oldest.who, oldest.time) == (1, "root", "2027-01-15T08:00:00.000Z")


def test_it_can_be_asked_who_did_what(host):
    host.run("motd", {"text": "one"})
    host.run("token.create", {"name": "ci", "scopes": ["look"]})
    assert [row.what for row in host.run("audit", {"what": "motd"})] == ["motd"]
    assert [row.id for row in host.run("audit", {"who": "root"})] == [2, 1]
    assert host.run("audit", {"who": "token ci"}) == []
    assert [row.id for row in host.run("audit", {"before": 2})] == [1]
    assert [row.id for row in host.run("audit", {"limit": 1})] == [2]


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit"])
def test_nothing_in_it_can_be_changed(net, host, statement):
    host.run("motd", {"text": "one"})
    host.run("audit")  # which takes over what the journal has
    path = next(path for path in net.store.path.parent.iterdir() if path.name == "chatkit.db")
    with sqlite3.connect(path) as database, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute(statement)
    database.close()


def test_no_secret_is_in_it():
    params = Secretive(name="ada", credentials=Credentials("$argon2id$hash", None), reason="lost")
    assert without_secrets(params) == {"name": "ada", "credentials": HIDDEN}
    assert without_secrets(Announce(text="hi", dry_run=True)) == {"text": "hi"}


def test_a_tokens_text_is_not_in_it(host):
    made = host.run("token.create", {"name": "ci", "scopes": ["look"]}).result
    (entry,) = host.ask(AuditQuery())
    assert made.token.encode() not in msgspec.json.encode(entry)


def test_of_many_hits_a_hundred_are_kept(net, host):
    net.ircd.audits = 6
    id_ = audit.note(net.ircd, net.now, "root", "ban", {}, "", tuple(f"user{n}" for n in range(300)), "Banned all")
    net.settle()
    (entry,) = host.ask(AuditQuery())
    assert (id_, entry.id, len(entry.hits)) == (7, 7, audit.MAX_HITS)


def test_operators_stand_in_it_by_nick_and_account(net, alice):
    make_oper(alice, OperClass("all", frozenset()))
    assert audit.name_of(alice.session.user) == "oper alice"


def test_it_has_an_end_where_the_settings_say_so_and_says_that(net, host):
    host.run("motd", {"text": "old"})
    net.let_time_pass(3 * DAY)
    host.run("motd", {"text": "new"})
    for days in (0, 5):
        expire_audit(host, days, net.now.wall)
    assert len(host.run("audit")) == 2
    for _ in range(2):
        expire_audit(host, 2, net.now.wall)
    newest, kept = host.run("audit")
    assert (kept.id, newest.id, newest.who, newest.what) == (2, 3, "settings", "audit.expire")
    assert newest.said == "Deleted what was older than 2 days from the audit log (1)"
    assert not newest.undoable


def test_no_command_deletes_from_it():
    """Else whoever may use it could hide what he did."""
    assert [name for name in TABLE if "audit" in name] == ["audit"]


@pytest.mark.parametrize(("command", "params"), [("audit", {"before": 2**63}), ("undo", {"id": 2**63})])
def test_a_number_that_no_database_holds_is_refused(host, command, params):
    with pytest.raises(RpcError, match="Invalid params"):
        host.run(command, params)
