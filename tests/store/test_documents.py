"""Documents: accounts, registered rooms and the like."""

from __future__ import annotations

import pytest

from chatkit.store.records import (
    MAX_LASTING,
    Document,
    DocumentQuery,
    HistoryQuery,
    Record,
    Redaction,
    RoomFate,
    TargetRenamed,
    lasting,
)
from tests.store.entries import said, seqs


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


def test_what_holds_though_it_was_not_stored_is_all_but_messages_and_redactions():
    """Their senders are told; of a document the last counts."""
    fates = [RoomFate("#a", "closed"), RoomFate("#a", "ended")]
    old, other, new = Document("k", "a", b"1"), Document("k", "b", None), Document("k", "a", b"2")
    message = Record(1, "#a", "PRIVMSG", "a!b@c", "~1", "#a", "hello")
    assert lasting([old, fates[0], message, other, Redaction("#a", 1), fates[1], new]) == [
        fates[0],
        other,
        fates[1],
        new,
    ]


def test_what_waits_for_a_store_that_fails_is_bounded():
    fates = [RoomFate(f"#{number}", "open") for number in range(MAX_LASTING + 1)]
    assert lasting(fates) == fates[1:]
