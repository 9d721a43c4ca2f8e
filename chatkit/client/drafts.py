"""What was typed in a room and not sent, kept until the next time."""

from __future__ import annotations

import msgspec

from chatkit.client.discretion import may_be_recalled
from chatkit.client.kept import Kept
from chatkit.proto.casemapping import casefold

FILE_NAME = "drafts.json"
MAX_DRAFTS = 200
MAX_LENGTH = 64 * 1024  # characters of one


class _File(msgspec.Struct, frozen=True):
    drafts: dict[str, str] = {}  # by network and room


class Drafts:
    """The drafts of all rooms. Owned by the UI thread; what is put in reaches the file with ``save``."""

    def __init__(self, *, in_memory: bool = False) -> None:
        self._file = Kept(FILE_NAME, _File, in_memory=in_memory)
        self._drafts = self._file.load().drafts
        self._changed = False

    def of(self, network: str, room: str) -> str:
        """What was typed there; empty for nothing."""
        return self._drafts.get(_key(network, room), "")

    def keep(self, network: str, room: str, text: str) -> None:
        """That is typed there now. What looks as if a password were in it is not kept."""
        text = text if may_be_recalled(text) else ""
        key = _key(network, room)
        if text == self._drafts.get(key, ""):
            return
        self._changed = True
        self._drafts.pop(key, None)
        if text:
            self._drafts[key] = text[:MAX_LENGTH]
        while len(self._drafts) > MAX_DRAFTS:
            del self._drafts[next(iter(self._drafts))]  # the oldest

    def save(self) -> None:
        """Write the file, where there is something new: at the end, and now and then before."""
        if self._changed:
            self._changed = False
            self._file.save(_File(dict(self._drafts)))


def _key(network: str, room: str) -> str:
    return f"{network}/{casefold(room)}"
