"""Gathers events until a front end asks for them, and leaves out those that say nothing new."""

from __future__ import annotations

from chatkit.client import events
from chatkit.client.events import Event, LinesAppended
from chatkit.client.model import Line

# They only say "look again", so one of them at the end is as good as many.
_OF_ROOMS = (
    events.PeopleChanged, events.TopicChanged, events.UnreadChanged, events.RoomChanged, events.TypingChanged,
)  # fmt: skip
_OF_NETWORKS = (events.LagChanged, events.AbilitiesChanged)


class Collector:
    """The events of one network since ``take``."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._appended: list[Line] = []  # what the last event will hold, where that is LinesAppended
        self._look_again: dict[tuple[type, int], Event] = {}  # the last of each kind, by room or network

    def __bool__(self) -> bool:
        return bool(self._events or self._look_again)

    def emit(self, event: Event) -> None:
        """Add ``event``. Appended lines of one room join those just before them."""
        if isinstance(event, _OF_ROOMS):
            self._look_again[type(event), event.room.id] = event
        elif isinstance(event, _OF_NETWORKS):
            self._look_again[type(event), id(event.chat)] = event
        elif isinstance(event, LinesAppended):
            self._append(event)
        else:
            self._finish()
            self._events.append(event)

    def take(self) -> list[Event]:
        """All of them, in order, those that say "look again" last."""
        self._finish()
        taken = [*self._events, *self._look_again.values()]
        self._events, self._look_again = [], {}
        return taken

    def _append(self, event: LinesAppended) -> None:
        last = self._events[-1] if self._events else None
        if not (isinstance(last, LinesAppended) and (event.room, event.old) == (last.room, last.old)):
            self._finish()
            self._events.append(event)
        self._appended += event.lines

    def _finish(self) -> None:
        """Nothing joins the last event any more."""
        last = self._events[-1] if self._events else None
        if isinstance(last, LinesAppended) and len(self._appended) > len(last.lines):
            self._events[-1] = LinesAppended(last.room, tuple(self._appended), last.old)
        self._appended = []
