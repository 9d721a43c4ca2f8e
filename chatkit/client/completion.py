"""Completion of nicks, rooms and commands."""

from __future__ import annotations

import msgspec

from chatkit.client.model import Chat, Room
from chatkit.proto.casemapping import casefold

RECENT = 200  # lines in which a speaker comes before those who said nothing


class Completion(msgspec.Struct, frozen=True):
    """The text and the cursor after completion, and everything that would have fitted."""

    text: str
    cursor: int
    candidates: tuple[str, ...] = ()


class Completer:
    """Completes the word before the cursor. Asked again with its own answer, it offers the next candidate."""

    def __init__(self) -> None:
        self._last = Completion("", 0)
        self._start = 0  # where the word begins
        self._rest = ""  # what stands behind it
        self._index = 0

    def complete(self, chat: Chat, commands: tuple[str, ...], text: str, cursor: int) -> Completion:
        """``text`` with the word before ``cursor`` completed; unchanged where nothing fits."""
        if self._last.candidates and (text, cursor) == (self._last.text, self._last.cursor):
            self._index = (self._index + 1) % len(self._last.candidates)
            return self._offer(text, self._last.candidates)
        start = text.rfind(" ", 0, cursor) + 1
        candidates = _candidates(chat, commands, text[start:cursor], first=start == 0)
        self._start, self._rest, self._index = start, text[cursor:], 0
        if not candidates:
            self._last = Completion(text, cursor)
            return self._last
        return self._offer(text, candidates)

    def _offer(self, text: str, candidates: tuple[str, ...]) -> Completion:
        head = text[: self._start] + candidates[self._index]
        rest = self._rest.removeprefix(" ") if head.endswith(" ") else self._rest
        self._last = Completion(head + rest, len(head), candidates)
        return self._last


def _candidates(chat: Chat, commands: tuple[str, ...], word: str, *, first: bool) -> tuple[str, ...]:
    """What ``word`` may become, with what follows it."""
    if first and word.startswith("/"):
        return tuple(f"/{name} " for name in commands if name.startswith(word[1:].lower()))
    if not word:
        return ()
    rooms = [room.name for room in chat.rooms if room.kind == "channel"]
    names = rooms if word[0] in "#&" else nicks(chat.focus, chat.nick)
    ending = ": " if first and names is not rooms else " "
    at, bare = ("@", word[1:]) if word[0] == "@" and len(word) > 1 else ("", word)
    return tuple(at + name + ending for name in names if casefold(name).startswith(casefold(bare)))


def nicks(room: Room, own: str) -> list[str]:
    """Who may be meant in ``room``: who spoke last comes first, then all others by name; not oneself."""
    if room.is_direct:
        return [room.name]
    spoke = [line.nick for line in reversed(room.lines[-RECENT:]) if line.is_talk and room.person(line.nick)]
    found = {casefold(nick): nick for nick in (person.nick for person in room.people)}
    order = dict.fromkeys([*map(casefold, spoke), *sorted(found)])
    return [found[key] for key in order if key in found and key != casefold(own)]
