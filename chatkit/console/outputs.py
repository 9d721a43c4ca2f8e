"""How the log is shown: one row for each format."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from chatkit.console.outlet import Outlet
from chatkit.control.overview import Snapshot
from chatkit.control.words import Line
from chatkit.proto.timestamps import format_time

Look = Callable[[int], "Snapshot | None"]  # what goes on, with so many users at most; None while nothing does


class Output(Protocol):
    """Where lines go. Only the log thread calls it."""

    def show(self, lines: list[Line]) -> bool:
        """Show ``lines``, which may be none. Returns whether they could be written."""

    def close(self) -> None:
        """Leave the screen as it was."""


PRIORITIES = {"critical": "<2>", "error": "<3>", "warning": "<4>"}  # the journal's, by the level of a problem


class Plain:
    """Lines on standard output; on standard error what went wrong, for systemd's journal with how bad it is."""

    def __init__(self, out: Outlet, err: Outlet, _look: Look) -> None:
        self._out = out
        self._err = err
        self._priorities = PRIORITIES if err.is_journal else {}

    def show(self, lines: list[Line]) -> bool:
        for line in lines:
            if line.is_problem:
                priority = self._priorities.get(line.event, "")
                self._err.write("".join(f"{priority}{row}\n" for row in line.text.split("\n")))
            else:
                self._out.write(line.text + "\n")
        self._err.flush()
        self._out.flush()
        return not self._out.failed

    def close(self) -> None:
        """Nothing was changed."""


class Json:
    """One object a line on standard output: its time, its event, its fields."""

    def __init__(self, out: Outlet, _err: Outlet, _look: Look) -> None:
        from structlog.processors import JSONRenderer  # late: it takes longer to load than the server to start

        self._out = out
        self._render = JSONRenderer()

    def show(self, lines: list[Line]) -> bool:
        for line in lines:
            entry: dict[str, Any] = {"time": format_time(line.time // 1000), "event": line.event, **line.fields}
            self._out.write(str(self._render(None, "", entry)) + "\n")
        self._out.flush()
        return not self._out.failed

    def close(self) -> None:
        """Nothing was changed."""


def _live(out: Outlet, _err: Outlet, look: Look) -> Output:
    from chatkit.console.live import LiveView  # late: Rich is for terminals only

    return LiveView(out, look)


class Format(msgspec.Struct, frozen=True):
    """One row. ``lines`` at most are shown at once, then ``pause`` seconds nothing.

    ``refresh`` is how many seconds it goes without being drawn anew; None where only lines are drawn.
    """

    make: Callable[[Outlet, Outlet, Look], Output]
    lines: int
    pause: float
    refresh: float | None = None


# The log shares its processor with the I/O threads. So it is told to be brief, and says so.
FORMATS = {
    "plain": Format(Plain, lines=200, pause=0.1),
    "json": Format(Json, lines=200, pause=0.1),
    "rich": Format(_live, lines=100, pause=0.5, refresh=0.5),
}


def choose(wanted: str, is_terminal: bool, term: str | None = None) -> Format:
    """The format for ``log.format``. A live view needs a terminal that can move its cursor; else lines are plain."""
    if wanted in ("auto", "rich"):
        dumb = (os.environ.get("TERM", "") if term is None else term) in ("", "dumb", "unknown")
        wanted = "rich" if is_terminal and not dumb else "plain"
    return FORMATS[wanted]
