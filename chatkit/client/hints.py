"""What a person can be told while typing: how a command is written, and what the word under the cursor may become."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from chatkit.client import commands, emoji, words
from chatkit.client.commands import Command
from chatkit.client.completion import MIN_EMOJI, candidates_for, start_of_word

if TYPE_CHECKING:
    from chatkit.client.hub import Hub

MAX_CHOICES = 8
_TOKENS = re.compile(r"\[[^\[\]]*(?:\[[^\[\]]*\])?\]|\S+")


class Hint(msgspec.Struct, frozen=True):
    """To be shown beside what is being typed."""

    usage: str = ""  # "/kick [#ROOM] NAME [REASON]"; empty where no command is sure yet
    help: str = ""  # what it does
    choices: tuple[str, ...] = ()  # what the word may become, the best first
    argument: tuple[int, int] | None = None  # where in ``usage`` the argument stands that is being typed


def hint(hub: Hub, text: str, cursor: int) -> Hint | None:
    """What to show for ``text`` with the cursor there; None: nothing."""
    before = text[:cursor]
    if before.startswith("/") and not text.startswith("//"):
        return _of_command(hub, text, before)
    word = before[start_of_word(before, len(before)) :]
    if word.startswith(":") and len(word) > MIN_EMOJI:
        found = emoji.find(word[1:].rstrip(":"), MAX_CHOICES)
        return Hint(choices=tuple(f"{symbol} {name}" for name, symbol in found)) if found else None
    return None


def _of_command(hub: Hub, text: str, before: str) -> Hint:
    row = commands.row_of(text)
    name, blank, _ = text[1:].partition(" ")
    if not blank:
        fitting = [found for found in commands.NAMES if found.startswith(name.lower())]
        if row is None and len(fitting) == 1:
            row = commands.ALIASES[fitting[0]]
        elif row is None and fitting:
            return Hint(choices=tuple(f"/{found}" for found in fitting))
    if row is None:
        return Hint(help=words.unknown_command(name, commands.nearest(name)))
    choices = _choices(hub, before) if " " in before else ()
    return Hint(f"/{row.name} {row.usage}".rstrip(), row.help, choices, _argument(row, before))


def _choices(hub: Hub, before: str) -> tuple[str, ...]:
    if hub.focus is None:
        return ()
    found = candidates_for(hub.focus.chat, before, network_names(hub))
    return tuple(each.strip() for each in found[:MAX_CHOICES])


def network_names(hub: Hub) -> tuple[str, ...]:
    """What networks are called that a command may want: those in use, and those that are saved."""
    names = [*(chat.label for chat in hub.chats), *(network.name for network in hub.settings.networks)]
    return tuple({name.lower(): name for name in names}.values())


def _argument(row: Command, before: str) -> tuple[int, int] | None:
    """Where in the usage the word stands that is being typed."""
    typed = before.split(" ")[1:]
    tokens = list(_TOKENS.finditer(f"/{row.name} {row.usage}"))[1:]
    if not typed or not tokens:
        return None
    number = len(typed) - 1
    if row.takes_room_first and typed[0][:1] not in ("#", "&"):
        number += 1
    return tokens[min(number, len(tokens) - 1)].span()
