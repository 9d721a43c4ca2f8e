"""One message to a room, as a turn: what ``staging.Turn`` is, made of the little that the usual case needs."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from chatkit.ircd.events import Cause, Event, Said
from chatkit.ircd.requests import Job
from chatkit.ircd.staging import CRLF, Deliver, LineFrame, Turn, put_to_each
from chatkit.ircd.state import Audience, Link
from chatkit.store.records import Entry, Record

log = logging.getLogger("chatkit.ircd")


class Saying:
    """A turn in which one message was said, and nothing else happened. It never changes.

    See ``Turn`` for what its fields and ``hand_out`` mean.
    """

    __slots__ = ("_audience", "_body", "_is_echoed", "_is_oper", "_link", "_record", "stored")
    jobs: Sequence[Job] = ()

    def __init__(
        self, record: Record, body: bytes, audience: Audience, link: Link, *, is_echoed: bool, is_oper: bool
    ) -> None:
        """``body`` is the line without CR LF, which fits. Who said it at ``link`` gets it too if it ``is_echoed``."""
        self.stored = True
        self._record = record
        self._body = body
        self._is_oper = is_oper
        self._link = link
        self._audience = audience
        self._is_echoed = is_echoed

    @property
    def records(self) -> list[tuple[Entry, Link | None, str | None]]:
        return [(self._record, self._link, None)]

    @property
    def events(self) -> list[Event]:
        said = self._record
        return [Said(self._cause(), said.command, said.recipient, said.target, said.sender, said.text)]

    def _cause(self) -> Cause:
        said = self._record
        return Cause(said.seq, said.source, said.account, said.bot, self._is_oper)

    def hand_out(self, stored: bool = True, deliver: Deliver = put_to_each) -> None:
        if not stored:
            turn = Turn()
            turn.records += self.records
            turn.hand_out(stored, deliver)
            return
        audience, frame = self._audience, None
        try:
            receivers = audience.but(() if self._is_echoed else (self._link,))
            for (profile, _), links in zip(audience.groups, receivers, strict=True):
                if profile:
                    frame = frame or LineFrame(self._body, self._cause())
                    deliver(links, frame.encode(profile))
                else:
                    deliver(links, self._body + CRLF)
        except Exception:  # a bug of ours: what follows is for others
            log.exception("unexpected error over what was to be sent")
