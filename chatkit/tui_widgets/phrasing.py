"""How a row of talk reads: what stands in the column of names, and its text, each part with the role that styles it."""

from __future__ import annotations

from typing import Literal

import msgspec

from chatkit.client.model import QUIET, Kind, Line
from chatkit.client.timeline import Row
from chatkit.proto.styles import Span

Role = Literal["nick", "text", "action", "notice", "quiet", "event", "error", "pending", "failed", "note"]

RETRY_HINT = "click or ^R sends it again"
EDITED = " (edited)"
# Before the sentence that says what happened.
SIGNS: dict[Kind, str] = {"join": "→ ", "part": "← ", "quit": "← ", "kick": "← ", "error": "! ", "away": "z "}
OTHER_SIGN = "· "
FOLD_SIGN = "⋯ "


class Part(msgspec.Struct, frozen=True):
    """A stretch of a body that has another role than the rest."""

    start: int
    end: int
    role: Role


class Phrase(msgspec.Struct, frozen=True):
    """A row in words. ``spans`` are the styles that its writer gave it, placed in ``body``."""

    lead: str  # before the text: a name or a sign; empty where the line goes on with the same person's
    body: str
    role: Role
    lead_role: Role = "nick"
    parts: tuple[Part, ...] = ()
    spans: tuple[Span, ...] = ()


def phrase(row: Row) -> Phrase:
    """How ``row``, a line or a fold, reads."""
    if row.kind == "fold":
        return Phrase(FOLD_SIGN, row.text, "quiet", "quiet")
    line = row.lines[0]
    if line.redacted:
        return Phrase(_lead(row, line), line.redacted, "quiet")
    if line.is_talk and line.nick:
        return _with_state(line, _action(line) if line.kind == "action" else _said(row, line))
    return _sentence(line)


def phrase_text(row: Row) -> str:
    """All of it as one text."""
    said = phrase(row)
    return said.lead + said.body


def _lead(row: Row, line: Line) -> str:
    if not row.head:
        return ""
    return f"{line.nick} (bot): " if line.bot else f"{line.nick}: "


def _said(row: Row, line: Line) -> Phrase:
    return Phrase(_lead(row, line), line.text, "notice" if line.kind == "notice" else "text", spans=line.spans)


def _action(line: Line) -> Phrase:
    shift = len(line.nick) + 1
    spans = tuple(Span(span.start + shift, span.end + shift, span.style) for span in line.spans)
    nick = Part(0, len(line.nick), "nick")
    return Phrase("* ", f"{line.nick} {line.text}", "action", "action", (nick,), spans)


def _with_state(line: Line, said: Phrase) -> Phrase:
    if line.state == "pending":
        return msgspec.structs.replace(said, role="pending")
    if line.state == "failed":
        why = f" ({line.reason})" if line.reason else ""
        return _ended(said, f"  not sent{why}: {RETRY_HINT}", "failed")
    return _ended(said, EDITED, "note") if line.edited else said


def _ended(said: Phrase, text: str, role: Role) -> Phrase:
    """``said`` with something behind it."""
    part = Part(len(said.body), len(said.body) + len(text), role)
    return msgspec.structs.replace(said, body=said.body + text, parts=(*said.parts, part))


def _sentence(line: Line) -> Phrase:
    if line.is_talk:
        return Phrase("", line.text, "notice", spans=line.spans)
    role: Role = "error" if line.kind == "error" else "quiet" if line.kind in QUIET else "event"
    return Phrase(SIGNS.get(line.kind, OTHER_SIGN), line.text, role, role, spans=line.spans)
