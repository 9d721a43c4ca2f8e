"""How long history is kept: in all, and for one room instead; and what is purged."""

from __future__ import annotations

import pytest

from chatkit.store.erasing import DAY, Keep
from chatkit.store.records import (
    CountQuery,
    Forgotten,
    HistoryQuery,
    PurgeBefore,
    Retention,
    RoomFate,
    TargetNamesQuery,
    TargetRenamed,
)
from tests.store.entries import happened, said, seqs, told

NOW = 100 * DAY


def of(store, target: str = "#room") -> list[int]:
    return seqs(store.answer(HistoryQuery(target, 1000, events=True)))


def days(*ages: float) -> list[int]:
    return [NOW - int(age * DAY) for age in ages]


def test_a_room_keeps_its_own_number_of_days(open_store):
    store = open_store(keep=Keep(days=10))
    old, middle, new = days(50, 20, 5)
    for number, target in enumerate(("#room", "#short", "#long", "#all")):
        store.append([said(seq + number, target) for seq in (old, middle, new)])
    store.append([Retention("#short", days=2), Retention("#long", days=30), Retention("#all", days=0)])
    assert not store.expire(NOW)
    assert [len(of(store, target)) for target in ("#room", "#short", "#long", "#all")] == [1, 0, 2, 3]


def test_a_room_keeps_its_own_number_of_messages(open_store):
    store = open_store(keep=Keep(messages=3))
    for target, first in (("#room", 1), ("#few", 101), ("#all", 201)):
        store.append([said(first + number, target) for number in range(10)])
    store.append([Retention("#few", messages=1), Retention("#all", messages=0)])
    assert not store.expire(NOW)
    assert [len(of(store, target)) for target in ("#room", "#few", "#all")] == [3, 1, 10]


def test_what_holds_for_all_holds_again_when_a_room_says_nothing_any_more(open_store):
    store = open_store(keep=Keep(messages=3))
    store.append([said(number) for number in range(1, 11)])
    store.append([Retention("#room", messages=0)])
    store.expire(NOW)
    assert len(of(store)) == 10
    store.append([Retention("#room")])
    store.expire(NOW)
    assert of(store) == [8, 9, 10]


def test_a_room_that_nobody_spoke_in_yet_has_its_retention_already(open_store):
    store = open_store()
    store.append([Retention("#room", messages=2)])
    store.append([said(number) for number in range(1, 6)])
    store.expire(NOW)
    assert of(store) == [4, 5]


@pytest.mark.parametrize("entry", [RoomFate("#room", "ended"), Forgotten("#room")])
def test_a_room_that_begins_anew_keeps_as_long_as_before(open_store, entry):
    store = open_store()
    store.append([said(1), Retention("#room", messages=2), entry])
    store.append([said(number) for number in range(2, 8)])
    store.expire(NOW)
    assert of(store) == [6, 7]


def test_a_renamed_rooms_retention_goes_with_it(open_store):
    store = open_store()
    store.append([said(1), Retention("#room", messages=1), TargetRenamed("#room", "#new")])
    store.append([said(2, "#new"), said(3, "#new"), said(4), said(5)])
    store.expire(NOW)
    assert of(store, "#new") == [3]
    assert of(store) == [4, 5]


def test_a_closed_room_whose_history_was_purged_is_still_closed(open_store):
    """Who opens a room of that name after a crash was not let in to what was said after the purge either."""
    store = open_store()
    store.append([said(1), RoomFate("#room", "closed"), Forgotten("#room"), said(2)])
    store.close()
    assert of(open_store()) == []


def test_the_newest_of_all_are_kept_wherever_they_were_said(open_store):
    store = open_store(keep=Keep(in_all=4))
    store.append([said(1), happened(2), said(3, "#other"), told(4, "a", "b"), happened(5), said(6), said(7, "#all")])
    store.append([Retention("#all", messages=0, days=0), said(8)])
    assert not store.expire(NOW)
    assert of(store) == [5, 6, 8]
    assert of(store, "#other") == []
    assert of(store, "#all") == [7]
    store.expire(NOW)
    assert of(store) == [5, 6, 8]


def test_the_bound_of_all_is_crossed_by_one(open_store):
    store = open_store(keep=Keep(in_all=3))
    store.append([said(number) for number in (1, 2, 3)])
    store.expire(NOW)
    assert of(store) == [1, 2, 3]
    store.append([said(4)])
    store.expire(NOW)
    assert of(store) == [2, 3, 4]


def test_what_is_before_a_time_can_be_purged_in_one_room(store):
    store.append([said(1), happened(2), said(3, "#other"), said(4), happened(5)])
    store.append([PurgeBefore("#room", 5)])
    assert of(store) == [5]
    assert of(store, "#other") == [3]
    store.append([PurgeBefore("#nowhere", 5)])


def test_what_is_before_a_time_can_be_purged_everywhere(store):
    store.append([said(1), said(2, "#other"), told(3, "a", "b"), said(4)])
    store.append([PurgeBefore("", 4)])
    assert of(store) == [4]
    assert store.answer(TargetNamesQuery()) == ("#room",)


def test_a_large_purge_goes_on_in_slices_over_a_restart(open_store, monkeypatch):
    monkeypatch.setattr("chatkit.store.erasing.AT_ONCE", 1)
    store = open_store()
    store.append([said(number) for number in range(1, 2001)])
    store.append([PurgeBefore("#room", 1990)])
    assert len(of(store)) == 1000
    store.close()
    again = open_store()
    again.append([PurgeBefore("#room", 1980)])  # an earlier time takes nothing back
    while again.expire(NOW):
        pass
    assert len(of(again)) == 11
    assert of(again)[0] == 1990


def test_what_was_purged_leaves_the_search_index_and_the_files(open_store, tmp_path, monkeypatch):
    monkeypatch.setattr("chatkit.store.index.TIDY_SECONDS", -1.0)
    store = open_store()
    store.append([said(1, text="unmistakable"), said(2, text="ordinary")])
    store.index()
    store.append([PurgeBefore("#room", 2)])
    while store.look_after(NOW):
        pass
    for path in tmp_path.iterdir():
        assert b"unmistakable" not in path.read_bytes(), path.name


def test_targets_are_counted_and_named(store):
    store.append([said(1), happened(2), said(3), happened(4, "#quiet"), Retention("#empty", days=1)])
    assert store.answer(CountQuery("#room")) == (2, 1)
    assert store.answer(CountQuery("#nowhere")) == (0, 0)
    assert store.answer(TargetNamesQuery()) == ("#room", "#quiet")


def test_tidying_stops_early_when_the_server_stops(open_store, monkeypatch):
    monkeypatch.setattr("chatkit.store.index.TIDY_SECONDS", -1.0)
    merged = []
    monkeypatch.setattr("chatkit.store.index._merge", lambda db: merged.append(1) or True)  # it never comes to an end
    store = open_store()
    store.append([said(1), said(2)])
    store.index()
    store.append([PurgeBefore("#room", 2)])
    store.hurry()
    store.index()
    assert merged == [1]
