"""How a line reads: its text in pieces, each with the role that gives it its colour."""

from __future__ import annotations

from typing import Literal

from chatkit.client.model import QUIET, Kind, Line

Role = Literal["nick", "text", "action", "notice", "quiet", "event", "error", "pending", "failed"]
Piece = tuple[str, Role]

RETRY_HINT = "click or ^R sends it again"
SIGNS: dict[Kind, str] = {"join": "→ ", "part": "← ", "quit": "← ", "kick": "← ", "error": "! "}  # before the sentence
OTHER_SIGN = "· "


def phrase(line: Line) -> list[Piece]:
    """``Alice: Hi Bob!`` and its like, in pieces."""
    pieces = _talk(line) if line.is_talk and line.nick else _sentence(line)
    if line.state == "pending":
        return [(text, "nick" if role == "nick" else "pending") for text, role in pieces]
    if line.state == "failed":
        why = f" ({line.reason})" if line.reason else ""
        pieces.append((f"  not sent{why}: {RETRY_HINT}", "failed"))
    return pieces


def phrase_text(line: Line) -> str:
    """All of it as one text."""
    return "".join(text for text, _ in phrase(line))


def _talk(line: Line) -> list[Piece]:
    if line.kind == "action":
        return [("* ", "action"), (line.nick, "nick"), (f" {line.text}", "action")]
    role: Role = "notice" if line.kind == "notice" else "text"
    return [(line.nick, "nick"), (": ", role), (line.text, role)]


def _sentence(line: Line) -> list[Piece]:
    if line.is_talk:
        return [(line.text, "notice")]
    role: Role = "error" if line.kind == "error" else "quiet" if line.kind in QUIET else "event"
    return [(SIGNS.get(line.kind, OTHER_SIGN) + line.text, role)]
