"""A copy of everything that is stored, as one file, made while the server goes on; and the way back.

The file is a tar archive: a list of what is in it with checksums, the database, and the certificate that the server
made for itself, so that its clients know it again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from chatkit.store import journal
from chatkit.store.connecting import connect, connect_read_only, keep_private
from chatkit.store.database import FILE_NAME
from chatkit.store.opening import IDENTITY, open_database
from chatkit.store.recovery import MAKING_NAME, NEW_NAME, name_aside, put_in_place
from chatkit.store.schema import APPLICATION_ID, VERSION

MANIFEST = "manifest.json"
EXTRAS = ("certificate.pem", "certificate.key")  # that go along where they are there
ASIDE = "before-restore-"
PART = ".part"  # behind the name of what is not complete
CHUNK = 1 << 20
MAX_MANIFEST = 1 << 20  # bytes


class BackupError(Exception):
    """It cannot be made, or is none that can be put back: one line that says why."""


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds: the database's version, when it was made, and the SHA-256 of each file."""

    version: int
    made: str  # in UTC
    files: dict[str, str]
    chatkit: str = ""  # which one made it


class Restored(msgspec.Struct, frozen=True):
    """What was put back: when it had been made, and where that is which was there before."""

    made: str
    aside: Path


# Making one.


def back_up(database: Path, to: Path, made: str, chatkit: str) -> int:
    """Copy the database at ``database``, and what belongs to it, to the new file ``to``. Returns its bytes. Blocks.

    Others read and write meanwhile; what they commit is in the copy or comes after all that is. Raises BackupError,
    OSError and sqlite3.Error, and leaves nothing behind then.
    """
    if to.exists():
        raise BackupError(f"{to} is there already: a backup never overwrites anything")
    copy, part = to.with_name(f"{to.name}.db{PART}"), to.with_name(to.name + PART)
    with _removed_at_the_end(copy), _removed_at_the_end(part):
        _copy(database, copy)
        files = {FILE_NAME: copy} | {name: path for name in EXTRAS if (path := database.with_name(name)).is_file()}
        manifest = Manifest(VERSION, made, {name: _sha256(path) for name, path in files.items()}, chatkit)
        _pack(part, manifest, files)
        try:
            os.link(part, to)  # unlike a renaming, it never takes the place of something
        except FileExistsError as error:
            raise BackupError(f"{to} is there already: a backup never overwrites anything") from error
        journal.sync_directory(to.parent)
        return to.stat().st_size


def _copy(database: Path, copy: Path) -> None:
    copy.unlink(missing_ok=True)
    keep_private(copy)
    with contextlib.closing(connect_read_only(database)) as source, contextlib.closing(connect(copy)) as target:
        source.backup(target)
    _check(copy)
    with contextlib.closing(connect(copy)) as db:
        db.execute("PRAGMA journal_mode = DELETE")  # one file, and nothing beside it


def _pack(part: Path, manifest: Manifest, files: dict[str, Path]) -> None:
    part.unlink(missing_ok=True)
    keep_private(part)
    with part.open("wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            data = msgspec.json.format(msgspec.json.encode(manifest))
            tar.addfile(_member(MANIFEST, len(data)), io.BytesIO(data))
            for name, path in files.items():
                with path.open("rb") as content:
                    tar.addfile(_member(name, path.stat().st_size), content)
        file.flush()
        os.fsync(file.fileno())


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


@contextlib.contextmanager
def _removed_at_the_end(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


# Putting one back.


def examine(backup: Path) -> Manifest:
    """What ``backup`` says of itself. Raises BackupError where it is none, and OSError."""
    with _opened(backup) as tar:
        return _manifest(tar)


def restore(backup: Path, directory: Path) -> Restored:
    """Put back what ``backup`` has, in a data directory that no server uses: hold its lock. Blocks.

    Everything is unpacked and checked first; then what is there is moved aside. Raises BackupError, OSError and
    sqlite3.Error, and has changed nothing then, unless the disk fails while files are moved.
    """
    database, making = directory / FILE_NAME, directory / MAKING_NAME
    unpacked = {name: directory / (name + PART) for name in EXTRAS} | {FILE_NAME: making}
    with contextlib.ExitStack() as stack, _opened(backup) as tar:
        manifest = _manifest(tar)
        for name, path in unpacked.items():
            stack.enter_context(_removed_at_the_end(path))
            if name in manifest.files:
                _unpack(tar, name, manifest.files[name], path)
        _prepare(making)
        making.rename(directory / NEW_NAME)
        aside = name_aside(database, ASIDE)
        extras = [name for name in EXTRAS if name in manifest.files]
        put_in_place(database, aside, (journal.FILE_NAME, *extras))
        for name in extras:
            unpacked[name].rename(directory / name)
    journal.sync_directory(directory)
    return Restored(manifest.made, aside)


@contextlib.contextmanager
def _opened(backup: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(backup, "r:") as tar:
            yield tar
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{backup} is no backup of chatkit's, or is damaged: {error}") from error


def _manifest(tar: tarfile.TarFile) -> Manifest:
    try:
        with _member_of(tar, MANIFEST) as file:
            manifest = msgspec.json.decode(file.read(MAX_MANIFEST), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackupError(f"its {MANIFEST} makes no sense: {error}") from error
    if manifest.version > VERSION:
        raise BackupError(f"a newer chatkit made it ({manifest.chatkit}): install that one")
    if FILE_NAME not in manifest.files:
        raise BackupError(f"it has no {FILE_NAME}")
    return manifest


def _member_of(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        file = tar.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise BackupError(f"it has no {name}: that is no backup of chatkit's, or not all of one")
    return file


def _unpack(tar: tarfile.TarFile, name: str, digest: str, to: Path) -> None:
    to.unlink(missing_ok=True)
    keep_private(to)
    with _member_of(tar, name) as source, to.open("wb") as target:
        while chunk := source.read(CHUNK):
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    if _sha256(to) != digest:
        raise BackupError(f"its {name} is damaged: the checksum is another")


def _prepare(database: Path) -> None:
    """See that it is whole, and give it an identity of its own: no journal of its former life must come to it."""
    _check(database)
    with contextlib.closing(open_database(database, "power")) as db:
        db.execute("UPDATE documents SET body = randomblob(16) WHERE kind = 'store' AND key = ?", (IDENTITY,))


def _check(database: Path) -> None:
    try:
        with contextlib.closing(connect(database)) as db:
            found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            application = db.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise BackupError(f"the database is damaged: {error}") from error
    if found != "ok":
        raise BackupError(f"the database is damaged: {' '.join(found.split())}; a restart of the server recovers it")
    if application != APPLICATION_ID:
        raise BackupError("the database is none of chatkit's")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
