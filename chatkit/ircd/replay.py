"""What is stored, sent again as the lines that it was, with the same msgid, time and other tags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from chatkit.ircd import cloaks, reading
from chatkit.ircd.clock import MILLISECOND
from chatkit.ircd.errors import Fail
from chatkit.ircd.events import Cause
from chatkit.ircd.frames import speech_frame
from chatkit.ircd.reading import Place
from chatkit.ircd.staging import Frame
from chatkit.ircd.state import Channel, Session, User
from chatkit.proto import capabilities as cap
from chatkit.proto.ctcp import split_ctcp
from chatkit.proto.timestamps import format_time
from chatkit.store.records import FIRST, LAST, SPOKEN, HistoryQuery, Record, is_conversation

if TYPE_CHECKING:
    from chatkit.ircd.context import Context

# Events that only those get, now or later, who negotiated the capability.
_NEEDS = {"REDACT": cap.MESSAGE_REDACTION, "RENAME": cap.CHANNEL_RENAME, "TAGMSG": cap.MESSAGE_TAGS}

# Whoever can ask for history gets none unasked. Spec: https://ircv3.net/specs/extensions/chathistory#implementation
_CAN_ASK = cap.CHATHISTORY | cap.ZNC_PLAYBACK
_KNOWS_OWN_MESSAGES = cap.ECHO_MESSAGE | cap.ZNC_SELF_MESSAGE

MAX_MISSED = 200  # rooms and conversations


def unknown_to(session: Session) -> tuple[str, ...]:
    """Commands of events that ``session`` would not understand."""
    return tuple(command for command, needed in _NEEDS.items() if not session.has(needed))


def frame_of(record: Record) -> Frame:
    """The frame that ``record`` was."""
    by = Cause(record.seq, record.source, record.account, record.bot)
    if record.command in SPOKEN:
        return speech_frame(by, record.command, record.recipient, record.text, record.tags)
    line = f":{record.source} {record.command} "
    if record.command == "JOIN":  # it is kept as those with extended-join saw it
        plain = line + record.text.partition(" ")[0]
        return Frame(line + record.text, by, record.tags, needs=cap.EXTENDED_JOIN, instead=plain)
    return Frame(line + record.text, by, record.tags, needs=_NEEDS.get(record.command, 0))


def send_batch(ctx: Context, records: Iterable[Record], kind: str, *params: str) -> None:
    """Send those of ``records`` that may still be read, in a batch of ``kind`` where the session knows what that is."""
    ctx.open_batch(kind, *params)
    for record in reading.readable(ctx.user, records):
        shown = replace(_at_present_name(ctx.user, record), source=cloaks.source_of(ctx.ircd, record.source))
        ctx.send_frame(frame_of(shown))
    ctx.close_batch()


def _at_present_name(user: User, record: Record) -> Record:
    """``record`` with the name that its room has now: the one that clients know."""
    channel, old = user.channels.get(record.target), record.recipient
    if channel is None or old == channel.name:
        return record
    text = record.text
    if record.command not in SPOKEN and record.command != "RENAME" and text.partition(" ")[0] == old:
        text = channel.name + text[len(old) :]
    return replace(record, recipient=channel.name, text=text)


# For clients that know nothing of history, or next to nothing.


def send_buffer(ctx: Context, place: Place, records: list[Record], kind: str) -> None:
    """Send what was said at ``place`` so that a client takes nothing for what it is not.

    A client that is not told the time of a message gets it in the text. One that does not expect messages of its own
    gets none where they would seem to come from the other side.
    """
    if is_conversation(place.target) and not ctx.session.has(_KNOWS_OWN_MESSAGES):
        records = [record for record in records if record.sender != ctx.user.key]
    if not ctx.session.has(cap.SERVER_TIME):
        records = [_dated(record) for record in records]
    if records:
        send_batch(ctx, records, kind, place.name)


def _dated(record: Record) -> Record:
    if split_ctcp(record.text) is not None:
        return record
    time = format_time(record.seq // MILLISECOND)[:16].replace("T", " ")
    return replace(record, text=f"[{time} UTC] {record.text}")


def replay_on_join(ctx: Context, channel: Channel) -> None:
    """Replay the last messages of ``channel`` from before the user joined it, which it has just done.

    Not to a client that is told no times: it would take them for new. Nor to a command that has a label: the JOIN
    itself would have to wait for them, and come after what is said meanwhile.
    """
    if ctx.session.has(cap.SERVER_TIME) and ctx.label is None and _wants_replay(ctx):
        place = reading.room(ctx.user, channel.id)
        assert place is not None, "a member may read"
        _replay(ctx, place, FIRST, channel.members[ctx.user].joined)


def replay_missed(ctx: Context, since: int) -> None:
    """Replay what was said after the seq ``since`` in the user's rooms and to it, for a device that now joins it."""
    if not _wants_replay(ctx):
        return
    now = ctx.ircd.sequence.last + 1  # what comes later, the device sees itself

    def found(latest: list[Record]) -> None:
        for record in latest:
            place = reading.place_of(ctx.user, record)
            if place is not None:
                _replay(ctx, place, since, now)

    ctx.ask(reading.latest_query(ctx.user, MAX_MISSED, since, LAST), found, _trouble())


def _wants_replay(ctx: Context) -> bool:
    # A bot would obey what somebody told it long ago.
    return bool(ctx.ircd.config.history.autoreplay) and not ctx.session.has(_CAN_ASK) and not ctx.user.is_bot


def _replay(ctx: Context, place: Place, after: int, before: int) -> None:
    query = HistoryQuery(place.target, ctx.ircd.config.history.autoreplay, after, before, since=place.since)
    ctx.ask(query, lambda records: send_buffer(ctx, place, records, "chathistory"), _trouble(place.name))


def _trouble(*context: str) -> Fail:
    return Fail("*", "MESSAGE_ERROR", *context, text="Messages could not be retrieved")
