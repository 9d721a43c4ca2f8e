"""The server's own part of a message without threads and sockets: framing, the rules, the store, handing out.

Each pipeline does the same again and again, a slice at a time, and says what processor time each phase took. The last
phase, which nobody waits for, is what the journal holds going into the database.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.work import CallCounter, CountingLink, handled, make_ircd
from benchmarks.workloads import TAGS
from chatkit.ircd.clock import Moment
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.saying import Saying
from chatkit.ircd.staging import Turn
from chatkit.ircd.state import Session
from chatkit.net.framing import LineFramer
from chatkit.store.database import Store
from chatkit.store.records import Entry

PHASES = ("frame", "rules", "commit", "hand out", "take over")
MAX_LINE = 8192  # bytes; nothing here comes near it
SECOND = 1_000_000  # microseconds
TEXT = b"x" * 64


@dataclass(frozen=True)
class Case:
    """What is done in one slice, ``times`` over: in each of ``rooms`` one member says ``at_once`` messages."""

    name: str
    members: int
    rooms: int = 1
    at_once: int = 1
    times: int = 1
    caps: str = ""

    @property
    def messages(self) -> int:
        return self.rooms * self.at_once * self.times


CASES = (
    Case("a message to 10", members=10, times=40),
    Case("a message to 100", members=100, times=20),
    Case("20 at once in 10 rooms of 10", members=10, rooms=10, at_once=20),
    Case("200 at once to 100", members=100, at_once=200),
    Case("200 at once to 100, with tags", members=100, at_once=200, caps=TAGS),
)


class Pipeline:
    """A server's inside with the rooms of one case. Makes its database in ``directory``; to be closed."""

    def __init__(self, case: Case, directory: Path) -> None:
        self.case = case
        self.now = Moment(1_800_000_000 * SECOND, 1.0)
        self.ircd: Ircd = make_ircd(self.now)
        self.store = Store(directory)
        self._senders = [self._fill(number) for number in range(case.rooms)]
        self._framers = [LineFramer(MAX_LINE) for _ in self._senders]
        self._data = [b"PRIVMSG #room%d :%s\r\n" % (number, TEXT) * case.at_once for number in range(case.rooms)]

    def _fill(self, number: int) -> Session:
        """A room with its members; the first of them is to speak."""
        sender, *_others = (self._come(f"u{number}x{member}", f"#room{number}") for member in range(self.case.members))
        return sender

    def _come(self, nick: str, room: str) -> Session:
        session = self.ircd.connect(CountingLink(), "127.0.0.1", self.now)
        lines = [f"CAP REQ :{self.case.caps}", "CAP END"] if self.case.caps else []
        lines += [f"NICK {nick}", f"USER {nick} 0 * :{nick}", f"JOIN {room}"]
        self.ircd.receive(session, [line.encode() for line in lines], self.now)
        self.ircd.take_turn().hand_out()
        return session

    def slice(self, clock: Callable[[], float] = time.thread_time) -> list[float]:
        """One slice: what ``clock`` moved by in each of the PHASES."""
        spent = [0.0] * len(PHASES)
        for _ in range(self.case.times):
            marks = self._pass(clock, self.store.log)
            for place, (before, after) in enumerate(pairwise(marks)):
                spent[place] += after - before
        before = clock()
        self.store.take_over()
        spent[-1] = clock() - before
        if self.store.wants_settling:
            self.store.settle()
        return spent

    def _pass(self, clock: Callable[[], float], commit: Callable[[Sequence[Entry]], None]) -> list[float]:
        self.now = Moment(self.now.wall + SECOND, self.now.mono + 1)
        marks = [clock()]
        read = [framer.feed(data) for framer, data in zip(self._framers, self._data, strict=True)]
        marks.append(clock())
        turn = self._handle(read)
        marks.append(clock())
        commit([record for record, *_ in turn.records])
        marks.append(clock())
        turn.hand_out()
        marks.append(clock())
        return marks

    def _handle(self, read: list[list[bytes]]) -> Turn | Saying:
        if len(read) == 1:
            return handled(self.ircd, self._senders[0], read[0], self.now)
        for session, lines in zip(self._senders, read, strict=True):
            self.ircd.receive(session, lines, self.now)
        return self.ircd.take_turn()

    def calls(self) -> float:
        """The function calls of one message in all phases but the store, whose part is SQLite's."""
        counter = CallCounter()
        with counter:
            self._pass(lambda: 0.0, lambda entries: None)
        return counter.calls / (self.case.messages / self.case.times)

    def close(self) -> None:
        self.store.close()
