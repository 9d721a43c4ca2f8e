"""Printing what a server answers: a table on a terminal, aligned columns in a pipe, JSON where that is asked for."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import click

from chatkit.control.cells import NOTHING
from chatkit.control.shows import CHANGES, Sheet, lay_out
from chatkit.control.tables import would_say
from chatkit.proto.formatting import plain

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table
    from rich.text import Text

GAP, INDENT = 2, 5  # columns of the terminal between two of a table, and before what stands below its row
MAX_HITS = 50  # that are listed below a sentence
TOLD_ONCE = {
    "token": "The token, which nobody can find out again: {}",
    "code": "The code, which nobody can find out again: {}",
}  # what a result has besides the sentence


def say(sentence: str, err: bool = False) -> None:
    """Print a sentence, to the standard error with ``err``. On a terminal no line ends within a word."""
    stream = sys.stderr if err else sys.stdout
    if stream.isatty():
        width = shutil.get_terminal_size().columns
        sentence = textwrap.fill(sentence, width, break_long_words=False, break_on_hyphens=False)
    click.echo(sentence, err=err)


def show(shows: str, result: Any, as_json: bool = False, typed: str = "") -> tuple[str, ...]:
    """Print an answer, which is plain data. ``shows`` is that of its row, ``typed`` what stands before a command.

    Returns the titles of what it lacks.
    """
    if as_json:
        click.echo(json.dumps(result, indent=2))
    elif shows in CHANGES:
        _show_change(result, typed)
        if shows == "token":
            _tell_once(result.get("result") or {})
    elif shows == "words":
        click.echo("\n".join(map(plain, result)))
    else:
        return show_sheet(shows, result)
    return ()


def show_sheet(shows: str, result: Any) -> tuple[str, ...]:
    """Print a table or facts. Returns the titles of what it lacks."""
    sheet = lay_out(shows, result)
    if not sheet.rows:
        click.echo(sheet.empty)
    elif sys.stdout.isatty():
        _print_rich(sheet)
    else:
        head = [tuple(title.upper() for title in sheet.titles)] if sheet.titles else []
        for line in aligned([*head, *sheet.rows]):
            click.echo(line)
    return sheet.lacking


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Cells in columns, two blanks between."""
    from rich.cells import cell_len  # late: columns of a terminal, which are not characters

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    padded = ([text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True)] for row in rows)
    return ["  ".join(line).rstrip() for line in padded]


def _print_rich(sheet: Sheet) -> None:
    from rich.console import Console  # late: only on a terminal

    console = Console(highlight=False)
    console.print(screen_table(sheet, console.width))


def screen_table(sheet: Sheet, width: int) -> Group:
    """A table for a terminal of ``width`` columns.

    Where it has too little room, what is long goes below its row; if that is not enough the widest columns are folded.
    """
    from rich.cells import cell_len
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    lines = [sheet.titles, *sheet.rows] if sheet.titles else sheet.rows
    natural = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    fits = sum(natural) + GAP * (len(natural) - 1) + 1 <= width
    beside = [place for place in range(len(natural)) if fits or place not in sheet.below]
    widths = _narrowed([natural[place] for place in beside], width - 1)

    def row(cells: tuple[str, ...], style: str = "") -> Padding:
        return Padding(_row([Text(cells[place], style) for place in beside], widths), (0, 0, 0, 1))

    rule = Text(f" {'─' * (sum(widths) + GAP * (len(widths) - 1))}", "dim")
    shown: list[RenderableType] = [row(sheet.titles, "bold"), rule] if sheet.titles else []
    for cells in sheet.rows:
        shown.append(row(cells))
        below = (place for place in sheet.below if not fits and cells[place] != NOTHING)
        shown += (Padding(Text(f"{sheet.titles[place]}: {cells[place]}", "dim"), (0, 0, 0, INDENT)) for place in below)
    return Group("", *shown, "")


def _narrowed(widths: list[int], room: int) -> list[int]:
    """Columns that fit into ``room``: the widest give way first."""
    found = list(widths)
    while sum(found) + GAP * (len(found) - 1) > room and max(found) > 1:
        found[found.index(max(found))] -= 1
    return found


def _row(cells: list[Text], widths: list[int]) -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
    for width in widths:
        table.add_column(width=width, overflow="fold")
    table.add_row(*cells)
    return table


# What was changed.


def _tell_once(result: dict[str, Any]) -> None:
    for key, sentence in TOLD_ONCE.items():
        if key in result:
            say(sentence.format(plain(result[key])))


def _show_change(result: dict[str, Any], typed: str) -> None:
    """The sentence, how it is taken back, and whom it concerns where that are several."""
    hits = result.get("hits", ())
    first, *others = _sentences(result, typed)
    say(first)
    if len(hits) > 1:
        for name in hits[:MAX_HITS]:
            click.echo(f"  {plain(name)}")
        if len(hits) > MAX_HITS:
            click.echo(f"  and {len(hits) - MAX_HITS:,} more")
    for sentence in others:
        say(sentence)


def _sentences(result: dict[str, Any], typed: str) -> list[str]:
    """What was done, and where that is in the audit log; a mere answer is not, nor what was done without a server."""
    if result.get("id") is None:
        return [plain(result["said"])]
    if not result["id"]:
        return would_say(result["said"], result.get("undoable", True))
    back = f"; take it back with: {typed}undo {result['id']}" if result.get("undoable") else ""
    return [f"{plain(result['said'])}  (id {result['id']}{back})"]
