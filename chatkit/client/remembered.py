"""Where the user was lately and as whom: offered, and the defaults, the next time."""

from __future__ import annotations

import msgspec

from chatkit.client.kept import Kept

FILE_NAME = "recent.json"
MAX_RECENT = 10


class Remembered(msgspec.Struct, frozen=True):
    """One place. Empty where nothing is."""

    address: str = ""
    nick: str = ""
    fingerprint: str = ""  # of the certificate at that address, where one was given


class _File(msgspec.Struct, frozen=True):
    """What stands in the file."""

    places: tuple[Remembered, ...] = ()  # the latest first
    endpoints: dict[str, str] = {}  # how a host was reached: "ircs:6697", by host


class Recent:
    """The last places. Owned by the UI thread."""

    def __init__(self, *, in_memory: bool = False) -> None:
        self._file = Kept(FILE_NAME, _File, in_memory=in_memory)

    def list(self) -> tuple[Remembered, ...]:
        """All of them, the latest first."""
        return self._file.load().places

    @property
    def last(self) -> Remembered:
        """The latest; an empty one where there is none."""
        return next(iter(self.list()), Remembered())

    def add(self, what: Remembered) -> None:
        """The user was there just now."""
        file = self._file.load()
        others = [place for place in file.places if place.address != what.address]
        self._file.save(msgspec.structs.replace(file, places=(what, *others)[:MAX_RECENT]))

    def forget(self, address: str) -> None:
        """Offer it no more."""
        file = self._file.load()
        self._file.save(
            msgspec.structs.replace(file, places=tuple(place for place in file.places if place.address != address))
        )

    def endpoint(self, host: str) -> str:
        """How ``host`` was reached the last time, as ``ircs:6697``; empty where that isn't known."""
        return self._file.load().endpoints.get(host.lower(), "")

    def keep_endpoint(self, host: str, endpoint: str) -> None:
        """It was reached this way, so try that first. The latest hosts are kept."""
        file = self._file.load()
        if file.endpoints.get(host.lower()) == endpoint:
            return
        others = [item for item in file.endpoints.items() if item[0] != host.lower()]
        self._file.save(msgspec.structs.replace(file, endpoints=dict([(host.lower(), endpoint), *others][:MAX_RECENT])))


def recall() -> Remembered:
    """The place of the last time."""
    return Recent().last


def remember(what: Remembered) -> None:
    """Make it the place of the last time."""
    Recent().add(what)
