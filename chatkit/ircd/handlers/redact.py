"""REDACT: taking back what was said.

Spec: https://ircv3.net/specs/extensions/message-redaction
"""

from __future__ import annotations

from collections.abc import Callable

from chatkit.ircd import audit, quiet, reading, speech
from chatkit.ircd.clock import msgid_of, seq_of
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail, NumericError
from chatkit.ircd.events import Redacted
from chatkit.ircd.reading import Place
from chatkit.ircd.state import Channel
from chatkit.proto import capabilities as cap
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.proto.message import Message
from chatkit.store.records import SPOKEN, Record, RecordQuery, is_conversation

_REDACTABLE = SPOKEN | {"TAGMSG"}
_SECOND = 1_000_000  # of a seq
_NEVER = 0  # the seq of no message


@command("REDACT", min_params=2)
def redact(ctx: Context, msg: Message) -> None:
    """REDACT <target> <msgid> [<reason>]

    Everybody may take back what it said itself, within history.redact_seconds; a room's operators all that was said
    there. To those who may not read a message it does not exist.

    Refuses: FAIL with INVALID_TARGET, UNKNOWN_MSGID, REDACT_FORBIDDEN, REDACT_WINDOW_EXPIRED or
    TEMPORARILY_UNAVAILABLE; ERR_CANNOTSENDTOCHAN or ERR_CANNOTSENDTOUSER while the server is read-only
    """
    if not ctx.session.has(cap.MESSAGE_REDACTION):
        raise NumericError(n.ERR_UNKNOWNCOMMAND, msg.command)
    name, msgid, reason = msg.params[0], msg.params[1], quiet.own_words(ctx, msg.param(2))
    quiet.refuse_hushed(ctx, name)

    def ask(place: Place) -> None:
        query = RecordQuery(place.target, _seq_of(msgid))
        trouble = _fail("TEMPORARILY_UNAVAILABLE", name, msgid, text="Messages could not be retrieved")
        ctx.ask(query, lambda record: _redact(ctx, place, msgid, reason, record), trouble)

    _find(ctx, name, ask)


def _seq_of(msgid: str) -> int:
    try:
        return seq_of(msgid)
    except ValueError:
        return _NEVER


def _find(ctx: Context, name: str, then: Callable[[Place], None]) -> None:
    """Call ``then`` with the room or the conversation called ``name``. Refuses: INVALID_TARGET."""
    refusal = _invalid_target(name)
    channel = ctx.ircd.channels.get(casefold(name))
    if channel is not None and _is_moderator(ctx, channel):
        then(Place(channel.id, channel.name))
    else:
        reading.find(ctx, name, then, refusal=refusal, trouble=refusal)


def _is_moderator(ctx: Context, channel: Channel) -> bool:
    return _is_op(ctx, channel) or ctx.user.may("moderate")


def _is_op(ctx: Context, channel: Channel) -> bool:
    member = channel.members.get(ctx.user)
    return member is not None and member.is_op


def _redact(ctx: Context, place: Place, msgid: str, reason: str, record: Record | None) -> None:
    name = place.name
    if record is None or record.command not in _REDACTABLE or record.seq < place.since:
        raise _fail("UNKNOWN_MSGID", name, msgid, text="This message does not exist or is too old")
    channel = ctx.ircd.channels.get(place.target)
    if channel is None and not is_conversation(place.target):
        raise _invalid_target(name)  # the room has ended while its message was looked up
    if channel is None or not _is_moderator(ctx, channel):
        _check_own(ctx, name, msgid, record)
    recipient = _peer_key(place.target, ctx.user.key) if channel is None else channel.id
    told = reason if channel is None else speech.words_in(channel, reason)
    ctx.change(Redacted(ctx.cause(), name, recipient, ctx.user.key, msgid_of(record.seq), told))
    if channel is not None and record.sender != ctx.user.key and not _is_op(ctx, channel):
        params, said = (
            {"room": name, "msgid": msgid},
            f"Took back what {split_source(record.source).nick} said in {name}",
        )
        audit.by_oper(ctx, "history.redact", params, said, reason=reason, hits=(name,))


def _check_own(ctx: Context, name: str, msgid: str, record: Record) -> None:
    """Refuses: REDACT_FORBIDDEN, REDACT_WINDOW_EXPIRED."""
    if record.sender != ctx.user.key:
        raise _fail("REDACT_FORBIDDEN", name, msgid, text="You are not authorised to delete this message")
    window = ctx.ircd.config.history.redact_seconds
    if window and ctx.now.wall - record.seq > window * _SECOND:
        raise _fail("REDACT_WINDOW_EXPIRED", name, msgid, f"{window:g}", text="You can no longer delete this message")


def _peer_key(conversation: str, key: str) -> str:
    """Whom ``key`` has the conversation with, perhaps itself."""
    first, _, second = conversation.partition(" ")
    return second if first == key else first


def _invalid_target(name: str) -> Fail:
    return _fail("INVALID_TARGET", name, text=f"You cannot delete messages from {name}")


def _fail(code: str, *context: str, text: str) -> Fail:
    return Fail("REDACT", code, *context, text=text)
