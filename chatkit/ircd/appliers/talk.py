"""What is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd.appliers.tell import sessions_of
from chatkit.ircd.apply import applies
from chatkit.ircd.clock import seq_of
from chatkit.ircd.events import Announced, AnnouncedIn, Redacted, RedactedByServer, Said, WallopsSent
from chatkit.ircd.frames import speech_frame
from chatkit.ircd.staging import Frame
from chatkit.ircd.state import Audience, Channel, Session, User
from chatkit.proto import capabilities as cap
from chatkit.proto.casemapping import casefold
from chatkit.proto.tags import only_typing
from chatkit.store.records import Record, Redaction, conversation_of

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd

_HEARS_ITSELF = cap.ECHO_MESSAGE | cap.ZNC_SELF_MESSAGE  # for what its user says on another device


@applies(Said)
def said(ircd: Ircd, event: Said, origin: Context | None) -> None:
    assert origin is not None
    channel = ircd.channels.get(event.recipient)
    is_kept = not event.rank and (event.command != "TAGMSG" or not only_typing(event.tags))
    frame = speech_frame(event.by, event.command, event.target, event.text, event.tags, durable=is_kept)
    if is_kept:
        text = event.text or event.target  # a TAGMSG is an event: what follows the command
        _record(origin, event, event.command, text, event.tags, channel is None)
    if channel is None:
        _say_directly(ircd, event, frame, origin)
    elif event.rank:
        _say_to_ranks(ircd, channel, event, frame, origin)
    else:
        _say_in_room(ircd, channel, frame, origin)


def _record(origin: Context, event: Said | Redacted, command: str, text: str, tags: str, is_direct: bool) -> None:
    by = event.by
    keys = (event.sender, event.recipient) if is_direct else None
    record = Record(
        by.seq,
        event.recipient if keys is None else conversation_of(*keys),
        command,
        by.source,
        event.sender,
        event.target,
        text,
        tags,
        by.account,
        by.bot,
        keys,
    )
    origin.ircd.turn.records.append((record, origin.session.link, origin.label))


def _say_in_room(ircd: Ircd, channel: Channel, frame: Frame, origin: Context) -> None:
    session = origin.session
    audience = channel.audience()
    echoes = frame.is_echoed or session.caps & cap.ECHO_MESSAGE
    if echoes and origin.label is None and session.user in channel.members:
        ircd.turn.broadcast(audience, frame)
        return
    ircd.turn.broadcast(audience, frame, skip=session.link)
    if echoes:
        origin.send_frame(frame)


def _say_to_ranks(ircd: Ircd, channel: Channel, event: Said, frame: Frame, origin: Context) -> None:
    ircd.turn.broadcast(channel.audience_from(event.rank), frame, skip=origin.session.link)
    member = channel.members.get(origin.user)
    if member is None or member.rank < event.rank:
        ircd.turn.broadcast(Audience(_other_devices(origin)), frame)
    if origin.session.has(cap.ECHO_MESSAGE):
        origin.send_frame(frame)


def _say_directly(ircd: Ircd, event: Said, frame: Frame, origin: Context) -> None:
    recipient = ircd.users[casefold(event.target)]
    # Whoever writes to itself gets the message, and the echo if it wants that.
    ircd.turn.broadcast(Audience(dict.fromkeys([*recipient.sessions, *_other_devices(origin)])), frame)
    if origin.session.has(cap.ECHO_MESSAGE):
        origin.send_frame(frame)


def _other_devices(origin: Context) -> list[Session]:
    """Those of the sender's other devices that can tell its own message from one to it."""
    return [session for session in origin.user.sessions if session is not origin.session and session.has(_HEARS_ITSELF)]


@applies(Redacted)
def redacted(ircd: Ircd, event: Redacted, origin: Context | None) -> None:
    assert origin is not None
    channel = ircd.channels.get(event.recipient)
    rest = f"{event.target} {event.msgid}" + (f" :{event.reason}" if event.reason else "")
    target = event.recipient if channel is not None else conversation_of(event.sender, event.recipient)
    # With its link: where it cannot be stored, whoever asked for it is told, and it is not done later.
    ircd.turn.records.append((Redaction(target, seq_of(event.msgid)), origin.session.link, None))
    _record(origin, event, "REDACT", rest, "", channel is None)
    frame = Frame(f":{event.source} REDACT {rest}", event.by, durable=True, needs=cap.MESSAGE_REDACTION)
    audience = channel.audience() if channel is not None else _both_sides(ircd, event, origin.user)
    ircd.turn.broadcast(audience, frame, skip=origin.session.link)
    origin.send_frame(frame)


def _both_sides(ircd: Ircd, event: Redacted, user: User) -> Audience:
    """All devices of ``user`` and of the one it has talked with, who may have gone, and the nick to another."""
    peer = ircd.users.get(casefold(event.target))
    users = {user, peer} if peer is not None and peer.key == event.recipient else {user}
    return Audience(sessions_of(users))


@applies(RedactedByServer)
def redacted_by_server(ircd: Ircd, event: RedactedByServer, origin: Context | None) -> None:
    """Nobody need be in the room. It holds though it cannot be stored yet, so it is shown at once."""
    key, by = casefold(event.channel), event.by
    rest = f"{event.channel} {event.msgid}" + (f" :{event.reason}" if event.reason else "")
    ircd.note(Redaction(key, seq_of(event.msgid)))
    ircd.note(Record(by.seq, key, "REDACT", by.source, by.source, event.channel, rest))
    channel = ircd.channels.get(key)
    if channel is not None:
        frame = Frame(f":{by.source} REDACT {rest}", by, needs=cap.MESSAGE_REDACTION)
        ircd.turn.broadcast(channel.audience(), frame)


@applies(Announced)
def announced(ircd: Ircd, event: Announced, origin: Context | None) -> None:
    for user in ircd.users.values():
        line = f":{event.source} NOTICE {user.nick} :{event.text}"
        ircd.turn.broadcast(Audience(user.sessions), Frame(line, event.by))


@applies(AnnouncedIn)
def announced_in(ircd: Ircd, event: AnnouncedIn, origin: Context | None) -> None:
    channel, by = ircd.channels[casefold(event.channel)], event.by
    ircd.note(Record(by.seq, channel.id, "NOTICE", by.source, by.source, channel.name, event.text))
    frame = Frame(f":{by.source} NOTICE {channel.name} :{event.text}", by, durable=True)
    ircd.turn.broadcast(channel.audience(), frame)


@applies(WallopsSent)
def wallops_sent(ircd: Ircd, event: WallopsSent, origin: Context | None) -> None:
    listeners = Audience(sessions_of(ircd.census.holders("w")))
    ircd.turn.broadcast(listeners, Frame(f":{event.source} WALLOPS :{event.text}", event.by))
