"""What one tick sends: staged under the state lock, handed out after the commit.

Frames for the same audience that follow each other become one run. A run is joined once for each wire profile and
appended once to each member, so a burst costs members + messages, not members times messages.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

from chatkit.ircd.clock import msgid_of, time_of
from chatkit.ircd.events import Cause, Event
from chatkit.ircd.requests import Job
from chatkit.ircd.state import Audience, Link, Session
from chatkit.proto import capabilities as cap
from chatkit.proto.message import MAX_LINE
from chatkit.proto.tags import escape
from chatkit.store.records import Entry, Record

log = logging.getLogger("chatkit.ircd")

CRLF = b"\r\n"
MAX_BODY = MAX_LINE - len(CRLF)  # bytes
NOT_STORED = b"FAIL %b NOT_STORED %b :Not sent: the server cannot store messages at the moment\r\n"

Line = tuple[list[str], bytes]  # a line's tags, and the line without them and CR LF
Deliver = Callable[[Sequence[Link], bytes], None]  # gives each of the links these whole lines


def put_to_each(links: Sequence[Link], data: bytes) -> None:
    """The plain way to deliver."""
    for link in links:
        link.put(data)


class Frame:
    """One event's line, encoded once for each wire profile that asks for it."""

    __slots__ = ("_by", "_encoded", "_instead", "body", "client_tags", "durable", "needs")
    is_echoed = False  # whether the one who sent it gets it too, without having asked for echoes

    def __init__(
        self,
        body: str,
        by: Cause,
        tags: str = "",
        *,
        durable: bool = False,
        needs: int = 0,
        instead: str | None = None,
    ) -> None:
        """``body`` is the line without tags and CR LF; ``tags`` are client-only tags as on the wire.

        A ``durable`` frame may only be seen when its record is stored. ``body`` is for those who negotiated all of
        ``needs``; the others get ``instead``, or nothing.
        """
        self.durable = durable
        self.needs = needs
        line = body.encode()
        self.body = line if len(line) <= MAX_BODY else cut(line)
        self._instead = cut(instead.encode()) if instead is not None else None
        self._by = by
        self.client_tags = tags
        self._encoded: dict[int, bytes] = {}

    def encode(self, profile: int) -> bytes:
        """The line with its CR LF for ``profile``; nothing, where it is not for that profile."""
        needs = self.needs
        profile &= cap.TAGS | needs
        if not profile and not needs:
            return self.body + CRLF
        frame = self._encoded.get(profile)
        if frame is None:
            frame = self._encoded[profile] = self._encode(profile)
        return frame

    def _encode(self, profile: int) -> bytes:
        body = self.form(profile)
        if body is None:
            return b""
        return written(self.tags(profile) if profile & cap.TAGS else [], body)

    def lines(self, profile: int) -> list[Line]:
        """The lines that ``profile`` gets, with their tags: for whoever adds tags of its own."""
        body = self.form(profile)
        return [] if body is None else [(self.tags(profile), body)]

    def form(self, profile: int) -> bytes | None:
        """The line without tags and CR LF for ``profile``, or None where it is not for that profile."""
        return self.body if profile & self.needs == self.needs else self._instead

    def tags(self, profile: int) -> list[str]:
        """The tags that belong to ``profile``, the server's before the client's."""
        found, by = [], self._by
        if profile & cap.SERVER_TIME:
            found.append("time=" + time_of(by.seq))
        if profile & cap.ACCOUNT_TAG and by.account:
            found.append("account=" + escape(by.account))
        if profile & cap.MESSAGE_TAGS:
            found.append("msgid=" + msgid_of(by.seq))
            if by.bot:
                found.append("bot")
        if profile & cap.OPER_TAG and by.oper:
            found.append("draft/oper")
        if profile & cap.MESSAGE_TAGS and self.client_tags:
            found.append(self.client_tags)
        return found


class LineFrame(Frame):
    """What was said in one line, with no tags of the client's, already encoded."""

    __slots__ = ()
    durable, needs, client_tags, _instead = True, 0, "", None

    def __init__(self, body: bytes, by: Cause) -> None:
        """``body`` is the line without CR LF, which fits."""
        self.body = body
        self._by = by
        self._encoded = {}


