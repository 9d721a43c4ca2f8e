"""Which channels the user is to be in, and the way into them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from chatkit.client import events
from chatkit.client.model import Room

if TYPE_CHECKING:
    from chatkit.client.core import Core

ENTERED = "entered-"  # what the PINGs behind JOIN begin with


class Entry:
    """Remembers the channels over reconnections, and knows whether those asked for were entered or refused."""

    def __init__(self, core: Core) -> None:
        self._core = core
        options = core.options
        names = filter(None, (options.address.room, *options.rooms))
        self._wanted = {core.chat.fold(name): [name] for name in names}  # by folded name: JOIN's parameters
        self._tokens = itertools.count(1)
        self._unanswered = ""  # the PING behind JOIN
        self._to_focus: set[str] = set()  # folded names of those that the user asked to enter

    def wants(self, room: Room) -> bool:
        """Whether the user is to be in ``room``, now or as soon as there is a connection."""
        return room.key in self._wanted

    def join(self, name: str, key: str = "", *, focus: bool = True) -> None:
        """Enter a channel; while there is no connection, as soon as there is one."""
        params = [name, key] if key else [name]
        self._wanted[self._core.chat.fold(name)] = params
        if focus:
            self._to_focus.add(self._core.chat.fold(name))
        if self._core.session.welcomed:
            self._core.send("JOIN", *params)
            self.sync()

    def join_all(self) -> None:
        """The server let us in: go where the user wants to be."""
        for params in self._wanted.values():
            room = self._core.chat.find(params[0])
            if room is None or not room.joined:
                self._core.send("JOIN", *params)
        for room in self._core.chat.rooms:
            if room.is_direct:
                self._core.history.enter(room)
        self._core.history.find_direct()
        self.sync()

    def sync(self) -> None:
        """Not to be ready until the server has answered all that was sent so far."""
        if self._core.session.welcomed:
            self._unanswered = f"{ENTERED}{next(self._tokens)}"
            self._core.send("PING", self._unanswered)

    def answered(self, token: str) -> None:
        """The answer to a PING behind JOIN: those before it have been answered too."""
        if token == self._unanswered:
            self._unanswered = ""
            self._to_focus.clear()
            self._core.naming.entered()

    @property
    def ready(self) -> bool:
        """Whether every room asked for was entered or refused."""
        return self._core.session.welcomed and not self._unanswered

    def joined(self, name: str) -> Room:
        """The server put the user into a channel."""
        core = self._core
        room = core.chat.find(name) or core.add_room(name, "channel")
        self._wanted.setdefault(room.key, [name])
        room.joined = True
        core.emit(events.RoomChanged(room))
        if room.key in self._to_focus or core.chat.focus.kind == "server":
            self._to_focus.discard(room.key)
            core.set_focus(room)
        return room

    def sent_on(self, name: str, other: str) -> None:
        """Whoever wanted to go into ``name`` is put into ``other`` instead."""
        if self._core.chat.fold(name) in self._to_focus:
            self._to_focus.add(self._core.chat.fold(other))

    def not_joined(self, name: str, reason: str) -> None:
        """The user isn't, or isn't any longer, in a channel, and won't be brought back there."""
        self._wanted.pop(self._core.chat.fold(name), None)
        self._to_focus.discard(self._core.chat.fold(name))
        room = self._core.chat.find(name)
        if room is not None:
            self._empty(room)
            self._core.outbox.room_closed(room, reason)

    def renamed(self, room: Room, old_key: str) -> None:
        """The channel has another name, under which the user will be brought back."""
        if params := self._wanted.pop(old_key, None):
            self._wanted[room.key] = [room.name, *params[1:]]

    def fold_again(self) -> None:
        """The network has said how it folds names."""
        fold = self._core.chat.fold
        self._wanted = {fold(params[0]): params for params in self._wanted.values()}
        self._to_focus = set(map(fold, self._to_focus))

    def forget(self, room: Room) -> None:
        """The room is gone."""
        self._wanted.pop(room.key, None)

    def connection_lost(self) -> None:
        """Nobody is in any channel."""
        for room in self._core.chat.rooms:
            if room.kind == "channel":
                self._empty(room)

    def advance(self, now: float) -> None:
        """Nothing of it depends on the time."""

    def deadline(self) -> float | None:
        """Never."""
        return None

    def _empty(self, room: Room) -> None:
        room.joined = False
        room.members.clear()
        room.forget_order()
        self._core.emit(events.RoomChanged(room))
        self._core.emit(events.PeopleChanged(room))
