"""Backups: made while others write, whole or not at all, and put back as they were."""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
import threading
import time

import pytest

from chatkit.store import backing_up, database, journal
from chatkit.store.backing_up import MANIFEST, BackupError, back_up, examine, restore
from chatkit.store.connecting import connect
from chatkit.store.database import FILE_NAME, Store
from chatkit.store.records import Document, HistoryQuery
from chatkit.store.recovery import open_store
from chatkit.store.schema import VERSION
from tests.store.entries import said, seqs

EVERYTHING = HistoryQuery("#room", 1_000_000)


def made(store: Store, tmp_path, name: str = "copy.tar"):
    store.take_over()
    back_up(store.path, tmp_path / name, "2027-01-15T08:00:00.000Z", "1.2")
    return tmp_path / name


@pytest.fixture
def elsewhere(tmp_path):
    directory = tmp_path / "elsewhere"
    directory.mkdir()
    return directory


def opened(directory) -> list[int]:
    store, _ = open_store(directory, False, lambda: Store(directory))
    with contextlib.closing(store):
        return seqs(store.answer(EVERYTHING))


def test_what_is_put_back_is_what_there_was(store, tmp_path, elsewhere):
    (tmp_path / "certificate.pem").write_text("chain")
    (tmp_path / "certificate.key").write_text("secret")
    store.append([said(1), Document("account", "alice", b"{}")])
    store.log([said(2)])
    backup = made(store, tmp_path)
    store.append([said(3)])
    assert examine(backup).made == "2027-01-15T08:00:00.000Z"
    restore(backup, elsewhere)
    assert opened(elsewhere) == [1, 2]
    assert (elsewhere / "certificate.key").read_text() == "secret"
    assert [path.name for path in tmp_path.glob("*.part")] == []
    assert {path.stat().st_mode & 0o777 for path in (backup, elsewhere / FILE_NAME, elsewhere / "certificate.key")} == {
        0o600
    }


def test_a_backup_under_a_flood_is_exactly_what_had_been_said_up_to_a_moment(store, tmp_path, elsewhere):
    """Nothing of it is missing in between: a prefix, as every reader would have seen it."""
    stop = threading.Event()
    said_so_far = [0]

    def flood() -> None:
        while not stop.is_set():
            store.log([said(said_so_far[0] + 1)])
            said_so_far[0] += 1
            if said_so_far[0] % 50 == 0:
                store.take_over()

    thread = threading.Thread(target=flood)
    thread.start()
    found = []
    try:
        for number in range(3):
            while (before := said_so_far[0]) < 100 * number:
                time.sleep(0.001)
            backup = made(store, tmp_path, f"{number}.tar")
            found.append((before, backup))
    finally:
        stop.set()
        thread.join()
    for before, backup in found:
        restore(backup, elsewhere)
        there = opened(elsewhere)
        assert there == [*range(1, len(there) + 1)]
        assert len(there) >= before


def test_what_was_there_is_put_aside_with_its_journal_and_none_of_it_comes_back(store, tmp_path, elsewhere):
    """A journal of the life that was given up must not be taken over into the one before."""
    store.append([said(1)])
    backup = made(store, tmp_path)
    other = Store(elsewhere)
    other.append([said(7)])
    other.log([said(8)])
    other._waiting.clear()  # as a kill leaves it
    other._journal.size += 1
    other.close()
    left = (elsewhere / journal.FILE_NAME).read_bytes()
    restored = restore(backup, elsewhere)
    assert opened(elsewhere) == [1]
    assert (restored.aside / journal.FILE_NAME).read_bytes() == left
    assert restored.aside.name.startswith("before-restore-")
    again = Store(restored.aside)
    assert seqs(again.answer(EVERYTHING)) == [7, 8]
    again.close()


def test_a_journal_that_comes_back_to_a_restored_database_is_put_aside(store, tmp_path):
    store.append([said(1)])
    backup = made(store, tmp_path)
    store.log([said(2)])
    later = (tmp_path / journal.FILE_NAME).read_bytes()
    store.close()
    restore(backup, tmp_path)
    (tmp_path / journal.FILE_NAME).write_bytes(later)
    assert opened(tmp_path) == [1]


