"""A line of talk as pieces of text with tags: what a Tk text widget takes. No Tk in here."""

from __future__ import annotations

import re

from chatkit.client.hues import hue_of
from chatkit.client.model import QUIET, Kind, Line
from chatkit.gui_widgets.shown_lines import Divider, Row, clock

Piece = tuple[str, tuple[str, ...]]  # text, and the tags on it

RETRY = "retry"  # tags that answer the mouse
LINK = "link"

# Only what a browser opens without a question; what ends a sentence does not belong to the address.
_LINK = re.compile(r"""\bhttps?://[^\s<>"']+[^\s<>"'.,:;!?)\]}»”]""", re.IGNORECASE)

# What stands before a sentence about what happened.
_SIGNS: dict[Kind, str] = {
    "join": "→ ", "part": "← ", "quit": "← ", "kick": "← ", "nick": "· ", "topic": "· ", "mode": "· ", "invite": "· ",
}  # fmt: skip

_BODY_TAGS = {"notice": "notice", "info": "info", "error": "error"}


def pieces(row: Row) -> list[Piece]:
    """The row, with the line break that ends it."""
    if isinstance(row, Divider):
        return [(f"{row.text}\n", ("divider",))]
    ground = _ground(row)
    body = _said(row) if row.is_talk else _happened(row)
    return [
        (text, (*ground, *tags)) for text, tags in [(f"{clock(row.time_ms)}\t", ("time",)), *body, ("\n", ())] if text
    ]


def plain_text(row: Row) -> str:
    """The row as it is copied."""
    if isinstance(row, Divider):
        return row.text
    said = "".join(text for text, tags in (_said(row) if row.is_talk else _happened(row)) if RETRY not in tags)
    return f"[{clock(row.time_ms)}] {said.rstrip()}"


def _ground(line: Line) -> tuple[str, ...]:
    """The tags of the whole row."""
    marks = ("row",) if line.is_talk else ("row", "event")
    return (*marks, "mentioned") if line.highlight and not line.mine else marks


def _said(line: Line) -> list[Piece]:
    state = () if line.state == "sent" else (line.state,)
    hue = (f"hue{hue_of(line.nick)}",)
    name = [("* ", hue), (f"{line.nick} ", hue)] if line.kind == "action" else [(f"{line.nick}:", hue), (" ", ())]
    kind = tuple(filter(None, (_BODY_TAGS.get(line.kind), line.kind if line.kind == "action" else None)))
    body = [(text, (*kind, *state, *tags)) for text, tags in _with_links(line.text)]
    return [*((text, (*tags, *state)) for text, tags in name), *body, *_trouble(line)]


def _happened(line: Line) -> list[Piece]:
    tag = "quiet" if line.kind in QUIET else _BODY_TAGS.get(line.kind, "info")
    return [(text, (tag, *tags)) for text, tags in _with_links(_SIGNS.get(line.kind, "") + line.text)]


def _trouble(line: Line) -> list[Piece]:
    if line.state != "failed":
        return []
    why = f"not sent: {line.reason}" if line.reason else "not sent"
    return [("  ", ()), (f"{why} – click to retry", (RETRY,))]


def _with_links(text: str) -> list[Piece]:
    found, at = [], 0
    for match in _LINK.finditer(text):
        found += [(text[at : match.start()], ()), (match[0], (LINK,))]
        at = match.end()
    return [*found, (text[at:], ())]
