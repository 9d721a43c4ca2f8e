"""The rows in the pages of a database file that SQLite does not read any more: each page speaks for itself.

Whatever page is lost, an inner one of a table included, the rows in all others are found.

Spec: https://www.sqlite.org/fileformat2.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

MAGIC = b"SQLite format 3\0"
HEADER_SIZE = 100  # of the file, before what else is on page 1
USUAL_PAGE = 4096  # bytes, where the header does not say any more
MAX_ROW = 64 << 20  # bytes: what claims to be longer is no row

INDEX_INNER, INDEX_LEAF, TABLE_LEAF = 2, 10, 13  # the kinds of pages that hold rows
_POINTERS = {INDEX_INNER: 12, INDEX_LEAF: 8, TABLE_LEAF: 8}  # where the places of a page's rows begin
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # bytes, by serial type

_WAL_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}  # and in which byte order its checksums are
_WAL_HEADER = struct.Struct(">IIIIIIII")
_FRAME = struct.Struct(">IIIIII")

Value = int | str | bytes | None


class Row(msgspec.Struct, frozen=True):
    """A row as it was found. ``is_keyed``: it is of a table with row ids; else of an index, or a table that is one.

    ``kinds`` has a letter for each value: integer, string, bytes or none.
    """

    is_keyed: bool
    key: int
    values: tuple[Value, ...]
    kinds: str


class Pages:
    """The pages of a database file, the newer ones from its write-ahead log. Nothing is written."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self._data = path.read_bytes() if path.exists() else b""  # the log may have it all
        wal = path.with_name(path.name + "-wal")
        log = wal.read_bytes() if wal.exists() else b""
        self.size, self._usable = _sizes(self._data, log)
        self._newer = _committed(log, self.size)

    def __len__(self) -> int:
        return max(len(self._data) // self.size, max(self._newer, default=0))

    @property
    def ends_torn(self) -> bool:
        """Whether the file ends within a page that the log has not got: SQLite takes the rest of it for zeros."""
        whole, rest = divmod(len(self._data), self.size)
        return rest > 0 and whole + 1 not in self._newer

    def page(self, number: int) -> bytes:
        """The page with this number, from 1 on; empty where there is none."""
        if number in self._newer:
            return self._newer[number]
        page = self._data[(number - 1) * self.size : number * self.size] if number > 0 else b""
        return page if len(page) == self.size else b""

    def rows(self) -> Iterator[Row]:
        """Every row that can be read."""
        for number in range(1, len(self) + 1):
            page = self.page(number)
            start = HEADER_SIZE if number == 1 else 0
            if page and page[start] in _POINTERS:
                yield from self._rows_of(page, start)

    def _rows_of(self, page: bytes, start: int) -> Iterator[Row]:
        kind = page[start]
        first = start + _POINTERS[kind]
        count = int.from_bytes(page[start + 3 : start + 5], "big")
        for place in range(first, min(first + 2 * count, self.size - 1), 2):
            try:
                yield self._row(page, int.from_bytes(page[place : place + 2], "big"), kind)
            except (ValueError, IndexError):
                continue  # a page that was torn: the others of its rows may be whole

    def _row(self, page: bytes, place: int, kind: int) -> Row:
        if kind == INDEX_INNER:
            place += 4  # the number of the page below
        size, place = _varint(page, place)
        key = 0
        if kind == TABLE_LEAF:
            key, place = _varint(page, place)
        payload = self._payload(page, place, size, self._local(size, kind))
        return Row(kind == TABLE_LEAF, key, *_decoded(payload))

    def _local(self, size: int, kind: int) -> int:
        """How many bytes of a row of ``size`` bytes are on its own page."""
        usable = self._usable
        most = usable - 35 if kind == TABLE_LEAF else (usable - 12) * 64 // 255 - 23
        least = (usable - 12) * 32 // 255 - 23
        if size <= most:
            return size
        local = least + (size - least) % (usable - 4)
        return local if local <= most else least

    def _payload(self, page: bytes, place: int, size: int, local: int) -> bytes:
        if size > MAX_ROW or place + local > self._usable:
            raise ValueError("no row")
        parts, found = [page[place : place + local]], local
        next_page = int.from_bytes(page[place + local : place + local + 4], "big") if local < size else 0
        while found < size:
            further = self.page(next_page)
            if not further:
                raise ValueError("the rest of the row is gone")
            part = further[4 : min(self._usable, 4 + size - found)]
            parts.append(part)
            found += len(part)
            next_page = int.from_bytes(further[:4], "big")
        return b"".join(parts)


def is_cut(path: Path) -> bool:
    """Whether the file at ``path`` ends within a page. Reads as little as it can. Raises OSError."""
    with path.open("rb") as file:
        size, _ = _sizes(file.read(HEADER_SIZE), b"")
    return path.stat().st_size % size > 0 and Pages(path).ends_torn


def _sizes(data: bytes, log: bytes) -> tuple[int, int]:
    """The bytes of a page, and how many of them are used."""
    if data.startswith(MAGIC) and len(data) >= HEADER_SIZE:
        size, reserved = int.from_bytes(data[16:18], "big"), data[20]
        size = 65536 if size == 1 else size
        if size >= 512 and size & (size - 1) == 0:
            return size, size - reserved
    if len(log) >= _WAL_HEADER.size and int.from_bytes(log[:4], "big") in _WAL_MAGIC:
        size = _WAL_HEADER.unpack_from(log)[2]
        if 512 <= size <= 65536 and size & (size - 1) == 0:
            return size, size
    return USUAL_PAGE, USUAL_PAGE


def _committed(log: bytes, size: int) -> dict[int, bytes]:
    """The latest of each page that the write-ahead log has of whole transactions."""
    if len(log) < _WAL_HEADER.size:
        return {}
    magic, _, page_size, _, *salts, sum_0, sum_1 = _WAL_HEADER.unpack_from(log)
    order = _WAL_MAGIC.get(magic)
    if order is None or page_size != size or _checksum(log[:24], order, 0, 0) != (sum_0, sum_1):
        return {}
    found: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    for place in range(_WAL_HEADER.size, len(log) - size - _FRAME.size + 1, size + _FRAME.size):
        number, last, *its_salts, its_0, its_1 = _FRAME.unpack_from(log, place)
        page = log[place + _FRAME.size : place + _FRAME.size + size]
        sum_0, sum_1 = _checksum(log[place : place + 8] + page, order, sum_0, sum_1)
        if its_salts != salts or (its_0, its_1) != (sum_0, sum_1):
            break
        pending[number] = page
        if last:  # the database's size in pages: the transaction is whole
            found |= pending
            pending = {}
    return found


def _checksum(data: bytes, order: str, sum_0: int, sum_1: int) -> tuple[int, int]:
    for first, second in struct.iter_unpack(order + "II", data):
        sum_0 = (sum_0 + first + sum_1) & 0xFFFFFFFF
        sum_1 = (sum_1 + second + sum_0) & 0xFFFFFFFF
    return sum_0, sum_1


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A number in up to nine bytes, and the place behind it. Raises IndexError."""
    value = 0
    for index in range(8):
        byte = data[place + index]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + index + 1
    value = value << 8 | data[place + 8]
    return value - (1 << 64) if value >> 63 else value, place + 9


def _decoded(payload: bytes) -> tuple[tuple[Value, ...], str]:
    """The values of a row, and their kinds. Raises ValueError and IndexError for what is none."""
    end, place = _varint(payload, 0)
    at = end
    values: list[Value] = []
    kinds = []
    while place < end:
        serial, place = _varint(payload, place)
        value, size, kind = _value(payload, at, serial)
        at += size
        values.append(value)
        kinds.append(kind)
    if at != len(payload):
        raise ValueError("no row")
    return tuple(values), "".join(kinds)


def _value(payload: bytes, at: int, serial: int) -> tuple[Value, int, str]:
    if serial in _INTEGERS:
        size = _INTEGERS[serial]
        return int.from_bytes(payload[at : at + size], "big", signed=True), size, "i"
    if serial in (8, 9):
        return serial - 8, 0, "i"
    if serial == 0:
        return None, 0, "n"
    if serial < 12:
        raise ValueError("a kind that no column of ours has")
    size = (serial - 12) // 2
    data = payload[at : at + size]
    if len(data) < size:
        raise ValueError("cut short")
    return (data.decode(), size, "s") if serial & 1 else (data, size, "b")
