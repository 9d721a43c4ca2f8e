"""CTCP: ``\\x01ACTION waves\\x01`` inside a message.

Spec: https://modern.ircdocs.horse/ctcp
"""

from __future__ import annotations


def split_ctcp(text: str) -> tuple[str, str] | None:
    """The command, in upper case, and its parameters, or None where ``text`` is an ordinary message."""
    if not text.startswith("\x01") or len(text) < 2:
        return None
    command, _, rest = text[1:].removesuffix("\x01").partition(" ")
    return command.upper(), rest


def action(text: str) -> str:
    """``/me text`` as it is sent."""
    return f"\x01ACTION {text}\x01"
