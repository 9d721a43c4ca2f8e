"""METADATA: what users say of themselves, and operators of their rooms, by key.

Spec: https://ircv3.net/specs/extensions/metadata
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.ircd import audit, metadata, quiet, registrations, speech
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail
from chatkit.ircd.events import MetadataChanged
from chatkit.ircd.handlers import subscriptions
from chatkit.ircd.offers import VALUES
from chatkit.ircd.state import Channel, Session
from chatkit.proto import names
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

SELF = "*"


@command("METADATA", min_params=2, before_registration=True)
def metadata_(ctx: Context, msg: Message) -> None:
    """METADATA <target> GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC [<parameter>...]: the target is a room, a nick, or * for
    oneself.

    GET <key>... and LIST show, SET <key> [<value>] and CLEAR change, SUB <key>... and UNSUB <key>... say of which keys
    one wants to hear, SUBS lists those, SYNC tells what they are now.

    Spec: https://ircv3.net/specs/extensions/metadata#metadata-client-command
    Refuses: ERR_NEEDMOREPARAMS; FAIL with SUBCOMMAND_INVALID, INVALID_TARGET, KEY_INVALID, KEY_NO_PERMISSION,
    KEY_NOT_SET, LIMIT_REACHED, RATE_LIMITED, TOO_MANY_SUBS or VALUE_INVALID
    """
    name, word = msg.params[0], msg.params[1].upper()
    row = _SUBCOMMANDS.get(word)
    if row is None:
        raise Fail("METADATA", "SUBCOMMAND_INVALID", msg.params[1], text="There is no such subcommand")
    function, fewest = row
    ctx.require(len(msg.params) - 2 >= fewest, n.ERR_NEEDMOREPARAMS, "METADATA")
    function(ctx, _find(ctx, name), msg.params[2:])


def _find(ctx: Context, name: str) -> metadata.Target:
    session, ircd = ctx.session, ctx.ircd
    if session.user is None:
        # "Clients that have not completed connection registration MUST use * to target themselves"
        if name != SELF:
            raise metadata.no_target(name)
        return metadata.Target(SELF, None, session.metadata if session.metadata is not None else {})
    if name[:1] in names.CHANNEL_TYPES and name:
        channel = registrations.find_room(ircd, casefold(name))
        if channel is None or not channel.is_visible_to(ctx.user):
            raise metadata.no_target(name)
        return metadata.Target(channel.name, channel, channel.metadata)
    user = ctx.user if name == SELF else ircd.users.get(casefold(name))
    if user is None:
        raise metadata.no_target(name)
    return metadata.Target(user.nick, user, user.metadata)


def _is_ones_own(ctx: Context, target: metadata.Target) -> bool:
    """Whether the session may change it without a privilege: it is its user's, or a room's that he is operator of."""
    of = target.of
    if not isinstance(of, Channel):
        return of is ctx.session.user
    member = of.members.get(ctx.user)
    return member is not None and member.is_op


def _require_permission(ctx: Context, target: metadata.Target, key: str) -> None:
    """Refuses: FAIL KEY_NO_PERMISSION who may not change the target's metadata."""
    if _is_ones_own(ctx, target) or (target.of is not None and ctx.user.may("metadata")):
        return
    raise Fail("METADATA", "KEY_NO_PERMISSION", target.name, key, text="That is not yours to set")


# Reading.


def _get(ctx: Context, target: metadata.Target, keys: list[str]) -> None:
    """Answers for every key in order."""
    ctx.open_batch("metadata", target.name)
    for key in keys:
        if not metadata.is_key(key):
            ctx.fail(metadata.bad_key(key))
        elif key in target.values:
            _send_value(ctx, target, key, target.values[key])
        else:
            ctx.reply(n.RPL_KEYNOTSET, target.name, key)
    ctx.close_batch()


def _list(ctx: Context, target: metadata.Target, params: list[str]) -> None:
    _send_values(ctx, target, target.values)


def _send_values(ctx: Context, target: metadata.Target, values: dict[str, str]) -> None:
    ctx.open_batch("metadata", target.name)
    for key, value in values.items():
        _send_value(ctx, target, key, value)
    ctx.close_batch()


def _send_value(ctx: Context, target: metadata.Target, key: str, value: str) -> None:
    ctx.reply(n.RPL_KEYVALUE, target.name, key, "*", text=value)


