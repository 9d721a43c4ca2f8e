"""A store that fails: members are told once, nothing that was shown is lost, and it goes on by itself."""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar

import pytest

from chatkit import upkeep
from chatkit.archive.history import History
from chatkit.control.aging import DAY
from chatkit.control.runner import NotStored
from chatkit.ircd import audit
from chatkit.ircd.apply import apply
from chatkit.ircd.events import Cause, RedactedByServer
from chatkit.ircd.quiet import AILING
from chatkit.server import Server
from chatkit.store import journal
from chatkit.store.records import EXPIRY, Audited, AuditQuery, Document, HistoryQuery
from tests.in_process import servers
from tests.processes import ServerProcess
from tests.sockets import RawClient

WELL = "This server stores messages again: go on"

T = TypeVar("T")


@pytest.fixture
def start_server(tmp_path):
    with servers(tmp_path, cloaks__mode="off") as start:
        yield start


@pytest.fixture
def server(start_server) -> Server:
    return start_server()


@pytest.fixture
def full(monkeypatch):
    """A disk that takes nothing of the journal, until it is told to."""
    write = os.write
    is_full = [True]

    def fails(fd: int, data: bytes) -> int:
        if is_full[0] and len(data) > 8:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(fd, data)

    monkeypatch.setattr(journal.os, "write", fails)
    return is_full


def said(lines: list[str]) -> list[str]:
    return [line.rpartition(" :")[2] for line in lines if " PRIVMSG " in line]


def test_everyone_is_told_once_and_it_recovers_by_itself(server, full):
    with RawClient(server.port) as alice, RawClient(server.port) as bob:
        full[0] = False
        alice.register("Alice")
        bob.register("Bob")
        alice.sync()
        full[0] = True
        alice.send("PRIVMSG #lobby :lost")
        lines = bob.until(lambda line: AILING in line)
        assert not said(lines)
        assert any(" NOT_STORED " in line for line in alice.until(lambda line: AILING in line))
        alice.send("PRIVMSG #lobby :refused", "PRIVMSG #lobby :refused too")
        assert " 404 " in alice.line()
        assert " 404 " in alice.line()
        assert AILING in server.health().why[0] or server.health().why
        assert not server.health().ready
        assert server.health().alive
        full[0] = False
        assert [line for line in bob.until(lambda line: WELL in line) if AILING in line] == []
        alice.until(lambda line: WELL in line)
        alice.send("PRIVMSG #lobby :kept")
        assert said([bob.line()]) == ["kept"]
        assert server.health().ready
    assert [r.text for r in server.store.answer(HistoryQuery("#lobby", 10))] == ["kept"]


def test_who_came_and_what_was_set_meanwhile_is_stored_when_it_works_again(server, full):
    full[0] = False
    with RawClient(server.port) as alice:
        alice.register("Alice")
        alice.send("JOIN #room")
        alice.sync()
        full[0] = True
        alice.send("PRIVMSG #room :lost")
        alice.until(lambda line: AILING in line)
        with RawClient(server.port) as bob:
            bob.register("Bob")
            bob.send("JOIN #room")
            alice.until(lambda line: "Bob" in line and " JOIN #room" in line)
        full[0] = False
        alice.until(lambda line: WELL in line)
    events = server.store.answer(HistoryQuery("#room", 100, events=True))
    assert [(record.command, record.source.partition("!")[0]) for record in events][:2] == [
        ("JOIN", "Alice"),
        ("JOIN", "Bob"),
    ]


def test_what_is_not_on_disk_yet_is_not_said_to_be_in_the_audit_log_and_gets_there(server, full):
    full[0] = False

    def note(ircd, now):
        return audit.note(ircd, now, "root", "kick", {}, "", ("bob",), "Removed bob")

    assert server.act(note) == 1
    full[0] = True
    with pytest.raises(NotStored) as caught:
        server.act(note)
    assert caught.value.result == 2
    full[0] = False
    deadline = time.monotonic() + 20
    while not server.health().ready:
        assert time.monotonic() < deadline
    assert [done.id for done in server.ask(AuditQuery())] == [2, 1]


def wait_for_the_first_look(server: Server) -> None:
    """Until the server has looked after its store as it does at its start: it never does so twice at once."""
    assert server._threads[0].turned().wait(20)
    deadline = time.monotonic() + 20
    while server._upkeep._looking.locked():
        assert time.monotonic() < deadline


def test_that_the_audit_log_has_an_end_is_not_noted_again_and_again_while_nothing_is_stored(start_server, full):
    full[0] = False
    server = start_server(**{"admin.audit_days": 1})
    wait_for_the_first_look(server)
    old = time.time_ns() // 1000 - 3 * DAY
    server.store.log([Audited(1, old, "root", "kick", b"{}", "", ("bob",), "Removed bob", b"")])
    server.act(lambda ircd, now: setattr(ircd, "audits", 1))
    full[0] = True
    for _ in range(3):
        server._upkeep._look_after()
    assert server.ircd.audits == 2
    full[0] = False
    deadline = time.monotonic() + 20
    while not server.health().ready:
        assert time.monotonic() < deadline
    assert [(done.id, done.what) for done in server.ask(AuditQuery())] == [(2, EXPIRY)]


