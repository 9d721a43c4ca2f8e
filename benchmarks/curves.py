"""How the cost of a message grows: with the members of its room, and with what is stored already."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.generator import Sample, drive
from benchmarks.picture import Point, draw
from benchmarks.servers import CHATKIT, PEERS, Server, running
from benchmarks.workloads import NO_LOBBY
from chatkit.store.database import Store
from chatkit.store.records import Record

MEMBERS = (10, 20, 50, 100, 200, 500, 1000, 2000)
MORE_MEMBERS = (5000,)
STORED = (200, 1_000, 10_000, 100_000)
MORE_STORED = (1_000_000, 10_000_000)
FLOOD = ["flood", "--window", "200", "--seconds", "1"]
PAGES = 100  # that are asked for, one after the other
PAGE = 100  # messages
STEP = 10_000  # rows a transaction, while a history is made up
ANSWER_SECONDS = 30.0

Note = Callable[[str], None]


def by_members(directory: Path, full: bool, note: Note) -> str:
    """The picture: processor time of the server for one message, by the size of the room."""
    servers = [server for server in (CHATKIT, *PEERS) if server.installed]
    lines: dict[str, list[Point]] = {server.name: [] for server in servers}
    for members in MEMBERS + (MORE_MEMBERS if full else ()):
        for server in servers:
            note(f"{members:,} members: {server.name}")
            sample = _flood(server, directory, members)
            lines[server.name].append((members, cost(sample)))
    return draw("What one message costs", "members of the room", "µs of processor time", dict(lines))


def by_stored(directory: Path, full: bool, note: Note) -> str:
    """The picture: the cost of a message, and the time that a page of history takes, by the length of the history."""
    costs: list[Point] = []
    newest: list[Point] = []
    middle: list[Point] = []
    for stored in STORED + (MORE_STORED if full else ()):
        note(f"{stored:,} stored messages")
        with running(CHATKIT, directory / "server", NO_LOBBY, partial(fill, count=stored)) as server:
            newest.append((stored, ask_for_pages(server.port, "LATEST #bench0 *")))
            middle.append((stored, ask_for_pages(server.port, f"AFTER #bench0 timestamp={_middle(stored)}")))
            costs.append((stored, cost(drive(directory, server.port, server.pid, [*FLOOD, "--members", "100"]))))
    lines = {"a message to 100": costs, "the newest 100": newest, "100 from the middle": middle}
    return draw("What it costs with a long history", "stored messages", "µs", dict(lines))


def cost(sample: Sample) -> float:
    """Microseconds of the server's processor time for one message."""
    return sample.server_cpu / (sample.messages or 1) * 1e6


def _flood(server: Server, directory: Path, members: int) -> Sample:
    with running(server, directory / "server", NO_LOBBY) as started:
        arguments = [*FLOOD, "--members", str(members), "--parallel", str(server.parallel)]
        return drive(directory, started.port, started.pid, arguments)


FIRST_SEQ = 1_700_000_000_000_000  # when the made-up history begins: microseconds since 1970, one message a second
SECOND = 1_000_000


def _middle(stored: int) -> str:
    seconds = FIRST_SEQ // SECOND + stored // 2
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds - 1))


def fill(data: Path, count: int) -> None:
    """Make a history of ``count`` messages in ``data``."""
    store = Store(data)
    try:
        for first in range(0, count, STEP):
            store.append(_records(range(first, min(first + STEP, count))))
            if store.wants_settling:
                store.settle()
    finally:
        store.close()


def _records(numbers: range) -> Iterator[Record]:
    for number in numbers:
        seq = FIRST_SEQ + number * SECOND
        text = f"message {number} " + "x" * 48
        yield Record(seq, "#bench0", "PRIVMSG", "b!~b@127.0.0.1", "~1", "#bench0", text)


def ask_for_pages(port: int, query: str) -> float:
    """The median time for one page of history, in microseconds, as a client sees it."""
    with socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS) as sock, sock.makefile("rb") as lines:
        sock.sendall(b"CAP REQ :batch draft/chathistory message-tags server-time\r\nCAP END\r\n")
        sock.sendall(b"NICK reader\r\nUSER reader 0 * :reader\r\nJOIN #bench0\r\n")
        _read_until(lines, b" 366 ")
        times = []
        for _ in range(PAGES):
            began = time.perf_counter()
            sock.sendall(f"CHATHISTORY {query} {PAGE}\r\n".encode())
            _read_until(lines, b" BATCH -")
            times.append(time.perf_counter() - began)
    return median(times) * 1e6


def _read_until(lines: Iterator[bytes], word: bytes) -> None:
    for line in lines:
        if word in line:
            return
        if b" FAIL " in line or line.startswith((b"FAIL ", b"ERROR ")):
            raise AssertionError(f"refused: {line!r}")
    raise AssertionError("the server closed the connection")
