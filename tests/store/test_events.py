"""Events beside messages, what an asker may not see, and single records."""

from __future__ import annotations

import sqlite3

import msgspec
import pytest

from chatkit.store.records import AroundQuery, HistoryQuery, Record, RecordQuery, TargetsQuery
from tests.store.entries import happened, said, seqs, told


@pytest.mark.smoke
def test_events_are_given_to_those_who_ask_for_them_only(store):
    store.append([happened(1), said(2), happened(3, command="TOPIC"), said(4)])
    assert seqs(store.answer(HistoryQuery("#room", 10))) == [2, 4]
    assert store.answer(HistoryQuery("#room", 10, events=True)) == [
        happened(1), said(2), happened(3, command="TOPIC"), said(4),
    ]  # fmt: skip


def test_a_record_comes_back_with_account_and_bot(store):
    message = Record(1, "#room", "NOTICE", "a!b@c", "alice", "#Room", "beep", "+x=y", account="Alice", bot=True)
    event = msgspec.structs.replace(message, seq=2, command="JOIN")
    store.append([message, event])
    found = store.answer(HistoryQuery("#room", 10, events=True))
    assert found == [message, event]
    assert [type(record.bot) for record in found] == [bool, bool]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (HistoryQuery("#room", 3, events=True), [8, 9, 10]),
        (HistoryQuery("#room", 3, newest=False, events=True), [1, 2, 3]),
        (HistoryQuery("#room", 4, after=2, before=7, events=True), [3, 4, 5, 6]),
        (HistoryQuery("#room", 2), [7, 9]),
        (AroundQuery("#room", 4, 5, events=True), [3, 4, 5, 6]),
        (AroundQuery("#room", 4, 5), [1, 3, 5, 7]),
    ],
)
def test_the_limit_counts_what_is_returned(store, query, found):
    store.append(happened(seq) if seq % 2 == 0 else said(seq) for seq in range(1, 11))
    assert seqs(store.answer(query)) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (HistoryQuery("#room", 9, since=4), [4, 5, 6]),
        (HistoryQuery("#room", 2, newest=False, since=4), [4, 5]),
        (HistoryQuery("#room", 9, after=4, since=2), [5, 6]),
        (HistoryQuery("#room", 9, since=4, events=True), [4, 5, 6, 7]),
        (AroundQuery("#room", 9, 2, since=4), [4, 5, 6]),
        (AroundQuery("#room", 2, 4, since=4), [4, 5]),
        (HistoryQuery("#room", 9, since=8, events=True), []),
    ],
)
def test_nothing_from_before_the_asker_joined_is_read(store, query, found):
    store.append([*(said(seq) for seq in range(1, 7)), happened(7)])
    assert seqs(store.answer(query)) == found


def test_events_that_the_asker_would_not_understand_do_not_count(store):
    store.append(happened(seq, command="TAGMSG" if seq % 2 else "JOIN") for seq in range(1, 9))
    store.append([said(9)])
    known = {"events": True, "without": ("TAGMSG", "REDACT")}
    assert seqs(store.answer(HistoryQuery("#room", 3, **known))) == [6, 8, 9]
    assert seqs(store.answer(AroundQuery("#room", 3, 4, **known))) == [2, 4, 6]
    assert seqs(store.answer(HistoryQuery("#room", 9, events=True, without=("JO", "PRIVMSG")))) == [*range(1, 10)]


def test_a_room_is_no_target_before_something_that_may_be_read_was_said_in_it(store):
    store.append([said(1, "#a"), said(2, "#b")])
    assert seqs(store.answer(TargetsQuery(("#a", "#b"), "", 9, 0, 99, since=(2, 2)))) == [2]


def test_one_event_is_seen_in_several_rooms_but_once_in_each(store):
    quit_in = [happened(5, room, "QUIT") for room in ("#a", "#b", "#c")]
    store.append(quit_in)
    assert [store.answer(HistoryQuery(room, 9, events=True)) for room in ("#a", "#b")] == [
        [event] for event in quit_in[:2]
    ]
    with pytest.raises(sqlite3.IntegrityError):
        store.append([happened(5, "#a", "QUIT")])


def test_one_record_is_found_by_its_number_in_its_target_alone(store):
    store.append([said(1, "#a"), happened(2, "#a"), told(3, "bob", "alice")])
    assert store.answer(RecordQuery("#a", 1)) == said(1, "#a")
    assert store.answer(RecordQuery("#a", 2)) == happened(2, "#a")
    assert store.answer(RecordQuery("~alice ~bob", 3)).text == "3"
    assert store.answer(RecordQuery("#b", 1)) is None
    assert store.answer(RecordQuery("#a", 3)) is None


def test_the_highest_number_may_be_an_events(store):
    store.append([said(1), happened(7)])
    assert store.last_seq() == 7


def test_two_conversations_with_people_of_one_nick_are_one_target_the_later(store):
    def from_bob(seq: int, key: str) -> Record:
        return Record(seq, f"{key} ~me", "PRIVMSG", "bob!u@h", key, "me", "x", correspondents=(key, "~me"))

    store.append([from_bob(1, "~1"), from_bob(2, "~2"), from_bob(3, "~1")])
    assert seqs(store.answer(TargetsQuery((), "~me", 10, 0, 99))) == [3]
    assert seqs(store.answer(TargetsQuery((), "~me", 10, 0, 3))) == []
