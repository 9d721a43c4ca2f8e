"""Closing rooms and making archives of them: bans and mutes whose kind is a room."""

from __future__ import annotations

from functools import partial
from typing import Literal

from chatkit.control.finding import server_cause
from chatkit.control.params.rooms import RoomClose, RoomOpen
from chatkit.control.phrases import SECOND, end_of, lasting, one_line, reason_of, rest_of
from chatkit.control.plan import Actor, Plan, Undo, refused
from chatkit.control.runner import plans
from chatkit.ircd import serverbans
from chatkit.ircd.apply import apply
from chatkit.ircd.ban_index import Effect, ServerBan, ServerBans, prepare_pattern
from chatkit.ircd.clock import Moment
from chatkit.ircd.events import RoomCleared
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.state import Channel
from chatkit.proto import names

_WORDS: dict[Effect, Literal["closed", "archived"]] = {"ban": "closed", "mute": "archived"}
_COMMANDS: dict[Effect, str] = {"ban": "room.close", "mute": "room.archive"}
_DEFAULT_REASON = "This room was closed"


@plans("room.close")
def close(ircd: Ircd, now: Moment, params: RoomClose, actor: Actor) -> Plan:
    """Remove everybody from a room, or from all that fit a pattern, and let nobody in. Refuses: no room's name."""
    return _rule(ircd, now, params, actor, "ban")


@plans("room.archive")
def archive(ircd: Ircd, now: Moment, params: RoomClose, actor: Actor) -> Plan:
    """Let nobody say anything in a room any more. Refuses: what is no room's name."""
    return _rule(ircd, now, params, actor, "mute")


def _rule(ircd: Ircd, now: Moment, params: RoomClose, actor: Actor, effect: Effect) -> Plan:
    ban = _wanted(ircd, now, params, actor, effect)
    former = ircd.bans.find("room", effect, ban.pattern)
    if former is None and serverbans.is_full(ircd):
        raise refused("there are as many bans as limits.server_bans allows")
    meant = _meant(ircd, ban)
    hits = tuple(user.nick for channel in meant for user in channel.members)
    go = partial(_carry_out, ircd, now, ban, meant if effect == "ban" else [])
    name = meant[0].name if len(meant) == 1 else ban.written
    undo = _again(former, now) if former else Undo("room.open", {"name": ban.written, "only": _WORDS[effect]})
    said = f"{'Closed' if effect == 'ban' else 'Made an archive of'} {name}{lasting(params)}"
    return Plan(said, tuple(dict.fromkeys(hits)) or (name,), go, undo)


def _wanted(ircd: Ircd, now: Moment, params: RoomClose, actor: Actor, effect: Effect) -> ServerBan:
    pattern = prepare_pattern("room", params.name)
    if pattern is None or pattern[0] not in names.CHANNEL_TYPES or len(pattern) < 2:
        raise refused(f"no room is called {one_line(params.name)!r}")
    return ServerBan(
        id=serverbans.new_id(ircd, now),
        kind="room",
        effect=effect,
        pattern=pattern,
        reason=reason_of(params),
        who=actor.name,
        made=now.wall // SECOND,
        until=end_of(params, now),
        name=_written(ircd, pattern, one_line(params.name)),
    )


def _written(ircd: Ircd, pattern: str, typed: str) -> str:
    """What the room is called, as it writes itself, else as it was ``typed``; empty where ``pattern`` is just that."""
    room = ircd.channels.get(pattern) or ircd.registrations.get(pattern)
    name = typed if room is None else room.name
    return "" if name == pattern else name


def _meant(ircd: Ircd, ban: ServerBan) -> list[Channel]:
    """The rooms that somebody is in and that ``ban`` means: as it will be held against them."""
    alone = ServerBans()
    alone.enter(ban)
    return [channel for channel in ircd.channels.values() if alone.on_room(channel.id, ban.effect) is not None]


def _carry_out(ircd: Ircd, now: Moment, ban: ServerBan, emptied: list[Channel]) -> None:
    for channel in emptied:
        apply(ircd, RoomCleared(server_cause(ircd, now), channel.name, ban.reason or _DEFAULT_REASON))
    serverbans.make(ircd, ban, now)


@plans("room.open")
def open_(ircd: Ircd, now: Moment, params: RoomOpen, actor: Actor) -> Plan:
    """Take back what closes a room, or makes an archive of it. Refuses: a room that is neither."""
    pattern = prepare_pattern("room", params.name) or ""
    effects: list[Effect] = [effect for effect, word in _WORDS.items() if params.only in (None, word)]
    found = [ban for effect in effects if (ban := ircd.bans.find("room", effect, pattern)) is not None]
    if not found:
        raise refused(_not_closed(ircd, params, effects))

    def go() -> None:
        for ban in found:
            serverbans.lift(ircd, ban, now)

    undo = _again(found[0], now) if len(found) == 1 else None
    return Plan(f"Opened {one_line(params.name)}", (one_line(params.name),), go, undo)


def _not_closed(ircd: Ircd, params: RoomOpen, effects: list[Effect]) -> str:
    for effect in effects:
        ban = ircd.bans.on_room(params.name, effect)
        if ban is not None:
            return f"{one_line(params.name)} is {_WORDS[effect]} by the pattern {ban.written}: open that"
    return f"{one_line(params.name)} is neither closed nor an archive"


def _again(ban: ServerBan, now: Moment) -> Undo:
    """What makes ``ban`` hold again as it holds now."""
    given = {"name": ban.written, "reason": ban.reason, "lasts": rest_of(ban.until, now)}
    return Undo(_COMMANDS[ban.effect], given)
