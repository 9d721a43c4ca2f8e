"""How the cost of a message, and of a page of history, grows with what is stored already."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.drawing import FLOOD, Drawn, Scene, growth, microseconds
from benchmarks.generator import drive
from benchmarks.picture import Point, draw
from benchmarks.running import running
from benchmarks.servers import CHATKIT
from benchmarks.workloads import NO_LOBBY
from chatkit.store.database import FILE_NAME, Store
from chatkit.store.index import FILE_NAME as INDEX_NAME

STORED = (0, 1_000, 10_000, 100_000, 1_000_000)
MORE_STORED = (10_000_000,)
PAGES = 100  # that are asked for, one after the other
PAGE = 100  # messages
ANSWER_SECONDS = 30.0
FIRST_SEQ = 1_700_000_000_000_000  # when the made-up history begins: microseconds since 1970, one message a second
SECOND = 1_000_000

_FILL = """
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)
    INSERT INTO messages (seq, target, command, source, sender, recipient, text, tags, account, bot)
    SELECT :first + n * :step, :target, 'PRIVMSG', 'b!~b@127.0.0.1', '~1', '#bench0',
        'message ' || n || ' xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', '', '', 0
    FROM numbers
"""


def by_stored(scene: Scene) -> Drawn:
    """Processor time of the server for a message, and the time that a page takes, by the length of the history."""
    lines: dict[str, list[Point]] = {"a message to 100": [], "the newest 100": [], "100 from the middle": []}
    for stored in STORED + (MORE_STORED if scene.full else ()):
        scene.note(f"{stored:,} stored messages")
        for name, value in _measure(scene.directory, stored).items():
            lines[name].append((stored, value))
    facts = [growth(name, "stored messages", line) for name, line in lines.items()]
    return Drawn(draw("What it costs with a long history", "stored messages", "µs", dict(lines)), facts)


def _measure(directory: Path, stored: int) -> dict[str, float]:
    """Microseconds, by the names of the lines."""
    found = {}
    with running(CHATKIT, directory / "server", NO_LOBBY, partial(fill, count=stored)) as server:
        if stored >= PAGE:
            found["the newest 100"] = ask_for_pages(server.port, "LATEST #bench0 *")
            found["100 from the middle"] = ask_for_pages(server.port, f"AFTER #bench0 timestamp={_middle(stored)}")
        sample = drive(directory, server.port, server.pid, [*FLOOD, "--members", "100"])
    return {"a message to 100": microseconds(sample.per_message), **found}


def _middle(stored: int) -> str:
    seconds = FIRST_SEQ // SECOND + stored // 2
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds - 1))


def fill(data: Path, count: int) -> None:
    """Make a history of ``count`` messages in ``data``: as ``Store`` would, but in one statement."""
    store = Store(data)
    store.index()
    store.close()
    if not count:
        return
    with closing(sqlite3.connect(data / FILE_NAME, isolation_level=None)) as db:
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):
            db.execute(f"PRAGMA {pragma}")
        target = db.execute("INSERT INTO targets (name) VALUES ('#bench0') RETURNING id").fetchone()[0]
        db.execute(_FILL, {"count": count, "first": FIRST_SEQ, "step": SECOND, "target": target})
    # Nobody searches here, and making the index of so many would go on while others measure.
    with closing(sqlite3.connect(data / INDEX_NAME, isolation_level=None)) as index:
        index.execute("UPDATE progress SET low = 0, high = ?", (FIRST_SEQ + (count - 1) * SECOND,))


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
