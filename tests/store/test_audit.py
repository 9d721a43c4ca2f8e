"""The audit log: what is in it stays as it was."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from chatkit.store import erasing
from chatkit.store.connecting import connect
from chatkit.store.erasing import AT_ONCE
from chatkit.store.records import EXPIRY, Audited, AuditExpired, AuditQuery, Entry, OldAuditQuery
from tests.store.entries import said

BAN = Audited(1, 100, "root", "ban", b'{"what":"bob"}', "spam", ("bob", "bobby"), "Banned bob", b'["unban",{}]')
KICK = Audited(2, 200, "oper ada (alice)", "kick", b"{}", "", (), "Removed bob")
UNDONE = Audited(3, 300, "root", "unban", b"{}", "", ("bob",), "Unbanned bob", b"", 1)


@pytest.fixture
def kept(store):
    store.log([BAN, KICK])
    store.log([UNDONE])
    return store


def test_what_is_noted_comes_back_as_it_was_the_newest_first(kept):
    assert kept.answer(AuditQuery()) == [UNDONE, KICK, BAN]
    assert kept.last_audit() == 3


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (AuditQuery(limit=1), [UNDONE]),
        (AuditQuery(before=3), [KICK, BAN]),
        (AuditQuery(who="root"), [UNDONE, BAN]),
        (AuditQuery(what="kick"), [KICK]),
        (AuditQuery(who="root", what="kick"), []),
        (AuditQuery(id=1), [UNDONE, BAN]),
        (AuditQuery(id=2), [KICK]),
        (AuditQuery(id=9), []),
    ],
)
def test_everything_that_is_given_must_fit(kept, query, found):
    assert kept.answer(query) == found


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'nobody'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE id = 2",
        "INSERT OR REPLACE INTO audit SELECT id, time, 'nobody', what, params, reason, hits, said, undo, 0 FROM audit",
    ],
)
def test_nobody_changes_it(kept, statement):
    kept.take_over()
    with contextlib.closing(connect(kept.path)) as db, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement)
    assert kept.answer(AuditQuery()) == [UNDONE, KICK, BAN]


def expiry(before: int, id_: int = 4) -> list[Entry]:
    params = b'{"before":%d}' % before
    return [Audited(id_, max(400, before), "settings", EXPIRY, params, "", (), "Deleted some"), AuditExpired(before)]


def test_what_is_too_old_goes_with_an_entry_that_says_so(kept):
    assert kept.answer(OldAuditQuery(200)) == 1
    noted = expiry(200)
    kept.log(noted)
    assert kept.answer(AuditQuery()) == [noted[0], UNDONE, KICK]
    assert kept.answer(OldAuditQuery(1000)) == 2  # what says so is no reason to say more
    kept.log(expiry(400, 5))
    assert [entry.id for entry in kept.answer(AuditQuery())] == [5, 4]


def many(count: int) -> list[Entry]:
    return [Audited(number, number, "root", "kick", b"{}", "", (), "Removed bob") for number in range(1, count + 1)]


def test_much_that_is_too_old_goes_a_little_at_a_time_so_that_nobody_waits(store):
    count = 3 * AT_ONCE
    store.append([*many(count), *expiry(count, count + 1)])
    left = len(store.answer(AuditQuery(limit=count)))
    assert count - AT_ONCE <= left <= count, "no more in one transaction than of what anybody has deleted"
    assert store.answer(OldAuditQuery(count)) == 0, "it was said already"
    while store.look_after(0):
        pass
    assert [entry.id for entry in store.answer(AuditQuery())] == [count + 1, count]


def test_what_is_left_of_it_goes_after_a_restart(open_store):
    count = 3 * AT_ONCE
    first = open_store()
    first.append([*many(count), *expiry(count, count + 1)])
    first.close()
    again = open_store()
    while again.look_after(0):
        pass
    assert [entry.id for entry in again.answer(AuditQuery())] == [count + 1, count]


def test_an_entry_from_a_clock_that_was_ahead_keeps_no_others(store):
    ahead = Audited(1, 10**15, "root", "kick", b"{}", "", (), "Removed bob")
    store.append([ahead, *many(1500)[1:], *expiry(1501, 1501)])
    while store.look_after(0):
        pass
    assert [entry.id for entry in store.answer(AuditQuery())] == [1501, 1]


def test_up_to_when_it_is_deleted_is_found_by_the_index(kept):
    kept.take_over()
    with contextlib.closing(connect(kept.path)) as db:
        assert "audit_by_expiry" in str(db.execute(f"EXPLAIN QUERY PLAN {erasing._EXPIRED}").fetchall())


def test_nothing_else_goes_and_nothing_without_such_an_entry(kept):
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        kept.append([AuditExpired(200)])
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        kept.append([expiry(200)[0], AuditExpired(201)])
    kept.append(expiry(200))
    with contextlib.closing(connect(kept.path)) as db, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute("DELETE FROM audit WHERE id = 2")


def test_no_file_holds_what_was_too_old(kept, tmp_path):
    kept.take_over()
    kept.log(expiry(200))
    kept.take_over()
    kept.settle()
    assert not [file.name for file in tmp_path.iterdir() if b"Banned bob" in file.read_bytes()]


def test_a_number_is_given_once(kept):
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        kept.append([KICK])


def test_an_entry_and_what_it_is_about_are_stored_together_or_not_at_all(store):
    store.append([said(1)])
    with pytest.raises(sqlite3.IntegrityError):
        store.append([BAN, said(1)])
    assert store.answer(AuditQuery()) == []


def test_it_outlives_a_restart(open_store):
    first = open_store()
    first.log([BAN])
    first.close()
    again = open_store()
    assert again.last_audit() == 1
    assert again.answer(AuditQuery()) == [BAN]
