"""Completion of nicks, rooms, emoji, commands, and of what stands behind a command."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from chatkit.client import commands, emoji
from chatkit.client.commands import Arg
from chatkit.client.model import Chat, Room
from chatkit.client.settings import BY_KEY
from chatkit.proto.casemapping import casefold

RECENT = 200  # lines in which a speaker comes before those who said nothing
MIN_EMOJI = 2  # letters behind the colon
MAX_CANDIDATES = 200


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

    def complete(self, chat: Chat, text: str, cursor: int, networks: tuple[str, ...] = ()) -> Completion:
        """``text`` with the word before ``cursor`` completed; unchanged where nothing fits.

        ``networks`` are the names that a command may want.
        """
        if self._last.candidates and (text, cursor) == (self._last.text, self._last.cursor):
            self._index = (self._index + 1) % len(self._last.candidates)
            return self._offer(text, self._last.candidates)
        start = start_of_word(text, cursor)
        candidates = candidates_for(chat, text[:cursor], networks)
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


def start_of_word(text: str, cursor: int) -> int:
    """Where the word before the cursor begins."""
    return max(text.rfind(" ", 0, cursor), text.rfind("\n", 0, cursor)) + 1


def candidates_for(chat: Chat, before: str, networks: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What the last word of ``before``, all that is typed before the cursor, may become, with what follows it."""
    start = start_of_word(before, len(before))
    word = before[start:]
    if start == 0 and commands.is_command(before + "x"):
        return tuple(f"/{name} " for name in _starting(word[1:], commands.NAMES))
    if word.startswith(":") and len(word) > MIN_EMOJI:
        return tuple(f"{symbol} " for _, symbol in emoji.find(word[1:].rstrip(":")))
    if word[:1] in ("#", "&") or (word[:1] == "@" and len(word) > 1):
        return _names(chat, word, first=start == 0)
    if (arg := argument_at(before)) is not None:
        return tuple(f"{found} " for found in _ARGUMENTS[arg.kind](chat, arg, before, word, networks))
    return _names(chat, word, first=start == 0) if word else ()


def argument_at(before: str) -> Arg | None:
    """What is to be typed at the end of ``before``, where that is the argument of a command."""
    row = commands.row_of(before)
    words = before.split(" ")[1:]
    if row is None or not words:
        return None
    number = len(words) - 1
    if row.takes_room_first and words[0][:1] in ("#", "&"):
        number -= 1
    if not row.args or number < 0:
        return None
    return row.args[min(number, len(row.args) - 1)] if number < len(row.args) or row.args[-1].kind == "text" else None


def nicks(room: Room, own: str) -> list[str]:
    """Who may be meant in ``room``: who spoke last comes first, then all others by name; not oneself."""
    if room.is_direct:
        return [room.name]
    spoke = [line.nick for line in reversed(room.lines[-RECENT:]) if line.is_talk and room.person(line.nick)]
    fold = room.chat.fold
    found = {fold(nick): nick for nick in (person.nick for person in room.people)}
    order = dict.fromkeys([*map(fold, spoke), *sorted(found)])
    return [found[key] for key in order if key in found and key != fold(own)]


def _starting(word: str, names: tuple[str, ...] | list[str]) -> list[str]:
    word = casefold(word)
    return [name for name in names if casefold(name).startswith(word)][:MAX_CANDIDATES]


def _rooms(chat: Chat) -> list[str]:
    return [room.name for room in chat.rooms if room.kind == "channel"]


def _names(chat: Chat, word: str, *, first: bool) -> tuple[str, ...]:
    """Rooms and people in the midst of talk; at its beginning somebody is spoken to."""
    if word[:1] in ("#", "&"):
        return tuple(f"{name} " for name in _starting(word, _rooms(chat)))
    at, bare = ("@", word[1:]) if word[0] == "@" else ("", word)
    ending = ": " if first else " "
    return tuple(f"{at}{name}{ending}" for name in _starting(bare, nicks(chat.focus, chat.nick)))


Finding = Callable[[Chat, Arg, str, str, tuple[str, ...]], list[str]]


def _values(before: str, word: str) -> list[str]:
    key = before.split(" ")[1]
    row = BY_KEY.get(key)
    choices = () if row is None else ("yes", "no") if row.kind == "yesno" else row.choices
    return _starting(word, choices)


# For each kind of argument, what the word may become: of the chat, the argument, all before the cursor, the word in it.
_ARGUMENTS: dict[str, Finding] = {
    "room": lambda chat, arg, before, word, networks: _starting(word, _rooms(chat)) if word else _rooms(chat),
    "nick": lambda chat, arg, before, word, networks: _starting(word, nicks(chat.focus, chat.nick)),
    "command": lambda chat, arg, before, word, networks: _starting(word.lstrip("/"), commands.NAMES),
    "setting": lambda chat, arg, before, word, networks: _starting(word, tuple(BY_KEY)),
    "value": lambda chat, arg, before, word, networks: _values(before, word),
    "network": lambda chat, arg, before, word, networks: _starting(word, networks),
    "emoji": lambda chat, arg, before, word, networks: [symbol for _, symbol in emoji.find(word)] if word else [],
    "choice": lambda chat, arg, before, word, networks: _starting(word, arg.choices),
    "text": lambda chat, arg, before, word, networks: _starting(word, nicks(chat.focus, chat.nick)) if word else [],
}
