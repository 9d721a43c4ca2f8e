"""Text broken into rows. A width is in cells of the screen: most letters take one, CJK letters and emoji two."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, split_graphemes

Span = tuple[int, int]  # where a row begins and ends in the text


def cells(text: str) -> int:
    """How wide ``text`` is."""
    return len(text) if text.isascii() else cell_len(text)


def clip(text: str, width: int) -> str:
    """``text`` made to fit ``width``; an ellipsis says that something is missing."""
    if cells(text) <= width:
        return text
    kept = text[slice(*wrap(text, max(1, width - 1))[0])]
    return (kept if cells(kept) < width else "") + "…"[:width]


def wrap(text: str, width: int, indent: int = 0) -> list[Span]:
    """At least one row, none wider than ``width`` unless a single character is. Rows end at blanks where they can.

    The first row has ``indent`` cells less; it is empty where the first word is better off in the second.
    """
    if not indent:
        return _wrap(text, width)
    filler = "x" * (indent - 1) + " "  # as if a word stood there
    return [(max(0, start - indent), max(0, end - indent)) for start, end in _wrap(filler + text, width)]


def hard_wrap(text: str, width: int) -> list[Span]:
    """As ``wrap``, but rows are as long as they can be, and no blank is left out: for code."""
    if text.isascii():
        return [(start, min(start + width, len(text))) for start in range(0, max(1, len(text)), width)]
    rows, start, used = [], 0, 0
    for first, _, size in split_graphemes(text)[0]:
        if used and used + size > width:
            rows.append((start, first))
            start, used = first, 0
        used += size
    return [*rows, (start, len(text))]


def _wrap(text: str, width: int) -> list[Span]:
    if cells(text) <= width:
        return [(0, len(text))]
    return _wrap_narrow(text, width) if text.isascii() else _wrap_wide(text, width)


def _wrap_narrow(text: str, width: int) -> list[Span]:
    rows, start = [], 0
    while len(text) - start > width:
        blank = text.rfind(" ", start + 1, start + width + 1)
        end = blank if blank > 0 else start + width
        rows.append((start, end))
        start = end + 1 if blank > 0 else end
    if start < len(text) or not rows:
        rows.append((start, len(text)))
    return rows


def _wrap_wide(text: str, width: int) -> list[Span]:
    rows: list[Span] = []
    start = end = used = 0
    for first, last, size in _units(text, width):
        if used and used + size > width:
            rows.append((start, end))
            start, used = first, 0
            if text[first:last] == " ":
                start, size = last, 0
        end, used = last, used + size
    if start < end or not rows:
        rows.append((start, end))
    return rows


def _units(text: str, width: int) -> Iterator[tuple[int, int, int]]:
    """What is not to be torn apart, each with its width: words, as far as they fit, and blanks, and wide characters by
    themselves, because CJK is written without blanks."""
    start = end = used = 0
    for first, last, size in split_graphemes(text)[0]:
        alone = size > 1 or text[first:last] == " "
        if used and (alone or used + size > width):
            yield start, end, used
            start, used = first, 0
        end, used = last, used + size
        if alone:
            yield start, end, used
            start, used = last, 0
    if start < end:
        yield start, end, used
