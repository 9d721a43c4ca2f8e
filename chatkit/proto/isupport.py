"""RPL_ISUPPORT: what a server tells a client about itself.

Spec: https://modern.ircdocs.horse/#rplisupport-005
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

Tokens = Mapping[str, str | int | None]  # values by name; None where a token has none

TOKENS_A_LINE = 13
BYTES_A_LINE = 340  # of tokens: the server's name, the nick and the words at the end stand there too
_UNSAFE = re.compile(r"[ =\\]")
_ESCAPED = re.compile(r"\\x([0-9A-Fa-f]{2})")


def format_tokens(tokens: Tokens) -> Iterator[list[str]]:
    """The tokens of each line: ``KEY=value``, or ``KEY`` where the value is None. ``-KEY`` takes one back."""
    line: list[str] = []
    size = 0
    for key, value in tokens.items():
        word = key if value is None else f"{key}={escape(str(value))}"
        length = len(word.encode()) + 1
        if len(line) == TOKENS_A_LINE or size + length > BYTES_A_LINE:
            yield line
            line, size = [], 0
        line.append(word)
        size += length
    if line:
        yield line


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
