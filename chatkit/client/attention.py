"""What of all networks is on the screen, and whether the user looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import events
from chatkit.client.core import Core
from chatkit.client.model import Chat, Room

if TYPE_CHECKING:
    from chatkit.client.hub import Hub


class Attention:
    """A network's core has a focus of its own, as if it were the only one; of these, one is the screen's."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.focus: Room | None = None  # the room on the screen; None where there is no network
        self._looking = True
        self._to_follow: set[Chat] = set()  # networks whose first room gets the screen

    def begin(self, chat: Chat) -> None:
        """There is another network: the first has the screen."""
        if self.focus is None:
            self.focus = chat.focus
        chat.watched = self.focus.chat is chat and self._looking

    def look(self, *, looking: bool) -> None:
        """The window or the terminal gained or lost the keyboard."""
        self._looking = looking
        if self.focus is not None:
            self._watch(self.focus)

    def expect(self, chat: Chat) -> None:
        """The user has asked for something there, and wants to see it when it comes."""
        self._to_follow.add(chat)

    def stay(self) -> None:
        """The user types something where the screen is: what was asked for before is not shown in its place."""
        self._to_follow.clear()

    def turn_to(self, room: Room) -> None:
        """The user looks at ``room``, and at nothing that was asked for before."""
        self._to_follow.clear()
        self._focus_on(room)

    def step(self, by: int, *, unread: bool) -> None:
        """The user looks at the room ``by`` further in the list; or at the next that has something unread."""
        rooms = self._hub.rooms
        start = rooms.index(self.focus) if self.focus in rooms else 0
        order = [rooms[(start + by * number) % len(rooms)] for number in range(1, len(rooms))]
        if unread:
            order = sorted((room for room in order if room.unread), key=lambda room: not room.mentions)
        if order:
            self.turn_to(order[0])

    def followed(self, room: Room) -> bool:
        """A network's own focus moved. Returns whether that is the screen's."""
        if self.focus is not None and room.chat is not self.focus.chat and room.chat not in self._to_follow:
            return False
        self._to_follow.discard(room.chat)
        self._show(room)
        return True

    def came_online(self, chat: Chat) -> None:
        """A network that the user asked for is on the screen as soon as it is there, without a room yet."""
        if chat in self._to_follow and self.focus is not chat.focus:
            self._show(chat.focus)
            self._hub.emit(events.RoomFocused(chat.focus))

    def lost(self, chat: Chat) -> None:
        """A network is gone: if it had the screen, another has."""
        self._to_follow.discard(chat)
        if self.focus is not None and self.focus.chat is chat:
            self.focus = None
            if self._hub.chats:
                self._focus_on(self._hub.chats[0].focus)

    def _focus_on(self, room: Room) -> None:
        """Have ``room`` on the screen, whatever its network had in focus."""
        if room not in room.chat.rooms or room.chat not in self._hub.chats:
            return
        was_focus = room.chat.focus is room  # then the network's core has nothing to tell, while the screen changes
        changed = self.focus is not room
        self._move(room)
        self._hub.act(room.chat, lambda core: core.set_focus(room))
        self._watch(room)  # last, or the former focus would be read
        if changed and was_focus:
            self._hub.emit(events.RoomFocused(room))

    def _show(self, room: Room) -> None:
        """``room`` is its network's focus, and now the screen's."""
        self._move(room)
        self._watch(room)

    def _move(self, room: Room) -> None:
        before, self.focus = self.focus, room
        if before is not None and before.chat is not room.chat and before.chat in self._hub.chats:
            self._hub.act(before.chat, Core.turn_away)

    def _watch(self, room: Room) -> None:
        self._hub.act(room.chat, lambda core: core.watch(watched=self._looking))
