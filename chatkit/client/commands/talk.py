"""Commands to say something, and to see what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import emoji as symbols
from chatkit.client import events, words
from chatkit.client.commands.table import EMOJI, NICK, TEXT, Misuse, Typed, command, need
from chatkit.client.model import Room

if TYPE_CHECKING:
    from chatkit.client.core import Core


@command(
    "msg", "NAME TEXT", "say something to one person, or to a room", "m", "tell", "w",
    needs_connection=False, args=(NICK, TEXT),
)  # fmt: skip
def msg(core: Core, typed: Typed) -> None:
    """PRIVMSG <target> <text>"""
    target, text = need(typed, 2, "msg")
    is_new = core.chat.find(target) is None
    room = _talk_with(core, target)
    core.outbox.say(room, text)
    if is_new:
        core.note(typed.room, "info", words.talk_opened(room.name))


@command(
    "query", "NAME [TEXT]", "open a direct talk with someone", "q", "dm", needs_connection=False, args=(NICK, TEXT)
)
def query(core: Core, typed: Typed) -> None:
    """Open the talk, and say something where there is something to say."""
    target, *text = need(typed, 1, "query")[0].split(maxsplit=1)
    core.set_focus(_talk_with(core, target))
    if text:
        core.outbox.say(core.chat.focus, text[0])


def _talk_with(core: Core, target: str) -> Room:
    if not core.session.is_channel(target):
        return core.open_direct(target)
    room = core.chat.find(target)
    if room is None or not room.joined:
        raise Misuse(words.not_there(target))
    return room


@command("me", "TEXT", "say what you do: '/me waves' shows as '* Alice waves'", needs_connection=False, args=(TEXT,))
def me(core: Core, typed: Typed) -> None:
    """PRIVMSG <target> with CTCP ACTION"""
    if typed.room.kind == "server":
        raise Misuse(words.SERVER_ROOM)
    core.outbox.say(typed.room, need(typed, 1, "me")[0], "action")


@command("notice", "NAME TEXT", "say something that no program answers", args=(NICK, TEXT))
def notice(core: Core, typed: Typed) -> None:
    """NOTICE <target> <text>"""
    target, text = need(typed, 2, "notice")
    core.outbox.say(_talk_with(core, target), text, "notice")


@command("retry", "", "send your last message again that was not sent", needs_connection=False)
def retry(core: Core, typed: Typed) -> None:
    """Of the room where it was typed."""
    line_id = core.outbox.last_failed(typed.room)
    if line_id is None:
        raise Misuse("Nothing here has failed to be sent.")
    core.outbox.retry(line_id)


@command("older", "", "show what was said before", "history")
def older(core: Core, typed: Typed) -> None:
    """CHATHISTORY BEFORE"""
    if not core.load_older(typed.room):
        raise Misuse("There is nothing older here.")


@command("search", "[WORDS]", "find what was said; from:NAME and in:#ROOM narrow it", "find", needs_connection=False)
def search(core: Core, typed: Typed) -> None:
    """The face shows what is found."""
    core.emit(events.PanelWanted("search", typed.rest))


@command(
    "emoji", "WORD", "the emoji for a word, and their names: :name: becomes one", needs_connection=False, args=(EMOJI,)
)
def emoji(core: Core, typed: Typed) -> None:
    """All that fit."""
    found = symbols.find(need(typed, 1, "emoji")[0].strip(":"))
    if not found:
        raise Misuse(words.no_emoji(typed.rest))
    core.note(typed.room, "info", "  ".join(f"{symbol} :{name}:" for name, symbol in found))
