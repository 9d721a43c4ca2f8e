"""Documents: accounts, registered rooms and the like."""

from __future__ import annotations

import pytest

from chatkit.store.owed import Owed
from chatkit.store.records import (
    Document,
    DocumentQuery,
    HistoryQuery,
    Record,
    Redaction,
    RoomFate,
    TargetRenamed,
    outlasts,
)
from tests.store.entries import happened, said, seqs


@pytest.mark.smoke
def test_a_document_is_put_replaced_and_deleted(store):
    store.append([Document("account", "alice", b"one"), Document("account", "bob", b"two")])
    store.append([Document("account", "alice", b"three"), Document("account", "bob", None)])
    assert store.answer(DocumentQuery("account", "alice")) == b"three"
    assert store.answer(DocumentQuery("account", "bob")) is None
    assert store.answer(DocumentQuery("channel", "alice")) is None
    assert list(store.documents("account")) == [("alice", b"three")]


def test_documents_outlive_a_restart_in_the_order_of_their_keys(open_store):
    store = open_store()
    store.append(Document("account", key, key.encode()) for key in ("bob", "alice", "\N{SNOWMAN}"))
    store.close()
    assert [key for key, _ in open_store().documents("account")] == ["alice", "bob", "\N{SNOWMAN}"]


def test_a_document_and_what_was_said_are_stored_together_or_not_at_all(store):
    def entries():
        yield Document("account", "alice", b"x")
        yield said(1)
        raise RuntimeError("a bug of the caller's")

    with pytest.raises(RuntimeError):
        store.append(entries())
    assert list(store.documents("account")) == []


def test_a_registered_room_keeps_its_history_over_a_restart_though_it_is_closed(open_store):
    store = open_store()
    store.append([said(1, "#club"), said(2, "#gang"), RoomFate("#club", "closed"), RoomFate("#gang", "closed")])
    store.append([Document("channel", "#club", b"{}"), Document("account", "#gang", b"{}")])
    store.close()
    store = open_store()
    assert seqs(store.answer(HistoryQuery("#club", 9))) == [1]
    assert seqs(store.answer(HistoryQuery("#gang", 9))) == []
    store.append([Document("channel", "#club", None)])
    store.close()
    assert seqs(open_store().answer(HistoryQuery("#club", 9))) == []


# A room's other name


def test_a_renamed_rooms_history_is_that_of_the_new_name(store):
    store.append([said(1, "#old"), TargetRenamed("#old", "#new"), said(2, "#new"), said(3, "#old")])
    assert seqs(store.answer(HistoryQuery("#new", 9))) == [1, 2]
    assert seqs(store.answer(HistoryQuery("#old", 9))) == [3]


def test_an_older_history_of_the_new_name_is_put_away(store):
    store.append([said(1, "#new"), said(2, "#old")])
    store.append([TargetRenamed("#old", "#new"), said(3, "#new")])
    assert seqs(store.answer(HistoryQuery("#new", 9))) == [2, 3]


def test_a_room_whose_names_case_alone_changes_keeps_its_history(store):
    store.append([said(1), TargetRenamed("#room", "#room"), said(2)])
    assert seqs(store.answer(HistoryQuery("#room", 9))) == [1, 2]


def test_a_closed_room_stays_closed_under_its_new_name(open_store):
    store = open_store()
    store.append([said(1, "#old"), RoomFate("#old", "closed"), TargetRenamed("#old", "#new")])
    store.close()
    assert open_store().answer(HistoryQuery("#new", 9)) == []


def test_what_holds_though_it_was_not_stored_is_all_but_messages():
    fate, document = RoomFate("#a", "closed"), Document("k", "a", b"1")
    message, joined = said(1), happened(2)
    redaction = Redaction("#a", 1)
    everything = [document, fate, message, redaction, joined]
    assert [entry for entry in everything if outlasts(entry)] == [document, fate, redaction, joined]


def test_of_a_document_that_waits_for_a_store_which_fails_the_last_counts():
    owed = Owed()
    fates = [RoomFate("#a", "closed"), RoomFate("#a", "ended")]
    old, other, new = Document("k", "a", b"1"), Document("k", "b", None), Document("k", "a", b"2")
    owed.add([old, fates[0], other])
    owed.add([fates[1], new])
    assert list(owed) == [fates[0], other, fates[1], new]
    owed.clear()
    assert not owed.entries


def test_of_what_waits_the_oldest_events_go_first_and_nothing_else_ever(monkeypatch):
    monkeypatch.setattr("chatkit.store.owed.MAX_EVENTS", 3)
    owed = Owed()
    fates = [RoomFate(f"#{number}", "open") for number in range(10)]
    events = [happened(seq) for seq in range(10)]
    for fate, event in zip(fates, events, strict=True):
        owed.add([fate, event])
    assert [entry for entry in owed if isinstance(entry, Record)] == events[-3:]
    assert [entry for entry in owed if isinstance(entry, RoomFate)] == fates
