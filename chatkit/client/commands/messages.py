"""Commands about what was said: answering, reacting, editing, deleting, reporting.

Which message is meant: ``3`` is the third from the end, a name is that person's last, and without either it is the last
that the command fits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.client import emoji, words
from chatkit.client.commands.table import COMMANDS as ROWS
from chatkit.client.commands.table import EMOJI, NICK, TEXT, Misuse, Typed, command, need, usage_of
from chatkit.client.model import Composing, Line, Room
from chatkit.proto.casemapping import casefold

if TYPE_CHECKING:
    from chatkit.client.core import Core

MAX_BACK = 999  # messages that may be counted back


@command("reply", "[N|NAME] [TEXT]", "answer a message: the Nth from the end, or the last of somebody", "r",
         needs_connection=False, args=(NICK, TEXT))  # fmt: skip
def reply(core: Core, typed: Typed) -> None:
    """PRIVMSG <target> <text> with +reply. Without a text, what is said next is the answer."""
    line, text = _pick(core, typed, "reply", lambda line: not line.mine)
    if text:
        typed.room.composing = Composing("reply", line)
        core.post(typed.room, text)
    else:
        core.compose(typed.room, "reply", line)


@command("react", "[N|NAME] EMOJI", "react to a message; the same again takes it back", "+",
         args=(NICK, EMOJI))  # fmt: skip
def react(core: Core, typed: Typed) -> None:
    """TAGMSG <target> with +draft/react"""
    *before, reaction = typed.words or [""]
    if not reaction:
        raise Misuse(usage_of(ROWS["react"]))
    line, rest = _pick(core, Typed(typed.room, " ".join(before)), "react", lambda line: not line.mine)
    if rest:
        raise Misuse(usage_of(ROWS["react"]))
    core.marks.react(typed.room, line, emoji.named(reaction) or reaction)


@command("edit", "[TEXT]", "change your last message", args=(TEXT,))
def edit(core: Core, typed: Typed) -> None:
    """PRIVMSG <target> <text> with +draft/edit. Without a text, the face shows the old one to change it."""
    line, text = _pick(core, Typed(typed.room, ""), "edit", _is_own)[0], typed.rest
    if text:
        typed.room.composing = Composing("edit", line)
        core.post(typed.room, text)
    else:
        core.compose(typed.room, "edit", line)


@command("delete", "[N|NAME] [REASON]", "take a message back: your last, the Nth from the end, or somebody's last",
         "redact", "del", args=(NICK, TEXT))  # fmt: skip
def delete(core: Core, typed: Typed) -> None:
    """REDACT <target> <msgid> [<reason>]"""
    line, reason = _pick(core, typed, "redact", _is_own)
    core.marks.redact(typed.room, line, reason)


@command("report", "N|NAME WHY", "tell those who run the server about a message, somebody or a room; nobody else "
         "learns of it", args=(NICK, TEXT))  # fmt: skip
def report(core: Core, typed: Typed) -> None:
    """REPORT <nick|channel> [<msgid>] <reason>. Of somebody who spoke here it is about the last message."""
    word, why = need(typed, 2, "report")
    line = _named(_talk(typed.room), word)
    if line is not None:
        core.send("REPORT", typed.room.name, line.msgid, why)
    else:
        core.send("REPORT", word.lstrip("@"), why)


def last_own(room: Room) -> Line | None:
    """The user's last message there, to be edited."""
    return next((line for line in _talk(room) if _is_own(line)), None)


def _is_own(line: Line) -> bool:
    return line.mine


def _talk(room: Room) -> list[Line]:
    """What a mark can be put on, the newest first."""
    return [line for line in reversed(room.lines) if line.is_talk and line.msgid and not line.redacted]


def _pick(core: Core, typed: Typed, ability: str, fits: Callable[[Line], bool]) -> tuple[Line, str]:
    """The message that is meant, and what else was typed."""
    if ability not in core.chat.can:
        raise Misuse(words.CANT_MARK[ability])
    talk = _talk(typed.room)
    word, _, rest = typed.rest.partition(" ")
    named = _named(talk, word)
    if named is not None:
        return named, rest.strip()
    line = next((line for line in talk if fits(line)), None)
    if line is None:
        raise Misuse(words.NO_SUCH_MESSAGE)
    return line, typed.rest


def _named(talk: list[Line], word: str) -> Line | None:
    """The Nth of ``talk``, or the last of somebody, as ``word`` says; None where it says neither."""
    if word.isascii() and word.isdecimal() and 0 < int(word[:9]) <= MAX_BACK:
        if int(word) > len(talk):
            raise Misuse(words.not_so_many(len(talk)))
        return talk[int(word) - 1]
    return next((line for line in talk if word and casefold(line.nick) == casefold(word.lstrip("@"))), None)
