"""Reports: what members tell those who run the server of somebody, of a room or of a message. Nobody else sees them.

The latest are kept, each as a document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chatkit.ircd.clock import msgid_of
from chatkit.ircd.documents import document, restores
from chatkit.ircd.multiline import one_line
from chatkit.proto import names
from chatkit.proto.formatting import plain

if TYPE_CHECKING:
    from chatkit.ircd.events import Reported
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import User

DOCUMENT = "report"  # the kind of document that keeps one
MAX_REPORTS = 200  # that are kept
QUOTE_LEN = 200  # bytes of the message that is shown with a report
SECOND = 1_000_000  # of a seq


class Report(msgspec.Struct, frozen=True):
    """One report. ``made`` is in seconds since 1970; the message's id, who said it and what are empty without one."""

    id: str
    made: int
    who: str  # nick!user@host
    account: str
    target: str  # a nick or a room
    why: str
    msgid: str = ""
    said_by: str = ""  # nick!user@host
    said: str = ""


def keep(ircd: Ircd, event: Reported) -> None:
    """Keep what was reported, and as many of the reports before as there is room for."""
    report = Report(
        msgid_of(event.seq),
        event.seq // SECOND,
        event.source,
        event.by.account,
        event.target,
        event.text,
        event.msgid,
        event.said_by,
        event.said,
    )
    ircd.reports[report.id] = report
    ircd.note(document(DOCUMENT, report.id, report))
    while len(ircd.reports) > MAX_REPORTS:
        oldest = next(iter(ircd.reports))
        del ircd.reports[oldest]
        ircd.note(document(DOCUMENT, oldest, None))


def readers(ircd: Ircd) -> list[User]:
    """The operators who are told at once."""
    return [user for user in ircd.census.holders("o") if user.may("reports") and user.sessions]


def in_words(event: Reported) -> list[str]:
    """What they are told, line by line."""
    lines = [f"*** {event.source} reports {event.target}: {plain(event.text)}"]
    if event.msgid:
        said = names.clip(plain(one_line(event.said)), QUOTE_LEN)
        lines.append(f"*** it is about what {event.said_by} said there ({event.msgid}): {said}")
    return lines


@restores(DOCUMENT)
def restore(ircd: Ircd, key: str, body: bytes) -> None:
    """Put one back."""
    ircd.reports[key] = msgspec.json.decode(body, type=Report)
    ircd.reports = dict(sorted(ircd.reports.items()))
