"""Text marked with the mouse: how it shows, and what is copied."""

from __future__ import annotations

from collections.abc import Iterator

from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

from chatkit.tui_widgets.grid import Grid
from chatkit.tui_widgets.layout import lay_out
from chatkit.tui_widgets.painting import Painter, restyle
from chatkit.tui_widgets.transcript import Transcript
from chatkit.tui_widgets.wrapping import cells

TO_THE_END = -1  # what Selection.get_span says instead of a column


def show_marked(strip: Strip, rung: int, selection: Selection, style: Style) -> Strip:
    """``strip``, which is the transcript's ``rung``, with what is marked of it in ``style``."""
    span = selection.get_span(rung)
    if span is None:
        return strip
    text = strip.text
    start = cells(text[: span[0]])
    end = strip.cell_length if span[1] == TO_THE_END else cells(text[: span[1]])
    return Strip.join([strip.crop(0, start), restyle(strip.crop(start, end), style), strip.crop(end)])


def marked_text(transcript: Transcript, painter: Painter, selection: Selection) -> str:
    """What is marked, each line as it was written, not as it was wrapped."""
    return "".join(_parts(transcript, painter, selection)).lstrip("\n")


def _parts(transcript: Transcript, painter: Painter, selection: Selection) -> Iterator[str]:
    grid: Grid = painter.grid
    first = selection.start.y if selection.start else 0
    last = selection.end.y if selection.end else transcript.height - 1
    for number in range(first, last + 1):
        place, span = transcript.at(number), selection.get_span(number)
        if place is None or span is None:
            continue
        rung = lay_out(place.row, grid)[place.rung]
        if rung.kind == "gap":
            continue
        text = painter.row(place.row)[place.rung].text
        part = text[span[0] : None if span[1] == TO_THE_END else span[1]]
        continues = rung.continues and rung.kind != "code" and number > first
        yield (" " if continues else "\n") + (part.rstrip() if rung.kind == "code" else part.strip())
