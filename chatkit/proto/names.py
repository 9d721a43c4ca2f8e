"""Which nicks, rooms and keys are well formed, and how they are prepared.

Names of ASCII letters go by IRC's rules alone. In other scripts PRECIS says what a name may be and which of several
ways to write it counts: a nick follows its profile UsernameCasePreserved (letters, digits and marks; full width
becomes normal width; right-to-left text must be orderly), a room its FreeformClass (symbols and emoji too).
``proto/lookalikes.py`` tells which names look alike.

Spec: https://modern.ircdocs.horse/#clients, https://modern.ircdocs.horse/#channels,
https://www.rfc-editor.org/rfc/rfc8265#section-3.4 and https://www.rfc-editor.org/rfc/rfc8264#section-4.3
"""

from __future__ import annotations

import re
import unicodedata

from chatkit.proto import precis

NICK_LEN = 32  # characters
CHANNEL_LEN = 64
USER_LEN = 20
REAL_LEN = 150
KEY_LEN = 32
HOST_LEN = 63
BYTES_A_CHARACTER = 2  # that a name may take on average: what names and texts share a line must fit into it
TOPIC_LEN = 300  # bytes, as the following
AWAY_LEN = 300
KICK_LEN = 250
MAIL_ADDRESS_LEN = 254  # characters

CHANNEL_TYPES = "#"
STATUS_PREFIXES = "~&@%+"
_NICK_PUNCTUATION = frozenset("-_[]\\`^{}|")
_NICK_START_FORBIDDEN = frozenset("-0123456789")
_RELAYED_FORBIDDEN = frozenset(" !+%@&$#:'\"?*,.~")
_CHANNEL_FORBIDDEN = frozenset(" ,\x07\0\r\n:")
_LETTERS = ("L", "N", "M")  # Unicode's letters, numbers and the marks that belong to them
_ASCII_NICK = re.compile(r"[A-Za-z_\[\]\\`^{}|][A-Za-z0-9_\[\]\\`^{}|-]*")
_HOST = re.compile(r"[0-9A-Za-z][0-9A-Za-z.:/_-]*")
_MAIL_ADDRESS = re.compile(r"""[^\s@<>()\[\],;:"\\]{1,64}@[^\s@<>()\[\],;:"\\.]+(\.[^\s@<>()\[\],;:"\\.]+)*""")
_PRESENTATION = "\ufe0e\ufe0f"  # what a telephone puts behind an emoji; no part of a name


def _is_word(char: str) -> bool:
    if char.isascii():
        return char.isalnum() or char in _NICK_PUNCTUATION
    return unicodedata.category(char)[0] in _LETTERS


def prepare_nick(text: str) -> str | None:
    """The nick that ``text`` asks for, or None: letters of any script, digits and ``-_[]\\`^{}|``.

    An ASCII nick is taken as it is. Case is kept.
    """
    if text.isascii():
        return text if len(text) <= NICK_LEN and _ASCII_NICK.fullmatch(text) else None
    if len(text) > BYTES_A_CHARACTER * NICK_LEN or (nick := precis.username(text)) is None:
        return None
    return nick if _is_prepared_nick(nick) else None


def _is_prepared_nick(nick: str) -> bool:
    return (
        len(nick) <= NICK_LEN
        and len(nick.encode()) <= BYTES_A_CHARACTER * NICK_LEN
        and nick[0] not in _NICK_START_FORBIDDEN
        and unicodedata.category(nick[0])[0] != "M"
        and all(map(_is_word, nick))  # PRECIS would allow all of ASCII's punctuation
    )


def is_nick(name: str) -> bool:
    """Whether a user may be called ``name``, exactly so."""
    return prepare_nick(name) == name


def is_relayed_nick(name: str) -> bool:
    """Whether somebody on another network may be shown as ``name``: one visible word without IRC's own punctuation."""
    return (
        0 < len(name) <= NICK_LEN
        and len(name.encode()) <= BYTES_A_CHARACTER * NICK_LEN
        and name.isprintable()
        and not _RELAYED_FORBIDDEN & set(name)
    )


def prepare_channel(text: str) -> str | None:
    """The room that ``text`` asks for, or None: ``#`` and something printable without blanks, commas and colons."""
    if not text.isascii():
        if len(text) > BYTES_A_CHARACTER * CHANNEL_LEN:
            return None
        prepared = precis.freeform(text.translate(dict.fromkeys(map(ord, _PRESENTATION))))
        return prepared if prepared is not None and _is_prepared_channel(prepared) else None
    return text if _is_prepared_channel(text) else None


def _is_prepared_channel(name: str) -> bool:
    return (
        1 < len(name) <= CHANNEL_LEN
        and name[0] in CHANNEL_TYPES
        and name.isprintable()
        and len(name.encode()) <= BYTES_A_CHARACTER * CHANNEL_LEN
        and not _CHANNEL_FORBIDDEN & set(name)
    )


def is_channel_name(name: str) -> bool:
    """Whether a room may be called ``name``, exactly so."""
    return prepare_channel(name) == name


def is_key(key: str) -> bool:
    """Whether ``key`` may lock a room: one word of printable ASCII without a comma, not starting with a colon."""
    return (
        0 < len(key) <= KEY_LEN and key.isascii() and key.isprintable() and not set(" ,") & set(key) and key[0] != ":"
    )


def is_host(text: str) -> bool:
    """Whether ``text`` may stand for where a user comes from: letters, digits and ``.:/_-``."""
    return len(text) <= HOST_LEN and _HOST.fullmatch(text) is not None


def is_mail_address(text: str) -> bool:
    """Whether mail may be sent to ``text``: one plain address, without a name, a comment or a quoted part."""
    return len(text) <= MAIL_ADDRESS_LEN and text.isprintable() and _MAIL_ADDRESS.fullmatch(text) is not None


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
    return prepare_nick(kept) or "guest"
