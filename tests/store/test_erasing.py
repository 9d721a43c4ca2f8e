"""What is deleted is gone: for those who ask, from the search, and from the files."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from chatkit.store import erasing
from chatkit.store.database import Store
from chatkit.store.erasing import DAY, Keep
from chatkit.store.records import (
    ConversationQuery,
    Document,
    Forgotten,
    HistoryQuery,
    KeyForgotten,
    Redaction,
    SearchQuery,
    TargetsQuery,
)
from tests.store.entries import happened, said, seqs, told

WORD = "Zyzzyva"


def everywhere(directory: Path, word: str) -> list[str]:
    """The names of the files that hold ``word``."""
    data = {path.name: path.read_bytes().lower() for path in directory.iterdir()}
    return sorted(name for name, content in data.items() if word.lower().encode() in content)


def look_after(store: Store, now: int = 0) -> None:
    """What the server's workers do, until all is done."""
    while store.look_after(now) or store.wants_settling:
        pass


@pytest.fixture
def tidy_at_once(monkeypatch):
    monkeypatch.setattr("chatkit.store.index.TIDY_SECONDS", 0.0)


# Redaction


@pytest.mark.smoke
def test_a_redacted_message_is_gone_and_the_others_stay(store):
    store.append([said(1), said(2), said(3)])
    store.append([Redaction("#room", 2)])
    assert seqs(store.answer(HistoryQuery("#room", 9))) == [1, 3]


def test_a_message_is_redacted_in_its_target_alone(store):
    store.append([said(1, "#a"), said(2, "#b"), Redaction("#b", 1), Redaction("#nowhere", 2), Redaction("#b", 99)])
    assert seqs(store.answer(HistoryQuery("#a", 9))) == [1]
    assert seqs(store.answer(HistoryQuery("#b", 9))) == [2]


def test_an_event_is_redacted_in_its_room_alone(store):
    store.append([happened(1, "#a", "TAGMSG"), happened(1, "#b", "TAGMSG"), Redaction("#a", 1)])
    assert store.answer(HistoryQuery("#a", 9, events=True)) == []
    assert seqs(store.answer(HistoryQuery("#b", 9, events=True))) == [1]


@pytest.mark.parametrize("deletion", [Redaction("#room", 5000), Forgotten("#room"), KeyForgotten("~e")])
def test_no_file_holds_what_was_deleted(store, tmp_path, tidy_at_once, deletion):
    store.append(said(seq, "#other", f"number {seq}") for seq in range(1, 1000))
    store.append(said(seq) for seq in range(1000, 1050))
    look_after(store)
    store.append([said(5000, text=f"about {WORD} and more", nick="eve")])
    look_after(store)
    assert everywhere(tmp_path, WORD) == ["chatkit.db-wal", "search.db-wal"]
    store.append([deletion])
    look_after(store)
    assert everywhere(tmp_path, WORD) == []
    assert len(store.answer(HistoryQuery("#other", 5000))) == 999


def test_no_file_holds_a_deleted_document(store, tmp_path):
    store.append([Document("account", "alice", WORD.encode())])
    store.append([Document("account", "alice", None)])
    look_after(store)
    assert everywhere(tmp_path, WORD) == []


def test_the_log_is_emptied_later_if_somebody_reads_it(store, tmp_path, monkeypatch):
    monkeypatch.setattr("chatkit.store.database.SHRED_SECONDS", 0.0)
    store.append([said(1, text=WORD)])
    reader = store._reader()
    other = Store(tmp_path)._reader()
    other.execute("BEGIN")
    other.execute("SELECT * FROM messages").fetchone()
    store.append([Redaction("#room", 1)])
    store.settle()
    assert store.wants_settling, "it was not emptied, so it must be tried again"
    other.execute("COMMIT")
    other.close()
    store.settle()
    assert not store.wants_settling
    assert everywhere(tmp_path, WORD) == []
    assert reader.execute("PRAGMA busy_timeout").fetchone() == (5000,)


# Rooms and people


def test_a_forgotten_room_is_empty_and_can_be_used_again(store):
    store.append([said(1), happened(2), said(3, "#other"), Forgotten("#room"), said(4), Forgotten("#nowhere")])
    assert seqs(store.answer(HistoryQuery("#room", 9, events=True))) == [4]
    assert seqs(store.answer(HistoryQuery("#other", 9))) == [3]
    store.append([said(5)])
    assert seqs(store.answer(HistoryQuery("#room", 9))) == [4, 5]


def test_a_forgotten_conversation_is_nobodys_any_more(store):
    store.append([told(1, "bob", "alice"), told(2, "carol", "alice"), Forgotten("~alice ~bob")])
    assert seqs(store.answer(TargetsQuery((), "~alice", 9, 0, 99))) == [2]
    assert store.answer(ConversationQuery("~bob", "alice")) is None
    store.append([told(3, "bob", "alice")])
    assert seqs(store.answer(HistoryQuery("~alice ~bob", 9))) == [3]


def test_a_large_room_is_out_of_reach_at_once_and_deleted_in_slices(store, monkeypatch):
    monkeypatch.setattr(erasing, "SLICE", 10)
    monkeypatch.setattr(erasing, "AT_ONCE", 20)
    store.append([*(said(seq) for seq in range(1, 101)), *(happened(seq) for seq in range(101, 201))])
    store.append([Forgotten("#room")])
    assert store.answer(HistoryQuery("#room", 999, events=True)) == []
    assert store.last_seq() > 0
    look_after(store)
    assert store.last_seq() == 0


