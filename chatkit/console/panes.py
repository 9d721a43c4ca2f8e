"""What the live view is made of: the log's pane and the users' pane. Drawing only."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.text import Text

from chatkit.control.cells import span
from chatkit.control.overview import Snapshot, UserRow
from chatkit.control.words import Line

WITH_TIMES = 64  # columns of the log from which on its lines show their time
DIVIDER = " │ "
GAP = 2
INDENT = 2

STYLES = {
    "connected": "dim",
    "error": "bold red",
    "joined": "green",
    "kicked": "yellow",
    "left": "yellow",
    "left_out": "dim italic",
    "started": "bold",
    "warning": "yellow",
}


class Column(msgspec.Struct, frozen=True):
    """One row of the table of columns. Where there is no room, those with the highest ``rank`` go first."""

    title: str
    rank: int
    least: int  # columns that it needs to be of use
    most: int
    cell: Callable[[UserRow], str]


COLUMNS = (
    Column("nick", 1, 8, 20, lambda row: row.nick),
    Column("rooms", 3, 8, 24, lambda row: " ".join(row.rooms)),
    Column("idle", 2, 4, 4, lambda row: span(row.idle)),
    Column("address", 4, 9, 39, lambda row: row.address),
    Column(
        "client", 5, 6, 24, lambda row: row.client.replace("chatkit-", "")
    ),  # of ours, which face it is: "tui/0.1.0"
)


def fit(wanted: list[int], room: int) -> list[int]:
    """How wide each of COLUMNS is in ``room`` columns if it wants to be so wide; 0 leaves it out."""
    widths = [0] * len(COLUMNS)
    by_rank = sorted(range(len(COLUMNS)), key=lambda index: COLUMNS[index].rank)
    left = room + GAP
    for index in by_rank:
        least = min(wanted[index], COLUMNS[index].least)
        if least + GAP > left:
            break
        widths[index] = least
        left -= least + GAP
    for index in by_rank:
        if widths[index]:
            more = min(left, wanted[index] - widths[index])
            widths[index] += more
            left -= more
    return widths


class LogPane:
    """The newest lines that fit, each as long as it is."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = list(lines)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height, width = options.height or options.size.height, options.max_width
        shown: deque[Text] = deque()
        for line in reversed(self._lines):
            if len(shown) >= height:
                break
            shown.extendleft(reversed(_wrapped(line, console, width)))
        yield Group(*list(shown)[-height:])


class UsersPane:
    """As many of the users, and as much of each, as there is room for."""

    def __init__(self, snapshot: Snapshot | None) -> None:
        self._snapshot = snapshot

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self._snapshot is None:
            return
        room, height = options.max_width - len(DIVIDER), options.height or options.size.height
        lines = list(_user_lines(self._snapshot, room, height))
        lines += [Text("")] * (height - len(lines))
        yield Group(*(Text.assemble((DIVIDER, "dim"), line) for line in lines))


def styled(line: Line) -> Text:
    """``line`` in its colours."""
    return Text(line.text, style=STYLES.get(line.event, ""))


def _user_lines(snapshot: Snapshot, room: int, height: int) -> Iterator[Text]:
    rows = snapshot.shown[: height - 1]
    if snapshot.users > len(rows):
        rows = rows[:-1]
    cells = [[column.cell(row) for column in COLUMNS] for row in rows]
    titles = [column.title for column in COLUMNS]
    wanted = [
        min(column.most, max(cell_len(line[index]) for line in [titles, *cells]))
        for index, column in enumerate(COLUMNS)
    ]
    widths = fit(wanted, room)
    yield Text(_row(titles, widths), style="dim")
    for row, line in zip(rows, cells, strict=True):
        yield Text(_row(line, widths), style="dim" if row.away is not None else "")
    if snapshot.users > len(rows):
        yield Text(f"… and {snapshot.users - len(rows):,} more", style="dim italic")


def _row(cells: list[str], widths: list[int]) -> str:
    return (" " * GAP).join(_cut(cell, width) for cell, width in zip(cells, widths, strict=True) if width).rstrip()


def _cut(text: str, width: int) -> str:
    """``text`` on exactly ``width`` columns."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…"


def _wrapped(line: Line, console: Console, width: int) -> list[Text]:
    """``line`` in pieces of at most ``width`` columns; all but the first are indented."""
    text, prefix = styled(line), ""
    if width >= WITH_TIMES:
        prefix = time.strftime("%H:%M:%S ", time.localtime(line.time / 1e6))
    if cell_len(line.text) <= width - len(prefix) and "\n" not in line.text:
        return [Text.assemble((prefix, "dim"), text)]
    indent = len(prefix) or INDENT
    pieces = text.wrap(console, width - indent)
    return [Text.assemble((prefix if i == 0 else " " * indent, "dim"), piece) for i, piece in enumerate(pieces)]
