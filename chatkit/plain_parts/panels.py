"""What the other faces open a part of the screen for: where to go, what one can do, what was said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from chatkit.client import events
from chatkit.client.finder import Hit
from chatkit.plain_parts.asking import Question
from chatkit.plain_parts.offers import PlaceQuestion, offer_hits, offer_palette

if TYPE_CHECKING:
    from chatkit.client.hub import Hub

COMMANDS = {"settings": "/set", "networks": "/network", "keys": "/help"}  # that say in words what a panel shows


class Panels:
    """Turns what is wanted into questions, which ``ask`` asks, and into lines, which ``tell`` prints."""

    def __init__(self, hub: Hub, ask: Callable[[Question], None], tell: Callable[[list[str]], None]) -> None:
        self._hub = hub
        self._ask = ask
        self._tell = tell
        self._place: PlaceQuestion | None = None  # the last one
        self._query = ""  # of the last search
        self._found: dict[tuple[int, str | int | None], Hit] = {}  # what it has found so far

    def open(self, event: events.PanelWanted) -> None:
        """Show it in words."""
        room = self._hub.focus
        if event.name == "palette":
            self._open_palette(event.text)
        elif event.name == "search":
            self._search(event.text)
        elif room is not None and event.name == "places":
            self.pick(room.chat.nick, room.chat.nick)
        elif room is not None:
            self._hub.say(room, COMMANDS[event.name])

    def pick(self, nick: str, offered: str, give_up: Callable[[], None] = lambda: None) -> None:
        """Ask where to go, as ``nick``, which is what the user answered to ``offered``, and go there."""
        self._place = PlaceQuestion(self._hub, nick, offered, give_up)
        self._ask(self._place)
        self._hub.look_for_places()

    def look_again(self, question: Question | None) -> None:
        """There are other places; ``question`` is being asked."""
        if question is not None and question is self._place:
            self._tell(self._place.look_again())

    def found(self, event: events.Found) -> None:
        """What the server has found. An answer that comes after the next search is no news."""
        if event.query == self._query:
            self._offer(event.hits, is_last=True)

    def _open_palette(self, query: str) -> None:
        question = offer_palette(self._hub, query)
        if question is None:
            self._tell([f"! Nothing fits “{query}”"])
        else:
            self._ask(question)

    def _search(self, query: str) -> None:
        room = self._hub.focus
        if not query or room is None:
            self._tell(["! Write it as: /search WORDS; from:NAME and in:#ROOM narrow it"])
            return
        self._query, self._found = query, {}
        hits = self._hub.search().find(query)
        asked = self._hub.act(room.chat, lambda core: core.finder.ask(None, query))  # a Found follows
        self._offer(hits, is_last=not asked)

    def _offer(self, hits: Iterable[Hit], *, is_last: bool) -> None:
        """All that was found, if it is more than before."""
        before = len(self._found)
        for hit in hits:
            self._found.setdefault((hit.room.id, hit.msgid or hit.line_id), hit)
        if len(self._found) > before:
            newest_first = sorted(self._found.values(), key=lambda hit: hit.time_ms, reverse=True)
            self._ask(offer_hits(self._hub, self._query, newest_first))
        elif is_last and not self._found:
            self._tell([f"* Nothing found for “{self._query}”"])
