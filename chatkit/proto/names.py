"""Which nicks, rooms and keys are well formed.

Spec: https://modern.ircdocs.horse/#clients and https://modern.ircdocs.horse/#channels
"""

from __future__ import annotations

import unicodedata

NICK_LEN = 32  # characters
CHANNEL_LEN = 64
USER_LEN = 20
REAL_LEN = 150
KEY_LEN = 32
BYTES_A_CHARACTER = 2  # that a name may take on average: what names and texts share a line must fit into it
TOPIC_LEN = 300  # bytes, as the following
AWAY_LEN = 300
KICK_LEN = 250

CHANNEL_TYPES = "#"
STATUS_PREFIXES = "~&@%+"
_NICK_PUNCTUATION = frozenset("-_[]\\`^{}|")
_NICK_START_FORBIDDEN = frozenset("-0123456789")
_CHANNEL_FORBIDDEN = frozenset(" ,\x07\0\r\n:")
_LETTERS = ("L", "N", "M")  # Unicode's letters, numbers and the marks that belong to them


def _is_word(char: str) -> bool:
    if char.isascii():
        return char.isalnum() or char in _NICK_PUNCTUATION
    return unicodedata.category(char)[0] in _LETTERS


def is_nick(name: str) -> bool:
    """Whether a user may be called ``name``: letters of any script, digits and ``-_[]\\`^{}|``, in Unicode's NFC."""
    return (
        0 < len(name) <= NICK_LEN
        and name[0] not in _NICK_START_FORBIDDEN
        and all(map(_is_word, name))
        and len(name.encode()) <= BYTES_A_CHARACTER * NICK_LEN
        and (name.isascii() or (unicodedata.is_normalized("NFC", name) and unicodedata.category(name[0])[0] != "M"))
    )


def is_channel_name(name: str) -> bool:
    """Whether a room may be called ``name``: ``#`` and something printable without blanks, commas and colons."""
    return (
        1 < len(name) <= CHANNEL_LEN
        and name[0] in CHANNEL_TYPES
        and name.isprintable()
        and len(name.encode()) <= BYTES_A_CHARACTER * CHANNEL_LEN
        and not _CHANNEL_FORBIDDEN & set(name)
        and (name.isascii() or unicodedata.is_normalized("NFC", name))
    )


def is_key(key: str) -> bool:
    """Whether ``key`` may lock a room: one word of printable ASCII without a comma, not starting with a colon."""
    return (
        0 < len(key) <= KEY_LEN and key.isascii() and key.isprintable() and not set(" ,") & set(key) and key[0] != ":"
    )


def clip(text: str, limit: int) -> str:
    """The most of ``text`` that fits into ``limit`` bytes, never half a character."""
    data = text.encode()
    return text if len(data) <= limit else data[:limit].decode(errors="ignore")


def clean_user(name: str) -> str:
    """A user name made fit for a mask: only word characters stay, ``~`` in front says that nobody vouches for it."""
    kept = "".join(char for char in name if char.isascii() and (char.isalnum() or char in "-_."))
    return "~" + (kept or "user")[: USER_LEN - 1]


def suggest_nick(name: str) -> str:
    """The nearest well-formed nick to what a person typed or a system calls its user."""
    kept = "".join(char for char in unicodedata.normalize("NFC", name.strip()) if _is_word(char))
    kept = clip(kept.lstrip("-0123456789")[:NICK_LEN], BYTES_A_CHARACTER * NICK_LEN)
    return kept if is_nick(kept) else "guest"
