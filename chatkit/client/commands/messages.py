"""Commands about what was said: answering, reacting, editing, deleting, reporting.

Which message is meant: ``3`` is the third from the end, a name is that person's last, and without either it is the last
that the command fits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from chatkit.client import emoji, events, questions, words
from chatkit.client.commands.table import COMMANDS as ROWS
from chatkit.client.commands.table import EMOJI, NICK, TEXT, Misuse, Typed, command, need, usage_of
from chatkit.client.model import Composing, Line, Room

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


@command("react", "[N|NAME] EMOJI", "react to a message, or to the last; the same again takes it back", "+",
         args=(NICK, EMOJI))  # fmt: skip
def react(core: Core, typed: Typed) -> None:
    """TAGMSG <target> with +draft/react. Which message it is may stand before the emoji or behind it."""
    _need_ability(core, "react")
    line, reaction = _reaction(typed.room, typed.words)
    if line is None:
        raise Misuse(words.NO_SUCH_MESSAGE if reaction else usage_of(ROWS["react"]))
    core.marks.react(typed.room, line, emoji.named(reaction) or reaction)


def _reaction(room: Room, typed: list[str]) -> tuple[Line | None, str]:
    """The message and the reaction to it, where that is what was typed; of one word, to the last of somebody else."""
    talk = _talk(room)
    match typed:
        case [reaction]:
            return next((line for line in talk if not line.mine), talk[0] if talk else None), reaction
        case [first, second] if (line := _meant(room, talk, first)) is not None:
            return line, second
        case [first, second]:
            line = _meant(room, talk, second)
            return line, first if line is not None else ""
    return None, ""


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
    """REDACT <target> <msgid> [<reason>]. Asks first."""
    line, reason = _pick(core, typed, "redact", _is_own)
    delete_it = partial(core.marks.redact, typed.room, line, reason)
    core.emit(events.FormWanted(questions.about_deletion(line, delete_it)))


@command("report", "N|NAME WHY", "tell those who run the server about a message, somebody or a room; nobody else "
         "learns of it", args=(NICK, TEXT))  # fmt: skip
def report(core: Core, typed: Typed) -> None:
    """REPORT <nick|channel> [<msgid>] <reason>. Of somebody who spoke here it is about the last message."""
    word, why = need(typed, 2, "report")
    line = _meant(typed.room, _talk(typed.room), word)
    if line is not None:
        core.reporting.of_message(typed.room, line, why)
    else:
        core.reporting.of(word.lstrip("@"), why)


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
    _need_ability(core, ability)
    talk = _talk(typed.room)
    word, _, rest = typed.rest.partition(" ")
    if (meant := _meant(typed.room, talk, word)) is not None:
        return meant, rest.strip()
    line = next((line for line in talk if fits(line)), None)
    if line is None:
        raise Misuse(words.NO_SUCH_MESSAGE)
    return line, typed.rest


def _need_ability(core: Core, ability: str) -> None:
    if ability not in core.chat.can:
        raise Misuse(words.CANT_MARK[ability])


def _meant(room: Room, talk: list[Line], word: str) -> Line | None:
    """The message that ``word`` stands for: a number counts back, a name is who said it last. None: neither."""
    if word.isascii() and word.isdecimal() and 0 < int(word[:9]) <= MAX_BACK:
        if int(word) > len(talk):
            raise Misuse(words.not_so_many(len(talk)))
        return talk[int(word) - 1]
    fold = room.chat.fold
    return next((line for line in talk if word and fold(line.nick) == fold(word.lstrip("@"))), None)