def test_all_that_a_key_said_is_gone_and_all_of_its_conversations(store):
    store.append([said(1, nick="eve"), said(2, nick="bob"), happened(3, nick="eve"), happened(4, nick="bob")])
    store.append([told(5, "e", "alice"), told(6, "alice", "e"), told(7, "alice", "bob")])
    store.append([KeyForgotten("~e"), KeyForgotten("~nobody")])
    assert seqs(store.answer(HistoryQuery("#room", 9, events=True))) == [2, 4]
    assert seqs(store.answer(TargetsQuery((), "~alice", 9, 0, 99))) == [7]
    assert store.answer(HistoryQuery("~alice ~e", 9)) == []


def test_what_a_forgotten_key_says_later_stays(store):
    store.append([said(1, nick="eve"), KeyForgotten("~e"), said(2, nick="eve")])
    look_after(store)
    assert seqs(store.answer(HistoryQuery("#room", 9))) == [2]


def test_a_key_that_said_much_is_forgotten_in_slices_over_a_restart(open_store, monkeypatch):
    monkeypatch.setattr(erasing, "LOOK", 10)
    monkeypatch.setattr(erasing, "AT_ONCE", 1)
    store = open_store()
    store.append(said(seq, nick="eve" if seq % 2 else "bob") for seq in range(1, 101))
    store.append([KeyForgotten("~e")])
    left = len(store.answer(HistoryQuery("#room", 999)))
    assert 50 < left < 100
    store.close()
    store = open_store()
    look_after(store)
    assert seqs(store.answer(HistoryQuery("#room", 999))) == [*range(2, 101, 2)]


def test_a_disk_that_fails_is_tried_again_after_a_while_and_nothing_deleted_stays_in_the_log(store, monkeypatch):
    class Failing:
        def execute(self, statement: str) -> None:
            raise sqlite3.OperationalError("disk I/O error")

    store.append([said(1, text="to be gone"), Redaction("#room", 1)])
    with monkeypatch.context() as failing:
        failing.setattr(store, "_reader", Failing)
        with pytest.raises(sqlite3.OperationalError):
            store.settle()
    assert not store.wants_settling
    monkeypatch.setattr("chatkit.store.database.time.monotonic", lambda: store._shred_at)
    assert store.wants_settling
    store.settle()
    assert not store.wants_settling
    assert store.path.with_name("chatkit.db-wal").stat().st_size == 0


# Retention


def test_what_is_older_than_its_days_is_deleted(open_store):
    store = open_store(keep=Keep(days=2))
    store.append([said(DAY), happened(DAY + 1), said(2 * DAY), happened(2 * DAY + 1), said(3 * DAY)])
    assert not store.expire(4 * DAY)
    assert seqs(store.answer(HistoryQuery("#room", 9, events=True))) == [2 * DAY, 2 * DAY + 1, 3 * DAY]


def test_each_room_and_conversation_keeps_its_newest_messages_and_what_happened_since(open_store):
    store = open_store(keep=Keep(messages=2))
    store.append([*(said(seq) for seq in range(1, 6)), said(10, "#small"), happened(3), happened(5)])
    store.append([told(20, "a", "b"), told(21, "b", "a"), told(22, "a", "b")])
    store.expire(0)
    assert seqs(store.answer(HistoryQuery("#room", 9, events=True))) == [4, 5, 5]
    assert seqs(store.answer(HistoryQuery("#small", 9))) == [10]
    assert seqs(store.answer(HistoryQuery("~a ~b", 9))) == [21, 22]


def test_everything_is_kept_unless_somebody_says_otherwise(store):
    store.append([said(1), happened(2)])
    assert not store.expire(1000 * 365 * DAY)
    assert seqs(store.answer(HistoryQuery("#room", 9, events=True))) == [1, 2]


def test_between_slices_others_may_write(open_store, monkeypatch):
    """The lock is free between slices: nobody waits for more than one."""
    monkeypatch.setattr(erasing, "SLICE", 10)
    store, held = open_store(keep=Keep(messages=1)), []

    class Guard:
        def __enter__(self) -> None:
            held.append(len(store.answer(HistoryQuery("#room", 999))))

        def __exit__(self, *error: object) -> None:
            pass

    store.append(said(seq) for seq in range(1, 102))
    monkeypatch.setattr(store, "_taking", Guard())
    store.expire(0)
    assert held == [*range(101, 1, -10)]


def test_expiry_that_takes_long_says_that_more_is_left(open_store, monkeypatch):
    monkeypatch.setattr(erasing, "SLICE", 10)
    monkeypatch.setattr("chatkit.store.database.WORK_SECONDS", 0.0)
    store = open_store(keep=Keep(messages=1))
    store.append(said(seq) for seq in range(1, 32))
    calls = 1
    while store.expire(0):
        calls += 1
    assert calls == 4
    assert seqs(store.answer(HistoryQuery("#room", 999))) == [31]


def test_messages_are_stored_while_old_ones_are_deleted(open_store):
    store = open_store(keep=Keep(messages=100))
    store.append(said(seq) for seq in range(1, 5001))
    worker = threading.Thread(target=lambda: [store.expire(0) for _ in range(20)])
    worker.start()
    for seq in range(5001, 5201):
        store.append([said(seq)])
    worker.join()
    store.expire(0)
    assert seqs(store.answer(HistoryQuery("#room", 999))) == [*range(5101, 5201)]


def test_the_list_of_what_the_search_index_is_to_forget_does_not_grow(store):
    store.append(said(seq) for seq in range(1, 100))
    store.append(Redaction("#room", seq) for seq in range(1, 50))
    assert store.answer(SearchQuery(("#room",), "", "49")) == []
    look_after(store)
    assert store._reader().execute("SELECT count(*) FROM deletions").fetchone() == (0,)
