"""One function for each kind of event: it changes the state, stages the deliveries and, where it belongs, history.

Deciding whether an event may happen is the handlers' part; here it has happened. ``origin`` is the command that it came
from, or None. A session whose command has a label gets its copy of the event as part of the labelled answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

from chatkit.ircd.events import (
    Announced,
    AwayChanged,
    Connected,
    Event,
    Invited,
    Joined,
    Kicked,
    ModesChanged,
    NickChanged,
    Parted,
    Quit,
    Registered,
    Said,
    TopicChanged,
    UserModesChanged,
)
from chatkit.ircd.staging import Frame
from chatkit.ircd.state import Audience, BanEntry, Channel, Member, Session, Topic, User
from chatkit.proto import capabilities as cap
from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.proto.modes import CHANNEL_MODES, FLAG, LIST, MEMBER, ModeChange, format_changes
from chatkit.store.records import Record, RoomFate, conversation_of

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd

Applier = Callable[["Ircd", Any, "Context | None"], None]


def apply(ircd: Ircd, event: Event, origin: Context | None = None) -> None:
    """Carry ``event`` out."""
    APPLIERS[type(event)](ircd, event, origin)
    ircd.turn.events.append(event)


def _nothing(ircd: Ircd, event: Event, origin: Context | None) -> None:
    """The log alone is told."""


def _tell(ircd: Ircd, audience: Audience, frame: Frame, origin: Context | None) -> None:
    # To everyone in the audience, the origin's session, which is among them, too.
    if origin is None or origin.label is None:
        ircd.turn.broadcast(audience, frame)
    else:
        ircd.turn.broadcast(audience, frame, skip=origin.session.link)
        origin.send_frame(frame)


def _sessions(users: Iterable[User], capability: int = 0) -> list[Session]:
    return [s for user in users for s in user.sessions if not capability or s.has(capability)]


def _user(ircd: Ircd, event: Event) -> User:
    return ircd.users[casefold(split_source(event.source).nick)]


def _channel(ircd: Ircd, name: str) -> Channel:
    return ircd.channels[casefold(name)]


def _registered(ircd: Ircd, event: Registered, origin: Context | None) -> None:
    assert origin is not None
    session = origin.session
    user = User(event.nick, session, key=f"~{event.seq:x}", now=origin.now)
    session.user = user
    ircd.users[casefold(event.nick)] = user
    ircd.max_users = max(ircd.max_users, len(ircd.users))


def _said(ircd: Ircd, event: Said, origin: Context | None) -> None:
    assert origin is not None
    spoken = event.command != "TAGMSG"
    line = f":{event.source} {event.command} {event.target}"
    frame = Frame(f"{line} :{event.text}" if spoken else line, event.seq, event.tags, durable=spoken)
    channel = ircd.channels.get(event.recipient)
    if spoken:
        _record(ircd, event, origin, direct=channel is None)
    if channel is not None:
        _say_in_room(ircd, channel, frame, origin)
    else:
        _say_directly(ircd, event, frame, origin)


def _record(ircd: Ircd, event: Said, origin: Context, *, direct: bool) -> None:
    keys = (event.sender, event.recipient) if direct else None
    record = Record(
        event.seq,
        event.recipient if keys is None else conversation_of(*keys),
        event.command,
        event.source,
        event.sender,
        event.target,
        event.text,
        event.tags,
        keys,
    )
    ircd.turn.records.append((record, origin.session.link, origin.label))


def _wants_echo(session: Session, frame: Frame) -> bool:
    return session.has(cap.ECHO_MESSAGE) and (frame.durable or session.has(cap.MESSAGE_TAGS))


def _say_in_room(ircd: Ircd, channel: Channel, frame: Frame, origin: Context) -> None:
    session = origin.session
    audience = channel.audience() if frame.durable else channel.audience().with_tags()
    echoes = _wants_echo(session, frame)
    if echoes and origin.label is None and session.user in channel.members:
        ircd.turn.broadcast(audience, frame)
        return
    ircd.turn.broadcast(audience, frame, skip=session.link)
    if echoes:
        origin.send_frame(frame)


def _say_directly(ircd: Ircd, event: Said, frame: Frame, origin: Context) -> None:
    session = origin.session
    recipient = ircd.users[casefold(event.target)]
    # The sender's other devices see it too. One that writes to itself gets the message, and the echo if it wants that.
    others = [s for s in origin.user.sessions if s is not session and s.has(cap.ECHO_MESSAGE)]
    audience = Audience(list(dict.fromkeys([*recipient.sessions, *others])))
    ircd.turn.broadcast(audience if frame.durable else audience.with_tags(), frame)
    if _wants_echo(session, frame):
        origin.send_frame(frame)


def _joined(ircd: Ircd, event: Joined, origin: Context | None) -> None:
    user, key = _user(ircd, event), casefold(event.channel)
    channel = ircd.channels.get(key)
    if channel is None:
        channel = ircd.channels[key] = Channel(event.channel, event.seq // 1_000_000)
        channel.flags = ircd.flags_of_new(key)
    channel.members[user] = Member(event.modes)
    user.channels[key] = channel
    user.invites.pop(key, None)
    channel.members_changed()
    _tell(ircd, channel.audience(), Frame(f":{event.source} JOIN {channel.name}", event.seq), origin)
    if user.away is not None:
        others = _sessions((u for u in channel.members if u is not user), cap.AWAY_NOTIFY)
        ircd.turn.broadcast(Audience(others), Frame(f":{event.source} AWAY :{user.away}", event.seq))


def _leave(ircd: Ircd, channel: Channel, user: User) -> None:
    key = channel.id
    del channel.members[user]
    del user.channels[key]
    channel.members_changed()
    if not channel.members:
        del ircd.channels[key]
        if channel.is_closed:
            _note_fate(ircd, channel, "ended")


def _note_fate(ircd: Ircd, channel: Channel, kind: Literal["closed", "open", "ended"]) -> None:
    ircd.turn.records.append((RoomFate(channel.id, kind), None, None))


def _parted(ircd: Ircd, event: Parted, origin: Context | None) -> None:
    channel = _channel(ircd, event.channel)
    reason = f" :{event.reason}" if event.reason else ""
    _tell(ircd, channel.audience(), Frame(f":{event.source} PART {channel.name}{reason}", event.seq), origin)
    _leave(ircd, channel, _user(ircd, event))


def _kicked(ircd: Ircd, event: Kicked, origin: Context | None) -> None:
    channel, victim = _channel(ircd, event.channel), ircd.users[casefold(event.nick)]
    line = f":{event.source} KICK {channel.name} {victim.nick} :{event.reason}"
    _tell(ircd, channel.audience(), Frame(line, event.seq), origin)
    _leave(ircd, channel, victim)


def _topic_changed(ircd: Ircd, event: TopicChanged, origin: Context | None) -> None:
    channel = _channel(ircd, event.channel)
    channel.topic = Topic(event.text, event.source, event.seq // 1_000_000) if event.text else None
    line = f":{event.source} TOPIC {channel.name} :{event.text}"
    _tell(ircd, channel.audience(), Frame(line, event.seq), origin)


def _modes_changed(ircd: Ircd, event: ModesChanged, origin: Context | None) -> None:
    channel = _channel(ircd, event.channel)
    was_closed = channel.is_closed
    for change in event.changes:
        _SETTERS[_kind(change)](ircd, channel, change, event)
    if channel.is_closed is not was_closed:
        _note_fate(ircd, channel, "closed" if channel.is_closed else "open")
    line = f":{event.source} MODE {channel.name} {' '.join(format_changes(event.changes))}"
    _tell(ircd, channel.audience(), Frame(line, event.seq), origin)


def _kind(change: ModeChange) -> str:
    kind = CHANNEL_MODES[change.letter]
    return kind if kind in (LIST, MEMBER, FLAG) else change.letter


def _set_list(ircd: Ircd, channel: Channel, change: ModeChange, event: Event) -> None:
    assert change.arg is not None
    entries, key = channel.lists[change.letter], casefold(change.arg)
    if change.adding:
        entries[key] = BanEntry(change.arg, event.source, event.seq // 1_000_000)
    else:
        entries.pop(key, None)


def _set_member(ircd: Ircd, channel: Channel, change: ModeChange, event: Event) -> None:
    assert change.arg is not None
    member = channel.members[ircd.users[casefold(change.arg)]]
    member.modes = _with_letter(member.modes, change)


def _set_flag(ircd: Ircd, channel: Channel, change: ModeChange, event: Event) -> None:
    channel.flags = _with_letter(channel.flags, change)


def _set_key(ircd: Ircd, channel: Channel, change: ModeChange, event: Event) -> None:
    channel.key = change.arg if change.adding else None


def _set_limit(ircd: Ircd, channel: Channel, change: ModeChange, event: Event) -> None:
    channel.limit = int(change.arg) if change.adding and change.arg is not None else None


_SETTERS = {LIST: _set_list, MEMBER: _set_member, FLAG: _set_flag, "k": _set_key, "l": _set_limit}


def _with_letter(letters: str, change: ModeChange) -> str:
    rest = letters.replace(change.letter, "")
    return "".join(sorted(rest + change.letter)) if change.adding else rest


def _user_modes_changed(ircd: Ircd, event: UserModesChanged, origin: Context | None) -> None:
    user = _user(ircd, event)
    for change in event.changes:
        user.modes = _with_letter(user.modes, change)
    line = f":{event.source} MODE {user.nick} {format_changes(event.changes)[0]}"
    _tell(ircd, Audience(user.sessions), Frame(line, event.seq), origin)


def _nick_changed(ircd: Ircd, event: NickChanged, origin: Context | None) -> None:
    user = _user(ircd, event)
    del ircd.users[casefold(user.nick)]
    user.nick = event.nick
    ircd.users[casefold(event.nick)] = user
    _tell(ircd, Audience(_sessions(user.peers())), Frame(f":{event.source} NICK {event.nick}", event.seq), origin)


def _away_changed(ircd: Ircd, event: AwayChanged, origin: Context | None) -> None:
    user = _user(ircd, event)
    user.away = event.message
    others = _sessions((peer for peer in user.peers() if peer is not user), cap.AWAY_NOTIFY)
    line = f":{event.source} AWAY" + (f" :{event.message}" if event.message is not None else "")
    ircd.turn.broadcast(Audience(others), Frame(line, event.seq))


def _invited(ircd: Ircd, event: Invited, origin: Context | None) -> None:
    invited = ircd.users[casefold(event.nick)]
    if event.opens:
        # Rooms that are gone go here too, or whoever opens rooms and invites would fill the memory with them.
        invited.invites = {key: room for key, room in invited.invites.items() if ircd.channels.get(key) is room}
        invited.invites[casefold(event.channel)] = _channel(ircd, event.channel)
    line = f":{event.source} INVITE {invited.nick} {event.channel}"
    ircd.turn.broadcast(Audience(invited.sessions), Frame(line, event.seq))


def _announced(ircd: Ircd, event: Announced, origin: Context | None) -> None:
    for user in ircd.users.values():
        line = f":{event.source} NOTICE {user.nick} :{event.text}"
        ircd.turn.broadcast(Audience(user.sessions), Frame(line, event.seq))


def _quit(ircd: Ircd, event: Quit, origin: Context | None) -> None:
    user = _user(ircd, event)
    others = _sessions(peer for peer in user.peers() if peer is not user)
    for channel in list(user.channels.values()):
        _leave(ircd, channel, user)
    del ircd.users[casefold(user.nick)]
    ircd.turn.broadcast(Audience(others), Frame(f":{event.source} QUIT :{event.reason}", event.seq))


APPLIERS: dict[type[Event], Applier] = {
    Announced: _announced,
    AwayChanged: _away_changed,
    Connected: _nothing,
    Invited: _invited,
    Joined: _joined,
    Kicked: _kicked,
    ModesChanged: _modes_changed,
    NickChanged: _nick_changed,
    Parted: _parted,
    Quit: _quit,
    Registered: _registered,
    Said: _said,
    TopicChanged: _topic_changed,
    UserModesChanged: _user_modes_changed,
}
