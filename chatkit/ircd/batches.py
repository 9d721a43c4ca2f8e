"""What a client sends in pieces: batches of its own.

Spec: https://ircv3.net/specs/extensions/client-batch
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from chatkit.ircd.errors import Fail
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.ircd.clock import Moment
    from chatkit.ircd.context import Context

_MEANWHILE = frozenset({"PING", "PONG", "QUIT"})  # what keeps or ends a connection may come while a batch is open


class Content(Protocol):
    """What has come of a batch so far. Both methods may refuse the whole of it with a Fail."""

    def add(self, ctx: Context, msg: Message) -> None:
        """Take one more message."""

    def complete(self, ctx: Context) -> None:
        """Do what the batch is for: all of it is here."""


class Kind(msgspec.Struct, frozen=True):
    """A type of batch. ``begin`` takes the BATCH that opens one, and may refuse it with a Fail."""

    needs: int  # capabilities that a session must have negotiated
    begin: Callable[[Context, Message], Content]


KINDS: dict[str, Kind] = {}


class ClientBatch:
    """A batch that a client has opened and not closed yet."""

    __slots__ = ("content", "label", "opened", "reference")

    def __init__(self, reference: str, now: Moment) -> None:
        self.reference = reference
        self.opened = now.mono
        self.content: Content | None = None  # None: it was refused, and what still comes of it is ignored
        self.label: str | None = None  # of the opening BATCH: for the answer to it all


def takes(ctx: Context, msg: Message) -> bool:
    """Whether ``msg`` is part of a batch, and seen to with this. Refuses what does not go with the open one."""
    batch, reference = ctx.session.batch, msg.tags.get("batch")
    if batch is None:
        if reference is not None:
            raise unknown(reference)
        return False
    if batch.content is None:
        return reference is not None
    if reference is None and (msg.command == "BATCH" or msg.command in _MEANWHILE):
        return False
    if reference != batch.reference or msg.command == "BATCH":
        raise refused(ctx, batch, _invalid("Only messages of the batch may be sent while it is open"))
    try:
        batch.content.add(ctx, msg)
    except Fail as fail:
        raise refused(ctx, batch, fail) from None
    return True


def open_(ctx: Context, reference: str, msg: Message) -> None:
    """Open the batch of which ``msg`` is the first line. Refuses: UNKNOWN_TYPE, and what its type refuses."""
    batch = ctx.session.batch
    if batch is not None and batch.content is not None:
        raise refused(ctx, batch, _invalid("Close the batch before you open another"))
    batch = ctx.session.batch = ClientBatch(reference, ctx.now)
    kind = msg.param(1)
    row = KINDS.get(kind)
    if row is None or not ctx.session.has_all(row.needs):
        raise Fail("BATCH", "UNKNOWN_TYPE", reference, kind or "*", text="This type of batch is not known here")
    batch.content = row.begin(ctx, msg)
    batch.label = ctx.defer()


def close(ctx: Context, reference: str) -> None:
    """Close a batch, which does what it is for."""
    batch = ctx.session.batch
    if batch is None:
        raise unknown(reference)
    if batch.reference != reference:
        if batch.content is not None:
            raise refused(ctx, batch, _invalid("Another batch is open"))
        return
    ctx.session.batch = None
    if batch.content is not None:
        ctx.take_up(batch.label)
        batch.content.complete(ctx)


def refused(ctx: Context, batch: ClientBatch, fail: Fail) -> Fail:
    """Give ``batch`` up: ``fail``, which this returns, is the answer to all of it."""
    _give_up(ctx, batch)
    return fail


def spoil(ctx: Context, tags: dict[str, str]) -> None:
    """A line with ``tags`` could not be read. The batch that it belongs to is given up: without it, it says else."""
    batch = ctx.session.batch
    if batch is not None and batch.content is not None and tags.get("batch") == batch.reference:
        _give_up(ctx, batch)


def _give_up(ctx: Context, batch: ClientBatch) -> None:
    batch.content = None
    ctx.take_up(batch.label)


def expire(ctx: Context, seconds: float) -> None:
    """Give the session's batch up if it is open for longer than ``seconds``."""
    batch = ctx.session.batch
    if batch is not None and batch.content is not None and ctx.now.mono - batch.opened > seconds:
        text = f"The batch was open for more than {seconds:g} seconds"
        ctx.fail(refused(ctx, batch, Fail("BATCH", "TIMEOUT", batch.reference, text=text)))
        ctx.finish()


def unknown(reference: str) -> Fail:
    """No batch of this reference is open."""
    # It may come from a tag, whose value may hold line ends.
    shown = reference if reference.isprintable() else ""
    return Fail("BATCH", "INVALID_REFTAG", shown or "*", text="No such batch is open")


def _invalid(text: str) -> Fail:
    return Fail("BATCH", "MULTILINE_INVALID", text=text)
