"""REPORT: tell those who run the server about somebody, a room or a message; nobody else learns of it.

No document describes it. It works for the muted too, and goes neither into the history nor back to other devices.
"""

from __future__ import annotations

from chatkit.ircd import reading, reports
from chatkit.ircd.clock import seq_of
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail
from chatkit.ircd.events import Reported
from chatkit.ircd.paces import pace
from chatkit.ircd.reading import Place
from chatkit.proto import names
from chatkit.proto.message import Message
from chatkit.store.records import SPOKEN, Record, RecordQuery

_NEVER = 0  # the seq of no message


@command("REPORT", min_params=2)
def report(ctx: Context, msg: Message) -> None:
    """REPORT <nick|channel> [<msgid>] <reason>: tell those who run the server about somebody, a room, or what was
    said there. Nobody else learns of it.

    Of a message only what the reporter may read itself can be reported; it is kept with the report.

    Refuses: ERR_NOSUCHNICK, ERR_NOSUCHCHANNEL, RPL_TRYAGAIN; FAIL with INVALID_TARGET, UNKNOWN_MSGID, NEED_REASON or
    TEMPORARILY_UNAVAILABLE
    """
    target, msgid = msg.params[0], msg.params[1] if len(msg.params) > 2 else ""
    why = names.clip(msg.params[-1].strip(), names.KICK_LEN)
    if not why:
        raise _fail("NEED_REASON", target, text="Say what is wrong there")
    if not msgid:
        name = ctx.channel(target).name if target.startswith(names.CHANNEL_TYPES) else ctx.find_user(target).nick
        pace(ctx, "invites", "REPORT")
        _tell(ctx, name, why, "", None)
        return
    pace(ctx, "invites", "REPORT")
    trouble = _fail("TEMPORARILY_UNAVAILABLE", target, msgid, text="Messages could not be retrieved")

    def ask(place: Place) -> None:
        query = RecordQuery(place.target, _seq(msgid))
        ctx.ask(query, lambda record: _tell(ctx, place.name, why, msgid, _readable(place, msgid, record)), trouble)

    unknown = _fail("INVALID_TARGET", target, text="You read nothing there")
    reading.find(ctx, target, ask, refusal=unknown, trouble=trouble)


def _seq(msgid: str) -> int:
    try:
        return seq_of(msgid)
    except ValueError:
        return _NEVER


def _readable(place: Place, msgid: str, record: Record | None) -> Record:
    """Refuses: UNKNOWN_MSGID, for a message that there is not, and for one that the reporter may not read."""
    if record is None or record.seq < place.since or record.command not in SPOKEN:
        raise _fail("UNKNOWN_MSGID", place.name, msgid, text="This message does not exist or is too old")
    return record


def _tell(ctx: Context, target: str, why: str, msgid: str, record: Record | None) -> None:
    said_by, said = ("", "") if record is None else (record.source, record.text)
    ctx.change(Reported(ctx.cause(), target, why, msgid, said_by, said))
    told = len(reports.readers(ctx.ircd))
    reached = (
        f"{told} operator{'' if told == 1 else 's'}" if told else "those who run the server, who will see it later"
    )
    ctx.remark("NOTE", "REPORT", "REPORTED", f"Your report has reached {reached}")


def _fail(code: str, *context: str, text: str) -> Fail:
    return Fail("REPORT", code, *context, text=text)
