"""The journal: what was logged is found and outlives the process, once and in its order, whatever fails on the way."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatkit.store import database, journal
from chatkit.store.database import Store
from chatkit.store.records import Document, HistoryQuery, Record, Redaction, RoomFate
from tests.examples import examples
from tests.store.entries import happened, said, seqs, told

EVERYTHING = HistoryQuery("#room", 100_000, events=True)


def die(store: Store) -> None:
    """Leave the files as a kill would: nothing is taken over, nothing is closed."""
    store._waiting.clear()
    store._journal.size = 1  # so that the file stays


@pytest.mark.smoke
def test_whoever_asks_finds_what_was_logged_before(store):
    for seq in range(1, 50):
        store.log([said(seq)])
        assert store.answer(HistoryQuery("#room", 1)) == [said(seq)]


@pytest.mark.smoke
def test_what_was_logged_outlives_a_process_that_never_closes_once_and_in_order(open_store):
    store = open_store()
    store.log([said(1), happened(2), told(3, "alice", "bob")])
    store.log([Document("thing", "key", b"1"), RoomFate("#room", "closed"), RoomFate("#room", "open"), said(4)])
    store.log([Document("thing", "key", b"2")])
    die(store)
    again = open_store()
    assert again.last_seq() == 4
    assert seqs(again.answer(EVERYTHING)) == [1, 2, 4]
    assert list(again.documents("thing")) == [("key", b"2")]
    die(again)
    assert seqs(open_store().answer(EVERYTHING)) == [1, 2, 4]


def test_what_was_taken_over_before_the_process_died_is_not_taken_twice(open_store, monkeypatch):
    store = open_store()
    store.log([said(1)])
    store.log([said(2)])
    monkeypatch.setattr(store._journal, "empty", lambda: None)  # it dies between the two steps
    store.take_over()
    store.log([said(3)])
    die(store)
    assert seqs(open_store().answer(EVERYTHING)) == [1, 2, 3]


def test_two_processes_may_take_it_over_at_the_same_time(open_store, tmp_path):
    store = open_store()
    for seq in range(1, 1001):
        store.log([said(seq)])
    failed: list[BaseException] = []

    def other() -> None:
        db = database.connect(store.path)
        try:
            database.take_over(database.Writer(db), tmp_path / journal.FILE_NAME)
        except BaseException as error:
            failed.append(error)
        finally:
            db.close()

    threads = [threading.Thread(target=other) for _ in range(2)]
    for thread in threads:
        thread.start()
    store.take_over()
    for thread in threads:
        thread.join()
    assert failed == []
    assert seqs(store.answer(EVERYTHING)) == [*range(1, 1001)]


def test_a_room_that_another_process_has_ended_begins_anew(store, tmp_path):
    store.append([said(1), RoomFate("#room", "closed")])
    store.log([said(2), RoomFate("#room", "ended")])
    db = database.connect(store.path)
    database.take_over(database.Writer(db), tmp_path / journal.FILE_NAME)
    db.close()
    store.log([said(3)])
    assert seqs(store.answer(EVERYTHING)) == [3]


@given(cut=st.integers(0, 2000), junk=st.binary(max_size=30))
def test_of_a_file_that_was_cut_short_every_whole_batch_is_read(tmp_path_factory, cut, junk):
    path = tmp_path_factory.mktemp("journal") / journal.FILE_NAME
    batches = [(number, [said(number), told(number + 100, "a", "b", "\N{SNOWMAN}\0")]) for number in range(1, 6)]
    identity = b"0123456789abcdef"
    pieces = [journal.written(*batch, journal.seed_of(identity)) for batch in batches]
    head = journal._START.pack(journal._MAGIC, identity)
    whole = b"".join(pieces)
    path.write_bytes(head + whole[:cut] + junk)
    found = journal.read(path)
    count = sum(len(b"".join(pieces[:number])) <= cut for number in range(1, 6))
    assert found.identity == identity
    assert found.batches[:count] == batches[:count]
    assert b"".join(pieces[: len(found.batches)]) + found.rest == whole[:cut] + junk


def test_a_journal_of_another_database_is_put_aside_and_told(open_store, tmp_path, caplog):
    """Its numbers would say that some of it is there already, and the rest belongs to somebody else."""
    store = open_store()
    store.log([said(1)])
    store.close()
    store.log([said(2)])
    die(store)
    foreign = (tmp_path / journal.FILE_NAME).read_bytes()
    (tmp_path / database.FILE_NAME).unlink()
    again = open_store()
    assert seqs(again.answer(EVERYTHING)) == []
    identity = journal._START.unpack_from(foreign)[1]
    aside = tmp_path / f"chatkit.{identity.hex()[:8]}"
    assert aside.read_bytes() == foreign
    assert str(aside) in caplog.text
    again.log([said(3)])
    die(again)
    assert seqs(open_store().answer(EVERYTHING)) == [3]


def as_foreign(path: Path, log: Sequence[tuple[int, list[Record]]]) -> bytes:
    """Make ``path`` the journal of some other database."""
    identity = b"another database"
    batches = [journal.written(*batch, journal.seed_of(identity)) for batch in log]
    path.write_bytes(journal._START.pack(journal._MAGIC, identity) + b"".join(batches))
    return path.read_bytes()


def test_who_reads_beside_a_server_takes_nothing_from_a_journal_of_another_database(open_store, tmp_path):
    store = open_store()
    as_foreign(tmp_path / journal.FILE_NAME, [(1, [said(1)])])
    beside(store)
    with contextlib.closing(database.connect(store.path)) as db:
        assert db.execute("SELECT count(*) FROM messages").fetchone() == (0,)


@pytest.mark.parametrize("place", [0, 7, 8, 23, range(24)], ids=str)
def test_of_a_journal_whose_first_bytes_are_damaged_all_batches_are_taken_over(open_store, tmp_path, caplog, place):
    """They say themselves whose they are."""
    store = open_store()
    store.log([said(1)])
    store.log([said(2), told(3, "alice", "bob")])
    die(store)
    damage(tmp_path / journal.FILE_NAME, [place] if isinstance(place, int) else place)
    again = open_store()
    assert again.last_seq() == 3
    assert seqs(again.answer(EVERYTHING)) == [1, 2]
    assert "the beginning of" in caplog.text
    assert not list(tmp_path.glob("chatkit.damaged*"))
    again.log([said(4)])
    die(again)
    assert seqs(open_store().answer(EVERYTHING)) == [1, 2, 4]


def test_one_whose_first_bytes_have_come_to_be_those_of_an_older_one_is_taken_over_too(open_store, tmp_path):
    store = open_store()
    store.log([said(1)])
    die(store)
    path = tmp_path / journal.FILE_NAME
    path.write_bytes(journal._OLD_MAGIC + path.read_bytes()[len(journal._OLD_MAGIC) :])
    assert seqs(open_store().answer(EVERYTHING)) == [1]


def test_of_one_that_was_cut_short_too_the_whole_batches_are(open_store, tmp_path):
    store = open_store()
    store.log([said(1)])
    store.log([said(2)])
    die(store)
    path = tmp_path / journal.FILE_NAME
    damage(path, [12])
    path.write_bytes(path.read_bytes()[:-1])
    assert seqs(open_store().answer(EVERYTHING)) == [1]
    assert (tmp_path / "chatkit.damaged").read_bytes() == journal.written(2, [said(2)], seed_in(tmp_path))[:-1]


def test_batches_of_another_database_are_never_taken_for_ones_own(open_store, tmp_path):
    """Not even where the first bytes say so."""
    store = open_store()
    store.log([said(1)])
    store.take_over()
    store.close()
    path = tmp_path / journal.FILE_NAME
    foreign = as_foreign(path, [(2, [said(2)])])
    with contextlib.closing(database.connect(store.path)) as db:
        path.write_bytes(journal._START.pack(journal._MAGIC, database.identity_of(db)) + foreign[24:])
    assert seqs(open_store().answer(EVERYTHING)) == [1]
    assert (tmp_path / "chatkit.damaged").read_bytes() == foreign[24:]


def test_what_an_older_server_left_is_taken_over(open_store, tmp_path):
    """Its checksums know nothing of the identity."""
    open_store().close()
    as_old(tmp_path, [(1, [said(1)])])
    assert seqs(open_store().answer(EVERYTHING)) == [1]


def test_an_older_journal_whose_identity_is_damaged_is_kept_as_it_is(open_store, tmp_path):
    """Nothing in it tells whether it is another database's."""
    open_store().close()
    path = as_old(tmp_path, [(1, [said(1)])])
    damage(path, [8])
    before = path.read_bytes()
    assert seqs(open_store().answer(EVERYTHING)) == []
    assert before in [file.read_bytes() for file in tmp_path.iterdir()]