def written(tags: list[str], body: bytes) -> bytes:
    """A line as it is sent: its tags, if it has any, what it says, and CR LF."""
    return b"@%b %b\r\n" % (";".join(tags).encode(), body) if tags else body + CRLF


def cut(body: bytes) -> bytes:
    """``body`` with room for CR LF within the line's limit, never cut inside a character."""
    if len(body) <= MAX_BODY:
        return body
    return body[:MAX_BODY].decode(errors="ignore").encode()


def goodbye(address: str, reason: str) -> bytes:
    """The last line that a client gets, without CR LF. Spec: https://modern.ircdocs.horse/#error-message"""
    return cut(f"ERROR :Closing link: {address} ({reason})".encode())


def fill(words: Iterable[str], room: int) -> Iterator[str]:
    """Lines of ``words`` with spaces between, each as long as ``room`` bytes allow."""
    line: list[str] = []
    size = 0
    for word in words:
        length = len(word.encode()) + 1
        if line and size + length > room + 1:
            yield " ".join(line)
            line, size = [], 0
        line.append(word)
        size += length
    if line:
        yield " ".join(line)


class Run:
    """Frames for one audience, in order."""

    __slots__ = ("audience", "frames", "skips")

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self.frames: list[Frame] = []
        self.skips: dict[Link, set[int]] = {}  # who does not get which of the frames

    def add(self, frame: Frame, skip: Link | None) -> None:
        frames = self.frames
        if skip is not None:
            skipped = self.skips.get(skip)
            if skipped is None:
                skipped = self.skips[skip] = set()
            skipped.add(len(frames))
        frames.append(frame)

    def extend(self, frames: list[Frame], skip: Link | None) -> None:
        if skip is not None:
            added = range(len(self.frames), len(self.frames) + len(frames))
            skipped = self.skips.get(skip)
            if skipped is None:
                self.skips[skip] = set(added)
            else:
                skipped.update(added)
        self.frames += frames

    def hand_out(self, stored: bool, deliver: Deliver) -> None:
        frames, skips = self.frames, self.skips
        if not stored:
            frames = [frame for frame in frames if not frame.durable]
            skips = self._skips_without_durable()
        for (profile, links), others in zip(self.audience.groups, self.audience.but(skips), strict=True):
            lines = [frame.encode(profile) for frame in frames]
            joined = lines[0] if len(lines) == 1 else b"".join(lines)
            if joined:
                deliver(others, joined)
            for link, skipped in skips.items():
                rest = b"".join([line for index, line in enumerate(lines) if index not in skipped])
                if rest and link in links:
                    link.put(rest)

    def _skips_without_durable(self) -> dict[Link, set[int]]:
        kept = [index for index, frame in enumerate(self.frames) if not frame.durable]
        return {link: {kept.index(i) for i in skipped if i in kept} for link, skipped in self.skips.items()}


class Crowd:
    """A room that others come into during a turn.

    Those who were in it before are one audience, so that what they are told of the newcomers is one run. ``newcomers``
    get each of those lines among their own, since each of them has missed some.
    """

    __slots__ = ("_members", "audience", "newcomers", "run")

    def __init__(self, run: Run) -> None:
        self.run = run  # for those who were in it before
        self.audience = run.audience  # all who are in it now
        self.newcomers: dict[Link, int] = {}  # their wire profiles
        self._members: set[Link] | None = None

    def add(self, audience: Audience, sessions: Iterable[Session]) -> None:
        """``sessions`` have come in, and now it is ``audience``."""
        self.audience = audience
        self.newcomers.update((session.link, session.caps & cap.PROFILE) for session in sessions)

    def is_about(self, link: Link) -> bool:
        """Whether ``link`` was in it before."""
        if link in self.newcomers:
            return False
        if self._members is None:
            self._members = {link for _, links in self.run.audience.groups for link in links}
        return link in self._members


class Lines:
    """Lines for one client, in order; perhaps its last."""

    __slots__ = ("chunks", "closes", "durable", "link")

    def __init__(self, link: Link) -> None:
        self.link = link
        self.chunks: list[bytes] = []
        self.durable: set[int] = set()  # which chunks may only be seen when their records are stored
        self.closes = False

    def hand_out(self, stored: bool, deliver: Deliver) -> None:
        chunks = self.chunks
        if not stored and self.durable:
            chunks = [chunk for index, chunk in enumerate(chunks) if index not in self.durable]
        if chunks:
            self.link.put(b"".join(chunks))
        if self.closes:
            self.link.close()


