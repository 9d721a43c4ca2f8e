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
    "b": LIST,
    "k": ALWAYS,
    "l": WHEN_SET,
    "i": FLAG,
    "m": FLAG,
    "n": FLAG,
    "s": FLAG,
    "t": FLAG,
    "o": MEMBER,
    "v": MEMBER,
}
PREFIXES: dict[str, str] = {"o": "@", "v": "+"}  # highest first
PREFIX_ORDER = "".join(PREFIXES.values())
USER_MODES = "iow"
MAX_MODES = 6  # changes with a parameter in one command
MAX_LIST = 100  # entries in one list of one room


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


def chanmodes_token(types: Mapping[str, str] = CHANNEL_MODES) -> str:
    """ISUPPORT's CHANMODES: the letters of the four types."""
    return ",".join(
        "".join(sorted(k for k, v in types.items() if v == kind)) for kind in (LIST, ALWAYS, WHEN_SET, FLAG)
    )


def prefix_token(prefixes: Mapping[str, str] = PREFIXES) -> str:
    """ISUPPORT's PREFIX, as ``(ov)@+``."""
    return f"({''.join(prefixes)}){''.join(prefixes.values())}"
