"""Emoji by their names: ``:thumbsup:``. The table of names is loaded when it is first asked for."""

from __future__ import annotations

import functools
import re

from chatkit.proto.formatting import plain

USUAL = ("👍", "❤️", "😂", "🎉", "😮", "😢")  # offered for a reaction before all others
MAX_NAME = 40  # letters

_TYPED = re.compile(r"(?<!\S):([a-z0-9_+-]{2,40}):(?![\w:])")
_FULL = 2  # emoji's status of those that are to be typed
_FAVOURED = {  # what people call them
    "thumbsup": "👍", "thumbsdown": "👎", "+1": "👍", "-1": "👎", "tada": "🎉", "joy": "😂", "heart": "❤️",
    "smile": "😄", "fire": "🔥", "eyes": "👀", "pray": "🙏", "rocket": "🚀", "wave": "👋", "ok_hand": "👌",
    "clap": "👏", "cry": "😢", "thinking": "🤔", "shrug": "🤷", "tick": "✅", "cross": "❌", "party": "🥳", "sob": "😭",
    "sweat_smile": "😅",
}  # fmt: skip


def find(word: str, limit: int = 20) -> tuple[tuple[str, str], ...]:
    """Emoji whose names fit ``word``, best first: the name and the emoji. Each emoji is there once."""
    word = word.lower()
    fitting = [name for name in _table() if word in name]
    fitting.sort(key=lambda name: (not name.startswith(word), name not in _FAVOURED, f"_{word}" not in name, len(name)))
    found: dict[str, str] = {}  # name by emoji
    for name in fitting:
        if len(found) == limit:
            break
        found.setdefault(_table()[name], name)
    return tuple((name, symbol) for symbol, name in found.items())


def named(name: str) -> str:
    """The emoji of ``:name:``, or an empty text."""
    return _table().get(name.strip(":").lower(), "") if name.isascii() and len(name) <= MAX_NAME + 2 else ""


def replaced(text: str) -> str:
    """``text`` with every ``:name:`` that is an emoji's, and a word of its own, made into it."""
    return _TYPED.sub(lambda match: named(match[1]) or match[0], text)


@functools.cache
def _table() -> dict[str, str]:
    """Emoji by name; those that people ask for first."""
    from emoji import EMOJI_DATA  # late: it takes a tenth of a second

    table = dict(_FAVOURED)
    for symbol, about in EMOJI_DATA.items():
        if about["status"] == _FULL and plain(symbol) == symbol and "skin_tone" not in about["en"]:
            for name in (about["en"], *about.get("alias", ())):
                table.setdefault(name.strip(":").lower(), symbol)
    return table
