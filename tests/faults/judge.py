"""What people saw, held against what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from chatkit.archive.history import History
from chatkit.ircd.clock import msgid_of
from tests.sockets import RawClient

CAPS = "echo-message message-tags server-time batch draft/chathistory"
BEGINNING = "timestamp=1970-01-01T00:00:00.000Z"
PAGE = 200


class Message(NamedTuple):
    """One message, as it was seen or as it is stored."""

    msgid: str
    text: str


class Verdict(NamedTuple):
    """How the store fails what was seen. All zero: it does not."""

    lost: int = 0  # messages that were seen and are not stored
    twice: int = 0  # messages that are stored more than once
    disordered: int = 0  # people who saw another order


FAITHFUL = Verdict()


def judge(seen: Iterable[Sequence[Message]], stored: Sequence[Message]) -> Verdict:
    """Hold what each person saw against what is stored."""
    places = {message: place for place, message in enumerate(stored)}
    lost = disordered = 0
    for messages in seen:
        found = [places[message] for message in messages if message in places]
        lost += len(messages) - len(found)
        disordered += found != sorted(found)
    return Verdict(lost, len(stored) - len(places), disordered)


def message_in(line: str) -> Message:
    """The message of a line that has a msgid."""
    tags, _, rest = line.partition(" ")
    return Message(tags.partition("msgid=")[2].partition(";")[0], rest.partition(" :")[2])


def history(client: RawClient, room: str, after: str = "") -> list[Message]:
    """All that was said in ``room``, or what was said after a msgid, as the server tells it, page by page."""
    return list(_pages(client, room, f"msgid={after}" if after else BEGINNING))


def _pages(client: RawClient, room: str, place: str) -> Iterator[Message]:
    while True:
        client.send(f"CHATHISTORY AFTER {room} {place} {PAGE}")
        lines = client.until(lambda line: " BATCH -" in line or " FAIL " in line)
        page = [message_in(line) for line in lines if f" PRIVMSG {room} :" in line]
        if not page:
            return
        yield from page
        place = f"msgid={page[-1].msgid}"


def stored_in(directory: Path, room: str = "") -> list[Message]:
    """All that was said in ``room``, or in all rooms, out of the data directory of a server that does not run."""
    with closing(History(directory)) as opened:
        places = [place for place in opened.places(direct=False) if room in ("", place.target)]
        records = [record for place in places for record in opened.records(place)]
    return [Message(msgid_of(record.seq), record.text) for record in sorted(records, key=lambda record: record.seq)]