def damage(path: Path, places: Iterable[int]) -> None:
    data = bytearray(path.read_bytes())
    for place in places:
        data[place] ^= 0x55
    path.write_bytes(data)


def seed_in(directory: Path) -> int:
    """That of the database there."""
    with contextlib.closing(database.connect(directory / database.FILE_NAME)) as db:
        return journal.seed_of(database.identity_of(db))


def as_old(directory: Path, log: Sequence[tuple[int, list[Record]]]) -> Path:
    """Leave the journal of a server that wrote them the old way."""
    path = directory / journal.FILE_NAME
    with contextlib.closing(database.connect(directory / database.FILE_NAME)) as db:
        head = journal._START.pack(journal._OLD_MAGIC, database.identity_of(db))
    path.write_bytes(head + b"".join(journal.written(*batch, 0) for batch in log))
    return path


def test_the_end_that_cannot_be_read_is_kept_aside_and_told(open_store, tmp_path, caplog):
    store = open_store()
    store.log([said(1)])
    store.log([said(2)])
    die(store)
    path = tmp_path / journal.FILE_NAME
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    again = open_store()
    assert seqs(again.answer(EVERYTHING)) == [1]
    aside = tmp_path / "chatkit.damaged"
    assert aside.read_bytes() == bytes(data[-len(journal.written(2, [said(2)], 0)) :])
    assert aside.stat().st_mode & 0o777 == 0o600
    assert str(aside) in caplog.text
    again.log([said(3)])
    die(again)
    assert seqs(open_store().answer(EVERYTHING)) == [1, 3]


