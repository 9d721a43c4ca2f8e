"""Sources and the masks that match them: ``nick!user@host`` with ``*`` and ``?``.

Spec: https://modern.ircdocs.horse/#wildcard-expressions
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

COMPILING = 50  # texts are held against a mask in the time that it takes to compile one, about
Fits = Callable[[str], object]  # something where a text fits a mask, None where it does not

_FLAGS = re.DOTALL | re.IGNORECASE | re.ASCII  # of letters only A to Z have another case: see casemapping
_NEVER_IN_NICKS = frozenset(".:/")  # but in host names, addresses and networks


class Source(msgspec.Struct, frozen=True):
    """The parts of ``nick[!user][@host]``; a part that is missing is None."""

    nick: str
    user: str | None = None
    host: str | None = None


def split_source(text: str) -> Source:
    """Take ``nick!user@host`` apart."""
    rest, at, host = text.partition("@")
    nick, bang, user = rest.partition("!")
    return Source(nick, user if bang else None, host if at else None)


def normalize(mask: str) -> str:
    """Complete a ban mask: ``bob`` means ``bob!*@*``; ``*@host`` and ``host.example`` mean ``*!*@host``."""
    nick_user, at, host = mask.partition("@")
    nick, bang, user = nick_user.partition("!")
    if at and not bang:
        nick, user = "*", nick
    elif not at and not bang and _NEVER_IN_NICKS & set(mask):
        nick, host = "*", mask
    return f"{nick or '*'}!{user or '*'}@{host or '*'}"


def _literal(text: str) -> str:
    return "".join("." if char == "?" else re.escape(char) for char in text)


@lru_cache(maxsize=4096)
def _pattern(mask: str) -> re.Pattern[str]:
    return re.compile(_expression(mask), _FLAGS)


def _expression(mask: str) -> str:
    # The leftmost place for each piece is as good as any other, so each is an atomic group:
    # without that a mask of many stars takes exponential time.
    first, *pieces = re.sub(r"\*+", "*", mask).split("*")
    text = _literal(first)
    if pieces:
        *middle, last = pieces
        text += "".join(f"(?>.*?{_literal(piece)})" for piece in middle) + ".*" + _literal(last)
    return text


def matches(mask: str, text: str) -> bool:
    """Whether ``text`` fits ``mask``, case folded."""
    return matcher(mask)(text) is not None


def matcher(mask: str) -> Fits:
    """``matches`` for one mask and many texts."""
    return _pattern(mask).fullmatch


def any_matcher(masks: Iterable[str]) -> Fits:
    """Whether a text fits one of ``masks``, at once."""
    expressions = [f"(?:{_expression(mask)})" for mask in masks]
    return re.compile("|".join(expressions), _FLAGS).fullmatch if expressions else lambda text: None