# Changing.


def _set(ctx: Context, target: metadata.Target, params: list[str]) -> None:
    key, value = params[0], params[1] if len(params) > 1 else None
    if not metadata.is_key(key):
        raise metadata.bad_key(key)
    _require_permission(ctx, target, key)
    _refuse_muted(ctx, target)
    if value is None and key not in target.values:
        raise Fail("METADATA", "KEY_NOT_SET", target.name, key, text="It is not set")
    _require_room(ctx, target, key, value)
    _require_patience(ctx, target, key)
    _change(ctx, target, key, value)
    if value is None:
        ctx.reply(n.RPL_KEYNOTSET, target.name, key)
    else:
        _send_value(ctx, target, key, value)


def _refuse_muted(ctx: Context, target: metadata.Target) -> None:
    """Refuses: ERR_CANNOTSENDTOCHAN, ERR_CANNOTSENDTOUSER, who may say nothing, there or at all.

    Nobody hears of what is set before registration.
    """
    if ctx.session.user is not None:
        quiet.refuse_muted(ctx, target.name)
    if isinstance(target.of, Channel):
        speech.refuse_archived(target.of)


def _require_room(ctx: Context, target: metadata.Target, key: str, value: str | None) -> None:
    """Refuses: FAIL VALUE_INVALID, LIMIT_REACHED."""
    if value is None:
        return
    session, limits = ctx.session, ctx.ircd.config.limits
    source = session.user.source if session.user is not None else ctx.ircd.name
    if not metadata.is_value(ctx.ircd, source, target.name, key, value):
        raise Fail("METADATA", "VALUE_INVALID", text=f"A value has up to {limits.metadata_bytes} bytes")
    if key not in target.values and len(target.values) >= limits.metadata_keys:
        raise Fail("METADATA", "LIMIT_REACHED", target.name, text=f"There may be {limits.metadata_keys} keys")


def _require_patience(ctx: Context, target: metadata.Target, key: str) -> None:
    """Refuses: FAIL RATE_LIMITED."""
    seconds = metadata.wait(ctx.ircd, ctx.session, ctx.now.mono)
    if seconds:
        text = f"Too many changes; try again in {seconds} seconds"
        raise Fail("METADATA", "RATE_LIMITED", target.name, key, str(seconds), text=text)


def _change(ctx: Context, target: metadata.Target, key: str, value: str | None) -> None:
    if target.of is None:
        session = ctx.session
        session.metadata = target.values
        metadata.put(session.metadata, key, value)
    elif target.values.get(key) != value:
        ctx.charge(len(target.of.members) if isinstance(target.of, Channel) else target.of.reach)
        ctx.change(MetadataChanged(ctx.cause(), target.name, key, value))
        if not _is_ones_own(ctx, target):
            said = f"Changed {key} of {target.name}" if value is not None else f"Removed {key} of {target.name}"
            audit.by_oper(ctx, "metadata", {"name": target.name, "key": key}, said, hits=(target.name,))


def _clear(ctx: Context, target: metadata.Target, params: list[str]) -> None:
    _require_permission(ctx, target, "*")
    _refuse_muted(ctx, target)
    if target.values:
        _require_patience(ctx, target, "*")
    cleared = dict(target.values)
    for key in cleared:
        _change(ctx, target, key, None)
    _send_values(ctx, target, cleared)


def _capability(ircd: Ircd, session: Session) -> str:
    limits = ircd.config.limits
    return (
        f"before-connect,max-subs={limits.metadata_subscriptions},max-keys={limits.metadata_keys},"
        f"max-value-bytes={limits.metadata_bytes}"
    )


VALUES["draft/metadata-2"] = _capability

Subcommand = Callable[[Context, metadata.Target, list[str]], None]
_SUBCOMMANDS: dict[str, tuple[Subcommand, int]] = {  # and how many parameters each needs
    "GET": (_get, 1),
    "LIST": (_list, 0),
    "SET": (_set, 1),
    "CLEAR": (_clear, 0),
    "SUB": (subscriptions.sub, 1),
    "UNSUB": (subscriptions.unsub, 1),
    "SUBS": (subscriptions.subs, 0),
    "SYNC": (subscriptions.sync, 0),
}