def test_zeros_at_the_end_as_a_power_failure_leaves_them_keep_nobody_from_starting(open_store, tmp_path):
    store = open_store()
    store.log([said(1)])
    die(store)
    with (tmp_path / journal.FILE_NAME).open("ab") as file:
        file.write(bytes(4096))
    assert seqs(open_store().answer(EVERYTHING)) == [1]
    assert (tmp_path / "chatkit.damaged").read_bytes() == bytes(4096)


def beside(store: Store) -> None:
    """What ``chatkit history`` does to a server's database."""
    with contextlib.closing(database.connect(store.path)) as db:
        database.take_over(database.Writer(db), store.path.with_name(journal.FILE_NAME))


def test_whoever_reads_beside_a_server_leaves_a_write_that_is_under_way_alone(store, tmp_path):
    store.log([said(1)])
    with (tmp_path / journal.FILE_NAME).open("ab") as file:
        file.write(journal.written(2, [said(2)], seed_in(tmp_path))[:-1])
    beside(store)
    assert not (tmp_path / "chatkit.damaged").exists()
    assert seqs(store.answer(EVERYTHING)) == [1]


def test_what_another_process_deletes_for_the_server_leaves_the_journal_and_the_log_too(store, tmp_path):
    store.log([said(1, text="a secret"), Redaction("#room", 1)])
    beside(store)
    store.log([said(2)])
    store.take_over()
    assert store.wants_settling
    store.settle()
    for path in tmp_path.iterdir():
        assert b"a secret" not in path.read_bytes(), path


