"""The modes of rooms, carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd.appliers.rooms import join_frame, note_fate
from chatkit.ircd.appliers.tell import channel_of, note, sessions_of, tell
from chatkit.ircd.apply import applies
from chatkit.ircd.events import Cause, Event, ModesChanged
from chatkit.ircd.staging import Frame
from chatkit.ircd.state import Audience, Channel, ListEntry, User
from chatkit.proto import extbans
from chatkit.proto.casemapping import casefold
from chatkit.proto.modes import CHANNEL_MODES, FLAG, LIST, MEMBER, ModeChange, format_changes, with_letter

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd


MANY = 100  # members whom it would be too much to show to each other: clients can ask for NAMES


@applies(ModesChanged)
def modes_changed(ircd: Ircd, event: ModesChanged, origin: Context | None) -> None:
    channel = channel_of(ircd, event.channel)
    was_closed = channel.is_closed
    for change in event.changes:
        _SETTERS[_kind(change)](ircd, channel, change, event)
    if channel.is_closed is not was_closed:
        note_fate(ircd, channel, "closed" if channel.is_closed else "open")
    rest = f"{channel.name} {' '.join(format_changes(event.changes))}"
    note(ircd, event, channel, "MODE", rest)
    tell(ircd, channel.audience(), Frame(f":{event.source} MODE {rest}", event.by), origin)


def _kind(change: ModeChange) -> str:
    kind = CHANNEL_MODES[change.letter]
    return kind if kind in (LIST, MEMBER, FLAG) else change.letter


def _set_list(ircd: Ircd, channel: Channel, change: ModeChange, event: Event) -> None:
    entry = extbans.parse(change.arg or "")
    assert entry is not None, "the handler has parsed it"
    entries = channel.lists[change.letter]
    channel.matchers.clear()
    if change.adding:
        entries[entry.key] = ListEntry(entry.text, event.source, event.seq // 1_000_000)
    else:
        entries.pop(entry.key, None)


def _set_member(ircd: Ircd, channel: Channel, change: ModeChange, event: Event) -> None:
    user = ircd.users[casefold(change.arg or "")]
    member = channel.members[user]
    if "u" in channel.flags and change.adding and not member.modes:
        _come_forward(ircd, channel, user, event)
    member.modes = with_letter(member.modes, change)
    channel.members_changed()


def _come_forward(ircd: Ircd, channel: Channel, user: User, event: Event) -> None:
    """``user``, who is to have its first prefix in an auditorium, is shown to all from now on, and all to it."""
    member = channel.members[user]
    if member.hidden:
        member.hidden = False
        strangers = (other for other, its in channel.members.items() if not its.modes and other is not user)
        ircd.turn.broadcast(Audience(sessions_of(strangers)), _late_join(ircd, channel, user, event))
    newcomer = Audience(user.sessions)
    for other, its in channel.members.items():
        if its.hidden:
            ircd.turn.broadcast(newcomer, _late_join(ircd, channel, other, event))


def _late_join(ircd: Ircd, channel: Channel, user: User, event: Event) -> Frame:
    seq = ircd.sequence.next(event.seq)
    return join_frame(channel, user, Cause(seq, user.source, user.account_name, user.is_bot, user.is_oper))


def _set_flag(ircd: Ircd, channel: Channel, change: ModeChange, event: Event) -> None:
    channel.flags = with_letter(channel.flags, change)
    if change.letter == "u" and not change.adding:
        _show_all(ircd, channel, event)


def _show_all(ircd: Ircd, channel: Channel, event: Event) -> None:
    """From now on all are told what anybody does, so they are told first who is there, unless that is a crowd."""
    hidden = [user for user, member in channel.members.items() if member.hidden]
    strangers = [user for user, member in channel.members.items() if not member.modes]
    for user in hidden:
        channel.members[user].hidden = False
        if len(hidden) <= MANY:
            others = Audience(sessions_of(other for other in strangers if other is not user))
            ircd.turn.broadcast(others, _late_join(ircd, channel, user, event))


def _set_key(ircd: Ircd, channel: Channel, change: ModeChange, event: Event) -> None:
    channel.key = change.arg if change.adding else None


def _set_limit(ircd: Ircd, channel: Channel, change: ModeChange, event: Event) -> None:
    channel.limit = int(change.arg) if change.adding and change.arg is not None else None


def _set_slow(ircd: Ircd, channel: Channel, change: ModeChange, event: Event) -> None:
    channel.slow = int(change.arg) if change.adding and change.arg is not None else None


def _set_forward(ircd: Ircd, channel: Channel, change: ModeChange, event: Event) -> None:
    channel.forward = change.arg if change.adding else None


_SETTERS = {
    LIST: _set_list,
    MEMBER: _set_member,
    FLAG: _set_flag,
    "W": _set_slow,
    "f": _set_forward,
    "k": _set_key,
    "l": _set_limit,
}
