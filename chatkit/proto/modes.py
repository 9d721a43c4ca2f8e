"""Channel and user modes: the table of letters, and mode strings taken apart and put together.

Spec: https://modern.ircdocs.horse/#mode-message
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

# Modern IRC's four types of channel mode, and the prefix modes.
LIST = "A"  # an address list; always takes a parameter, shows the list without one
ALWAYS = "B"  # a setting with a parameter to set and to unset it
WHEN_SET = "C"  # a setting with a parameter to set it only
FLAG = "D"  # on or off
MEMBER = "prefix"  # a member's status; its parameter is a nick

CHANNEL_MODES: dict[str, str] = {
    "b": LIST,  # bans
    "e": LIST,  # exceptions to bans
    "I": LIST,  # exceptions to i
    "k": ALWAYS,  # the key
    "f": WHEN_SET,  # the room that those are sent to who may not enter
    "l": WHEN_SET,  # members at most
    "W": WHEN_SET,  # seconds between two messages of a member
    "C": FLAG,  # no CTCP but ACTION
    "M": FLAG,  # only who is logged in may speak
    "R": FLAG,  # only who is logged in may enter
    "U": FLAG,  # what those without a voice say reaches operators only
    "c": FLAG,  # no colours
    "i": FLAG,  # by invitation only
    "m": FLAG,  # only who has a voice may speak
    "n": FLAG,  # only members may speak
    "s": FLAG,  # secret
    "t": FLAG,  # only operators may change the topic
    "u": FLAG,  # auditorium: only operators see who is there
    "q": MEMBER,  # founder
    "a": MEMBER,  # protected
    "o": MEMBER,  # operator
    "h": MEMBER,  # half operator
    "v": MEMBER,  # voice
}
PREFIXES: dict[str, str] = {"q": "~", "a": "&", "o": "@", "h": "%", "v": "+"}  # highest first
RANKS: dict[str, int] = {letter: rank for rank, letter in enumerate(reversed(PREFIXES), start=1)}
# The prefix mode that it takes, at least, to set a mode; "o" for those that are not here. Half operators keep order
# by the modes of RFC 1459 and slow mode, and leave to operators what kind of room it is.
SET_BY: dict[str, str] = {"q": "q", "a": "q", "v": "h"} | dict.fromkeys("beIiklmnstW", "h")
_YIELD_TO_THEIR_LIKE = (RANKS["o"], RANKS["q"])
PREFIX_ORDER = "".join(PREFIXES.values())
USER_MODES: dict[str, str] = {
    "B": "is a bot",
    "R": "gets direct messages only from those who are logged in",
    "Z": "is connected over TLS",
    "i": "is not listed for those who share no room with it",
    "o": "is an IRC operator",
    "w": "gets WALLOPS",
}
CHANNEL_MODE_TEXTS: dict[str, str] = {  # for people
    "b": "list: who is banned; may neither enter nor speak",
    "e": "list: whom no ban concerns",
    "I": "list: who may enter in spite of i",
    "k": "the key that JOIN has to name",
    "f": "the room that those are sent to who may not enter",
    "l": "how many members there may be",
    "W": "slow mode: seconds that members without a prefix wait between two messages",
    "C": "no CTCP but ACTION",
    "M": "only who is logged in may speak, or has a voice",
    "R": "only who is logged in may enter",
    "U": "what those without a voice say reaches operators only",
    "c": "no colours",
    "i": "only who is invited may enter",
    "m": "only who has a voice may speak",
    "n": "only members may speak",
    "s": "the room is secret: it is not listed",
    "t": "only operators may change the topic",
    "u": "auditorium: members without a prefix see only those with one",
    "q": "member: founder, ~",
    "a": "member: protected, &",
    "o": "member: operator, @",
    "h": "member: half operator, %",
    "v": "member: has a voice, +",
}
MAX_MODES = 6  # changes with a parameter in one command
MAX_SLOW = 3600  # seconds that slow mode may have somebody wait


class ModeChange(msgspec.Struct, frozen=True):
    """One letter set or unset. ``arg`` is None where the letter takes none, or where it was left out."""

    adding: bool
    letter: str
    arg: str | None = None


def parse_changes(params: list[str], types: Mapping[str, str] = CHANNEL_MODES) -> tuple[list[ModeChange], list[str]]:
    """Take ``+ov-k alice bob key`` apart. Returns the changes and the letters nobody knows."""
    letters, args = params[0] if params else "", iter(params[1:])
    changes, unknown, adding = [], [], True
    for letter in letters:
        kind = types.get(letter)
        if letter in "+-":
            adding = letter == "+"
        elif kind is None:
            unknown.append(letter)
        else:
            takes_arg = kind in (LIST, ALWAYS, MEMBER) or (kind == WHEN_SET and adding)
            changes.append(ModeChange(adding, letter, next(args, None) if takes_arg else None))
    return changes, unknown


def format_changes(changes: Iterable[ModeChange]) -> list[str]:
    """Put changes together again: the letters, then their arguments."""
    text, args, sign = "", [], None
    for change in changes:
        if change.adding is not sign:
            sign = change.adding
            text += "+" if sign else "-"
        text += change.letter
        if change.arg is not None:
            args.append(change.arg)
    return [text, *args]


def with_letter(letters: str, change: ModeChange) -> str:
    """``letters``, sorted, after ``change``."""
    rest = letters.replace(change.letter, "")
    return "".join(sorted(rest + change.letter)) if change.adding else rest


def rank_to_set(letter: str) -> int:
    """The rank that it takes, at least, to set a channel mode and to unset it."""
    return RANKS[SET_BY.get(letter, "o")]


def may_act_on(rank: int, other: int) -> bool:
    """Whether a member of ``rank`` may kick one of rank ``other``, and take its prefixes from it.

    Nobody acts on a higher one. Founders and operators act on their like, as ever on IRC; protected members and half
    operators do not.
    """
    return rank > other or (rank == other and rank in _YIELD_TO_THEIR_LIKE)


def chanmodes_token(types: Mapping[str, str] = CHANNEL_MODES) -> str:
    """ISUPPORT's CHANMODES: the letters of the four types."""
    return ",".join(
        "".join(sorted(k for k, v in types.items() if v == kind)) for kind in (LIST, ALWAYS, WHEN_SET, FLAG)
    )


def prefix_token(prefixes: Mapping[str, str] = PREFIXES) -> str:
    """ISUPPORT's PREFIX, as ``(ov)@+``."""
    return f"({''.join(prefixes)}){''.join(prefixes.values())}"
