"""Answers as plain lines of text, for where there is no screen of our own: OperServ."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import msgspec

from chatkit.control import shows
from chatkit.control.cells import NOTHING
from chatkit.control.plan import NOT_UNDOABLE, Changed
from chatkit.control.row import Row
from chatkit.control.shows import Sheet
from chatkit.proto.formatting import plain
from chatkit.proto.timestamps import format_time

MAX_LINES = 50
GAP = "  "  # between columns


def would_say(said: str, undoable: bool) -> list[str]:
    """What a dry run answers, in sentences."""
    back = [] if undoable else [f"Once done, {NOT_UNDOABLE}."]
    return [f"Nothing was done. It would say: {plain(said)}", *back]


def lines_of(row: Row, result: Any, *, dry: bool = False) -> list[str]:
    """``result``, what ``row`` answered, in at most MAX_LINES lines and one that says how many more there are."""
    lines = _changed(row, result, dry) if isinstance(result, Changed) else _shown(row, msgspec.to_builtins(result))
    left_out = len(lines) - MAX_LINES
    return [*lines[:MAX_LINES], f"… and {left_out:,} more lines"] if left_out > 0 else lines


def _changed(row: Row, done: Changed, dry: bool) -> list[str]:
    if done.id is None:
        return [plain(done.said)]
    hits = [f"It hits {', '.join(map(plain, done.hits))}"] if done.hits else []
    if dry:
        first, *others = would_say(done.said, done.undoable)
        return [first, *hits, *others]
    number = f" (number {done.id}; undo {done.id} takes it back)" if done.undoable else f" (number {done.id})"
    told_once = _plain_facts(msgspec.to_builtins(done.result)) if row.shows == "token" else []
    return [plain(done.said) + number, *hits, *told_once]


def _shown(row: Row, result: Any) -> list[str]:
    if row.shows in LOOKS:
        return LOOKS[row.shows](result)
    if shows.is_known(row.shows):
        return _aligned(shows.lay_out(row.shows, result))
    return _plain_facts(result)


def _log(page: dict[str, Any]) -> list[str]:
    return [
        f"{format_time(line['time'] // 1000)} {part}" for line in page["lines"] for part in line["text"].split("\n")
    ]


LOOKS: dict[str, Callable[[Any], list[str]]] = {"log": _log}  # what is neither a table nor facts


def _aligned(sheet: Sheet) -> list[str]:
    if not sheet.rows:
        return [sheet.empty] if sheet.empty else []
    rows = [tuple(map(str.upper, sheet.titles)), *sheet.rows] if sheet.titles else sheet.rows
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join(text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _plain_facts(result: Any) -> list[str]:
    """Whatever it is, readable: a line for each fact, or for each of several things."""
    if isinstance(result, dict):
        return [f"{plain(str(key))}: {_word(value)}" for key, value in result.items()]
    if isinstance(result, list | tuple):
        return [_word(item) for item in result]
    return [] if result is None else [_word(result)]


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return GAP.join(f"{key}={_word(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_word, value)) or NOTHING
    return plain(str(value)) or NOTHING


def _width(text: str) -> int:
    """Columns of a terminal, as far as they can be known."""
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)
