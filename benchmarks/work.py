"""What one message costs in function calls: figures that are the same on every run, so a test can hold them.

    python -m benchmarks count

A room of fake links in an ircd without sockets; one sender; the calls of Python and of C functions from the lines that
came in to the last outbox that was filled. Seconds depend on the machine, these on the code and, a little, on the
version of Python.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import msgspec

from chatkit.config import Config
from chatkit.ircd.clock import Moment
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.saying import Saying
from chatkit.ircd.staging import Turn
from chatkit.ircd.state import Session

START = 1_800_000_000_000_000  # microseconds since 1970
ROOM = "#room"
MEMBERS = (10, 100, 1000)


class CountingLink:
    """The way out to one client: counts what it is given."""

    __slots__ = ("bytes", "puts", "queued")

    def __init__(self) -> None:
        self.puts = 0
        self.bytes = 0
        self.queued = 0

    def put(self, data: bytes) -> None:
        self.puts += 1
        self.bytes += len(data)

    def close(self) -> None:
        raise AssertionError("nobody is to be disconnected here")


class Work(msgspec.Struct, frozen=True):
    """What a burst of messages brought about."""

    calls: int
    puts: int  # pieces that went to outboxes
    deliveries: int
    records: int


def make_ircd(now: Moment) -> Ircd:
    """The rules with their defaults, but that everybody may say as much as they like."""
    # Nobody answers what is asked of the store here, so nobody is to be shown what was said before it came.
    settings = {"rooms": {"autojoin": []}, "limits": {"commands_per_second": 0}, "history": {"autoreplay": 0}}
    return Ircd(msgspec.convert(settings, Config), now)


class Room:
    """An ircd with a room of ``members``, who negotiated ``caps``. The first of them is the sender."""

    def __init__(self, members: int, caps: str = "") -> None:
        self.now = Moment(START, 1000.0)
        self.ircd = make_ircd(self.now)
        self.links: list[CountingLink] = []
        self.sessions = [self.register(f"member{number}", caps, ROOM) for number in range(members)]
        self.say(1)  # what is made once is made by this

    def register(self, nick: str, caps: str = "", room: str = "") -> Session:
        """One more client, in ``room`` if that is named."""
        link = CountingLink()
        self.links.append(link)
        session = self.ircd.connect(link, "127.0.0.1", self.now)
        lines = [f"CAP REQ :{caps}", "CAP END"] if caps else []
        lines += [f"NICK {nick}", f"USER {nick} 0 * :{nick}", *([f"JOIN {room}"] if room else [])]
        self.ircd.receive(session, [line.encode() for line in lines], self.now)
        self.ircd.take_turn().hand_out()
        return session

    def say(self, messages: int) -> Work:
        """The sender says so many ``messages`` at once."""
        lines = [f"PRIVMSG {ROOM} :message {number}".encode() for number in range(messages)]
        puts = sum(link.puts for link in self.links)
        counter = CallCounter()
        with counter:
            turn = handled(self.ircd, self.sessions[0], lines, self.now)
            turn.hand_out()
        return Work(
            calls=counter.calls,
            puts=sum(link.puts for link in self.links) - puts,
            deliveries=messages * (len(self.sessions) - 1),
            records=len(turn.records),
        )


def handled(ircd: Ircd, session: Session, lines: list[bytes], now: Moment) -> Turn | Saying:
    """What comes of ``lines``, as in a server where nothing else came in."""
    saying = ircd.talk_on(session, lines, now)
    if saying is not None:
        return saying
    ircd.receive(session, lines, now)
    return ircd.take_turn()


class CallCounter:
    """Counts the calls of functions, Python's and C's, that this thread makes within it."""

    def __init__(self) -> None:
        self.calls = 0

    def __enter__(self) -> None:
        self._before = sys.getprofile()
        sys.setprofile(self._note)

    def __exit__(self, *exception: object) -> None:
        sys.setprofile(self._before)

    def _note(self, frame: FrameType, event: str, arg: Any) -> None:
        if event in ("call", "c_call"):
            self.calls += 1


def report() -> list[str]:
    """The figures as lines of text."""
    lines = ["members  calls for 1 message  calls for 100 at once  calls per delivery  pieces per member"]
    for members in MEMBERS:
        room = Room(members)
        one, many = room.say(1), room.say(100)
        share, pieces = many.calls / many.deliveries, many.puts / (members - 1)
        lines.append(f"{members:7,}  {one.calls:19,}  {many.calls:21,}  {share:18.3f}  {pieces:17.2f}")
    return lines