class Turn:
    """Everything that one tick brought about. Filled under the state lock by one thread; then it never changes."""

    __slots__ = ("_crowd", "_last", "answered", "deliveries", "events", "jobs", "records", "stored")

    def __init__(self) -> None:
        self.deliveries: list[Run | Lines] = []
        self._last: Run | Lines | None = None  # of them
        self._crowd: Crowd | None = None  # the run that can still be added to, though it is not the last
        self.records: list[tuple[Entry, Link | None, str | None]] = []  # and whom to tell if it is not stored
        self.events: list[Event] = []
        self.jobs: list[Job] = []
        self.stored = True  # whether the records are, once they were to be
        self.answered: set[tuple[Link, str]] = set()  # labels whose answers are sent whether things are stored or not

    def broadcast(self, audience: Audience, frame: Frame, skip: Link | None = None) -> None:
        """Send ``frame`` to ``audience``, but not to ``skip``."""
        last = self._last
        if type(last) is not Run or last.audience is not audience:
            if self._crowd is not None and self._crowd.audience is audience:
                self._tell_crowd(self._crowd, frame, skip)
                return
            last = self._begin(audience)
        last.add(frame, skip)

    def broadcast_all(self, audience: Audience, frames: list[Frame], skip: Link | None) -> None:
        """Send ``frames``, in their order."""
        if self._crowd is not None:
            for frame in frames:
                self.broadcast(audience, frame, skip)
            return
        last = self._last
        if type(last) is not Run or last.audience is not audience:
            last = self._begin(audience)
        last.extend(frames, skip)

    def grown(self, before: Audience, after: Audience, sessions: Iterable[Session]) -> None:
        """A room's audience was ``before``; with ``sessions`` it is ``after``."""
        if self._crowd is None or self._crowd.audience is not before:
            self._crowd = Crowd(self._begin(before))
        self._crowd.add(after, sessions)

    def _begin(self, audience: Audience) -> Run:
        run = self._last = Run(audience)
        self.deliveries.append(run)
        self._crowd = None
        return run

    def _tell_crowd(self, crowd: Crowd, frame: Frame, skip: Link | None) -> None:
        crowd.run.add(frame, skip)
        for link, profile in crowd.newcomers.items():
            line = frame.encode(profile)
            if line and link is not skip:
                self.send(link, line, frame.durable)

    def send(self, link: Link, data: bytes, durable: bool = False) -> None:
        """Send whole lines to one client."""
        lines = self._lines(link)
        if durable:
            lines.durable.add(len(lines.chunks))
        lines.chunks.append(data)

    def close(self, link: Link) -> None:
        """End a connection after what was staged for it so far."""
        self._lines(link).closes = True

    def _lines(self, link: Link) -> Lines:
        last = self._last
        if type(last) is not Lines or last.link is not link or last.closes:
            if self._crowd is not None and self._crowd.is_about(link):
                self._crowd = None  # what follows must not come before these lines
            last = self._last = Lines(link)
            self.deliveries.append(last)
        return last

    def hand_out(self, stored: bool = True, deliver: Deliver = put_to_each) -> None:
        """Give everything to the links, in order. Call after the records are committed, by one thread at a time.

        Where they could not be ``stored``, nobody sees them, and their senders are told.
        """
        for delivery in self.deliveries:
            try:
                delivery.hand_out(stored, deliver)
            except Exception:  # a bug of ours: what follows is for others
                log.exception("unexpected error over what was to be sent")
        if not stored:
            self._tell_senders()

    def _tell_senders(self) -> None:
        answered = set(self.answered)  # a label stands on one line only
        for record, link, label in self.records:
            if link is None or not isinstance(record, Record):
                continue
            tag = b""
            if label is not None and (link, label) not in answered:
                answered.add((link, label))
                tag = b"@label=%b " % escape(label).encode()
            link.put(tag + NOT_STORED % (record.command.encode(), record.recipient.encode()))
