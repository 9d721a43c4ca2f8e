"""RPL_ISUPPORT: what a server tells a client about itself.

Spec: https://modern.ircdocs.horse/#rplisupport-005
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

TOKENS_A_LINE = 13
_UNSAFE = re.compile(r"[ =\\]")
_ESCAPED = re.compile(r"\\x([0-9A-Fa-f]{2})")


def format_tokens(tokens: Mapping[str, str | int | None]) -> Iterator[list[str]]:
    """The tokens of each line: ``KEY=value``, or ``KEY`` where the value is None."""
    words = [key if value is None else f"{key}={escape(str(value))}" for key, value in tokens.items()]
    for start in range(0, len(words), TOKENS_A_LINE):
        yield words[start : start + TOKENS_A_LINE]


def parse_tokens(words: Iterable[str]) -> dict[str, str | None]:
    """The tokens in ``words``: a value, empty for ``KEY=`` and bare ``KEY``; None where ``-KEY`` takes it back."""
    found: dict[str, str | None] = {}
    for word in words:
        key, _, value = word.partition("=")
        if key.startswith("-"):
            found[key[1:]] = None
        elif key:
            found[key] = unescape(value)
    return found


def escape(value: str) -> str:
    r"""``value`` as it stands on the wire: a space, ``=`` or backslash becomes ``\xHH``."""
    return _UNSAFE.sub(lambda match: f"\\x{ord(match[0]):02X}", value)


def unescape(value: str) -> str:
    r"""Replace ``\xHH``."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
