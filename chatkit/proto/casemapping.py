"""Which names are equal: CASEMAPPING. chatkit's own is ascii, in which only A to Z have another case.

Spec: https://modern.ircdocs.horse/#casemapping-parameter
"""

from __future__ import annotations

from collections.abc import Callable

Fold = Callable[[str], str]

_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_STRICT = _LOWER | str.maketrans("[]\\", "{}|")
_RFC1459 = _STRICT | str.maketrans("~", "^")


def casefold(name: str) -> str:
    """The form in which two equal names are equal."""
    return name.lower() if name.isascii() else name.translate(_LOWER)


def _rfc1459(name: str) -> str:
    return name.translate(_RFC1459)


def _rfc1459_strict(name: str) -> str:
    return name.translate(_STRICT)


_FOLDS: dict[str, Fold] = {"ascii": casefold, "rfc1459": _rfc1459, "rfc1459-strict": _rfc1459_strict}


def fold_of(casemapping: str) -> Fold:
    """How a network that says so folds names. None of them changes a name's length; what is unknown is ascii."""
    return _FOLDS.get(casemapping.lower(), casefold)
