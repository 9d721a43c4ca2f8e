"""ChanServ: acting in a room by the access that one has, whether one is in it or not."""

from __future__ import annotations

from chatkit.ircd import bans, quiet
from chatkit.ircd.chanserv import find, find_ruled, find_user, inside, own_cause, rank_in, service
from chatkit.ircd.context import Context
from chatkit.ircd.events import Invited, Kicked, ModesChanged
from chatkit.ircd.mode_changes import carry_out
from chatkit.ircd.paces import pace
from chatkit.ircd.registrations import may_hold
from chatkit.ircd.state import Channel, Member, User
from chatkit.proto import modes
from chatkit.proto.modes import PREFIXES, ModeChange


def _change_prefix(ctx: Context, words: list[str], letter: str, *, adding: bool) -> None:
    key, registration = find(ctx, words[0])
    user, rank = find_user(ctx, words), rank_in(ctx, registration)
    service.require(rank >= modes.rank_to_set(letter), f"Your access to {registration.name} is not enough.")
    channel = inside(ctx, key)
    member = channel.members.get(user)
    if member is None:
        raise service.refusal(f"{user.nick} is not in {channel.name}.")
    _require_right(ctx, channel, user, member, rank, letter, adding)
    if adding is not (letter in member.modes):
        change = ModeChange(adding, letter, user.nick)
        ctx.change(ModesChanged(own_cause(ctx), channel.name, (change,)))
    service.say(ctx, f"{user.nick} {'has' if adding else 'has not'} +{letter} in {channel.name}.")


def _require_right(
    ctx: Context, channel: Channel, user: User, member: Member, rank: int, letter: str, adding: bool
) -> None:
    if adding:
        service.require(may_hold(channel, user, letter), f"{user.nick} has no access to {channel.name}.")
    else:
        may = user is ctx.user or modes.may_act_on(rank, member.rank)
        service.require(may, f"The rank of {user.nick} is not below yours.")


def _enter_prefix_commands(name: str, letter: str) -> None:
    prefix = PREFIXES[letter]

    @service.command(f"{name} <channel> [<nick>]", f"Gives you, or somebody else, {prefix} in a channel.", changes=0)
    def give(ctx: Context, words: list[str]) -> None:
        _change_prefix(ctx, words, letter, adding=True)

    @service.command(
        f"DE{name} <channel> [<nick>]", f"Takes {prefix} in a channel from you, or from somebody else.", changes=0
    )
    def take(ctx: Context, words: list[str]) -> None:
        _change_prefix(ctx, words, letter, adding=False)


for _name, _letter in {"OP": "o", "HALFOP": "h", "VOICE": "v"}.items():
    _enter_prefix_commands(_name, _letter)


@service.command(
    "INVITE <channel> [<nick>]", "Invites you, or somebody else, to a channel that you have access to.", changes=0
)
def invite(ctx: Context, words: list[str]) -> None:
    key, registration = find_ruled(ctx, words[0], "v" if len(words) < 2 else "h")
    user, channel = find_user(ctx, words), inside(ctx, key)
    service.require(user not in channel.members, f"{user.nick} is in {channel.name}.")
    if user is not ctx.user:
        quiet.refuse_muted(ctx, user.nick)
        pace(ctx, "invites", "INVITE")
    ctx.change(Invited(own_cause(ctx), channel.name, user.nick, opens=True))
    service.say(ctx, f"{user.nick} is invited to {registration.name}.")


@service.command("UNBAN <channel> [<nick>]", "Takes off the bans that are on you, or on somebody else.", changes=0)
def unban(ctx: Context, words: list[str]) -> None:
    key, registration = find_ruled(ctx, words[0], "h")
    user, channel = find_user(ctx, words), inside(ctx, key)
    found = [ModeChange(False, "b", mask) for mask in bans.masks_on(channel, user)]
    carry_out(ctx, channel, found, own_cause)
    service.say(ctx, f"Bans of {registration.name} that were on {user.nick}: {len(found)}.")


@service.command(
    "CLEAR <channel> <what>",
    "Clears a channel of users or of bans.",
    "CLEAR #channel users: everybody but you is kicked. CLEAR #channel bans: all bans are taken off.",
    changes=0,
)
def clear(ctx: Context, words: list[str]) -> None:
    key, _ = find_ruled(ctx, words[0], "q")
    what = _CLEARINGS.get(words[1].lower())
    if what is None:
        raise service.refusal(f"What can be cleared is: {', '.join(_CLEARINGS)}.")
    channel = inside(ctx, key)
    what(ctx, channel)
    service.say(ctx, f"{channel.name} is clear of {words[1].lower()}.")


def _clear_users(ctx: Context, channel: Channel) -> None:
    others = [user for user in channel.members if user is not ctx.user]
    ctx.charge(len(others) * len(channel.members))
    for user in others:
        ctx.change(Kicked(own_cause(ctx), channel.name, user.nick, f"Cleared by {ctx.user.nick}"))


def _clear_bans(ctx: Context, channel: Channel) -> None:
    found = [ModeChange(False, "b", entry.mask) for entry in channel.lists["b"].values()]
    carry_out(ctx, channel, found, own_cause)


_CLEARINGS = {"users": _clear_users, "bans": _clear_bans}
