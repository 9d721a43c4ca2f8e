"""What can be done with a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import dialogs, events
from chatkit.client.actions.table import Target, both, keeps_order, person_action
from chatkit.client.commands import Typed
from chatkit.client.commands.people import ignore as ignore_command
from chatkit.client.model import Room

if TYPE_CHECKING:
    from chatkit.client.hub import Hub


def _is_anybody(target: Target) -> bool:
    return target.room is not None and bool(target.nick)


def _is_other(target: Target) -> bool:
    if target.room is None or not target.nick:
        return False
    chat = target.room.chat
    return chat.fold(target.nick) != chat.fold(chat.nick)


def _is_here(target: Target) -> bool:
    return _is_other(target) and target.room is not None and target.room.person(target.nick) is not None


def _is_operator(target: Target) -> bool:
    person = target.room.person(target.nick) if target.room is not None else None
    return person is not None and "@" in person.prefix


_may_raise = both(both(keeps_order, _is_here), lambda target: not _is_operator(target))
_may_lower = both(both(keeps_order, _is_here), _is_operator)


@person_action("message", "Message", _is_other)
def message(hub: Hub, room: Room, nick: str) -> None:
    """Open the talk with somebody."""
    hub.set_focus(hub.open_direct(room.chat, nick))


@person_action("about", "About", _is_anybody)
def about(hub: Hub, room: Room, nick: str) -> None:
    """WHOIS <nick>"""
    _send(hub, room, "WHOIS", nick)


@person_action("mention", "Mention", _is_other)
def mention(hub: Hub, room: Room, nick: str) -> None:
    """Put the name where one types."""
    hub.emit(events.InputWanted(room, mentioning(room.draft, nick)))


def mentioning(draft: str, nick: str) -> str:
    """What is typed, with somebody spoken to at its beginning or named at its end."""
    return f"{draft.rstrip()} {nick} " if draft.strip() else f"{nick}: "


@person_action("invite_to", "Invite to…", _is_other)
def invite_to(hub: Hub, room: Room, nick: str) -> None:
    """Into another room."""
    hub.ask(dialogs.invite_to(hub, room, nick))


@person_action("op", "Make operator", _may_raise, group=1)
def op(hub: Hub, room: Room, nick: str) -> None:
    """MODE <channel> +o <nick>"""
    _send(hub, room, "MODE", room.name, "+o", nick)


@person_action("deop", "Make operator no longer", _may_lower, group=1)
def deop(hub: Hub, room: Room, nick: str) -> None:
    """MODE <channel> -o <nick>"""
    _send(hub, room, "MODE", room.name, "-o", nick)


@person_action("kick", "Remove…", both(keeps_order, _is_here), group=1, danger=True)
def kick(hub: Hub, room: Room, nick: str) -> None:
    """From the room, with a reason."""
    hub.ask(dialogs.kick(hub, room, nick))


@person_action("ban", "Ban…", both(keeps_order, _is_other), group=1, danger=True)
def ban(hub: Hub, room: Room, nick: str) -> None:
    """Keep somebody out of the room."""
    hub.ask(dialogs.ban(hub, room, nick))


@person_action("ignore", "Ignore", _is_other, group=2)
def ignore(hub: Hub, room: Room, nick: str) -> None:
    """As /ignore does."""
    ignore_command(hub, Typed(room, nick))


def _send(hub: Hub, room: Room, command: str, *params: str) -> None:
    hub.act(room.chat, lambda core: core.send(command, *params))
