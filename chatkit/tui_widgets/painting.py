"""Rows of a timeline drawn as strips, which Textual puts on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip

from chatkit.client import words
from chatkit.client.local_time import clock
from chatkit.client.model import Line
from chatkit.client.timeline import Row
from chatkit.tui_widgets.grid import MARK, Grid
from chatkit.tui_widgets.layout import INSET, Rung, chip, lay_out, lead_room
from chatkit.tui_widgets.palette import nick_style
from chatkit.tui_widgets.phrasing import Phrase, Role, phrase
from chatkit.tui_widgets.span_styles import HIDDEN, rich_style
from chatkit.tui_widgets.wrapping import cells, clip

CACHED = 200  # rows: some screens. Strips are many objects each, and all are looked through for garbage

STYLES = (
    "base", "time", "text", "action", "notice", "quiet", "event", "error", "pending", "failed", "note",
    "nick", "mention", "mention-mark", "day", "unread", "header",
    "quote", "code", "block", "cited", "link", "chip", "chip-mine", "selected", "found", "tools",
)  # fmt: skip

MARKED, FAILED = "▌", "!"
PENDING = "…"
QUOTE_SIGN, CITED_SIGN = "╭ ", "│ "
FOLDED, UNFOLDED = " ▸", " ▾"


class Painter:
    """Draws for one grid and one set of styles, those that STYLES names. Remembers what it drew.

    ``revealed`` are the ids of the lines whose spoilers are to be read.
    """

    def __init__(self, grid: Grid, styles: Mapping[str, Style], revealed: frozenset[int], *, dark: bool) -> None:
        self.grid = grid
        self.revealed = revealed
        self._styles = styles
        self._dark = dark
        self._mention_ground = Style(bgcolor=styles["mention"].bgcolor)
        self._drawn: LRUCache[Row, list[Strip]] = LRUCache(CACHED)
        self._blank = Strip.blank(grid.width, styles["base"])

    def blank(self) -> Strip:
        """A row of the screen with nothing on it."""
        return self._blank

    def header(self, text: str) -> Strip:
        """What stands above all rows."""
        return self._centred(text, " ", self._styles["header"])

    def row(self, row: Row) -> list[Strip]:
        """All rungs of ``row``."""
        strips = self._drawn.get(row)
        if strips is None:
            strips = self._drawn[row] = list(self._rungs(row))
        return strips

    def _rungs(self, row: Row) -> Iterator[Strip]:
        if row.kind in ("day", "unread"):
            yield self._centred(f" {row.text} ", "─", self._styles[row.kind])
            return
        said, line = phrase(row), row.lines[0]
        marked = row.kind == "line" and line.highlight and not line.redacted
        for rung in lay_out(row, self.grid):
            if rung.kind == "gap":
                yield self.blank()
                continue
            strip = self._strip([*self._gutter(row, said, rung), *self._content(row, said, rung)])
            yield restyle(strip, self._mention_ground) if marked else strip

    def _strip(self, segments: list[Segment]) -> Strip:
        strip = Strip(segments)
        if strip.cell_length < self.grid.width:
            segments = [*segments, Segment(" " * (self.grid.width - strip.cell_length), self._styles["base"])]
        return Strip(segments, max(strip.cell_length, self.grid.width))

    def _centred(self, text: str, fill: str, style: Style) -> Strip:
        text = clip(text, self.grid.width)
        space = self.grid.width - cells(text)
        left = space // 2
        return Strip([Segment(fill * left + text + fill * (space - left), style)], self.grid.width)

    # What stands left of the text.

    def _gutter(self, row: Row, said: Phrase, rung: Rung) -> Iterator[Segment]:
        line, base = row.lines[0], self._styles["base"]
        is_failed = line.state == "failed"
        mark = FAILED if is_failed and rung.first else MARKED if line.highlight and not line.redacted else " "
        yield Segment(mark, self._styles["failed" if is_failed else "mention-mark"])
        if not rung.first:
            yield Segment(" " * (self.grid.left - MARK), base)
            return
        yield Segment(self._time(row, line), self._styles["time"])
        room = lead_room(said, self.grid)
        lead = clip(said.lead, room)
        pad = Segment(" " * (room - cells(lead)), base)
        yield from (pad, *self._lead(lead, said, line)) if self.grid.names else (*self._lead(lead, said, line), pad)

    def _time(self, row: Row, line: Line) -> str:
        width = self.grid.gutter - MARK - 1
        if line.state == "pending":
            return PENDING.center(width) + " "
        shown = row.head or row.kind == "fold" or not line.is_talk
        return (clock(line.time_ms, hours24=self.grid.hours24) if shown else "").rjust(width) + " "

    def _lead(self, lead: str, said: Phrase, line: Line) -> tuple[Segment, ...]:
        if said.lead_role != "nick" or not lead:
            return (Segment(lead, self._styles[said.lead_role]),)
        name = clip(line.nick, cells(lead))
        return (Segment(name, self._nick(line.nick)), Segment(lead[len(name) :], self._styles["text"]))

    def _nick(self, nick: str) -> Style:
        return self._styles["nick"] + nick_style(nick, dark=self._dark) + Style(meta={"nick": nick})

    # The text, and what belongs to it.

    def _content(self, row: Row, said: Phrase, rung: Rung) -> Iterator[Segment]:
        line = row.lines[0]
        if rung.kind == "quote":
            yield from self._quote(line)
        elif rung.kind == "chips":
            yield from self._chips(line, rung)
        elif rung.kind == "code":
            ground = self._styles["block"]
            text = said.body[rung.start : rung.end]
            yield Segment(f" {text}{' ' * (self.grid.text - 1 - cells(text))}", ground)
        else:
            if rung.kind == "cited":
                yield Segment(CITED_SIGN[:INSET], self._styles["cited"])
            yield from self._cut(line, said, rung)
            if row.kind == "fold" and rung.end == len(said.body):
                sign = UNFOLDED if row.open else FOLDED
                yield Segment(sign, self._styles["quiet"] + Style(meta={"fold": row.key}))

    def _quote(self, line: Line) -> Iterator[Segment]:
        quote = line.reply
        if quote is None:
            return
        ground = self._styles["quote"] + Style(meta={"reach": line.id})
        yield Segment(QUOTE_SIGN, ground)
        room = self.grid.text - len(QUOTE_SIGN)
        if not quote.nick:
            yield Segment(clip(words.EARLIER, room), ground)
            return
        lead = clip(f"{quote.nick}: ", room)
        yield Segment(lead, ground + nick_style(quote.nick, dark=self._dark))
        yield Segment(clip(quote.text or "…", max(0, room - cells(lead))), ground)

    def _chips(self, line: Line, rung: Rung) -> Iterator[Segment]:
        for reaction in line.reactions[rung.start : rung.end]:
            look = self._styles["chip-mine" if reaction.mine else "chip"]
            yield Segment(clip(chip(reaction), self.grid.text), look + Style(meta={"react": reaction.text}))
            yield Segment(" ", self._styles["base"])

    def _cut(self, line: Line, said: Phrase, rung: Rung) -> Iterator[Segment]:
        """The part of the body that stands on ``rung``, wherever its style changes."""
        cuts = {rung.start, rung.end}
        stretches = [(span.start, span.end) for span in said.spans] + [(part.start, part.end) for part in said.parts]
        for stretch in stretches:
            cuts.update(edge for edge in stretch if rung.start < edge < rung.end)
        for start, end in pairwise(sorted(cuts)):
            yield self._stretch(line, said, start, end)

    def _stretch(self, line: Line, said: Phrase, start: int, end: int) -> Segment:
        text = said.body[start:end]
        role: Role = next((part.role for part in said.parts if part.start <= start < part.end), said.role)
        style = self._nick(line.nick) if role == "nick" else self._styles[role]
        span = next((span for span in said.spans if span.start <= start < span.end), None)
        if span is None:
            return Segment(text, style)
        if span.style.spoiler and line.id not in self.revealed:
            return Segment(HIDDEN * cells(text), style + Style(meta={"reveal": line.id}))
        return Segment(text, style + rich_style(span.style, self._styles, dark=self._dark))


def ground(style: Style) -> Style:
    """What of ``style`` lies behind text: to be put under one that has colours of its own."""
    return Style(bgcolor=style.bgcolor, reverse=style.reverse or None)


def restyle(strip: Strip, style: Style) -> Strip:
    """``strip`` with ``style`` on top of its own."""
    return Strip(Segment.apply_style(strip, post_style=style), strip.cell_length)
