"""Rows of a timeline cut into rungs: what stands on each row of the screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from chatkit.client.model import Line, Reaction
from chatkit.client.timeline import Row
from chatkit.proto.styles import Span
from chatkit.tui_widgets.grid import HANG, Grid
from chatkit.tui_widgets.phrasing import Phrase, phrase
from chatkit.tui_widgets.wrapping import cells, hard_wrap, wrap

WIDEST_LEAD = len(" (bot): ") + 1  # that stands beside a name, at most
INSET = 2  # cells that code and citations are narrower by

RungKind = Literal["gap", "rule", "quote", "text", "code", "cited", "chips"]


class Rung(msgspec.Struct, frozen=True):
    """One row of the screen. ``start`` and ``end`` are of the phrase's body; of chips, of the reactions."""

    kind: RungKind
    start: int = 0
    end: int = 0
    continues: bool = False  # whether it goes on with the text of the rung before it
    first: bool = False  # whether mark, time and name stand before it


def height(row: Row, grid: Grid) -> int:
    """How many rungs ``row`` has: ``len(lay_out(row, grid))``, cheaper for most."""
    if row.kind in ("day", "unread"):
        return 1
    line = row.lines[0]
    if row.kind == "line" and _is_short(line, grid.text):
        return 2 if _has_gap(row, grid) else 1
    return len(lay_out(row, grid))


def _is_short(line: Line, width: int) -> bool:
    """Whether it takes one rung, as far as that is seen without laying it out."""
    return not (
        len(line.text) + len(line.nick) + WIDEST_LEAD > width
        or line.reply
        or line.reactions
        or line.edited
        or line.redacted
        or line.state == "failed"
        or not line.text.isascii()
        or "\n" in line.text
        or any(span.style.block or span.style.quote for span in line.spans)
    )


def lay_out(row: Row, grid: Grid) -> list[Rung]:
    """The rungs of ``row``, from its top."""
    if row.kind in ("day", "unread"):
        return [Rung("rule")]
    rungs = [Rung("gap")] if _has_gap(row, grid) else []
    line = row.lines[0]
    if row.kind == "line" and line.reply is not None and not line.redacted:
        rungs.append(Rung("quote"))
    said = phrase(row)
    rungs += _body(said, grid)
    if row.kind == "line" and line.reactions:
        rungs += _chips(line.reactions, grid.text)
    return rungs


def lead_room(said: Phrase, grid: Grid) -> int:
    """The cells between gutter and text in the first row: a long name reaches into the columns of the text."""
    least = grid.names or min(HANG, cells(said.lead) or HANG)
    return max(least, min(cells(said.lead), grid.names + grid.text // 2))


def chip(reaction: Reaction) -> str:
    """A kind of reaction as it stands below a line."""
    return f" {reaction.text} {len(reaction.nicks)} "


def _has_gap(row: Row, grid: Grid) -> bool:
    return grid.airy and row.kind == "line" and row.head and row.lines[0].is_talk


def _body(said: Phrase, grid: Grid) -> Iterator[Rung]:
    indent = max(0, lead_room(said, grid) - (grid.left - grid.gutter))
    first, start = True, 0
    for paragraph in said.body.split("\n"):
        kind = _kind(said.spans, start)
        if kind != "text" and indent:
            yield Rung("text", start, start, first=True)
            first, indent = False, 0
        yield from _paragraph(paragraph, start, kind, grid.text, indent, first=first)
        first, indent, start = False, 0, start + len(paragraph) + 1


def _paragraph(text: str, start: int, kind: RungKind, width: int, indent: int, *, first: bool) -> Iterator[Rung]:
    if kind == "text":
        cuts = wrap(text, width, indent)
    else:
        cuts = (hard_wrap if kind == "code" else wrap)(text, max(1, width - INSET))
    for number, (begin, end) in enumerate(cuts):
        yield Rung(kind, start + begin, start + end, continues=number > 0, first=first and number == 0)


def _kind(spans: Sequence[Span], start: int) -> RungKind:
    style = next((span.style for span in spans if span.start <= start < span.end), None)
    if style is None:
        return "text"
    return "code" if style.block else "cited" if style.quote else "text"


def _chips(reactions: Sequence[Reaction], width: int) -> Iterator[Rung]:
    start = used = 0
    for number, reaction in enumerate(reactions):
        size = cells(chip(reaction)) + 1
        if used and used + size > width:
            yield Rung("chips", start, number)
            start, used = number, 0
        used += size
    yield Rung("chips", start, len(reactions))
