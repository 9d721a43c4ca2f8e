"""Printing what a server answers: a table on a terminal, aligned columns in a pipe, JSON where that is asked for."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import click

from chatkit.control.shows import CHANGES, lay_out
from chatkit.proto.formatting import plain

if TYPE_CHECKING:
    from rich.table import Table

SHORT = 16  # characters of a time, a nick, a number: columns that have no more are never broken into lines
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


def show(shows: str, result: Any, as_json: bool = False, typed: str = "") -> None:
    """Print an answer, which is plain data. ``shows`` is that of its row, ``typed`` what stands before a command."""
    if as_json:
        click.echo(json.dumps(result, indent=2))
    elif shows in CHANGES:
        _show_change(result, typed)
        if shows == "token":
            _tell_once(result["result"] or {})
    elif shows == "words":
        click.echo("\n".join(map(plain, result)))
    else:
        show_sheet(shows, result)


def show_sheet(shows: str, result: Any) -> None:
    """Print a table or facts."""
    sheet = lay_out(shows, result)
    if not sheet.rows:
        click.echo(sheet.empty)
    elif sys.stdout.isatty():
        _print_rich(sheet.titles, sheet.rows)
    else:
        head = [tuple(title.upper() for title in sheet.titles)] if sheet.titles else []
        for line in aligned([*head, *sheet.rows]):
            click.echo(line)


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Cells in columns, two blanks between."""
    from rich.cells import cell_len  # late: columns of a terminal, which are not characters

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    padded = ([text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True)] for row in rows)
    return ["  ".join(line).rstrip() for line in padded]


def _print_rich(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console  # late: only on a terminal

    Console().print(rich_table(titles, rows))


def rich_table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    """A table for a terminal."""
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_header=bool(titles), pad_edge=False, padding=(0, 1, 0, 0))
    for number, cells in enumerate(zip(*rows, strict=True)):
        is_short = max(map(cell_len, cells)) <= SHORT
        title = titles[number] if titles else ""
        table.add_column(title, no_wrap=is_short, overflow="fold")  # where room is short, nothing is cut off
    for row in rows:
        table.add_row(*map(Text, row))
    return table


# What was changed.


def _tell_once(result: dict[str, Any]) -> None:
    for key, sentence in TOLD_ONCE.items():
        if key in result:
            say(sentence.format(plain(result[key])))


def _show_change(result: dict[str, Any], typed: str) -> None:
    """The sentence, how it is taken back, and whom it concerns where that are several."""
    said, hits = plain(result["said"]), result["hits"]
    say(_numbered(said, result, typed))
    if len(hits) > 1:
        for name in hits[:MAX_HITS]:
            click.echo(f"  {plain(name)}")
        if len(hits) > MAX_HITS:
            click.echo(f"  and {len(hits) - MAX_HITS:,} more")


def _numbered(said: str, result: dict[str, Any], typed: str) -> str:
    """The sentence, and where the change is in the audit log; what was done without a server is not."""
    if "id" not in result:
        return said
    if not result["id"]:
        return f"Nothing was done. It would say: {said}"
    back = f"; take it back with: {typed}undo {result['id']}" if result["undoable"] else ""
    return f"{said}  (id {result['id']}{back})"
