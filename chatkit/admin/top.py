"""``chatkit admin top``: the server at work, on a screen that is drawn anew every second."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
import textwrap
import time
import tty
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from chatkit.admin.doing import Here, complain
from chatkit.admin.errors import DONE, AdminError
from chatkit.admin.printing import show, show_sheet
from chatkit.admin.versions import explained
from chatkit.control.cells import NOTHING, clock, count, size
from chatkit.control.shows import lay_out
from chatkit.proto.formatting import plain

POLL_SECONDS = 1.0
INTERRUPTED = 130
SLOW_BYTES = 1 << 20  # that wait for a client, from which on it is in danger of being cut off
LEAVE = (b"q", b"Q", b"\x1b", b"\x04")


def run(here: Here, params: dict[str, Any], as_json: bool) -> int:
    """Watch until ``q``. What is no terminal, and JSON, gets one look. Returns the exit status."""
    try:
        if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
            _look_once(here, as_json)
        else:
            _watch(here)
    except AdminError as error:
        return complain(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


def _look_once(here: Here, as_json: bool) -> None:
    found = here.call("top", {})
    if as_json:
        show("top", found, as_json)
        return
    lacking = show_sheet("facts:stats", found["stats"])
    if found["slow"]:
        lacking += show_sheet("table:slow", found["slow"])
    if lacking:
        here.compare(lacking, found["stats"].get("version", ""))


def _watch(here: Here) -> None:
    console = Console(highlight=False)
    with _keys() as keys, Live(console=console, screen=True, auto_refresh=False) as live:
        before: dict[str, Any] | None = None
        while True:
            now = {**here.call("top", {}), "at": time.monotonic()}
            live.update(draw(now, before, here.where, console.size), refresh=True)
            before = now
            if keys.pressed(POLL_SECONDS) in LEAVE:
                return


class Keys:
    """The keys of a terminal, one at a time."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def pressed(self, seconds: float) -> bytes:
        """The key that is pressed within ``seconds``, or nothing. Of a key that sends several bytes, all of them."""
        readable, _, _ = select.select([self._descriptor], [], [], seconds)
        return (os.read(self._descriptor, 16) or b"\x04") if readable else b""


@contextlib.contextmanager
def _keys() -> Iterator[Keys]:
    """The keyboard, each key at once and unseen."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    try:
        yield Keys(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


# The picture.


def draw(now: dict[str, Any], before: dict[str, Any] | None, where: str, screen: tuple[int, int]) -> RenderableType:
    """The whole screen, of so many columns and rows: figures, and below them the clients that are slow."""
    stats, (width, height) = now["stats"], screen
    version, uptime = stats.get("version", ""), _written(lambda s: clock(s["uptime"]), stats)
    head = Text(f" chatkit {version} · {where} · up {uptime} · q leaves ", style="reverse")
    lacking = lay_out("facts:stats", stats).lacking
    differs = explained(version, lacking) if lacking else ""
    notable = filter(None, (stats.get("lockdown"), *stats.get("why", ()), differs))
    troubles = [Text(f" {line}", "bold red") for why in notable for line in textwrap.wrap(plain(why), width - 2)]
    figures = _figures({**stats, "rate": _rate(now, before)})
    left = height - len(FIGURES) - len(troubles) - 4  # the head, two gaps, a title
    return Group(head, *troubles, Text(), figures, Text(), _slow(now["slow"], max(1, left)))


def _rate(now: dict[str, Any], before: dict[str, Any] | None) -> float:
    """Messages a second since the last look; over the last minute, if there was none."""
    if before is None or "messages" not in now["stats"]:
        return float(now["stats"].get("messages_per_second", 0))
    grown = now["stats"]["messages"] - before["stats"]["messages"]
    return float(max(0, grown) / max(0.001, now["at"] - before["at"]))


Figure = Callable[[dict[str, Any]], str]
FIGURES: tuple[tuple[str, Figure], ...] = (
    ("Messages", lambda s: f"{s['rate']:,.0f}/s ({s['messages_per_second']:,.1f}/s over a minute)"),
    ("Clients", lambda s: f"{count(s['sessions'])} of {count(s['users'])} users (at most {count(s['peak'])})"),
    ("Connections", lambda s: count(s["connections"])),
    ("Rooms", lambda s: count(s["rooms"])),
    ("Queues", lambda s: f"{size(s['queued'])} wait for clients; {count(s['throttled'])} clients are held back"),
    ("Threads", lambda s: count(s["threads"])),
    ("Memory", lambda s: f"{size(s['memory'])}, {count(s['descriptors'])} open files"),
)


def _figures(stats: dict[str, Any]) -> Table:
    table = Table.grid(padding=(0, 3))
    for title, figure in FIGURES:
        table.add_row(f" {title}", Text(_written(figure, stats), "bold" if title == "Messages" else ""))
    return table


def _written(figure: Figure, stats: dict[str, Any]) -> str:
    """A figure in words; a dash, if a server of another version does not tell what it is made of."""
    try:
        return figure(stats)
    except KeyError:
        return NOTHING


def _slow(clients: list[dict[str, Any]], rows: int) -> RenderableType:
    if not clients:
        return Text(" No client is slow.", style="dim")
    table = Table.grid(padding=(0, 3))
    table.add_row(Text(" Slow clients", "bold"), Text("waits for them", "dim"))
    for client, cells in zip(clients[:rows], lay_out("table:slow", clients).rows, strict=False):
        style = "bold red" if client["queued"] >= SLOW_BYTES else "red"
        table.add_row(*(Text(f" {cell}" if place == 0 else cell, style) for place, cell in enumerate(cells)))
    return table
