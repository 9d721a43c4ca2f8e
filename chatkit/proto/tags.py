"""Message tags: ``key=value;key`` with escapes.

Spec: https://ircv3.net/specs/extensions/message-tags
"""

from __future__ import annotations

import re

_ESCAPES = {";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n"}
_UNESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}
_SPECIAL = re.compile(r"[; \\\r\n]")
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
_TYPING = frozenset({"+typing", "+draft/typing"})
_KEY = re.compile(r"\+?(?:[a-zA-Z0-9.-]+/)?[a-zA-Z0-9-]+\Z")


def escape(value: str) -> str:
    """``value`` as it stands on the wire."""
    return _SPECIAL.sub(lambda match: _ESCAPES[match[0]], value) if _SPECIAL.search(value) else value


def unescape(value: str) -> str:
    """The value that ``value`` stands for; an unknown escape loses its backslash, a lone one at the end vanishes."""
    return _ESCAPED.sub(lambda match: _UNESCAPES.get(match[1], match[1]), value) if "\\" in value else value


def parse(text: str) -> dict[str, str]:
    """Tags from the part between ``@`` and the space. The last of equal keys wins; a missing value is empty."""
    found = {}
    for item in text.split(";"):
        key, _, value = item.partition("=")
        if key:
            found[key] = unescape(value)
    return found


def format_tags(tags: dict[str, str]) -> str:
    """The part between ``@`` and the space."""
    return ";".join(f"{key}={escape(value)}" if value else key for key, value in tags.items())


def client_only(tags: dict[str, str], denied: tuple[str, ...] = ()) -> dict[str, str]:
    """The tags that a server relays as they are: well-formed keys that start with ``+``.

    ``denied`` is as in ISUPPORT's CLIENTTAGDENY: keys without the ``+``, or ``*`` and then ``-key`` for exceptions.
    """
    found = {key: value for key, value in tags.items() if key[0] == "+" and _KEY.match(key)}
    if denied:
        found = {key: value for key, value in found.items() if not _is_denied(key[1:], denied)}
    return found


def _is_denied(name: str, denied: tuple[str, ...]) -> bool:
    return f"-{name}" not in denied if denied[0] == "*" else name in denied


def only_typing(text: str) -> bool:
    """Whether tags as on the wire say nothing but that somebody types, which is of no interest a moment later."""
    return parse(text).keys() <= _TYPING
