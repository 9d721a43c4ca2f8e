"""The methods of the control socket: one function and one row each."""

from __future__ import annotations

import difflib
import resource
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from chatkit.client.splitting import split_text
from chatkit.control import overview
from chatkit.control.methods import accounts
from chatkit.control.overview import RoomRow, Stats, UserRow
from chatkit.control.rpc import INVALID_PARAMS, METHOD_NOT_FOUND, REFUSED, Params, RpcError
from chatkit.control.runner import Desk
from chatkit.ircd.apply import apply
from chatkit.ircd.clock import Moment
from chatkit.ircd.events import Announced, Cause
from chatkit.ircd.ircd import Ircd
from chatkit.proto import names
from chatkit.proto.casemapping import casefold
from chatkit.proto.formatting import plain

DEFAULT_REASON = "Removed by those who run this server"
MAX_ANNOUNCEMENT = 4000  # characters
NOTICE_BYTES = 300  # of text that fit into one NOTICE, whatever the server and the recipient are called
MAX_SUGGESTIONS = 3
PAGE = resource.getpagesize()


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """The parameters of a method that has none."""


class Kick(msgspec.Struct, forbid_unknown_fields=True):
    """Whom, and why."""

    nick: str
    reason: str = ""


class Announce(msgspec.Struct, forbid_unknown_fields=True):
    """What. Every line becomes a message of its own, a long one several."""

    text: str


class Kicked(msgspec.Struct):
    """Who went, and what they were told."""

    nick: str
    reason: str


class Told(msgspec.Struct):
    """How many users got it."""

    users: int


class Stopping(msgspec.Struct):
    """It stops."""

    stopping: bool = True


class Method(msgspec.Struct, frozen=True):
    """One row. ``params`` is a struct; positional parameters fill its fields in their order."""

    name: str
    params: type[msgspec.Struct]
    function: Callable[[Desk, Any], Any]


def call(desk: Desk, name: str, params: Params) -> Any:
    """Run a method. Raises RpcError."""
    row = METHODS.get(name)
    if row is None:
        raise RpcError(METHOD_NOT_FOUND)
    return row.function(desk, _convert(params, row.params))


def users(desk: Desk, _params: Nothing) -> list[UserRow]:
    """Everyone who is there."""
    return desk.host.act(overview.users)


def rooms(desk: Desk, _params: Nothing) -> list[RoomRow]:
    """Every room there is."""
    return desk.host.act(lambda ircd, _now: overview.rooms(ircd))


def kick(desk: Desk, params: Kick) -> Kicked:
    """Remove somebody from the server. Refuses: nobody of that name."""
    reason = names.clip(_one_line(params.reason), names.KICK_LEN) or DEFAULT_REASON

    def remove(ircd: Ircd, now: Moment) -> Kicked:
        user = ircd.users.get(casefold(params.nick))
        if user is None:
            raise RpcError(REFUSED, _nobody(params.nick, ircd))
        ircd.kill(user, None, reason, now)
        return Kicked(user.nick, reason)

    return desk.host.act(remove)


def announce(desk: Desk, params: Announce) -> Told:
    """Say something to everyone. Refuses: nothing to say, too much to say."""
    if len(params.text) > MAX_ANNOUNCEMENT:
        raise RpcError(REFUSED, f"an announcement has at most {MAX_ANNOUNCEMENT:,} characters")
    lines = [part for line in params.text.splitlines() for part in split_text(_one_line(line), NOTICE_BYTES)]
    if not lines:
        raise RpcError(REFUSED, "an announcement needs a text")

    def tell(ircd: Ircd, now: Moment) -> Told:
        for line in lines:
            apply(ircd, Announced(Cause(ircd.sequence.next(now.wall), ircd.name), line))
        return Told(len(ircd.users))

    return desk.host.act(tell)


def stats(desk: Desk, _params: Nothing) -> Stats:
    """The server in figures."""
    rate = desk.note_rate()
    connections, memory, threads = desk.host.connections, _memory(), threading.active_count()

    def read(ircd: Ircd, now: Moment) -> Stats:
        return Stats(
            version=ircd.version,
            uptime=int(now.mono - ircd.started.mono),
            users=len(ircd.users),
            peak=ircd.max_users,
            rooms=len(ircd.channels),
            messages=ircd.messages,
            messages_per_second=round(rate, 2),
            connections=connections,
            memory=memory,
            threads=threads,
        )

    return desk.host.act(read)


def stop(desk: Desk, _params: Nothing) -> Stopping:
    """Stop the server. The connection ends when it is done."""
    desk.host.stop_requested.set()
    return Stopping()


METHODS = {
    row.name: row
    for row in (
        Method("users", Nothing, users),
        Method("rooms", Nothing, rooms),
        Method("kick", Kick, kick),
        Method("announce", Announce, announce),
        Method("stats", Nothing, stats),
        Method("stop", Nothing, stop),
        Method("account.create", accounts.Create, accounts.create),
        Method("account.password", accounts.Password, accounts.password),
        Method("account.list", Nothing, accounts.list_),
        Method("account.show", accounts.Named, accounts.show),
        Method("account.delete", accounts.Delete, accounts.delete),
        Method("account.cert", accounts.Cert, accounts.cert),
    )
}


def _convert(params: Params, kind: type[msgspec.Struct]) -> msgspec.Struct:
    if isinstance(params, list):
        fields = kind.__struct_fields__
        if len(params) > len(fields):
            raise RpcError(INVALID_PARAMS, f"Invalid params: {len(params)} given, at most {len(fields)} wanted")
        params = dict(zip(fields, params, strict=False))
    try:
        return msgspec.convert(params, kind)
    except msgspec.ValidationError as error:
        raise RpcError(INVALID_PARAMS, f"Invalid params: {error}") from error


def _one_line(text: str) -> str:
    return plain(" ".join(text.split()))


def _nobody(nick: str, ircd: Ircd) -> str:
    near = difflib.get_close_matches(casefold(nick), ircd.users, MAX_SUGGESTIONS)
    hint = f" (there is {', '.join(ircd.users[key].nick for key in near)})" if near else ""
    return f"nobody here is called {_one_line(nick)}{hint}"


def _memory() -> int:
    """Bytes that the process keeps in memory; the most it ever kept, where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError, ValueError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
