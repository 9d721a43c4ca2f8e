"""CASEMAPPING=ascii: only A to Z have another case.

Spec: https://modern.ircdocs.horse/#casemapping-parameter
"""

from __future__ import annotations

_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def casefold(name: str) -> str:
    """The form in which two equal names are equal."""
    return name.lower() if name.isascii() else name.translate(_LOWER)
