"""What people's comings and goings come to, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from chatkit.client import words
from chatkit.client.model import Kind, Line
from chatkit.proto.casemapping import casefold

# By whether somebody came, or was there, at first, and whether he is there in the end.
_DEEDS = {
    (True, True): words.JOINED,
    (False, False): words.LEFT,
    (True, False): words.CAME_AND_WENT,
    (False, True): words.LEFT_AND_CAME_BACK,
}
_MOVES: frozenset[Kind] = frozenset({"join", "part", "quit"})


def summary(lines: Sequence[Line]) -> str:
    """``Bob and Eve joined · Al left``: what ``lines``, which are quiet ones, come to."""
    people: dict[str, tuple[str, bool, bool]] = {}  # by folded nick: the nick, whether he came at first and at last
    others: dict[Kind, list[Line]] = {}
    for line in lines:
        if line.kind in _MOVES:
            came = line.kind == "join"
            key = casefold(line.nick)
            people[key] = (line.nick, people[key][1] if key in people else came, came)
        else:
            others.setdefault(line.kind, []).append(line)
    return words.SEPARATOR.join([*_moves(list(people.values())), *map(_other, others.values())])


def _moves(people: Sequence[tuple[str, bool, bool]]) -> list[str]:
    found: dict[str, list[str]] = {deed: [] for deed in _DEEDS.values()}
    for nick, came_at_first, came_at_last in people:
        found[_DEEDS[came_at_first, came_at_last]].append(nick)
    return [f"{words.people(nicks)} {deed}" for deed, nicks in found.items() if nicks]


def _other(lines: Sequence[Line]) -> str:
    """Changes of one kind: what the only one was, or how many there were. Of absences only the last counts."""
    many = words.MANY_CHANGES.get(lines[0].kind)
    return lines[-1].text if len(lines) == 1 or many is None else many.format(len(lines))
