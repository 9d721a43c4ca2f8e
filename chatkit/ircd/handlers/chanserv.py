"""ChanServ: owning rooms, and what their owners set there.

What it may be asked for is in ``handlers.chanserv_access`` and ``handlers.chanserv_acts`` too.
"""

from __future__ import annotations

import msgspec

from chatkit.ircd.accounts import Account
from chatkit.ircd.chanserv import find, find_account, find_ruled, rank_in, service
from chatkit.ircd.context import Context
from chatkit.ircd.events import ChannelRegistered, RoomSettingChanged
from chatkit.ircd.handlers.modes import mode_words
from chatkit.ircd.registrations import Registration, find_room, looks_like, owned_by
from chatkit.proto.casemapping import casefold
from chatkit.proto.modes import PREFIXES
from chatkit.proto.timestamps import format_time

# Owning.


@service.command(
    "REGISTER <channel>",
    "Makes a channel yours.",
    "You must be an operator of it. From then on it is there also while nobody is in it, with its topic, modes, lists",
    "and history, and you are its founder (~) whenever you come in.",
    needs_account=True,
    changes=0,
)
def register(ctx: Context, words: list[str]) -> None:
    key, account, ircd = casefold(words[0]), ctx.user.account, ctx.ircd
    assert account is not None, "the table says that one is needed"
    channel = ctx.user.channels.get(key)
    member = channel.members[ctx.user] if channel is not None else None
    service.require(channel is not None and member is not None and member.is_op, f"You do not run {words[0]}.")
    service.require(key not in ircd.registrations, f"{words[0]} is registered already.")
    service.require(not ircd.is_lobby(key), "That channel is everybody's.")
    ctx.charge(len(ircd.registrations))
    _require_room_for_one(ctx, account)
    alike = looks_like(ircd, words[0])
    service.require(alike is None, "Its name looks like that of another registered channel.")
    name = ircd.channels[key].name
    ctx.change(ChannelRegistered(ctx.cause(), name, account.key))
    service.say(ctx, f"{name} is yours.")


def _require_room_for_one(ctx: Context, account: Account) -> None:
    limit = ctx.ircd.config.limits.rooms_per_account
    service.require(len(owned_by(ctx.ircd, account.key)) < limit, f"An account may own {limit} channels.")


@service.command(
    "DROP <channel> [<code>]",
    "Gives a channel up.",
    "Anybody may register it then. If nobody is in it, it is gone. Without the code you are told the code.",
    changes=0,
)
def drop(ctx: Context, words: list[str]) -> None:
    key, registration = find_ruled(ctx, words[0], "q")
    name = registration.name
    warning = f"{name} will not be kept any more, and who has access will be forgotten."
    service.confirm(ctx, "".join(words[1:2]), f"DROP {name}", warning, "DROP", key, str(registration.created))
    ctx.change(ChannelRegistered(ctx.cause(), name, None))
    service.say(ctx, f"{name} is not registered any more.")


service.command("UNREGISTER <channel> [<code>]", "Is another word for DROP.", changes=0)(drop)


@service.command(
    "TRANSFER <channel> <account> [<code>]",
    "Offers a channel to another account.",
    "Its owner has to accept it. Offering it to yourself takes an offer back. Without the code you are told the code.",
    changes=0,
)
def transfer(ctx: Context, words: list[str]) -> None:
    key, registration = find_ruled(ctx, words[0], "q")
    name, heir = registration.name, find_account(ctx, words[1])
    if heir.key == registration.founder:
        ctx.change(RoomSettingChanged(ctx.cause(), name, "heir", ""))
        service.say(ctx, f"{name} is offered to nobody.")
        return
    warning = f"If {heir.name} accepts, {name} is yours no more."
    service.confirm(ctx, "".join(words[2:3]), f"TRANSFER {name} {heir.name}", warning, "TRANSFER", key, heir.key)
    ctx.change(RoomSettingChanged(ctx.cause(), name, "heir", heir.key))
    service.say(ctx, f"{name} is offered to {heir.name}, who has to say: /msg {service.nick} TRANSFER ACCEPT {name}")


@service.command("TRANSFER ACCEPT <channel>", "Takes a channel that was offered to you.", needs_account=True, changes=0)
def transfer_accept(ctx: Context, words: list[str]) -> None:
    registration, account = ctx.ircd.registrations.get(casefold(words[0])), ctx.user.account
    assert account is not None, "the table says that one is needed"
    if registration is None or registration.heir != account.key:
        raise service.refusal(f"{words[0]} was not offered to you.")
    ctx.charge(len(ctx.ircd.registrations))
    _require_room_for_one(ctx, account)
    ctx.change(ChannelRegistered(ctx.cause(), registration.name, account.key))
    service.say(ctx, f"{registration.name} is yours.")


@service.command("LIST", "Lists the channels that are yours, or that you have access to.", needs_account=True)
def list_(ctx: Context, words: list[str]) -> None:
    ctx.charge(len(ctx.ircd.registrations))
    rooms = sorted(ctx.ircd.registrations.items())
    found = [(room.name, room.letter_of(ctx.user.account)) for _, room in rooms if room.letter_of(ctx.user.account)]
    for name, letter in found:
        service.say(ctx, f"{PREFIXES[letter]}{name}")
    service.say(ctx, f"{len(found)} channels.")


# Looking and setting.


@service.command("INFO <channel>", "Tells about a registered channel.")
def info(ctx: Context, words: list[str]) -> None:
    key, registration = find(ctx, words[0])
    channel = find_room(ctx.ircd, key)
    assert channel is not None, "a registered room is always found"
    founder = ctx.ircd.accounts.by_key.get(registration.founder)
    lines = {
        "Channel": registration.name,
        "Founder": founder.name if founder is not None else "nobody",
        "Created": format_time(registration.created * 1000),
        "Topic": channel.topic.text if channel.topic is not None else "",
        "Modes": " ".join(mode_words(channel, with_key=bool(rank_in(ctx, registration)))),
        **{word.title(): setting.show(registration) for word, setting in _SETTINGS.items()},
    }
    service.say(ctx, *(f"{word + ':':<9} {value}" for word, value in lines.items() if value))


class _Setting(msgspec.Struct, frozen=True):
    """A setting of registered rooms: its field in a ``Registration``, and its values by the words for them."""

    field: str
    values: dict[str, str | bool]

    def show(self, registration: Registration) -> str:
        """The word for its value."""
        return next(word for word, value in self.values.items() if value == getattr(registration, self.field))


_SETTINGS = {
    "HISTORY": _Setting("history", {"all": "all", "joined": "joined"}),
    "GUARD": _Setting("guard", {"on": True, "off": False}),
}


@service.command(
    "SET <channel> <setting> [<value>]",
    "Shows or changes a setting of your channel.",
    "HISTORY all: members may read what was said before they came in. HISTORY joined: they may not.",
    "GUARD on: nobody but those with access can be given %, @ or & in the channel. GUARD off: operators decide.",
    changes=3,
)
def set_(ctx: Context, words: list[str]) -> None:
    _, registration = find_ruled(ctx, words[0], "q")
    word = words[1].upper()
    setting = _SETTINGS.get(word)
    if setting is None:
        raise service.refusal(f"There is no setting {words[1]}; there are {', '.join(_SETTINGS)}.")
    if len(words) > 2:
        value = setting.values.get(words[2].lower())
        if value is None:
            raise service.refusal(f"{word} is one of: {', '.join(setting.values)}.")
        ctx.change(RoomSettingChanged(ctx.cause(), registration.name, setting.field, value))
    service.say(ctx, f"{word} of {registration.name} is {setting.show(registration)}.")
