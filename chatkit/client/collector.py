"""Gathers events until a front end asks for them, and leaves out those that say nothing new."""

from __future__ import annotations

from chatkit.client.events import Event, LinesAppended, PeopleChanged, RoomChanged, TopicChanged, UnreadChanged

# They only say "look again", so one of them at the end is as good as many.
_LOOK_AGAIN = (PeopleChanged, TopicChanged, UnreadChanged, RoomChanged)


class Collector:
    """The events since ``take``."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._look_again: dict[tuple[type, int], Event] = {}  # the last of each kind, by room

    def __bool__(self) -> bool:
        return bool(self._events or self._look_again)

    def emit(self, event: Event) -> None:
        """Add ``event``. Appended lines of one room join those just before them."""
        last = self._events[-1] if self._events else None
        if isinstance(event, _LOOK_AGAIN):
            self._look_again[type(event), event.room.id] = event
        elif (
            isinstance(event, LinesAppended)
            and isinstance(last, LinesAppended)
            and (event.room, event.old) == (last.room, last.old)
        ):
            self._events[-1] = LinesAppended(event.room, last.lines + event.lines, event.old)
        else:
            self._events.append(event)

    def take(self) -> list[Event]:
        """All of them, in order, those that say "look again" last."""
        events = [*self._events, *self._look_again.values()]
        self._events, self._look_again = [], {}
        return events