def test_a_backup_never_overwrites_anything(store, tmp_path):
    (tmp_path / "copy.tar").write_text("mine")
    with pytest.raises(BackupError, match="is there already"):
        made(store, tmp_path)
    assert (tmp_path / "copy.tar").read_text() == "mine"


def test_a_restore_that_is_killed_half_way_leaves_nothing_that_a_server_would_take_for_its_database(
    store, tmp_path, elsewhere, monkeypatch
):
    store.append([said(seq) for seq in range(1, 2000)])
    backup = made(store, tmp_path)

    monkeypatch.setattr(backing_up, "_removed_at_the_end", contextlib.nullcontext)  # who is killed cannot
    monkeypatch.setattr(backing_up, "_sha256", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        restore(backup, elsewhere)
    assert opened(elsewhere) == []
    assert [path.name for path in elsewhere.glob("chatkit.*")] == [FILE_NAME]


def test_a_backup_that_fails_leaves_nothing_behind(store, tmp_path, monkeypatch):
    store.append([said(1)])

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "addfile", full)
    before = {path.name for path in tmp_path.iterdir()}
    with pytest.raises(OSError, match="No space"):
        made(store, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_damaged_database_makes_no_backup(store, tmp_path, monkeypatch):
    store.append([said(seq) for seq in range(1, 2000)])
    store.settle()
    with store.path.open("r+b") as file:
        file.seek(8 * 4096)
        file.write(bytes(40 * 4096))
    with pytest.raises(BackupError, match="damaged"):
        made(store, tmp_path)
    assert not (tmp_path / "copy.tar").exists()


def _packed(tmp_path, manifest: object, files: dict[str, bytes]):
    path = tmp_path / "odd.tar"
    with tarfile.open(path, "w") as tar:
        for name, data in {MANIFEST: json.dumps(manifest).encode(), **files}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ({"version": VERSION, "made": "", "files": {FILE_NAME: "0" * 64}}, "the checksum is another"),
        ({"version": VERSION + 1, "made": "", "files": {}, "chatkit": "9.0"}, r"a newer chatkit made it \(9.0\)"),
        ({"version": VERSION, "made": "", "files": {}}, "it has no chatkit.db"),
        ([1], "makes no sense"),
    ],
)
def test_what_is_no_whole_backup_changes_nothing(tmp_path, elsewhere, manifest, words):
    other = Store(elsewhere)
    other.append([said(7)])
    other.close()
    before = {path.name: path.read_bytes() for path in elsewhere.iterdir()}
    with pytest.raises(BackupError, match=words):
        restore(_packed(tmp_path, manifest, {FILE_NAME: b"no database"}), elsewhere)
    assert {path.name: path.read_bytes() for path in elsewhere.iterdir()} == before


def test_no_member_of_an_archive_is_written_anywhere_else(store, tmp_path, elsewhere):
    store.append([said(1)])
    backup = made(store, tmp_path)
    with tarfile.open(backup, "a") as tar:
        member = tarfile.TarInfo("../evil")
        tar.addfile(member, io.BytesIO())
    restore(backup, elsewhere)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("content", [b"", b"no archive at all" * 100])
def test_what_is_no_archive_is_named(tmp_path, elsewhere, content):
    (tmp_path / "odd").write_bytes(content)
    with pytest.raises(BackupError, match="no backup"):
        restore(tmp_path / "odd", elsewhere)


def test_the_identity_is_another_after_a_restore(store, tmp_path, elsewhere):
    identities = [store._journal._start]
    restore(made(store, tmp_path), elsewhere)
    again = Store(elsewhere)
    identities.append(again._journal._start)
    again.close()
    assert len(set(identities)) == 2
    assert database.FILE_NAME == FILE_NAME
    with contextlib.closing(connect(elsewhere / FILE_NAME)) as db:
        assert db.execute("SELECT count(*) FROM documents WHERE key = 'identity'").fetchone() == (1,)
