"""Blocks of a transcript drawn as strips, which Textual puts on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip

from chatkit.client.model import Line
from chatkit.tui_widgets.local_time import clock
from chatkit.tui_widgets.palette import nick_style
from chatkit.tui_widgets.phrasing import Piece, phrase
from chatkit.tui_widgets.transcript import Block, Divider
from chatkit.tui_widgets.wrapping import Span, cells, clip, wrap

MARK_WIDTH = 1
GUTTER = MARK_WIDTH + len("12:34 ")  # what stands left of the text
MARGIN = 1  # right of it
CACHED = 1000  # blocks

STYLES = (
    "base", "time", "text", "action", "notice", "quiet", "event", "error", "pending", "failed",
    "nick", "mention", "mention-mark", "day", "new", "header",
)  # fmt: skip


class Painter:
    """Draws for one width and one set of styles, those that STYLES names. Remembers what it drew."""

    def __init__(self, width: int, styles: Mapping[str, Style], *, dark: bool) -> None:
        self.width = width
        self._styles = styles
        self._dark = dark
        self._ground = Style(bgcolor=styles["mention"].bgcolor)
        self._drawn: LRUCache[Block, list[Strip]] = LRUCache(CACHED)

    @property
    def text_width(self) -> int:
        """What is left for the text itself."""
        return text_width(self.width)

    def blank(self) -> Strip:
        """A row with nothing on it."""
        return Strip.blank(self.width, self._styles["base"])

    def header(self, text: str) -> Strip:
        """The row above all lines."""
        return self._centred(text, " ", self._styles["header"])

    def block(self, block: Block) -> list[Strip]:
        """All rows of ``block``."""
        strips = self._drawn.get(block)
        if strips is None:
            strips = [self._divider(divider) for divider in block.dividers]
            strips += self._line(block.line)
            self._drawn[block] = strips
        return strips

    def _divider(self, divider: Divider) -> Strip:
        return self._centred(f" {divider.text} ", "─", self._styles[divider.kind])

    def _centred(self, text: str, fill: str, style: Style) -> Strip:
        text = clip(text, self.width)
        space = self.width - cells(text)
        left = space // 2
        return Strip([Segment(fill * left + text + fill * (space - left), style)], self.width)

    def _line(self, line: Line) -> Iterator[Strip]:
        pieces = phrase(line)
        text = "".join(piece for piece, _ in pieces)
        for number, span in enumerate(wrap(text, self.text_width)):
            segments = [*self._gutter(line, first=number == 0), *self._cut(line, pieces, span)]
            width = GUTTER + cells(text[slice(*span)])
            segments.append(Segment(" " * (self.width - width), self._styles["base"]))
            strip = Strip(segments, max(width, self.width))
            yield restyle(strip, self._ground) if line.highlight else strip

    def _gutter(self, line: Line, *, first: bool) -> Iterator[Segment]:
        mark = "▌" if line.highlight else "!" if line.state == "failed" else " "
        yield Segment(mark, self._styles["failed" if line.state == "failed" else "mention-mark"])
        time = "  …  " if line.state == "pending" else clock(line.time_ms)
        yield Segment(f"{time} " if first else " " * (GUTTER - MARK_WIDTH), self._styles["time"])

    def _cut(self, line: Line, pieces: list[Piece], span: Span) -> Iterator[Segment]:
        start = 0
        for text, role in pieces:
            part = text[max(0, span[0] - start) : max(0, span[1] - start)]
            start += len(text)
            if part:
                style = self._styles[role]
                yield Segment(part, style + nick_style(line.nick, dark=self._dark) if role == "nick" else style)


def restyle(strip: Strip, style: Style) -> Strip:
    """``strip`` with ``style`` on top of its own."""
    return Strip(Segment.apply_style(strip, post_style=style), strip.cell_length)


def text_width(width: int) -> int:
    """How wide text may be in a view of ``width``."""
    return max(1, width - GUTTER - MARGIN)