def failing_at_first(function: Callable[..., T], calls: list[int]) -> Callable[..., T]:
    """``function``, whose first call meets a bug of ours; ``calls`` grows with each."""

    def call(*args: Any) -> T:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("injected")
        return function(*args)

    return call


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_exception_while_the_store_is_looked_after_does_not_end_that(start_server, full, monkeypatch, caplog):
    full[0] = False
    calls: list[int] = []
    monkeypatch.setattr(upkeep, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(upkeep, "expire_audit", failing_at_first(upkeep.expire_audit, calls))
    server = start_server(**{"admin.audit_days": 1})
    old = time.time_ns() // 1000 - 3 * DAY
    server.store.log([Audited(1, old, "root", "kick", b"{}", "", ("bob",), "Removed bob", b"")])
    server.act(lambda ircd, now: setattr(ircd, "audits", 1))
    wait_until(lambda: [done.what for done in server.ask(AuditQuery())] == [EXPIRY])
    assert len([record for record in caplog.records if "while looking after" in record.message]) == 1


def test_an_exception_while_it_is_tried_again_does_not_leave_the_server_read_only(server, full, monkeypatch, caplog):
    full[0] = False
    calls: list[int] = []
    monkeypatch.setattr(upkeep, "PROBE_SECONDS", 0.05)
    monkeypatch.setattr(server._keeper, "try_again", failing_at_first(server._keeper.try_again, calls))
    with RawClient(server.port) as alice:
        alice.register("Alice")
        full[0] = True
        alice.send("PRIVMSG #lobby :hello")
        wait_until(lambda: len(calls) > 1)
        full[0] = False
        alice.until(lambda line: WELL in line)
    assert len([record for record in caplog.records if "while looking after" in record.message]) == 1


@pytest.mark.parametrize("is_member", [True, False])
def test_what_is_taken_back_as_the_disk_fills_up_is_done_exactly_if_nobody_is_told_otherwise(server, full, is_member):
    full[0] = False
    with RawClient(server.port) as alice:
        alice.register("Alice", "draft/message-redaction message-tags echo-message")
        alice.send("PRIVMSG #lobby :oops")
        msgid = alice.until(lambda line: line.endswith(":oops"))[-1].partition("msgid=")[2].split(" ")[0].split(";")[0]
        full[0] = True
        if is_member:
            alice.send(f"REDACT #lobby {msgid}")
        else:
            by = Cause(server.ircd.sequence.last + 1, "chat.test")
            server.act(lambda ircd, now: apply(ircd, RedactedByServer(by, "#lobby", msgid, "")))
        told = alice.until(lambda line: AILING in line)
        assert any(" NOT_STORED " in line for line in told) is is_member
        assert any(" REDACT #lobby" in line and "FAIL" not in line for line in told) is not is_member
        full[0] = False
        alice.until(lambda line: WELL in line)
    found = server.store.answer(HistoryQuery("#lobby", 9))
    assert [record.text for record in found] == (["oops"] if is_member else [])


def test_what_can_never_be_stored_does_not_keep_it_read_only_for_ever(server, full):
    full[0] = False
    with RawClient(server.port) as alice:
        alice.register("Alice")
        alice.sync()
        full[0] = True
        alice.send("PRIVMSG #lobby :lost")
        alice.until(lambda line: AILING in line)
        server.act(lambda ircd, now: ircd.note(Document("test", "key", "\ud800")))  # a bug of ours
        full[0] = False
        alice.until(lambda line: WELL in line)
        assert server.health().ready


def test_a_server_that_starts_again_counts_on(start_server):
    first = start_server()
    first.act(lambda ircd, now: audit.note(ircd, now, "root", "kick", {}, "", (), "Removed bob"))
    first.stop()
    second = start_server()
    assert second.act(lambda ircd, now: audit.note(ircd, now, "root", "kick", {}, "", (), "Removed bob")) == 2


def test_a_database_that_turns_out_to_be_damaged_makes_it_read_only_until_it_is_started_again(
    server, start_server, monkeypatch
):
    def corrupt(*_):
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    with RawClient(server.port) as alice:
        alice.register("Alice", "batch draft/chathistory message-tags server-time")
        alice.send("PRIVMSG #lobby :before")
        alice.sync()
        monkeypatch.setattr(server.store, "take_over", corrupt)
        alice.send("CHATHISTORY LATEST #lobby * 10")
        alice.until(lambda line: AILING in line)
        assert "stop and start the server" in server.health().why[0]
        monkeypatch.undo()
        alice.send("PRIVMSG #lobby :no")
        alice.until(lambda line: " 404 " in line)
    server.stop()
    again = start_server()
    assert [r.text for r in again.store.answer(HistoryQuery("#lobby", 10))] == ["before"]


def test_a_process_whose_files_may_not_grow_loses_nothing_that_it_showed(tmp_path, monkeypatch):
    """A real full disk, as far as one can have it without being root: SQLite and the journal get EFBIG."""
    monkeypatch.setenv("CHATKIT_LIMITS_COMMANDS_PER_SECOND", "0")
    server = ServerProcess(tmp_path)
    try:
        with RawClient(server.port) as alice, RawClient(server.port) as bob:
            alice.register("Alice")
            bob.register("Bob")
            alice.send("PRIVMSG #lobby :first")
            seen = said(bob.until(lambda line: line.endswith(":first")))
            _limit(server, max(path.stat().st_size for path in tmp_path.iterdir()) + 2000)
            number = 0
            told = False
            while not told:
                number += 1
                alice.send(f"PRIVMSG #lobby :{number} {'x' * 300}")
                lines = bob.sync()
                seen += said(lines)
                told = any(AILING in line for line in lines)
            _limit(server, resource.RLIM_INFINITY)
            bob.until(lambda line: WELL in line)
            alice.send("PRIVMSG #lobby :last")
            seen += said(bob.until(lambda line: line.endswith(":last")))
    finally:
        server.kill()
    with closing(History(tmp_path)) as history:
        stored = [record.text for place in history.places(direct=False) for record in history.records(place)]
    assert stored == seen


def _limit(server: ServerProcess, size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))
