"""Notices that the terminal shows outside of its window, by escape sequence."""

from __future__ import annotations

from collections.abc import Callable

LONGEST = 200  # characters


def notice(way: str, title: str, body: str) -> str:
    """What to write to the terminal; ``way`` is the setting ``appearance.terminal_notice``. Nothing in it is the
    network's but printable text."""
    write = _WAYS.get(way)
    return "" if write is None else write(_clean(title), _clean(body))


def _clean(text: str) -> str:
    """Printable, without what would end a field of a sequence."""
    return "".join(letter if letter.isprintable() and letter != ";" else " " for letter in text[:LONGEST])


def _osc9(title: str, body: str) -> str:
    return f"\x1b]9;{title}: {body}\x07"


def _osc99(title: str, body: str) -> str:
    return f"\x1b]99;i=chatkit:d=0;{title}\x1b\\\x1b]99;i=chatkit:d=1:p=body;{body}\x1b\\"


def _osc777(title: str, body: str) -> str:
    return f"\x1b]777;notify;{title};{body}\x07"


_WAYS: dict[str, Callable[[str, str], str]] = {"osc9": _osc9, "osc99": _osc99, "osc777": _osc777}
