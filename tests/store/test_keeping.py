"""What cannot be stored is owed, and nothing that is owed is lost: whether the disk is at fault, or a bug of ours."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence

import pytest

from chatkit.store.database import Store
from chatkit.store.keeping import Keeper
from chatkit.store.records import Document, Entry, HistoryQuery
from tests.store.entries import said, seqs

POISON = Document("thing", "poison", b"")
OURS = tuple(Document("thing", str(number), b"1") for number in range(3))
Log = Callable[[Sequence[Entry]], None]


@pytest.fixture
def keeper(store: Store) -> Keeper:
    return Keeper(store)


def full(entries: Sequence[Entry]) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def broken(entries: Sequence[Entry]) -> None:
    raise RuntimeError("injected")


def choosy(log: Log) -> Log:
    """One that breaks over POISON, and over nothing else."""

    def take(entries: Sequence[Entry]) -> None:
        if POISON in entries:
            raise RuntimeError("injected")
        log(entries)

    return take


def things(keeper: Keeper) -> list[str]:
    return [key for key, _ in keeper.store.documents("thing")]


def try_again(keeper: Keeper) -> None:
    keeper.try_again(threading.Lock())
    keeper.take_over()


def test_what_was_owed_is_stored_though_something_unexpected_comes_between(keeper, monkeypatch):
    with monkeypatch.context() as ill:
        ill.setattr(keeper.store, "log", full)
        assert not keeper.put(OURS[:2], OURS[:2])
        ill.setattr(keeper.store, "log", broken)
        try_again(keeper)
        try_again(keeper)
        assert keeper.failing
    try_again(keeper)
    assert things(keeper) == ["0", "1"]
    assert not keeper.failing
    assert keeper.put([said(1)], ())
    assert seqs(keeper.answer(HistoryQuery("#room", 9))) == [1]


def test_what_lasts_of_a_turn_over_which_something_unexpected_happens_is_owed(keeper, monkeypatch, caplog):
    with monkeypatch.context() as ill:
        ill.setattr(keeper.store, "log", broken)
        assert not keeper.put([said(1), *OURS], OURS)
        assert keeper.failing == "injected"
        assert not keeper.put([POISON], [POISON])
    assert "injected" in caplog.text
    try_again(keeper)
    assert things(keeper) == ["0", "1", "2", "poison"]
    assert seqs(keeper.answer(HistoryQuery("#room", 9))) == []  # its sender was told


def test_one_thing_that_is_never_taken_costs_no_other_and_keeps_nothing_read_only(keeper, monkeypatch, caplog):
    monkeypatch.setattr(keeper.store, "log", choosy(keeper.store.log))
    assert not keeper.put([OURS[0], POISON, OURS[1]], [OURS[0], POISON, OURS[1]])
    assert not keeper.failing
    assert keeper.put([OURS[2]], ())
    keeper.take_over()
    assert things(keeper) == ["0", "1", "2"]
    assert "given up what cannot be stored: a document of kind thing" in caplog.text


def test_it_is_found_among_what_was_owed_when_the_disk_works_again(keeper, monkeypatch):
    log = keeper.store.log
    monkeypatch.setattr(keeper.store, "log", full)
    keeper.put([OURS[0], POISON, OURS[1]], [OURS[0], POISON, OURS[1]])
    monkeypatch.setattr(keeper.store, "log", choosy(log))
    try_again(keeper)
    assert not keeper.failing
    assert things(keeper) == ["0", "1"]


def test_what_is_owed_at_the_end_is_stored_though_something_unexpected_happens(keeper, open_store, monkeypatch):
    log = keeper.store.log
    with monkeypatch.context() as ill:
        ill.setattr(keeper.store, "log", full)
        keeper.put([POISON, *OURS], [POISON, *OURS])
    monkeypatch.setattr(keeper.store, "log", choosy(log))
    keeper.close()
    assert [key for key, _ in open_store().documents("thing")] == ["0", "1", "2"]


def test_whatever_keeps_it_from_storing_it_is_read_only_though_the_reason_has_no_words(keeper, monkeypatch):
    def out_of_memory(entries: Sequence[Entry]) -> None:
        raise MemoryError

    with monkeypatch.context() as ill:
        ill.setattr(keeper.store, "log", out_of_memory)
        assert not keeper.put(OURS, OURS)
        assert keeper.failing == "MemoryError"
    try_again(keeper)
    assert not keeper.failing
    assert things(keeper) == ["0", "1", "2"]
