"""What the commands of the family "order" do: bans, mutes, lockdown, invite codes, reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from chatkit.control.finding import find_room
from chatkit.control.params.order import (
    Ban,
    ChangeLockdown,
    Everything,
    InviteCreate,
    InviteRevoke,
    Kind,
    Unban,
)
from chatkit.control.phrases import SECOND, counted, end_of, lasting, like, one_line, reason_of, rest_of
from chatkit.control.plan import Actor, Plan, Undo, refused
from chatkit.control.runner import Desk, plans, reads
from chatkit.ircd import audit, invitations, lockdown, serverbans
from chatkit.ircd.ban_index import ServerBan, prepare_pattern, who_are
from chatkit.ircd.ban_reach import meant_by
from chatkit.ircd.clock import Moment
from chatkit.ircd.invitations import Invitation
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.lockdown import LEVELS, Lockdown
from chatkit.ircd.reports import Report
from chatkit.ircd.serverbans import Effect
from chatkit.ircd.state import User
from chatkit.proto import masks, names
from chatkit.proto.addresses import is_within
from chatkit.proto.casemapping import casefold

_DONE = {"ban": ("Banned", "unban"), "mute": ("Muted", "unmute")}  # in words, and what takes it back
_NAMED = ("nick", "account", "mask")  # kinds that people write in more ways than one
_MASKED = frozenset("!@*?")


def refuse_oneself(actor: Actor, users: Iterable[User]) -> None:
    """Refuses: an operator what would hit himself."""
    if any(user.is_oper and audit.name_of(user) == actor.name for user in users):
        raise refused("this means you yourself, too")


# Bans and mutes.


@plans("ban")
def ban(ircd: Ircd, now: Moment, params: Ban, actor: Actor) -> Plan:
    """Keep somebody off the server. Refuses: what can be no ban, what means oneself."""
    return _plan(ircd, now, params, actor, "ban")


@plans("mute")
def mute(ircd: Ircd, now: Moment, params: Ban, actor: Actor) -> Plan:
    """Silence somebody. Refuses: what can be no mute, what means oneself."""
    return _plan(ircd, now, params, actor, "mute")


def _plan(ircd: Ircd, now: Moment, params: Ban, actor: Actor, effect: Effect) -> Plan:
    meant = _whole(ircd, params.what) if params.whole else [_one(ircd, params.what, params.kind)]
    made, what, why, end = _made(ircd, now, meant, effect), params.what, reason_of(params), end_of(params, now)
    bans = [
        ServerBan(
            id_, kind, effect, pattern, why, actor.name, now.wall // SECOND, end, _written(ircd, kind, pattern, what)
        )
        for id_, (kind, pattern) in zip(made, meant, strict=True)
    ]
    hit = list(dict.fromkeys(user for ban in bans for user in meant_by(ban, ircd.users)))
    refuse_oneself(actor, hit)
    verb, back = _DONE[effect]
    said = f"{verb} {', '.join(map(_spelled, bans))}{lasting(params)}{'' if hit else _mistyped(ircd, bans[0])}"
    undo = _former(ircd, now, bans) or Undo(back, {"what": " ".join(made)})
    asks = any(_is_exempt(ircd, ban) for ban in bans)
    return Plan(said, _nicks(hit), partial(_make_all, ircd, now, bans), undo, asks)


def _written(ircd: Ircd, kind: Kind, pattern: str, typed: str) -> str:
    """What ``pattern`` is called: as its bearer writes it, else as it was ``typed``; empty where that is the same."""
    if kind == "nick" and (user := ircd.users.get(pattern)) is not None:
        return user.nick
    if kind == "account" and (account := ircd.accounts.find(pattern)) is not None:
        return account.name
    name = masks.normalize(typed) if kind == "mask" else typed
    return name if kind in _NAMED and prepare_pattern(kind, name) == pattern else ""


def _made(ircd: Ircd, now: Moment, meant: list[tuple[Kind, str]], effect: Effect) -> list[str]:
    """Ids for new bans. Refuses: where there are too many."""
    new = sum(ircd.bans.find(kind, effect, pattern) is None for kind, pattern in meant)
    most = ircd.config.limits.server_bans
    if new and len(ircd.bans.by_id) + new > most:
        raise refused(f"there are {most:,} bans and mutes, and more there may not be: see limits.server_bans")
    return serverbans.new_ids(ircd, now, len(meant))


def _one(ircd: Ircd, what: str, kind: Kind | None) -> tuple[Kind, str]:
    kind = kind or _kind_of(ircd, what)
    pattern = prepare_pattern(kind, what)
    if pattern is None:
        raise refused(f"{one_line(what)} cannot be the {kind} of a ban")
    return kind, pattern


def _kind_of(ircd: Ircd, what: str) -> Kind:
    """What somebody means who does not say so.

    Refuses: rooms, the name of an account, which may be a nick too, and what is nothing of all that.
    """
    if what.startswith(names.CHANNEL_TYPES):
        raise refused("a room is closed by: room close")
    for kind in ("address", "certificate"):
        if prepare_pattern(kind, what) is not None:
            return kind
    if _MASKED & set(what):
        return "mask"
    if ircd.accounts.find(what) is not None:
        raise refused(f"{one_line(what)} is an account: say --kind account, or --kind nick")
    if names.prepare_nick(what) is None:
        hint = "hosts are meant by a mask, as *@example.org"
        raise refused(f"{one_line(what)} is no nick, address, network or fingerprint; {hint}")
    return "nick"


def _whole(ircd: Ircd, nick: str) -> list[tuple[Kind, str]]:
    """All that somebody who is here could come back with; but addresses that many share who were exempted."""
    user = ircd.users.get(casefold(nick))
    if user is None:
        raise refused(f"nobody here is called {one_line(nick)}")
    exempt = ircd.config.limits.exempt
    found: list[tuple[Kind, str | None]] = [("account", name) for name in who_are(user).accounts()]
    found += [("address", session.address) for session in user.sessions if not is_within(session.address, exempt)]
    found += [("certificate", session.certfp) for session in user.sessions if session.certfp is not None]
    patterns = {(kind, pattern) for kind, text in found if (pattern := prepare_pattern(kind, text or "")) is not None}
    if not patterns:
        has_none = f"{user.nick} has neither an account nor an address or a certificate of its own"
        raise refused(f"{has_none}: ban the nick, without --whole")
    return sorted(patterns)


def _is_exempt(ircd: Ircd, ban: ServerBan) -> bool:
    """Whether a ban means addresses that are exempt from limits: one's own machine, perhaps, or everybody's gateway.

    Of two networks that overlap one lies within the other.
    """
    exempt = ircd.config.limits.exempt
    return ban.kind == "address" and (
        is_within(_first(ban.pattern), exempt) or any(is_within(_first(text), (ban.pattern,)) for text in exempt)
    )


def _first(network: str) -> str:
    return network.partition("/")[0]


def _former(ircd: Ircd, now: Moment, bans: list[ServerBan]) -> Undo | None:
    """How a ban that takes the place of another is taken back: by making that one again."""
    formers = [ircd.bans.find(ban.kind, ban.effect, ban.pattern) for ban in bans]
    return _again(formers[0], now) if len(bans) == 1 and formers[0] is not None else None


def _again(ban: ServerBan, now: Moment) -> Undo | None:
    """The command that makes ``ban``, which ends when this one would have."""
    if ban.kind == "room":
        return None
    params: dict[str, object] = {"what": ban.written, "kind": ban.kind, "reason": ban.reason}
    if (rest := rest_of(ban.until, now)) is not None:
        params["lasts"] = rest
    return Undo(ban.effect, params)


def _spelled(ban: ServerBan) -> str:
    shown = serverbans.shown(ban)
    return shown[0].lower() + shown[1:]


def _mistyped(ircd: Ircd, ban: ServerBan) -> str:
    """Whose nick may have been meant, of those who are here, by a ban that hits none of them."""
    near = like(ban.pattern, (user.nick for user in ircd.users.values())) if ban.kind == "nick" else ""
    return f"; nobody here is called that{near}" if near else ""


def _nicks(users: Iterable[User]) -> tuple[str, ...]:
    return tuple(user.nick for user in users)


def _make_all(ircd: Ircd, now: Moment, bans: list[ServerBan]) -> None:
    for ban in bans:
        serverbans.make(ircd, ban, now)


@plans("unban")
def unban(ircd: Ircd, now: Moment, params: Unban, actor: Actor) -> Plan:
    """Lift bans. Refuses: what is not banned."""
    return _plan_lifting(ircd, now, params, "ban")


@plans("unmute")
def unmute(ircd: Ircd, now: Moment, params: Unban, actor: Actor) -> Plan:
    """Lift mutes. Refuses: what is not muted."""
    return _plan_lifting(ircd, now, params, "mute")


def _plan_lifting(ircd: Ircd, now: Moment, params: Unban, effect: Effect) -> Plan:
    found = dict.fromkeys(ban for word in params.what.split() for ban in _meant(ircd, word, params.kind, effect))
    bans = list(found)
    if not bans:
        raise refused("say what is to be lifted")
    verb = {"ban": "Lifted the ban of", "mute": "Lifted the mute of"}[effect]
    hit = dict.fromkeys(user for ban in bans for user in meant_by(ban, ircd.users))
    undo = _again(bans[0], now) if len(bans) == 1 else None
    said = f"{verb} {', '.join(map(_spelled, bans))}"
    return Plan(said, _nicks(hit), partial(_lift_all, ircd, now, bans), undo)


def _meant(ircd: Ircd, word: str, kind: Kind | None, effect: Effect) -> list[ServerBan]:
    """The ban with this id, or those of what ``word`` is. Refuses: where there is none."""
    by_id = ircd.bans.by_id.get(word)
    if by_id is not None and by_id.effect == effect and kind is None:
        if by_id.kind == "room":
            raise refused("a room is opened by: room open")
        return [by_id]
    kinds: tuple[Kind, ...] = ("nick", "account", "mask", "address", "certificate") if kind is None else (kind,)
    patterns = ((each, prepare_pattern(each, word)) for each in kinds)
    bans = [ban for each, text in patterns if text is not None and (ban := ircd.bans.find(each, effect, text))]
    if not bans:
        raise refused(f"{one_line(word)} is not {_DONE[effect][0].lower()}: see bans")
    return bans


def _lift_all(ircd: Ircd, now: Moment, bans: list[ServerBan]) -> None:
    for ban in bans:
        serverbans.lift(ircd, ban, now)


@reads("bans")
def bans(desk: Desk, params: Everything) -> list[ServerBan]:
    """All that hold, the newest last."""
    found = desk.host.act(lambda ircd, now: sorted(ircd.bans.by_id.values(), key=attrgetter("made")))
    return [replace(ban, name=ban.written) for ban in found]


# Lockdown.


@plans("lockdown")
def change_lockdown(ircd: Ircd, now: Moment, params: ChangeLockdown, actor: Actor) -> Plan:
    """Close the server, or open it; without a level, say how it is. Refuses: opening what is open."""
    level, before = params.level, ircd.lockdown
    if level is None:
        how = "The server is open" if before.level == "open" else lockdown.told(before)
        return Plan(f"{how}. The levels are {', '.join(LEVELS)}")
    if level == before.level == "open":
        raise refused("the server is open")
    wanted = Lockdown(level, reason_of(params), actor.name, end_of(params, now) if level != "open" else 0)
    said = "Opened the server" if level == "open" else f"Closed the server: {level}{lasting(params)}"
    undo: dict[str, object] = {"level": before.level, "reason": before.reason}
    if (rest := rest_of(before.until, now)) is not None:
        undo["lasts"] = rest
    return Plan(said, (), partial(lockdown.change, ircd, wanted, now), Undo("lockdown", undo))


# Invite codes.


class NewCode(msgspec.Struct, frozen=True):
    """What whoever made it gives out."""

    id: str
    code: str


class InviteRow(msgspec.Struct, frozen=True):
    """A code that is good, without the code. Times are in seconds since 1970; ``until`` 0 is for good."""

    id: str
    uses: int
    until: int
    who: str
    made: int
    room: str


@plans("invite.create")
def create_invite(ircd: Ircd, now: Moment, params: InviteCreate, actor: Actor) -> Plan:
    """Make a code. Refuses: where there are too many; a room that there is not, or that the actor has no power over."""
    if len(ircd.invitations) >= invitations.MAX_INVITATIONS:
        raise refused(f"there are {invitations.MAX_INVITATIONS:,} codes: revoke some first")
    id_, code = invitations.new_id(ircd), invitations.new_code()
    digest, made = invitations.digest_of(code), now.wall // SECOND
    room = _room_to_enter(ircd, params.room, actor) if params.room else ""
    invitation = Invitation(id_, digest, params.uses, end_of(params, now), actor.name, made, room)
    way = ircd.config.accounts.registration
    hint = "" if way == "invite" else f' (nobody is asked for it while accounts.registration is "{way}")'
    into = f", into {room}" if room else ""
    said = f"Made the invite code {id_} for {counted(params.uses, 'account')}{lasting(params)}{into}{hint}"
    return Plan(said, (), partial(_make_code, ircd, invitation, code), Undo("invite.revoke", {"id": id_}))


def _room_to_enter(ircd: Ircd, name: str, actor: Actor) -> str:
    if not actor.may("rooms"):
        raise refused(f"{actor.name} may let nobody into rooms: that needs the privilege rooms")
    return find_room(ircd, name).name


def _make_code(ircd: Ircd, invitation: Invitation, code: str) -> NewCode:
    invitations.make(ircd, invitation)
    return NewCode(invitation.id, code)


@reads("invite.list")
def list_invites(desk: Desk, params: Everything) -> list[InviteRow]:
    """The codes that are good, the newest last."""

    def look(ircd: Ircd, now: Moment) -> list[InviteRow]:
        return [InviteRow(it.id, it.uses, it.until, it.who, it.made, it.room) for it in ircd.invitations.values()]

    return desk.host.act(look)


@plans("invite.revoke")
def revoke_invite(ircd: Ircd, now: Moment, params: InviteRevoke, actor: Actor) -> Plan:
    """Make a code worthless. Refuses: an id that there is not."""
    if params.id not in ircd.invitations:
        raise refused(f"there is no invite code {one_line(params.id)}")
    go: Callable[[], None] = partial(invitations.revoke, ircd, params.id)
    return Plan(f"Revoked the invite code {params.id}", (), go)


# Reports.


@reads("reports")
def reports(desk: Desk, params: Everything) -> list[Report]:
    """What members reported, the latest last."""
    return desk.host.act(lambda ircd, now: list(ircd.reports.values()))
