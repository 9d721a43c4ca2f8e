"""The log thread."""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, TextIO

from chatkit.config import Log
from chatkit.console.backlog import Backlog
from chatkit.console.outlet import Outlet
from chatkit.console.outputs import Output, choose
from chatkit.control import overview, words
from chatkit.control.overview import Snapshot
from chatkit.control.words import Line
from chatkit.ircd.events import Event
from chatkit.proto.addresses import is_loopback

if TYPE_CHECKING:
    from chatkit.server import Server

LOGGER = "chatkit"
MAX_RECORDS = 20  # of loggers that wait: most of them have a traceback, which takes long to write
LINES_AT_ONCE = 5  # that are put into words before other threads get a turn
BREATH = 0.0002  # seconds of it
LULL = 0.05  # seconds that what waits to be shown waits for something to follow it, at most
CLOSE_SECONDS = 2.0  # that whoever reads the log has to take its end


class Console:
    """Tells whoever runs the server what happens, from a thread of its own.

    ``put`` may be called from any thread, and never waits. What comes faster than it can be shown is left out, the
    oldest first, and counted.
    """

    def __init__(self, log: Log, stdout: TextIO | None = None, stderr: TextIO | None = None) -> None:
        out, err = Outlet(stdout or sys.stdout), Outlet(stderr or sys.stderr)
        self._messages = log.messages
        self._format = choose(log.format, out.isatty())
        self._out, self._err = out, err
        self._server: Server | None = None  # who is asked what goes on
        self._first: list[Line] = []  # what goes before everything else, whoever connected meanwhile
        self._lines: Backlog[Event | Line] = Backlog(self._format.lines)
        self._records: Backlog[logging.LogRecord] = Backlog(MAX_RECORDS)
        self._missed = 0  # lines that could not be written; the log thread's own
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chatkit-log", daemon=True)
        self._handler = _Handler(self._records, self._wake)

    def start(self, server: Server) -> None:
        """``server`` listens: say so, and begin to show what happens. What it did before was kept."""
        self._server = server
        logging.getLogger(LOGGER).addHandler(self._handler)
        began = int(server.started_at * 1e6)
        self._first = [
            words.of_state("started", began, address=server.config.host, port=server.port),
            words.of_state("waiting", began),
        ]
        if not is_loopback(server.config.host) and server.identity is not None:  # from this machine nobody needs it
            self._first.append(words.of_state("certificate", began, fingerprint=server.identity.fingerprint))
        self._wake.set()
        self._thread.start()

    def stopping(self) -> None:
        """The server is about to end: it is not asked for anything any more."""
        self._server = None
        self._say("stopping")

    def stop(self) -> None:
        """The server has ended: show what is left, and give the terminal back. Blocks for up to CLOSE_SECONDS."""
        self._say("stopped")
        logging.getLogger(LOGGER).removeHandler(self._handler)
        self._closing.set()
        self._wake.set()
        self._thread.join(CLOSE_SECONDS)

    def put(self, events: list[Event]) -> None:
        """Tell of what one turn brought. Never raises."""
        logged = [event for event in events if words.is_logged(event, self._messages)]
        if logged:
            self._lines.extend(logged)
            self._wake.set()

    def _say(self, event: str) -> None:
        self._lines.extend([words.of_state(event, time.time_ns() // 1000)])
        self._wake.set()

    # On the log thread.

    def _run(self) -> None:
        output = self._format.make(self._out, self._err, self._look)
        try:
            while not self._closing.is_set():
                self._wake.wait(self._format.refresh)
                self._wake.clear()  # before it is looked what there is: what comes now wakes again
                self._show(output)
                self._rest()
            self._show(output)
        finally:
            output.close()

    def _rest(self) -> None:
        self._closing.wait(self._format.pause)
        if self._wake.is_set():
            # What comes next is put here when it has been sent. That is the moment at which nobody waits for a message:
            # at any other we would take the interpreter from an I/O thread in the midst of sending one.
            self._wake.clear()
            self._wake.wait(LULL)
            self._wake.set()

    def _show(self, output: Output) -> None:
        try:
            lines = self._take()
            if not output.show(lines):
                self._missed += sum(map(words.weight, lines))
        except Exception:  # The log must not end because of one line.
            self._err.write(traceback.format_exc())
            self._err.flush()

    def _take(self) -> list[Line]:
        too_many, records = self._records.take()
        left_out, entries = self._lines.take()
        lines = [self._worded(entry, number) for number, entry in enumerate(entries, 1)]
        lines += map(words.of_record, records)
        left_out += too_many + self._missed
        if lines and left_out:  # what could not be written is told with the next line
            self._missed = 0
            lines.insert(0, words.of_state("left_out", lines[0].time, lines=left_out))
        first, self._first = self._first, []
        return first + lines

    def _worded(self, entry: Line | Event, number: int) -> Line:
        if number % LINES_AT_ONCE == 0:
            time.sleep(BREATH)  # lets an I/O thread at the interpreter: else messages wait for the log of others
        return entry if isinstance(entry, Line) else words.of_event(entry)

    def _look(self, limit: int) -> Snapshot | None:
        server = self._server
        return None if server is None else server.act(lambda ircd, now: overview.snapshot(ircd, now, limit))


class _Handler(logging.Handler):
    """Hands what loggers say to the log thread."""

    def __init__(self, records: Backlog[logging.LogRecord], wake: threading.Event) -> None:
        super().__init__(logging.WARNING)
        self._records = records
        self._wake = wake

    def emit(self, record: logging.LogRecord) -> None:
        self._records.extend([record])
        self._wake.set()
