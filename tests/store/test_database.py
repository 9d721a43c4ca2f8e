"""The database: what was committed is there, once, in order; what was not is not."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from chatkit.store import opening
from chatkit.store.database import FILE_NAME, Store, StoreError
from chatkit.store.opening import open_database
from chatkit.store.records import AroundQuery, ConversationQuery, HistoryQuery, Record, RoomFate, TargetsQuery
from chatkit.store.schema import APPLICATION_ID, MIGRATIONS, VERSION
from tests.store.entries import said, seqs, told


@pytest.mark.smoke
def test_what_is_appended_comes_back_as_it_was(store):
    record = said(5, text="grüß dich \N{WAVING HAND SIGN}")
    store.append([record])
    assert store.answer(HistoryQuery("#room", 10)) == [record]
    assert store.last_seq() == 5


def test_an_empty_store_has_nothing(store):
    assert store.last_seq() == 0
    assert store.answer(HistoryQuery("#room", 10)) == []
    assert store.answer(AroundQuery("#room", 10, 5)) == []
    assert store.answer(TargetsQuery(("#room",), "~b", 10, 0, 99)) == []
    assert store.answer(ConversationQuery("~b", "alice")) is None


def test_records_are_kept_apart_by_target_and_in_order_whatever_the_order_of_arrival(store):
    store.append([said(3), said(1), said(2, "#other")])
    store.append([said(4, "#other"), said(5)])
    assert seqs(store.answer(HistoryQuery("#room", 10))) == [1, 3, 5]
    assert seqs(store.answer(HistoryQuery("#other", 10))) == [2, 4]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (HistoryQuery("#room", 3), [8, 9, 10]),
        (HistoryQuery("#room", 3, newest=False), [1, 2, 3]),
        (HistoryQuery("#room", 3, after=4), [8, 9, 10]),
        (HistoryQuery("#room", 3, after=4, newest=False), [5, 6, 7]),
        (HistoryQuery("#room", 3, before=4), [1, 2, 3]),
        (HistoryQuery("#room", 9, after=4, before=7), [5, 6]),
        (HistoryQuery("#room", 9, after=7, before=4), []),
        (AroundQuery("#room", 4, 5), [3, 4, 5, 6]),
        (AroundQuery("#room", 5, 5), [3, 4, 5, 6, 7]),
        (AroundQuery("#room", 4, 1), [1, 2, 3, 4]),
        (AroundQuery("#room", 4, 99), [9, 10]),
        (AroundQuery("#room", 1, 5), [5]),
    ],
)
def test_bounds_are_exclusive_and_the_limit_counts_from_its_end(store, query, found):
    store.append(said(seq) for seq in range(1, 11))
    assert seqs(store.answer(query)) == found


def test_a_seq_is_stored_once(store):
    store.append([said(1)])
    with pytest.raises(sqlite3.IntegrityError):
        store.append([said(1, text="again")])
    assert store.answer(HistoryQuery("#room", 10)) == [said(1)]


@pytest.mark.smoke
def test_a_batch_that_fails_leaves_nothing_and_the_next_succeeds(store):
    """All of them or, with sqlite3.Error raised, none."""
    store.append([said(1)])
    with pytest.raises(sqlite3.IntegrityError):
        store.append([said(2, "#new"), told(3, "a", "b"), said(1)])
    assert seqs(store.answer(HistoryQuery("#new", 10))) == []
    assert store.answer(ConversationQuery("~a", "b")) is None
    store.append([said(2, "#new"), told(3, "a", "b")])
    assert seqs(store.answer(HistoryQuery("#new", 10))) == [2]
    assert store.answer(ConversationQuery("~a", "b")) == "~a ~b"


def test_a_record_that_cannot_be_made_leaves_no_transaction_behind(store):
    def records():
        yield said(1)
        raise RuntimeError("a bug of the caller's")

    with pytest.raises(RuntimeError):
        store.append(records())
    store.append([said(1)])
    assert seqs(store.answer(HistoryQuery("#room", 10))) == [1]


# Conversations


def test_targets_are_those_whose_latest_message_lies_in_between(store):
    store.append([said(1, "#a"), told(2, "bob", "alice"), said(3, "#b"), said(4, "#a"), told(5, "eve", "alice")])
    every = TargetsQuery(("#a", "#b", "#empty"), "~alice", 9, 0, 99)
    assert seqs(store.answer(every)) == [2, 3, 4, 5]
    assert seqs(store.answer(TargetsQuery(("#a", "#b"), "~alice", 2, 0, 99))) == [2, 3]
    assert seqs(store.answer(TargetsQuery(("#a", "#b"), "~alice", 2, 0, 99, newest=True))) == [4, 5]
    assert seqs(store.answer(TargetsQuery(("#a",), "~bob", 9, 0, 4))) == [2]
    assert seqs(store.answer(TargetsQuery((), "~stranger", 9, 0, 99))) == []


def test_a_conversation_is_found_by_the_nick_that_the_other_had_last(store):
    store.append([told(1, "bob", "alice"), told(2, "alice", "Carol")])
    assert store.answer(ConversationQuery("~alice", "bob")) == "~alice ~bob"
    assert store.answer(ConversationQuery("~alice", "carol")) == "~Carol ~alice"
    assert store.answer(ConversationQuery("~alice", "alice")) is None
    assert store.answer(ConversationQuery("~eve", "bob")) is None


def test_of_two_who_had_one_nick_the_latest_is_meant(store):
    first = Record(1, "~1 ~me", "PRIVMSG", "bob!u@h", "~1", "me", "x", correspondents=("~1", "~me"))
    later = Record(2, "~2 ~me", "PRIVMSG", "bob!u@h", "~2", "me", "x", correspondents=("~2", "~me"))
    store.append([first, later])
    assert store.answer(ConversationQuery("~me", "bob")) == "~2 ~me"


# Files


@pytest.mark.smoke
def test_the_database_and_its_log_are_for_their_owner_alone(open_store, tmp_path):
    store = open_store()
    store.append([said(1)])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes) == {FILE_NAME, FILE_NAME + "-wal", FILE_NAME + "-shm"}
    assert set(modes.values()) == {0o600}


def test_a_database_that_others_could_read_is_closed_to_them(tmp_path, open_store):
    (tmp_path / FILE_NAME).touch(0o644)
    open_store()
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_close_leaves_one_file(open_store, tmp_path):
    store = open_store()
    store.append([said(1)])
    ask_from_a_thread(store, HistoryQuery("#room", 1))
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
    again = open_store()
    assert seqs(again.answer(HistoryQuery("#room", 9))) == [1]


def ask_from_a_thread(store: Store, query: HistoryQuery) -> None:
    """Ask from another thread, which gets a connection of its own."""
    found: list[list[Record]] = []
    thread = threading.Thread(target=lambda: found.append(store.answer(query)))
    thread.start()
    thread.join()
    assert found


def test_what_was_committed_outlives_a_process_that_never_closes(tmp_path, open_store):
    store = open_store()
    store.append([said(1), said(2)])
    again = open_store()  # while the first still has it open, as after a kill: its log was never moved
    assert (tmp_path / f"{FILE_NAME}-wal").stat().st_size > 0
    assert again.last_seq() == 2
    assert seqs(again.answer(HistoryQuery("#room", 9))) == [1, 2]


def test_settling_moves_the_log_into_the_database(tmp_path, store, monkeypatch):
    monkeypatch.setattr("chatkit.store.database.CHECKPOINT_PAGES", 1)
    assert not store.wants_settling
    store.append(said(seq, text="x" * 1000) for seq in range(1, 100))
    assert store.wants_settling
    before = (tmp_path / FILE_NAME).stat().st_size
    store.settle()
    assert not store.wants_settling
    assert (tmp_path / FILE_NAME).stat().st_size > before
    store.append([said(100)])
    assert len(store.answer(HistoryQuery("#room", 1000))) == 100


def test_the_log_begins_anew_though_somebody_always_writes_while_it_is_moved(tmp_path, store):
    log, reader = tmp_path / f"{FILE_NAME}-wal", sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    sizes = []
    for start in range(1, 2001, 100):
        store.append(said(seq) for seq in range(start, start + 50))
        reader.execute("BEGIN")
        reader.execute("SELECT max(seq) FROM messages").fetchone()  # holds ``settle`` back from what comes now
        store.append(said(seq) for seq in range(start + 50, start + 100))
        store.settle()
        reader.execute("COMMIT")
        sizes.append(log.stat().st_size)
    reader.close()
    assert sizes[-1] < 3 * sizes[0]


def test_the_numbers_of_targets_are_kept_for_a_bounded_number_of_them(store, monkeypatch):
    monkeypatch.setattr("chatkit.store.writing.MAX_TARGETS", 3)
    for seq in range(1, 21):
        store.append([said(seq, f"#room{seq % 10}"), said(seq + 100, f"#room{(seq + 1) % 10}")])
    assert len(store._writer._targets) <= 3
    assert seqs(store.answer(HistoryQuery("#room1", 10))) == [1, 11, 100 + 10, 100 + 20]


@pytest.mark.parametrize(("durability", "level"), [("process", 1), ("power", 2)])
def test_durability_decides_about_the_fsync(open_store, durability, level):
    store = open_store(durability=durability)
    assert store._writer.db.execute("PRAGMA synchronous").fetchone() == (level,)


@pytest.mark.smoke
def test_an_empty_file_becomes_a_database(tmp_path, open_store):
    (tmp_path / FILE_NAME).touch()
    open_store().append([said(1)])
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    connection.close()


def test_a_migration_that_fails_leaves_the_version_before(tmp_path, open_store, monkeypatch):
    migrations = ("CREATE TABLE one (x)", "CREATE TABLE two (x); CREATE TABLE one (x)")
    monkeypatch.setattr("chatkit.store.opening.MIGRATIONS", migrations)
    monkeypatch.setattr("chatkit.store.opening.VERSION", 2)
    with pytest.raises(StoreError, match="table one already exists"):
        open_store()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("one",)]
    connection.close()


def test_whoever_comes_second_to_an_old_database_finds_it_up_to_date(tmp_path, monkeypatch):
    """Between its look at the version and its turn to write."""
    path = tmp_path / FILE_NAME
    old_database(path)
    asked = opening._version
    looks = iter(range(9))

    def asked_first(db: sqlite3.Connection, path: Path) -> int:
        version = asked(db, path)
        if next(looks) == 0:
            open_database(path, "process").close()
        return version

    monkeypatch.setattr(opening, "_version", asked_first)
    with contextlib.closing(open_database(path, "process")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)


@pytest.mark.parametrize("is_old", [True, False], ids=["old", "new"])
def test_many_processes_may_open_a_database_at_the_same_time(tmp_path, is_old):
    path = tmp_path / FILE_NAME
    if is_old:
        old_database(path)
    pipe = subprocess.PIPE
    opened = [
        subprocess.Popen([sys.executable, "-c", OPENS, str(path)], stdin=pipe, stdout=pipe, stderr=pipe)
        for _ in range(6)
    ]
    for process in opened:
        assert process.stdout is not None
        process.stdout.readline()
    for process in opened:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [process.communicate()[1] for process in opened] == [b""] * 6
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)


OPENS = """
import sys, pathlib
from chatkit.store.opening import open_database
print("ready", flush=True)
sys.stdin.readline()
open_database(pathlib.Path(sys.argv[1]), "process").close()
"""


def old_database(path: Path) -> None:
    """One of the first version."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(f"{MIGRATIONS[0]}; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1")


