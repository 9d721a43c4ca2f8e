"""The journal: what was committed and is not in the database yet, in a file that is only ever appended to.

It begins with the identity of its database: what another one left, or the same one before a backup of it was restored,
is taken over by nobody. One ``write`` is all that stands between a message and those who read it. The file holds one
batch after the other, each with its length, its checksum and its number. The database knows the number of the last one
that it has: so a batch is taken over once, whoever does it and however often it is tried.

The identity goes into each checksum too. So of a file whose first bytes were damaged the batches still say whose they
are. Those of an older chatkit do not: where its first bytes are damaged, nobody can tell, and nothing is taken over.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from chatkit.store.connecting import keep_private
from chatkit.store.records import Entry

FILE_NAME = "chatkit.journal"

_MAGIC = b"chatkit2"
_OLD_MAGIC = b"chatkit1"  # of one whose checksums know nothing of the identity
_START = struct.Struct("<8s16s")  # of the file: what it is, and the identity of its database
_HEADER = struct.Struct("<IIQ")  # bytes of what follows, its checksum, the number
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Entry]).decode

Batch = tuple[int, Sequence[Entry]]  # its number, from 1 on, and what was committed together


class Journal:
    """Appends batches to ``path``. For one thread at a time."""

    def __init__(self, path: Path, identity: bytes, last: int, durability: str) -> None:
        """``last`` is the highest number that was ever given. The file is made when something is appended."""
        self.path = path
        self._start = _START.pack(_MAGIC, identity)
        self._seed = seed_of(identity)
        self.last = last
        self.size = 0  # bytes
        self._is_torn = False  # whether more than that is in the file: what was refused, or a part of it
        self._fsync = durability == "power"
        self._fd: int | None = None

    def append(self, entries: Sequence[Entry]) -> int:
        """Make ``entries`` durable: all or, with OSError raised, none. Returns the number of the batch."""
        fd = self._fd if self._fd is not None else self._open()
        if self._is_torn:  # else nobody could read what comes behind it
            self._mend(fd)
        number = self.last + 1
        batch = written(number, entries, self._seed)
        data = batch if self.size else self._start + batch
        self.last = number  # never given again, even if this fails: another process may have read it meanwhile
        try:
            if os.write(fd, data) != len(data):  # the disk is full in the middle of it
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if self._fsync:
                os.fdatasync(fd)
        except OSError:
            self._is_torn = True
            with contextlib.suppress(OSError):  # before the next one, then
                self._mend(fd)
            raise
        self.size += len(data)
        return number

    def empty(self) -> None:
        """Begin anew: the database has everything. Raises OSError."""
        if self._fd is not None and self.size:
            os.ftruncate(self._fd, 0)
            self.size = 0

    def close(self) -> None:
        """Close the file, and remove it where nothing is in it."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
            if not self.size:
                self.path.unlink(missing_ok=True)

    def _mend(self, fd: int) -> None:
        os.ftruncate(fd, self.size)
        self._is_torn = False

    def _open(self) -> int:
        keep_private(self.path)
        if self._fsync:
            sync_directory(self.path.parent)
        self._fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        return self._fd


def sync_directory(path: Path) -> None:
    """Let files that were made in it outlive the power. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def seed_of(identity: bytes) -> int:
    """What an identity adds to the checksums of its batches."""
    return zlib.crc32(identity)


def written(number: int, entries: Sequence[Entry], seed: int) -> bytes:
    """A batch as it stands in the file."""
    body = _encode(entries)
    return _HEADER.pack(len(body), _checksum(body, number, seed), number) + body


def _checksum(body: bytes, number: int, seed: int) -> int:
    return zlib.crc32(body, (number & 0xFFFFFFFF) ^ seed)


class Found(msgspec.Struct, frozen=True):
    """What a journal holds: whose it is, the batches in order, and what follows the last whole one.

    ``rest`` is empty unless a write was cut short, or the file was damaged; without an ``identity`` it is all there is.
    ``is_mended``: the first bytes do not say whose it is any more, but the batches do.
    """

    identity: bytes = b""
    batches: list[Batch] = []
    rest: bytes = b""
    is_mended: bool = False


def read(path: Path, expected: bytes = b"") -> Found:
    """What is in the file. ``expected`` is the identity that it should have. Raises OSError, but not for no file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Found()
    if len(data) < _START.size:
        return Found(rest=data)
    magic, identity = _START.unpack_from(data)
    seed = {_MAGIC: seed_of(identity), _OLD_MAGIC: 0}.get(magic)
    batches, rest = ([], data) if seed is None else _batches(data, seed)
    if expected and not batches:
        whole, end = _batches(data, seed_of(expected))
        if whole:
            return Found(expected, whole, end, is_mended=True)
    return Found(identity if seed is not None else b"", batches, rest)


def _batches(data: bytes, seed: int) -> tuple[list[Batch], bytes]:
    """The whole batches, and what follows them."""
    found: list[Batch] = []
    place = _START.size
    while len(data) - place >= _HEADER.size:
        length, checksum, number = _HEADER.unpack_from(data, place)
        body = data[place + _HEADER.size : place + _HEADER.size + length]
        if len(body) < length or _checksum(body, number, seed) != checksum:
            break
        try:
            found.append((number, _decode(body)))
        except msgspec.DecodeError:  # of the old kind zeros, which a power failure may leave, have a good checksum
            break
        place += _HEADER.size + length
    return found, data[place:]
