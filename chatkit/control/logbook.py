"""The newest lines of the server's log, for those who follow it from elsewhere."""

from __future__ import annotations

import logging
import threading
from collections import deque
from itertools import count

import msgspec

from chatkit.control import words
from chatkit.control.words import Line
from chatkit.ircd.events import Event

LOGGER = "chatkit"
MAX_LINES = 5000  # that are kept
LEVELS = ("info", "warning", "error")  # the least first

_Entry = Event | logging.LogRecord


class Page(msgspec.Struct, frozen=True):
    """Some lines, the oldest first, and ``cursor``, by which one asks for what came after them."""

    lines: list[Line]
    cursor: int


class Logbook:
    """Keeps what happens, put into words only when it is asked for. From any thread; its lock is held for moments.

    What members say is not in it: whoever may follow the log need not be one who may read every room.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the entries and their numbers
        self._entries: deque[tuple[int, _Entry]] = deque(maxlen=MAX_LINES)
        self._numbers = count(1)
        self._handler = _Handler(self)

    def start(self) -> None:
        """Keep what the program's loggers say from now on, from warnings upwards."""
        logging.getLogger(LOGGER).addHandler(self._handler)

    def stop(self) -> None:
        """No longer."""
        logging.getLogger(LOGGER).removeHandler(self._handler)

    def put(self, events: list[Event]) -> None:
        """Take what one turn brought. Never raises."""
        logged = [event for event in events if words.is_logged(event, messages=False)]
        if logged:
            self.keep(logged)

    def keep(self, entries: list[Event] | list[logging.LogRecord]) -> None:
        """Keep ``entries``, in place of the oldest."""
        with self._lock:
            self._entries.extend((next(self._numbers), entry) for entry in entries)

    def page(self, after: int, limit: int, level: str, word: str) -> Page:
        """Of what came after the cursor ``after`` the ``limit`` newest lines that have ``word`` in them.

        Case does not matter. ``level`` is the least of LEVELS that is wanted.
        """
        with self._lock:
            entries = list(self._entries)
        cursor = entries[-1][0] if entries else after
        found: deque[Line] = deque()
        for number, entry in reversed(entries):
            if number <= after or len(found) == limit:
                break
            line = _line(entry)
            if _level(line) >= LEVELS.index(level) and word.casefold() in line.text.casefold():
                found.appendleft(line)
        return Page(list(found), cursor)


class _Handler(logging.Handler):
    """Hands what loggers say to the logbook."""

    def __init__(self, logbook: Logbook) -> None:
        super().__init__(logging.WARNING)
        self._logbook = logbook

    def emit(self, record: logging.LogRecord) -> None:
        self._logbook.keep([record])


def _line(entry: _Entry) -> Line:
    return words.of_event(entry) if isinstance(entry, Event) else words.of_record(entry)


def _level(line: Line) -> int:
    if not line.is_problem:
        return 0
    return LEVELS.index("error") if line.event in ("error", "critical") else LEVELS.index("warning")