# What fails


def test_a_disk_that_is_full_in_the_middle_leaves_nothing_and_the_next_succeeds(open_store, monkeypatch):
    store = open_store()
    store.log([said(1)])
    write = os.write
    with monkeypatch.context() as full:
        full.setattr(journal.os, "write", lambda fd, data: write(fd, data[: len(data) // 2]))
        with pytest.raises(OSError, match="No space left") as caught:
            store.log([said(2)])
    assert caught.value.errno == errno.ENOSPC
    store.log([said(3)])
    die(store)
    assert seqs(open_store().answer(EVERYTHING)) == [1, 3]


def test_what_a_failing_disk_left_is_removed_before_anything_comes_behind_it(open_store, monkeypatch):
    store = open_store()
    store.log([said(1)])
    write = os.write
    with monkeypatch.context() as broken:
        broken.setattr(journal.os, "write", lambda fd, data: write(fd, data[: len(data) // 2]))
        broken.setattr(journal.os, "ftruncate", failing)
        for why in ("No space left", "Input/output error"):
            with pytest.raises(OSError, match=why):
                store.log([said(2)])
    store.log([said(3)])
    die(store)
    assert seqs(open_store().answer(EVERYTHING)) == [1, 3]


def failing(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


def test_a_batch_that_was_refused_after_another_process_read_it_costs_no_later_one(open_store, monkeypatch):
    store = open_store(durability="power")

    def synced(fd: int) -> None:
        beside(store)
        failing()

    with monkeypatch.context() as broken:
        broken.setattr(journal.os, "fdatasync", synced)
        with pytest.raises(OSError, match="error"):
            store.log([said(1)])
    store.log([said(2)])
    assert 2 in seqs(store.answer(EVERYTHING))


def test_a_database_that_is_damaged_is_no_reason_to_put_anything_aside(store, monkeypatch, tmp_path):
    def damaged(entries: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    store.log([said(1)])
    with monkeypatch.context() as broken:
        broken.setattr(store._writer, "take_over", damaged)
        with pytest.raises(sqlite3.DatabaseError, match="malformed"):
            store.take_over()
    assert not (tmp_path / "chatkit.damaged").exists()
    assert seqs(store.answer(EVERYTHING)) == [1]


def test_nothing_that_fails_at_the_end_keeps_the_files_open(open_store, monkeypatch, caplog):
    store = open_store()
    store.log([said(1)])
    with monkeypatch.context() as broken:
        broken.setattr(store._writer, "take_over", failing)
        store.close()
    assert "keeps what is new" in caplog.text
    assert seqs(open_store().answer(EVERYTHING)) == [1]


def test_when_too_much_waits_for_a_database_that_fails_nobody_waits_with_it(store, monkeypatch):
    monkeypatch.setattr(database, "TOO_MUCH", 2)
    tried: list[object] = []

    def locked(batches: object) -> None:
        tried.append(batches)
        raise sqlite3.OperationalError("database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(store._writer, "take_over", locked)
        for seq in range(1, 4):
            store.log([said(seq)])
        with pytest.raises(sqlite3.OperationalError):
            store.take_over()
        for _ in range(10):
            with pytest.raises(sqlite3.OperationalError, match="too much waits"):
                store.log([said(4)])
        assert len(tried) == 1
    store.take_over()
    store.log([said(5)])
    assert seqs(store.answer(EVERYTHING)) == [1, 2, 3, 5]


def test_a_database_that_another_process_holds_is_not_waited_for_long(store):
    with contextlib.closing(database.connect(store.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        store.log([said(1)])
        began = time.monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            store.take_over()
        assert time.monotonic() - began < database.BUSY_SECONDS
        other.execute("ROLLBACK")
    assert seqs(store.answer(EVERYTHING)) == [1]


def test_while_the_database_fails_the_journal_keeps_what_is_logged(open_store, monkeypatch):
    store = open_store()

    def full(entries: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as failing:
        failing.setattr(store._writer, "take_over", full)
        for seq in range(1, 4):
            store.log([said(seq)])
        with pytest.raises(sqlite3.OperationalError):
            store.answer(EVERYTHING)
        assert store.is_behind
    assert seqs(store.answer(EVERYTHING)) == [1, 2, 3]
    assert not store.is_behind


def test_what_the_database_refuses_is_put_aside_and_holds_nothing_up(open_store, tmp_path, caplog):
    store = open_store()
    store.log([said(1)])
    store.log([said(1, text="a bug: the same number again")])
    store.log([said(2)])
    assert seqs(store.answer(EVERYTHING)) == [1, 2]
    assert b"the same number again" in (tmp_path / "chatkit.damaged").read_bytes()
    assert "UNIQUE constraint failed" in caplog.text
    die(store)
    assert seqs(open_store().answer(EVERYTHING)) == [1, 2]


def test_more_than_the_database_can_follow_is_taken_over_by_whoever_logs(store, monkeypatch):
    monkeypatch.setattr(database, "TOO_MUCH", 10)
    for seq in range(1, 100):
        store.log([said(seq)])
        assert store._waiting_entries <= 11


# The file


def size(directory: Path) -> int:
    return (directory / journal.FILE_NAME).stat().st_size


def test_the_journal_is_emptied_when_the_database_has_it_all(store, tmp_path):
    store.log([said(1)])
    assert size(tmp_path) > 0
    store.take_over()
    assert size(tmp_path) == 0


def test_the_journal_is_emptied_though_somebody_always_writes(store, tmp_path, monkeypatch):
    monkeypatch.setattr(database, "JOURNAL_BYTES", 10_000)
    take_over, counter = store._writer.take_over, iter(range(1, 1_000_000))

    def meanwhile(batches: object) -> None:
        take_over(batches)
        if not store._logging.locked():
            store.log([said(next(counter), text="x" * 100)])

    monkeypatch.setattr(store._writer, "take_over", meanwhile)
    for _ in range(300):
        store.log([said(next(counter), text="x" * 100)])
        store.take_over()
        assert size(tmp_path) < 11_000


def test_what_is_deleted_leaves_the_journal_too(store, tmp_path):
    store.log([said(1, text="a secret")])
    store.log([Redaction("#room", 1), said(2)])
    assert b"a secret" in (tmp_path / journal.FILE_NAME).read_bytes()
    store.take_over()
    assert b"a secret" not in (tmp_path / journal.FILE_NAME).read_bytes()
    assert seqs(store.answer(EVERYTHING)) == [2]


def test_the_journal_is_for_its_owner_alone_and_gone_after_the_end(open_store, tmp_path):
    store = open_store()
    store.log([said(1)])
    assert (tmp_path / journal.FILE_NAME).stat().st_mode & 0o777 == 0o600
    store.close()
    assert not (tmp_path / journal.FILE_NAME).exists()
    assert seqs(open_store().answer(EVERYTHING)) == [1]


@pytest.mark.parametrize(("durability", "times"), [("process", 0), ("power", 2)])
def test_durability_decides_about_the_fsync(open_store, monkeypatch, durability, times):
    synced: list[int] = []
    monkeypatch.setattr(journal.os, "fdatasync", synced.append)
    store = open_store(durability=durability)
    store.log([said(1)])
    store.log([said(2)])
    assert len(synced) == times


# Many at once

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\\u0'\"\n"), max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(50))
@given(values=st.lists(st.tuples(texts, texts, texts, st.booleans(), st.booleans()), min_size=25, max_size=40))
def test_many_rows_at_once_are_stored_as_they_are(tmp_path_factory, values):
    store = Store(tmp_path_factory.mktemp("store"))
    try:
        records = [
            Record(seq, "#room", "TOPIC" if is_event else "PRIVMSG", source, "~1", "#room", text, "", account, bot)
            for seq, (text, source, account, bot, is_event) in enumerate(values, 1)
        ]
        store.log(records)
        assert store.answer(EVERYTHING) == records
    finally:
        store.close()
