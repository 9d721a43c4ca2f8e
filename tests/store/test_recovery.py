"""A damaged database: what is whole in it is there again, the damaged files are kept, and nothing is made up."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatkit.store import recovery
from chatkit.store.connecting import connect
from chatkit.store.database import FILE_NAME, Store, StoreError
from chatkit.store.pages import Pages
from chatkit.store.records import (
    Audited,
    AuditQuery,
    ConversationQuery,
    Document,
    HistoryQuery,
    Retention,
    RoomFate,
    SearchQuery,
)
from chatkit.store.recovery import check, open_store, recover
from chatkit.store.schema import VERSION
from tests.examples import examples
from tests.store.entries import happened, said, seqs, told

EVERYTHING = 1_000_000
LONG = "long " * 3000  # on pages of its own
KINDS = {2, 5, 10, 13}  # of pages: the inner ones and the leaves of indices and of tables


def fill(store: Store, messages: int = 600) -> None:
    """Something of everything."""
    text = "what was said here and is to be found again"
    store.append([Document("account", f"name{number}", b"x" * (number % 400)) for number in range(100)])
    for first in range(1, messages, 50):
        seqs_ = range(first, first + 50)
        store.append([said(seq, f"#room{seq % 7}", f"{text} {seq}") for seq in seqs_])
        store.append([happened(seq, f"#room{seq % 7}") for seq in seqs_])
    store.append([told(messages + 1 + number, f"a{number}", f"b{number}") for number in range(60)])
    store.append([said(messages + 100, "#long", LONG), Retention("#room1", days=0, messages=9)])
    store.append([Audited(id_, id_, "root", "ban", b"{}", "why", ("bob",), "Banned bob") for id_ in range(1, 40)])


def everything(path: Path) -> dict[str, set[tuple[object, ...]]]:
    """All rows of what is kept, by table."""
    with contextlib.closing(connect(path)) as db:
        tables = ("messages", "events", "documents", "targets", "correspondents", "audit")
        return {name: set(db.execute(f"SELECT * FROM {name}")) for name in tables}  # noqa: S608  # constants


def page_size(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[16:18], "big")


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("whole")
    store = Store(directory)
    fill(store, 300)
    store.close()
    return directory


def reopened(directory: Path) -> Store:
    store, recovered = open_store(directory, True, lambda: Store(directory))
    assert recovered is not None
    return store


def test_every_page_zeroed_in_turn_costs_no_more_than_what_stood_on_it(whole, tmp_path):
    """Whatever page it is, that of the schema, an inner one or the root of a table: all other rows are there again."""
    before, size = everything(whole / FILE_NAME), page_size(whole / FILE_NAME)
    pages = Pages(whole / FILE_NAME)
    assert {pages.page(number)[0] for number in range(2, len(pages) + 1)} >= KINDS
    for number in range(1, len(pages) + 1):
        directory = tmp_path / str(number)
        shutil.copytree(whole, directory)
        path = directory / FILE_NAME
        data = bytearray(path.read_bytes())
        data[(number - 1) * size : number * size] = bytes(size)
        path.write_bytes(data)
        if check(path) is None:  # a page that nothing uses
            continue
        reopened(directory).close()
        after, lost = everything(path), _rows_on(pages, number)
        for table in ("messages", "events", "documents", "audit"):
            made = {row for row in after[table] if row[:2] == ("store", "identity")}  # where the old one was lost
            assert after[table] - before[table] <= made, (number, table)
            assert len(before[table] - after[table]) <= lost, (number, table)
        shutil.rmtree(directory)


@pytest.mark.parametrize("was_killed", [True, False])
def test_a_file_that_ends_within_its_last_page_is_damaged_though_sqlite_reads_the_rest_as_zeros(
    tmp_path, was_killed: bool
):
    store = Store(tmp_path)
    store.append([said(seq, "#room", f"{seq} {'x' * 100}") for seq in range(1, 500)])
    store.close()
    path = tmp_path / FILE_NAME
    before, size = everything(path)["messages"], page_size(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - size // 2)
    store, recovered = open_store(tmp_path, was_killed, lambda: Store(tmp_path))
    store.close()
    assert recovered is not None
    assert recovered.why == "its file ends within a page"
    assert everything(path)["messages"] <= before, "nothing is made up"


def test_an_end_that_the_log_has_whole_is_no_damage(tmp_path):
    """As it is after a write that a full disk has cut short."""
    path, copy = tmp_path / "one" / FILE_NAME, tmp_path / FILE_NAME
    path.parent.mkdir()
    store = Store(path.parent)
    store.append([said(seq, "#room", f"{seq} {'x' * 100}") for seq in range(1, 500)])
    store.answer(HistoryQuery("#room", 1))  # what the journal has goes into the database
    for part in ("", "-wal"):
        shutil.copy(f"{path}{part}", f"{copy}{part}")
    store.close()
    size = page_size(path)
    with copy.open("r+b") as file:
        file.truncate(size + size // 2)
    assert check(copy) is None


def _rows_on(pages: Pages, number: int) -> int:
    """How many rows stood on a page at most: those that SQLite has there, or one of which it is the rest."""
    page = pages.page(number)
    start = 100 if number == 1 else 0
    return int.from_bytes(page[start + 3 : start + 5], "big") if page[start] in (2, 10, 13) else 1


def test_a_recovered_server_has_everything_that_is_made_of_what_was_found(whole, tmp_path):
    directory = tmp_path / "data"
    shutil.copytree(whole, directory)
    path = directory / FILE_NAME
    before = everything(path)
    with path.open("r+b") as file:
        file.write(bytes(4096))  # the first page: SQLite does not know the file any more
    store = reopened(directory)
    assert everything(path) == before
    assert store.answer(HistoryQuery("#long", 1))[0].text == LONG
    assert store.answer(ConversationQuery("~a7", "b7")) == "~a7 ~b7"
    assert store.answer(AuditQuery(limit=1))[0].said == "Banned bob"
    assert len(store.answer(SearchQuery(("#room1",), "", "found again"))) > 10
    store.append([said(10**9, "#room1")])
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        store._writer.db.execute("DELETE FROM audit")
    store.close()
    aside = next(directory.glob("damaged-*"))
    assert aside.stat().st_mode & 0o777 == 0o700
    assert (aside / FILE_NAME).stat().st_size == (whole / FILE_NAME).stat().st_size
    assert path.stat().st_mode & 0o777 == 0o600
    assert check(path) is None


def test_what_only_the_log_and_the_journal_have_is_recovered_too(tmp_path):
    store = Store(tmp_path)
    fill(store)
    store.log([said(5000, "#room1", "in the journal")])
    for name in ("chatkit.db", "chatkit.db-wal", "chatkit.journal"):  # as a kill leaves them
        (tmp_path / "dead").mkdir(exist_ok=True)
        shutil.copy(tmp_path / name, tmp_path / "dead" / name)
    before = everything(tmp_path / FILE_NAME)
    store.close()
    path = tmp_path / "dead" / FILE_NAME
    assert path.with_name("chatkit.db-wal").stat().st_size > 100_000
    path.write_bytes(b"")
    again = reopened(tmp_path / "dead")
    assert [record.text for record in again.answer(HistoryQuery("#room1", 1))] == ["in the journal"]
    again.close()
    after = everything(path)
    assert after["events"] == before["events"]
    assert len(after["messages"]) == len(before["messages"]) + 1


@pytest.mark.parametrize("loses", ["the number", "the identity", "both"])
def test_nothing_of_the_journal_is_taken_over_twice_whatever_was_lost(tmp_path, monkeypatch, loses):
    store = Store(tmp_path)
    monkeypatch.setattr(store._journal, "empty", lambda: None)
    for seq in range(1, 6):
        store.log([said(seq), Document("k", "a", str(seq).encode())])
    store.take_over()
    store.log([said(6)])
    store._waiting.clear()  # it dies
    store.close()
    keys = {"the number": ["journal"], "the identity": ["identity"], "both": ["journal", "identity"]}[loses]
    with contextlib.closing(connect(tmp_path / FILE_NAME)) as db:
        for key in keys:
            db.execute("DELETE FROM documents WHERE kind = 'store' AND key = ?", (key,))
    recover(tmp_path / FILE_NAME, "a test")
    again = Store(tmp_path)
    assert seqs(again.answer(HistoryQuery("#room", 99))) == [1, 2, 3, 4, 5, 6]
    assert list(again.documents("k")) == [("a", b"5")]
    assert not list(tmp_path.glob("chatkit.damaged"))
    again.close()


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 20_000, b"this is no database " * 1000], ids=["empty", "zeros", "garbage"]
)
def test_a_file_with_nothing_in_it_is_kept_aside_and_an_empty_database_begun(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)
    (tmp_path / f"{FILE_NAME}-wal").write_bytes(b"no log either")
    store, recovered = open_store(tmp_path, True, lambda: Store(tmp_path))
    assert recovered is not None
    assert "recovered 0 messages" in str(recovered)
    assert str(recovered.aside) in str(recovered)
    assert (recovered.aside / FILE_NAME).read_bytes() == content
    store.append([said(1)])
    assert seqs(store.answer(HistoryQuery("#room", 9))) == [1]
    store.close()


def test_a_whole_database_is_left_alone(whole, tmp_path):
    directory = tmp_path / "data"
    shutil.copytree(whole, directory)
    store, recovered = open_store(directory, True, lambda: Store(directory))
    assert recovered is None
    store.close()
    assert not list(directory.glob("damaged-*"))


def test_a_newer_database_is_never_recovered_into_an_older_one(whole, tmp_path):
    path = tmp_path / FILE_NAME
    shutil.copy(whole / FILE_NAME, path)
    with contextlib.closing(connect(path)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match="install the newer chatkit"):
        open_store(tmp_path, True, lambda: Store(tmp_path))
    assert not list(tmp_path.glob("damaged-*"))


def test_a_room_whose_name_was_lost_keeps_it_closed_if_its_index_has_it_and_else_is_found_by_nobody(tmp_path):
    store = Store(tmp_path)
    store.append([said(1, "#one"), said(2, "#two"), RoomFate("#two", "closed")])
    store.close()
    path = tmp_path / FILE_NAME
    with contextlib.closing(connect(path)) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute("DELETE FROM targets WHERE name = '#one'")
    recover(path, "a test")
    with contextlib.closing(connect(path)) as db:
        assert set(db.execute("SELECT name, closed FROM targets")) == {("#lost 1", 1), ("#two", 1)}


def test_who_is_killed_while_recovering_begins_again_and_loses_nothing(whole, tmp_path, monkeypatch):
    directory = tmp_path / "data"
    shutil.copytree(whole, directory)
    path = directory / FILE_NAME
    before = everything(path)
    data = bytearray(path.read_bytes())
    data[:100] = bytes(100)
    path.write_bytes(data)
    with monkeypatch.context() as killed:
        killed.setattr(recovery, "put_in_place", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            recover(path, "a test")
    assert path.read_bytes() == data
    with monkeypatch.context() as killed:  # when the damaged file has been moved, and the new one not yet
        rename = Path.rename

        def once(self: Path, target: Path) -> Path:
            if self.name == recovery.NEW_NAME:
                raise OSError("killed")
            return rename(self, target)

        killed.setattr(Path, "rename", once)
        with pytest.raises(OSError, match="killed"):
            recover(path, "a test")
    assert not path.exists()
    store, _ = open_store(directory, True, lambda: Store(directory))
    store.close()
    assert everything(path) == before


def test_whoever_is_killed_before_the_new_one_is_complete_leaves_nothing_that_is_taken_for_it(
    whole, tmp_path, monkeypatch
):
    directory = tmp_path / "data"
    shutil.copytree(whole, directory)
    path = directory / FILE_NAME
    with monkeypatch.context() as killed:
        killed.setattr(recovery, "_identify", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            recover(path, "a test")
    path.unlink()
    open_store(directory, False, lambda: Store(directory))[0].close()
    assert everything(path)["messages"] == set()
    assert [found.name for found in directory.glob("chatkit.*")] == [FILE_NAME]


def test_a_database_whose_file_is_gone_is_found_in_its_log(tmp_path):
    directory, log = tmp_path / "data", FILE_NAME + "-wal"
    directory.mkdir()
    store = Store(tmp_path)
    store.append([said(1), said(2)])
    shutil.copy(tmp_path / log, directory / log)  # as the last server was killed
    store.close()
    again, recovered = open_store(directory, True, lambda: Store(directory))
    with contextlib.closing(again):
        assert seqs(again.answer(HistoryQuery("#room", EVERYTHING))) == [1, 2]
    assert recovered is not None
    assert (recovered.aside / log).exists()


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_at_all_keeps_a_server_from_starting(whole, tmp_path_factory, data):
    """Bytes that a disk made up, anywhere: it starts, and what it then has was there before."""
    directory = tmp_path_factory.mktemp("torn") / "data"
    shutil.copytree(whole, directory)
    path = directory / FILE_NAME
    before, content = everything(path), bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        place, size = data.draw(st.integers(0, len(content) - 1)), data.draw(st.sampled_from([1, 100, 4096, 20_000]))
        junk = random.Random(place).randbytes(size)  # noqa: S311  # nobody has to guess it
        content[place : place + size] = junk[: len(content) - place]
    del content[data.draw(st.integers(len(content) // 2, len(content))) :]
    path.write_bytes(content)
    store, _ = open_store(directory, True, lambda: Store(directory))
    assert store.answer(HistoryQuery("#room1", EVERYTHING)) is not None
    store.append([said(10**9, "#new")])
    store.close()
    assert check(path) is None
    known = {row[0] for row in before["messages"]} | {10**9}
    found = {row[0] for row in everything(path)["messages"]}
    assert len(found - known) <= 5
    shutil.rmtree(directory.parent)
