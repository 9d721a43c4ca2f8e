"""MARKREAD: what has been read, in step on all devices of a user, and told to nobody else.

Spec: https://ircv3.net/specs/extensions/read-marker
"""

from __future__ import annotations

from chatkit.ircd import markers
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail
from chatkit.ircd.events import MarkerMoved
from chatkit.ircd.state import Channel
from chatkit.proto import capabilities as cap
from chatkit.proto import names
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message
from chatkit.proto.timestamps import parse_time


@command("MARKREAD")
def markread(ctx: Context, msg: Message) -> None:
    """MARKREAD <target> [timestamp=<time>]: ask for the marker of a room or of a nick, or move it forward.

    Spec: https://ircv3.net/specs/extensions/read-marker#markread-command
    Refuses: FAIL with NEED_MORE_PARAMS or INVALID_PARAMS
    """
    target = msg.param(0)
    if not target:
        raise Fail("MARKREAD", "NEED_MORE_PARAMS", text="Missing parameters")
    if not (names.is_channel_name(target) or names.is_nick(target)):
        raise Fail("MARKREAD", "INVALID_PARAMS", target, text="That is neither a room nor a nick")
    key, known = casefold(target), ctx.user.markers.get(casefold(target))
    if msg.param(1):
        # "It can clamp it between the last read timestamp and the current time."
        time = min(_time(target, msg.params[1]), ctx.now.wall // 1000)
        if time > (known or 0):
            ctx.change(MarkerMoved(ctx.cause(), key, time))
    ctx.send(markers.line(markers.shown(ctx.ircd, ctx.user, target), ctx.user.markers.get(key)))


def _time(target: str, text: str) -> int:
    """Milliseconds since 1970. Refuses: INVALID_PARAMS."""
    word, _, value = text.partition("=")
    try:
        if word == "timestamp":
            return parse_time(value)
    except ValueError:
        pass
    raise Fail("MARKREAD", "INVALID_PARAMS", target, text, text="Use timestamp=YYYY-MM-DDThh:mm:ss.sssZ")


def send_marker(ctx: Context, channel: Channel) -> None:
    """What a session that knows markers is told of a room after its JOIN."""
    if ctx.session.has(cap.READ_MARKER):
        ctx.send(markers.line(channel.name, ctx.user.markers.get(channel.id)))
