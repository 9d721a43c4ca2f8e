"""The live view: the log at the left, the users at the right, on a terminal's second screen."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import TextIO, cast

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.layout import Layout
from rich.live import Live
from rich.text import Text

from chatkit.console.outlet import Outlet
from chatkit.console.outputs import Look
from chatkit.console.panes import LogPane, UsersPane, styled
from chatkit.control.overview import Rate, Snapshot
from chatkit.control.words import Line, of_state, weight

LOOK_SECONDS = 0.5  # between two looks at the users
RATE_SECONDS = 5.0  # that "messages/s" looks back on
MIN_LOG = 46  # columns that the log keeps, whoever is there: the lines of a quiet server fit
MIN_USERS = 34  # columns that the users get as soon as the log has its own, the divider included
LEAST_USERS = 23  # columns below which they are not shown
KEPT = 500  # lines that may come back into view when the terminal grows
LAST_WORDS = 20  # lines that stay on the first screen when the view is gone
NAME = " chatkit ·"


class LiveView:
    """Draws log and users. Only the log thread calls it."""

    def __init__(
        self,
        out: Outlet,
        look: Look,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out = out
        self._look = look
        self._clock = clock
        self._console = console or Console(file=cast(TextIO, out), highlight=False)
        self._lines: deque[Line] = deque(maxlen=KEPT)
        self._snapshot: Snapshot | None = None
        self._looked_at = float("-inf")
        self._rate = Rate(RATE_SECONDS)
        self._per_second = 0.0
        self._address = ""
        self._live = Live(
            console=self._console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        self._live.start()

    def show(self, lines: list[Line]) -> bool:
        """Take ``lines`` in and draw everything anew."""
        for line in lines:
            if line.event == "started":
                self._address = f"{line.fields['address']}:{line.fields['port']}"
        self._lines.extend(_brief(lines, self._console.height - 1))
        self._look_again(self._clock())
        self._live.update(self.draw(), refresh=True)
        return not self._out.failed

    def close(self) -> None:
        """Back to the first screen, and leave the end of the log there."""
        self._live.stop()
        for line in list(self._lines)[-LAST_WORDS:]:
            self._console.print(styled(line))

    def draw(self) -> RenderableType:
        """The whole screen."""
        width = self._console.width
        whole, body = Layout(), Layout()
        whole.split_column(Layout(self._header(width), size=1), body)
        users = min(width - MIN_LOG, max(MIN_USERS, width * 9 // 20))
        log, people = Layout(LogPane(self._lines)), Layout(UsersPane(self._snapshot), size=users)
        people.visible = users >= LEAST_USERS
        body.split_row(log, people)
        return whole

    def _look_again(self, mono: float) -> None:
        if mono - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = mono
        self._snapshot = self._look(self._console.size.height)
        if self._snapshot is not None:
            self._per_second = self._rate.note(mono, self._snapshot.messages)

    def _header(self, width: int) -> Text:
        left, right = f" {self._address}", ""
        if self._snapshot is not None:
            users, rooms = _count(self._snapshot.users, "user"), _count(self._snapshot.rooms, "room")
            right = f" {users} · {rooms} · {_count(round(self._per_second), 'message')}/s "
        if len(NAME) + cell_len(left) + cell_len(right) <= width:
            left = NAME + left
        blanks = " " * (width - cell_len(left) - cell_len(right))
        return Text(left + blanks + right, style="reverse", no_wrap=True, overflow="ellipsis")


def _brief(lines: list[Line], rows: int) -> list[Line]:
    """``lines``, or, if they would fill all ``rows`` at once, as many of the last as can be read before more come."""
    if len(lines) <= rows:
        return lines
    end = max(1, rows // 2)
    left_out = sum(map(weight, lines[:-end]))
    return [of_state("left_out", lines[-end].time, lines=left_out), *lines[-end:]]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
