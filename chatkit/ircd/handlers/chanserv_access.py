"""ChanServ: who has access to a room."""

from __future__ import annotations

from chatkit.ircd.chanserv import find_account, find_ruled, rank_in, service
from chatkit.ircd.context import Context
from chatkit.ircd.events import AccessChanged
from chatkit.proto import modes
from chatkit.proto.modes import RANKS

ACCESS = "aohv"  # what a founder gives others
MAX_ACCESS = 500  # accounts, beside the founder: with every change of a room all of them are saved again


@service.command("ACCESS LIST <channel>", "Lists who has access to a channel.")
def access_list(ctx: Context, words: list[str]) -> None:
    _, registration = find_ruled(ctx, words[0], "v")
    by_key = ctx.ircd.accounts.by_key
    rows = {registration.founder: "q"} | registration.access
    for key, letter in sorted(rows.items(), key=lambda row: -RANKS[row[1]]):
        if key in by_key:
            service.say(ctx, f"+{letter} {by_key[key].name}")
    service.say(ctx, f"{len(rows)} accounts have access to {registration.name}.")


@service.command(
    "ACCESS SET <channel> <account> <mode>",
    "Gives an account a prefix mode whenever it is in the channel.",
    "The mode is a, o, h or v. Founders may give all of them, others what they may give in the channel.",
    changes=0,
)
def access_set(ctx: Context, words: list[str]) -> None:
    _give(ctx, words[0], words[1], words[2].lstrip("+"))


@service.command("ACCESS DEL <channel> <account>", "Takes an account's access away.", changes=0)
def access_del(ctx: Context, words: list[str]) -> None:
    _give(ctx, words[0], words[1], "")


@service.command(
    "AMODE <channel> [<change>] [<account>]",
    "Is another way to say ACCESS: AMODE #channel +o account.",
    "Without a change it lists who has access.",
    changes=2,
)
def amode(ctx: Context, words: list[str]) -> None:
    if len(words) == 1:
        access_list(ctx, words)
        return
    service.require(len(words) == 3 and len(words[1]) == 2, "Syntax: AMODE <channel> [<change>] [<account>]")
    sign, letter = words[1][0], words[1][1]
    service.require(sign in "+-", "A change is + or - and a mode.")
    _give(ctx, words[0], words[2], letter if sign == "+" else "")


def _give(ctx: Context, room: str, name: str, letter: str) -> None:
    """Give an account access as ``letter``, or none. What one may give and take is as in the room."""
    key, registration = find_ruled(ctx, room, "h")
    account, rank = find_account(ctx, name), rank_in(ctx, registration)
    service.require(not letter or letter in ACCESS, f"The mode is one of {', '.join(ACCESS)}.")
    service.require(account.key != registration.founder, f"{account.name} is the founder.")
    former = registration.letter_of(account)
    enough = all(rank >= modes.rank_to_set(wanted) for wanted in (letter, former) if wanted)
    is_own = account is ctx.user.account and not letter
    service.require(enough or is_own, f"Your access to {registration.name} is not enough.")
    service.require(letter != former, "Nothing to change.")
    is_full = letter and not former and len(registration.access) >= MAX_ACCESS
    service.require(not is_full, f"A channel may give access to {MAX_ACCESS} accounts.")
    ctx.charge(len(ctx.ircd.channels[key].members) if key in ctx.ircd.channels else 0)
    ctx.change(AccessChanged(ctx.cause(), registration.name, account.key, letter))
    what = f"gets +{letter} in" if letter else "has no access any more to"
    service.say(ctx, f"{account.name} {what} {registration.name}.")
