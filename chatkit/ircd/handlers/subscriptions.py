"""The subcommands of METADATA that say what a client wants to hear of, and what it is told then.

Spec: https://ircv3.net/specs/extensions/metadata#notifications
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from chatkit.ircd import metadata
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail
from chatkit.ircd.events import MetadataChanged
from chatkit.ircd.staging import fill
from chatkit.ircd.state import Channel
from chatkit.proto import capabilities as cap
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import MAX_LINE

MAX_AT_ONCE = 300  # users whose metadata a session is told of by itself; for larger rooms it has to ask
RETRY_AFTER = 5  # seconds until it should
KEYS_A_LINE = 12  # with the numeric's nick no more than 15 parameters
ROOM = 350  # bytes of keys in one line


def _require_self(ctx: Context, target: metadata.Target) -> None:
    if target.of is not ctx.session.user:
        raise metadata.no_target(target.name)


def sub(ctx: Context, target: metadata.Target, keys: list[str]) -> None:
    _require_self(ctx, target)
    subscriptions, most = ctx.session.subscriptions, ctx.ircd.config.limits.metadata_subscriptions
    done: dict[str, None] = {}
    new: dict[str, None] = {}
    for key in keys:
        if not metadata.is_key(key):
            ctx.fail(metadata.bad_key(key))
            continue
        if len(subscriptions) >= most:
            # "this first key that the client could not subscribe to", whether it has it already or not
            text = f"You may subscribe to {most} keys"
            ctx.fail(Fail("METADATA", "TOO_MANY_SUBS", key, text=text))
            break
        if key not in subscriptions:
            subscriptions[key] = new[key] = None
        done[key] = None
    _send_keys(ctx, n.RPL_METADATASUBOK, done)
    if new and ctx.session.user is not None:
        _send_current(ctx, new)


def unsub(ctx: Context, target: metadata.Target, keys: list[str]) -> None:
    _require_self(ctx, target)
    done: dict[str, None] = {}
    for key in keys:
        if metadata.is_key(key):
            ctx.session.subscriptions.pop(key, None)
            done[key] = None
        else:
            ctx.fail(metadata.bad_key(key))
    _send_keys(ctx, n.RPL_METADATAUNSUBOK, done)


def subs(ctx: Context, target: metadata.Target, params: list[str]) -> None:
    _require_self(ctx, target)
    ctx.open_batch("metadata-subs")
    _send_keys(ctx, n.RPL_METADATASUBS, ctx.session.subscriptions)
    ctx.close_batch()


def _send_keys(ctx: Context, numeric: str, keys: Iterable[str]) -> None:
    for words in fill(keys, ROOM):
        rest = iter(words.split(" "))
        while part := list(islice(rest, KEYS_A_LINE)):
            ctx.reply(numeric, *part)


def sync(ctx: Context, target: metadata.Target, params: list[str]) -> None:
    of = target.of
    if isinstance(of, Channel):
        ctx.charge(len(of.members))
        lines = metadata.lines_of_room(ctx.session, ctx.user, of)
    else:
        lines = metadata.lines_of(ctx.session, target.name, target.values)
    _send_batch(ctx, target.name, lines)


# Telling without being asked.


def _send_batch(ctx: Context, name: str, lines: Iterator[str]) -> None:
    ctx.open_batch("metadata", name)
    # What many people say of themselves must not cost a client its connection.
    for line in islice(lines, ctx.ircd.config.limits.sendq_bytes // 2 // MAX_LINE):
        ctx.send(line)
    ctx.close_batch()


def _send_current(ctx: Context, keys: dict[str, None]) -> None:
    """What ``keys`` are now, of all that the session hears of."""
    session, user = ctx.session, ctx.user
    if not session.has(cap.METADATA):
        return
    lines = dict.fromkeys(metadata.lines_of(session, user.nick, user.metadata, keys))
    for channel in user.channels.values():
        if len(channel.members) > MAX_AT_ONCE:
            ctx.reply(n.RPL_METADATASYNCLATER, channel.name, str(RETRY_AFTER))
        else:
            ctx.charge(len(channel.members))
            lines.update(dict.fromkeys(metadata.lines_of_room(session, user, channel, keys)))
    for nick in session.monitored:
        other = ctx.ircd.users.get(nick)
        if other is not None:
            lines.update(dict.fromkeys(metadata.lines_of(session, other.nick, other.metadata, keys)))
    for line in lines:
        ctx.send(line)


def send_room(ctx: Context, channel: Channel) -> None:
    """What the session wants to know of a room that its user is in from now on, or RPL_METADATASYNCLATER."""
    session = ctx.session
    if not session.subscriptions or not session.has(cap.METADATA):
        return
    if len(channel.members) > MAX_AT_ONCE:
        ctx.reply(n.RPL_METADATASYNCLATER, channel.name, str(RETRY_AFTER))
        return
    lines = list(metadata.lines_of_room(session, ctx.user, channel))
    if lines:
        _send_batch(ctx, channel.name, iter(lines))


def send_users(ctx: Context, nicks: Iterable[str]) -> None:
    """What the session wants to know of users whom it monitors from now on."""
    for nick in nicks if ctx.session.subscriptions else ():
        user = ctx.ircd.users.get(casefold(nick))
        if user is not None:
            for line in metadata.lines_of(ctx.session, user.nick, user.metadata):
                ctx.send(line)


def settle(ctx: Context) -> None:
    """The session is registered: what it has set before becomes its user's, and it is told all of that."""
    session, user = ctx.session, ctx.user
    given, session.metadata = session.metadata or {}, None
    for key, value in given.items():
        is_new = key not in user.metadata
        if is_new and len(user.metadata) >= ctx.ircd.config.limits.metadata_keys:
            continue
        if user.metadata.get(key) != value and metadata.is_value(ctx.ircd, user.source, user.nick, key, value):
            ctx.change(MetadataChanged(ctx.cause(), user.nick, key, value))
    if session.has(cap.METADATA):
        # All of it, subscribed to or not.
        _send_batch(ctx, user.nick, (metadata.line(user.nick, key, value) for key, value in user.metadata.items()))