@pytest.mark.smoke
def test_a_newer_version_is_refused_untouched_and_the_error_names_the_file(tmp_path, open_store):
    path = tmp_path / FILE_NAME
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        open_store()
    assert str(path) in str(caught.value)
    assert f"version {VERSION + 1}" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"this is no database " * 100, b"\0" * 5000])
def test_garbage_is_refused_and_left_alone(tmp_path, open_store, content):
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    with pytest.raises(StoreError, match="file is not a database") as caught:
        open_store()
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_a_place_that_cannot_hold_a_database_is_named(tmp_path):
    with pytest.raises(StoreError) as caught:
        Store(tmp_path / "nowhere")
    assert str(caught.value) == f"cannot use the database {tmp_path / 'nowhere' / FILE_NAME}: No such file or directory"
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StoreError, match="unable to open database file"):
        Store(tmp_path)


# Threads


def test_readers_see_whole_batches_only_while_the_writer_goes_on(store):
    """Readers never wait for the writer, nor it for them; a batch is seen whole or not at all."""
    batch, batches = 10, 100
    done = threading.Event()
    torn: list[int] = []

    def read() -> None:
        while not done.is_set():
            count = len(store.answer(HistoryQuery("#room", 100_000)))
            if count % batch:
                torn.append(count)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(batches):
        store.append(said(number * batch + index + 1) for index in range(batch))
    done.set()
    for reader in readers:
        reader.join()
    assert torn == []
    assert seqs(store.answer(HistoryQuery("#room", 100_000))) == [*range(1, batch * batches + 1)]


