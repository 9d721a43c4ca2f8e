"""The command palette: rooms, people, actions, commands and settings, found by a part of their names.

What begins with ``#`` or ``&`` finds rooms only, with ``@`` people, with ``/`` commands, with ``>`` actions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from chatkit.client import commands, events, settings
from chatkit.client.actions.table import ACTIONS, Action, Target, attempt
from chatkit.client.keys import BY_ACTION
from chatkit.client.model import Chat, Room
from chatkit.client.ranking import Ranges, best

if TYPE_CHECKING:
    from chatkit.client.hub import Hub

MAX_CHOICES = 60
MAX_PEOPLE = 5_000  # of the room, that are looked through


class Choice(msgspec.Struct, frozen=True):
    """A row of the palette."""

    title: str
    kind: str  # "room", "person", "action", "command" or "setting": said beside it, dimly
    run: Callable[[], None]
    detail: str = ""  # more about it: the network, the help
    key: str = ""  # whose keys, in ``keys.BY_ACTION``, do the same
    ranges: Ranges = ()  # of ``title``: what was typed, to be shown bold


def palette(hub: Hub, query: str) -> tuple[Choice, ...]:
    """What fits ``query``, the best first; without one where the user is likely to go."""
    query = query.strip()
    if not query:
        return tuple(islice(_likely(hub), MAX_CHOICES))
    sources = _SOURCES.get(query[0])
    if sources is None:
        sources = (_rooms, _people, _actions, _settings, _commands)
    elif query[0] in "@>":
        query = query[1:]
    found = [choice for source in sources for choice in source(hub)]
    return tuple(
        msgspec.structs.replace(choice, ranges=fit.ranges)
        for choice, fit in best(query, found, lambda choice: choice.title, MAX_CHOICES)
    )


def _likely(hub: Hub) -> Iterator[Choice]:
    rooms = sorted(hub.rooms, key=lambda room: (not room.mentions, not room.unread))
    yield from (_room(hub, room) for room in rooms if room is not hub.focus)
    yield from _actions(hub)


def _rooms(hub: Hub) -> Iterator[Choice]:
    return (_room(hub, room) for room in hub.rooms)


def _room(hub: Hub, room: Room) -> Choice:
    network = _network(hub, room.chat)
    title = network if room.title == room.chat.network else room.title
    where = network if len(hub.chats) > 1 and network != title else ""
    news = f"{room.unread} unread" if room.unread else ""
    detail = " · ".join(filter(None, (where, news)))
    return Choice(title, "room", partial(hub.set_focus, room), detail)


def _network(hub: Hub, chat: Chat) -> str:
    """What a network calls itself; where another calls itself so too, what the user calls it."""
    return chat.label if [other.network for other in hub.chats].count(chat.network) > 1 else chat.network


def _people(hub: Hub) -> Iterator[Choice]:
    if hub.focus is None:
        return
    chat = hub.focus.chat
    for person in islice(hub.focus.members.values(), MAX_PEOPLE):
        if person.nick != chat.nick:
            yield Choice(person.nick, "person", partial(_talk_to, hub, person.nick), "away" if person.away else "")


def _talk_to(hub: Hub, nick: str) -> None:
    if hub.focus is not None:
        hub.set_focus(hub.open_direct(hub.focus.chat, nick))


def _actions(hub: Hub) -> Iterator[Choice]:
    """What fits the room in focus, its network and the program; not what needs a message or a person."""
    target = Target(hub.focus)
    for action in ACTIONS.values():
        if action.scope in ("app", "network", "room") and action.id != "palette" and action.fits(target):
            run = partial(action.run, hub, target)
            yield Choice(action.title, "action", run, _where(hub, action, target), _key(action))


def _where(hub: Hub, action: Action, target: Target) -> str:
    room = target.room
    if room is None or action.scope == "app":
        return ""
    return room.title if action.scope == "room" else _network(hub, room.chat)


def _key(action: Action) -> str:
    return action.id if action.id in BY_ACTION else ""


def _commands(hub: Hub) -> Iterator[Choice]:
    if hub.focus is not None:
        for row in commands.COMMANDS.values():
            put = partial(hub.emit, events.InputWanted(hub.focus, f"/{row.name} "))
            yield Choice(f"/{row.name}", "command", put, row.help)


def _settings(hub: Hub) -> Iterator[Choice]:
    """Each that is yes or no is turned over, each choice is a row of its own, the rest is typed."""
    for row in settings.ROWS:
        now = settings.written(hub.settings, row.key)
        if row.kind == "yesno":
            title = f"{row.title}: {now}"
            yield Choice(title, "setting", _setting(hub, row.key, now != "yes"), row.help)
        elif row.kind == "choice":
            for value in row.choices:
                if value != now:
                    yield Choice(f"{row.title}: {value}", "setting", _setting(hub, row.key, value), row.help)
        elif hub.focus is not None:
            put = partial(hub.emit, events.InputWanted(hub.focus, f"/set {row.key} {now}"))
            yield Choice(f"{row.title}: {now or '(nothing)'}", "setting", put, row.help)


def _setting(hub: Hub, key: str, value: object) -> Callable[[], None]:
    return partial(attempt, hub, hub.focus, partial(hub.set, key, value))


_SOURCES: dict[str, tuple[Callable[[Hub], Iterator[Choice]], ...]] = {
    "#": (_rooms,),
    "&": (_rooms,),
    "@": (_people,),
    "/": (_commands,),
    ">": (_actions,),
}
