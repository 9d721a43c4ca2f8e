"""The table of actions, the menus made of it, and when something fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import msgspec

from chatkit.client import words
from chatkit.client.commands.table import say
from chatkit.client.model import Ability, Line, Room

if TYPE_CHECKING:
    from chatkit.client.hub import Hub

Scope = Literal["app", "network", "room", "message", "person"]
MODERATORS = "~&@%"  # the prefixes of those who keep order in a room


class Target(msgspec.Struct, frozen=True):
    """What an action is about: as much of it as there is."""

    room: Room | None
    line: Line | None = None
    nick: str = ""
    link: str = ""  # the address under the pointer


Fits = Callable[[Target], bool]
Run = Callable[["Hub", Target], None]


class Action(msgspec.Struct, frozen=True):
    """A row of a menu. A ``title`` that ends in … asks first."""

    id: str
    title: str
    scope: Scope
    run: Run  # does nothing where what it is about isn't there
    fits: Fits
    group: int = 0  # in menus there is a separator between groups
    danger: bool = False


ACTIONS: dict[str, Action] = {}  # by id, in the order of menus


def menu(target: Target, scope: str) -> list[Action | None]:
    """What can be done with ``target``: only what fits, and what its server can. None is a separator."""
    rows: list[Action | None] = []
    group = None
    for action in ACTIONS.values():
        if action.scope == scope and action.fits(target):
            if group not in (None, action.group):
                rows.append(None)
            group = action.group
            rows.append(action)
    return rows


def always(_target: Target) -> bool:
    """It fits everywhere."""
    return True


def in_room(is_so: Callable[[Room], bool]) -> Fits:
    """Whether there is a room, and it is so of it."""
    return lambda target: target.room is not None and is_so(target.room)


def can(ability: Ability) -> Fits:
    """Whether the room's server can."""
    return in_room(lambda room: ability in room.chat.can)


def both(one: Fits, other: Fits) -> Fits:
    """Whether both fit."""
    return lambda target: one(target) and other(target)


def keeps_order(target: Target) -> bool:
    """Whether the user may act on others in the room."""
    if target.room is None or target.room.kind != "channel":
        return False
    me = target.room.person(target.room.chat.nick)
    return me is not None and me.prefix[:1] in tuple(MODERATORS)


# Each of these adds a function to the table, and differs by what the function gets.


def action(
    scope: Scope, action_id: str, title: str, fits: Fits = always, *, group: int = 0, danger: bool = False
) -> Callable[[Run], Run]:
    """It gets the Hub and the target."""

    def add(run: Run) -> Run:
        if action_id in ACTIONS:
            raise ValueError(f"two actions called {action_id}")

        def safely(hub: Hub, target: Target) -> None:
            attempt(hub, target.room or hub.focus, lambda: run(hub, target))

        ACTIONS[action_id] = Action(action_id, title, scope, safely, fits, group, danger)
        return run

    return add


def attempt(hub: Hub, room: Room | None, act: Callable[[], object]) -> None:
    """Do something. What is wrong with it, as with a setting that can't be saved, is said in ``room``."""
    try:
        act()
    except ValueError as error:  # a SettingError or AddressError, whose text is a sentence
        if room is not None:
            say(hub, room, words.sentence(str(error)), error=True)


OnRoom = Callable[["Hub", Room], object]
OnLine = Callable[["Hub", Room, Line], object]
OnPerson = Callable[["Hub", Room, str], object]


def room_action(
    scope: Scope, action_id: str, title: str, fits: Fits, *, group: int = 0, danger: bool = False
) -> Callable[[OnRoom], OnRoom]:
    """It gets the Hub and the room; of a network any of its rooms."""

    def add(function: OnRoom) -> OnRoom:
        def run(hub: Hub, target: Target) -> None:
            if target.room is not None:
                function(hub, target.room)

        action(scope, action_id, title, fits, group=group, danger=danger)(run)
        return function

    return add


def message_action(
    action_id: str, title: str, fits: Fits, *, group: int = 0, danger: bool = False
) -> Callable[[OnLine], OnLine]:
    """It gets the Hub, the room and the line."""

    def add(function: OnLine) -> OnLine:
        def run(hub: Hub, target: Target) -> None:
            if target.room is not None and target.line is not None:
                function(hub, target.room, target.line)

        action("message", action_id, title, fits, group=group, danger=danger)(run)
        return function

    return add


def person_action(
    action_id: str, title: str, fits: Fits, *, group: int = 0, danger: bool = False
) -> Callable[[OnPerson], OnPerson]:
    """It gets the Hub, the room and the nick."""

    def add(function: OnPerson) -> OnPerson:
        def run(hub: Hub, target: Target) -> None:
            if target.room is not None and target.nick:
                function(hub, target.room, target.nick)

        action("person", action_id, title, fits, group=group, danger=danger)(run)
        return function

    return add
