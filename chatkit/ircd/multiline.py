"""Messages of several lines: how they are kept as one text, and how they are sent.

The lines stand in the text one after the other, with "\\n" between them, or CONTINUED where a line was sent with the
concat tag: it goes on where the one before it ended.

Spec: https://ircv3.net/specs/extensions/multiline
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit.ircd.clock import msgid_of
from chatkit.ircd.events import Cause
from chatkit.ircd.staging import Frame, Line, written
from chatkit.proto import capabilities as cap
from chatkit.proto.message import MAX_LINE
from chatkit.store.records import CONTINUED

KIND = "draft/multiline"  # of the batch
CONCAT = "draft/multiline-concat"  # the tag of a line that continues the one before it
NEEDED = cap.MULTILINE | cap.BATCH

_JOINTS = re.compile(f"(\n|{CONTINUED})")


def split_lines(text: str) -> Iterator[tuple[str, bool]]:
    """The lines of ``text``, and for each whether it continues the one before it."""
    parts = _JOINTS.split(text)
    yield parts[0], False
    for joint, line in zip(parts[1::2], parts[2::2], strict=True):
        yield line, joint == CONTINUED


def one_line(text: str) -> str:
    """``text`` for where there is one line only."""
    return " / ".join(line for line in text.replace(CONTINUED, "").split("\n") if line)


def fitted(line: str, head: str) -> str:
    """``line`` as one text, cut where it would not fit behind ``head``, so that nothing of it is lost."""
    return CONTINUED.join(_pieces(line, MAX_LINE - 2 - len(head.encode())))


def _pieces(line: str, room: int) -> Iterator[str]:
    """``line`` in pieces of up to ``room`` bytes, never cut inside a character."""
    data = line.encode()
    while len(data) > room:
        piece = data[:room].decode(errors="ignore")
        yield piece
        data = data[len(piece.encode()) :]
    yield data.decode()


class MultilineFrame(Frame):
    """A message of several lines: a batch for those who know it, else its lines that are not blank.

    The lines stay as the sender cut them; one that has no room beside its source goes on in a further line.
    """

    __slots__ = ("_bodies", "_reference")

    def __init__(
        self, command: str, target: str, text: str, by: Cause, tags: str = "", *, durable: bool = False
    ) -> None:
        self._reference = f"m{msgid_of(by.seq)}"  # like no other message's, and no batch's of ``Ircd.next_batch``
        opening = f":{by.source} BATCH +{self._reference} {KIND} {target}"
        super().__init__(opening, by, tags, durable=durable, needs=NEEDED)
        head = f":{by.source} {command} {target} :"
        room = MAX_LINE - 2 - len(head.encode())
        self._bodies = [  # and whether there is something in it, and whether it continues the one before
            ((head + piece).encode(), piece != "", continues or number > 0)
            for line, continues in split_lines(text)
            for number, piece in enumerate(_pieces(line, room))
        ]

    def lines(self, profile: int) -> list[Line]:
        return self._batch(profile) if profile & NEEDED == NEEDED else self._fallback(profile)

    def _encode(self, profile: int) -> bytes:
        return b"".join([written(tags, body) for tags, body in self.lines(profile)])

    def _batch(self, profile: int) -> list[Line]:
        inside = f"batch={self._reference}"
        found: list[Line] = [(self.tags(profile), self.body)]
        found += [([inside, CONCAT] if continues else [inside], body) for body, _, continues in self._bodies]
        source = self.body.partition(b" ")[0]
        found.append(([], b"%b BATCH -%b" % (source, self._reference.encode())))
        return found

    def _fallback(self, profile: int) -> list[Line]:
        """ "Servers MUST NOT send blank lines", and only the first line has what there may be but once."""
        first = self.tags(profile)
        further = [tag for tag in first if not tag.startswith(("msgid=", "+"))]
        bodies = [body for body, has_text, _ in self._bodies if has_text]
        return [(further if number else first, body) for number, body in enumerate(bodies)]
