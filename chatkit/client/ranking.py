"""Which of many names fits best what was typed: for the palette and everything else that is picked by typing."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

_T = TypeVar("_T")

Ranges = tuple[tuple[int, int], ...]
_SCATTERED = 10  # the cost of letters that do not stand together; less than that is a place where all of them do
MAX_QUERY = 100  # letters


class Fit(msgspec.Struct, frozen=True):
    """How well a text fits."""

    cost: int  # the lower, the better
    ranges: Ranges = ()  # what of the text was typed


def fit(query: str, text: str) -> Fit | None:
    """Whether every word of ``query`` is in ``text``, together or letter after letter, in any case."""
    low = text.lower()
    if len(low) != len(text):  # a letter whose small form is two: places would be off
        low = text
    cost, ranges = 0, set[tuple[int, int]]()
    for word in query.lower()[:MAX_QUERY].split():
        found = _together(word, low) or _scattered(word, low)
        if found is None:
            return None
        cost += found[0]
        ranges.update(found[1])
    return Fit(cost, _merged(ranges))


def best(query: str, items: Iterable[_T], text_of: Callable[[_T], str], limit: int) -> list[tuple[_T, Fit]]:
    """The ``limit`` items that fit best, the best first; of those that fit alike, as they stood."""
    fits = ((found, number, item) for number, item in enumerate(items) if (found := fit(query, text_of(item))))
    return [(item, found) for found, _, item in heapq.nsmallest(limit, fits, key=lambda each: (each[0].cost, each[1]))]


def _together(word: str, text: str) -> tuple[int, list[tuple[int, int]]] | None:
    places = [at for at in range(len(text)) if text.startswith(word, at)] if word in text else []
    if not places:
        return None
    at = min(places, key=lambda place: (_cost_of(word, text, place), place))
    return _cost_of(word, text, at), [(at, at + len(word))]


def _cost_of(word: str, text: str, place: int) -> int:
    if place == 0 or (place == 1 and not text[0].isalnum()):  # "#room" is "room", too
        return 0 if place + len(word) == len(text) else 1
    return 2 if not text[place - 1].isalnum() else 4


def _scattered(word: str, text: str) -> tuple[int, list[tuple[int, int]]] | None:
    places, at = list[int](), -1
    for letter in word:
        at = text.find(letter, at + 1)
        if at < 0:
            return None
        places.append(at)
    gaps = places[-1] - places[0] - len(word) + 1
    return _SCATTERED + gaps, [(place, place + 1) for place in places]


def _merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
