"""What a command that changes something is about to do: said, asked about and noted before it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chatkit.control.rpc import REFUSED, RpcError

NOT_UNDOABLE = "undo cannot take it back"  # what is said of such a command before it is done
NEEDS_YES = 2  # the code of a refusal that ``confirmed`` turns into a yes


class Actor(msgspec.Struct, frozen=True):
    """Who asks. ``privileges`` are names from ``proto.privileges``; None means all of them.

    ``until`` is when they end, in seconds since 1970; 0 is never.
    """

    name: str
    privileges: frozenset[str] | None = None
    until: int = 0

    def may(self, privilege: str) -> bool:
        """Whether the actor has ``privilege``."""
        return self.privileges is None or privilege in self.privileges


class Undo(msgspec.Struct, frozen=True):
    """The command that takes another one back, with its parameters by name."""

    what: str
    params: dict[str, Any]


class Plan(msgspec.Struct, frozen=True):
    """One change that is possible now.

    ``said`` is a sentence in the past tense, as "Banned 203.0.113.0/24 for 1h". ``hits`` are the nicks, rooms or
    accounts that it concerns. ``go`` does it, under the same hold of the state lock as the plan was made; what it
    returns may be told besides. Without it nothing was wanted: ``said`` answers a question, and is not noted. ``asks``
    is whether one is asked first however few it hits.
    """

    said: str
    hits: tuple[str, ...] = ()
    go: Callable[[], Any] | None = None
    undo: Undo | None = None
    asks: bool = False


class Changed(msgspec.Struct, frozen=True):
    """The answer of every command that changes something. ``id`` is its number in the audit log.

    It is 0 for a dry run, and None where nothing was to be changed.

    ``undoable`` is whether ``undo`` takes it back, or would.
    """

    said: str
    hits: tuple[str, ...] = ()
    id: int | None = 0
    undoable: bool = False
    result: Any = None
    undo: Undo | None = None  # how it is taken back; the runner puts it into the audit log


class Change(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What every command takes that changes something. Its own fields come in a subclass.

    ``Meta.extra`` tells the command line how: ``option`` (its spelling), ``metavar``, ``type`` ("duration", "time",
    "password" or "file"), ``complete`` ("nick", "room", "account", "ban", "token", "invite" or "audit") and ``face``
    (``Field.face``); and ``noted`` (``Field.is_noted``).
    """

    reason: Annotated[str, Meta(description="Why: whoever is concerned is told, and it is kept.")] = ""
    dry_run: Annotated[bool, Meta(description="Say whom it would hit, and do nothing.")] = False
    confirmed: Annotated[bool, Meta(description="Do not ask.", extra={"option": "--yes"})] = False


class Lasting(Change, kw_only=True):
    """What a change takes that may end by itself. ``lasts`` is in seconds."""

    lasts: Annotated[
        float | None,
        Meta(
            description="For how long, as 30m, 1h or 2d; without it for good.",
            extra={"option": "--for", "type": "duration"},
        ),
    ] = None


def refused(sentence: str) -> RpcError:
    """The error of what cannot be done, for a person."""
    return RpcError(REFUSED, sentence)