def test_settling_disturbs_neither_reading_nor_writing(store):
    done = threading.Event()
    errors: list[Exception] = []

    def settle() -> None:
        while not done.is_set():
            try:
                store.settle()
            except sqlite3.Error as error:
                errors.append(error)

    thread = threading.Thread(target=settle)
    thread.start()
    for seq in range(1, 301):
        store.append([said(seq)])
    done.set()
    thread.join()
    assert errors == []
    assert len(store.answer(HistoryQuery("#room", 1000))) == 300


def test_a_room_that_was_closed_when_the_server_died_begins_anew(open_store):
    """Who was let in is not known any more, so nobody may read it; the messages stay stored."""
    store = open_store()
    store.append([said(1, "#boss"), RoomFate("#boss", "closed"), said(2, "#boss"), said(3, "#open")])
    store.close()
    reopened = open_store()
    assert reopened.answer(HistoryQuery("#boss", 10)) == []
    assert seqs(reopened.answer(HistoryQuery("#open", 10))) == [3]
    reopened.append([said(4, "#boss")])
    assert seqs(reopened.answer(HistoryQuery("#boss", 10))) == [4]
    assert reopened.last_seq() == 4


def test_what_follows_the_end_of_a_room_in_one_transaction_is_another_rooms(store):
    store.append([said(1, "#boss"), RoomFate("#boss", "ended"), said(2, "#boss")])
    assert seqs(store.answer(HistoryQuery("#boss", 10))) == [2]
