"""A server of another version than this command: what is said of it to whoever wonders."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatkit import __version__


def explained(theirs: str, lacking: Sequence[str] = ()) -> str:
    """A sentence about a server of the version ``theirs``, of whose answer something is ``lacking``.

    ``theirs`` is empty where nobody knows it. Empty is the sentence where they are not seen to differ.
    """
    if not lacking and theirs in ("", __version__):
        return ""
    said = f"; it does not tell: {', '.join(lacking)}" if lacking else ""
    return f"the server{f' ({theirs})' if theirs else ''} is {_compared(theirs)} this command ({__version__}){said}"


def _compared(theirs: str) -> str:
    first, second = _release(theirs), _release(__version__)
    if not first or first == second:  # as between two releases
        return "of another make than"
    return "older than" if first < second else "newer than"


def _release(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with, by which versions are compared."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()
