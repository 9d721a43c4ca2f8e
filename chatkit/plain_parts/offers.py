"""What the other faces show as panels, as numbered lists: places, the palette, what a search found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chatkit.client import actions
from chatkit.client.address import AddressError
from chatkit.client.finder import Hit
from chatkit.client.local_time import clock, day_of
from chatkit.client.places import Place, name_at
from chatkit.plain_parts.asking import Offer, OfferQuestion

if TYPE_CHECKING:
    from chatkit.client.hub import Hub

MAX_OFFERS = 15


class PlaceQuestion:
    """Where to? By number or address; an empty line is the first. New ones may come while it is asked; the numbers
    stay what they are."""

    secret = False

    def __init__(self, hub: Hub, nick: str, offered: str, give_up: Callable[[], None]) -> None:
        """``nick`` is what the user answered to ``offered``."""
        self._hub = hub
        self._nick, self._offered = nick, offered
        self._give_up = give_up
        self._shown: list[Place] = []

    def words(self) -> list[str]:
        return [*self.look_again(), "? Where to? Type a number, or an address as chat.example:6697; Enter alone is 1"]

    def told(self) -> list[str]:
        return [f"* {_described(place)}" for place in self._hub.places.list()]

    def look_again(self) -> list[str]:
        """The places that were not shown yet."""
        new = [place for place in self._hub.places.list() if place not in self._shown]
        begin = len(self._shown) + 1
        self._shown += new
        return [f"? {number} {_described(place)}" for number, place in enumerate(new, begin)]

    def answer(self, line: str) -> list[str] | None:
        typed = line.strip() or "1"
        number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else 0
        if typed.isdecimal() and not 0 < number <= len(self._shown):
            return [f"! The numbers go from 1 to {len(self._shown)}"]
        try:
            place = self._shown[number - 1] if number else Place("recent", typed, typed)
            nick = name_at(place, self._nick, self._offered)
            self._hub.connect(self._hub.places.options(place, nick, "plain"))
        except AddressError as error:
            return [f"! {error}"]
        return None

    def cancel(self) -> None:
        self._give_up()


def _described(place: Place) -> str:
    what = {"saved": "saved", "recent": "used lately", "lan": "on this network", "here": ""}[place.kind]
    where = place.address if place.address != place.name else ""
    about = ", ".join(filter(None, [where, what]))
    return f"{place.name} ({about})" if about else place.name


def offer_palette(hub: Hub, query: str) -> OfferQuestion | None:
    """What fits ``query`` of all that one can do; None: nothing."""
    found = [
        Offer(f"{choice.title} ({choice.detail})" if choice.detail else choice.title, choice.run)
        for choice in actions.palette(hub, query)[:MAX_OFFERS]
    ]
    return OfferQuestion(f"What fits “{query}”" if query else "What you can do", found) if found else None


def offer_hits(hub: Hub, query: str, hits: Sequence[Hit]) -> OfferQuestion:
    """What was found, given with the newest first; shown with the newest last, as talk goes."""

    def go(hit: Hit) -> Callable[[], None]:
        return lambda: hub.go_to(hit)

    found = [Offer(_hit(hub, hit), go(hit)) for hit in reversed(hits[:MAX_OFFERS])]
    more = f", the latest {MAX_OFFERS}" if len(hits) > MAX_OFFERS else ""
    return OfferQuestion(f"Found for “{query}”{more}", found)


def _hit(hub: Hub, hit: Hit) -> str:
    network = f"{hit.room.chat.network}: " if len(hub.chats) > 1 else ""
    when = f"{day_of(hit.time_ms)} {clock(hit.time_ms)}"
    return f"{network}{hit.room.name}, {when}, {hit.nick}: {' '.join(hit.text.split())}"
