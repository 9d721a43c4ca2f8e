"""Carrying out the commands of the table: what they may need of the server, and how their functions are entered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import msgspec
from msgspec.structs import replace

from chatkit.control.fields import without_secrets
from chatkit.control.logbook import Logbook
from chatkit.control.overview import RATE_SECONDS, Rate
from chatkit.control.plan import NEEDS_YES, NOT_UNDOABLE, Actor, Change, Changed, Plan, refused
from chatkit.control.row import Row
from chatkit.control.rpc import INVALID_PARAMS, METHOD_NOT_FOUND, Params, RpcError
from chatkit.control.table import TABLE
from chatkit.ircd import audit
from chatkit.ircd.clock import Moment
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.requests import Reloaded
from chatkit.store.records import Entry, Query

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Kind = Literal["reads", "shows", "plans", "does", "repeats"]

SHOWN_HITS = 5  # names in the question whether to go on
PATIENCE = 5.0  # seconds that one command that takes its time waits for another
NOT_YET = "It is not yet on disk (is the disk full?), and is kept as soon as that works"


class Health(msgspec.Struct, frozen=True):
    """How the server is. ``alive``: it still works things off. ``ready``: it takes newcomers and stores what they say.

    ``why`` are sentences about what is not as it should be.
    """

    alive: bool
    ready: bool
    why: tuple[str, ...] = ()


class Host(Protocol):
    """What the methods need of the server. None of it may be called under the state lock; ``ask`` on workers only."""

    stop_requested: threading.Event

    @property
    def connections(self) -> int:
        """Open connections, those to the control socket included."""

    def act(self, function: Callable[[Ircd, Moment], T]) -> T:
        """Run ``function`` under the state lock and carry out what comes of it."""

    def commit(self, entries: Iterable[Entry]) -> None:
        """Store ``entries`` now, for what must not be undone by a full disk. Raises sqlite3.Error."""

    def ask(self, query: Query) -> Any:
        """The store's answer. Blocks while it looks."""

    def reload(self) -> Reloaded:
        """Read the settings again, and go on with them."""

    def submit(self, function: Callable[[], None]) -> None:
        """Have a worker run ``function``."""

    def drain(self, seconds: float | None) -> None:
        """Let nobody in any more, and stop when the last has gone, or after ``seconds``."""

    def backup(self, path: Path) -> int:
        """Write a copy of everything that is stored to ``path``. Returns its bytes. Raises OSError, sqlite3.Error."""

    def health(self) -> Health:
        """How the server is."""

    def queues(self) -> list[tuple[str, int]]:
        """Bytes that wait for each client, by its nick or its address."""


class NotStored(Exception):
    """It is done, but not yet on disk: it is kept as soon as that works. ``result`` is what was to be returned."""

    def __init__(self, result: Any) -> None:
        super().__init__("not stored yet")
        self.result = result


class Desk:
    """Where one request is seen to: the server, and what is to be done when it has been answered."""

    def __init__(
        self, host: Host, rate: Rate | None = None, logbook: Logbook | None = None, doing: threading.Lock | None = None
    ) -> None:
        self.host = host
        self.rate = rate or Rate(RATE_SECONDS)
        self.logbook = logbook or Logbook()
        self.doing = doing or threading.Lock()  # held by what takes its time: one after the other
        self.afterwards: list[Callable[[], object]] = []  # what must not come before the answer, as the server's end

    def fresh(self) -> Desk:
        """One for another request."""
        return Desk(self.host, self.rate, self.logbook, self.doing)

    def finish(self) -> None:
        """The request has been answered: do what was to come after that."""
        for function in self.afterwards:
            function()

    def note_rate(self) -> float:
        """Look at the message counter. Call every few seconds. Returns messages a second over the last minute."""
        return self.host.act(lambda ircd, now: self.rate.note(now.mono, ircd.messages))


class Function(msgspec.Struct, frozen=True):
    """What does a command: how it is called depends on its ``kind``, see ``reads`` and those that follow it."""

    kind: Kind
    run: Callable[..., Any]


FUNCTIONS: dict[str, Function] = {}


def reads(name: str) -> Callable[[Callable[[Desk, Any], Any]], Callable[[Desk, Any], Any]]:
    """Enter what answers ``name`` and changes nothing."""
    return _entered(name, "reads")


def shows(name: str) -> Callable[[Callable[[Desk, Any, Actor], Any]], Callable[[Desk, Any, Actor], Any]]:
    """Enter what answers ``name``, changes nothing, and shows no more than the actor may see."""
    return _entered(name, "shows")


def plans(name: str) -> Callable[[Callable[..., Plan]], Callable[..., Plan]]:
    """Enter what plans ``name``: ``(ircd, now, params, actor) -> Plan``, called under the state lock."""
    return _entered(name, "plans")


def does(name: str) -> Callable[[Callable[..., Changed]], Callable[..., Changed]]:
    """Enter what does ``name`` and takes its time: ``(desk, params, actor) -> Changed``, called without the lock.

    It sees to ``params.dry_run`` itself and asks by ``require_yes``; its ``Changed.undo`` says how it is taken back.
    """
    return _entered(name, "does")


def repeats(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter what does ``name`` by other commands: ``(desk, params, actor)``. It is they that are noted."""
    return _entered(name, "repeats")


def _entered(name: str, kind: Kind) -> Callable[[F], F]:
    def enter(function: F) -> F:
        FUNCTIONS[name] = Function(kind, function)
        return function

    return enter


# Carrying out.


def call(desk: Desk, name: str, params: Params, actor: Actor, undoes: int = 0) -> Any:
    """Carry out a command: the answer, as plain data or structs. Raises RpcError.

    What changes something is in the audit log when this returns; ``undoes`` is the id of what it takes back. On a
    worker, or wherever it may block.
    """
    row, function = TABLE.get(name), FUNCTIONS.get(name)
    if row is None or function is None:
        raise RpcError(METHOD_NOT_FOUND)
    if row.privilege and not actor.may(row.privilege):
        raise refused(f"{actor.name} may not use {name}: it needs the privilege {row.privilege}")
    given = convert(params, row)
    return _KINDS[function.kind](desk, row, function.run, given, actor, undoes)


def convert(params: Params, row: Row) -> msgspec.Struct:
    """``params`` of a request as the struct that ``row`` wants. In a list they are what the row has as positional."""
    if isinstance(params, list):
        if len(params) > len(row.positional):
            raise RpcError(INVALID_PARAMS, f"Invalid params: {len(params)} given, at most {len(row.positional)} wanted")
        params = dict(zip(row.positional, params, strict=False))
    try:
        return msgspec.convert(params, row.params)
    except msgspec.ValidationError as error:
        raise RpcError(INVALID_PARAMS, f"Invalid params: {error}") from error


def require_yes(
    ircd: Ircd, params: Change, hits: tuple[str, ...], *, asks: bool = False, undoable: bool = False
) -> None:
    """Refuses with NEEDS_YES what hits many, or ``asks`` however few it hits, until it is ``confirmed``.

    What is not ``undoable`` says so; where that is why it asks, it is for good.
    """
    if params.confirmed or (not asks and len(hits) < ircd.config.admin.ask_from):
        return
    shown = ", ".join(hits[:SHOWN_HITS]) + (", …" if len(hits) > SHOWN_HITS else "")
    whom = f"this hits {len(hits)} ({shown})" + (" for good" if asks and not undoable else "") if hits else ""
    why = "; ".join(filter(None, (whom, "" if undoable else NOT_UNDOABLE)))
    raise RpcError(NEEDS_YES, f"{why}: say --yes to go on" if why else "say --yes to go on")


def _read(desk: Desk, row: Row, run: Callable[..., Any], params: Any, actor: Actor, undoes: int) -> Any:
    return run(desk, params)


def _plan(desk: Desk, row: Row, run: Callable[..., Plan], params: Any, actor: Actor, undoes: int) -> Changed:
    def carry_out(ircd: Ircd, now: Moment) -> Changed:
        plan = run(ircd, now, params, actor)
        if plan.go is None:
            return Changed(plan.said, id=None)
        if params.dry_run:
            return Changed(plan.said, plan.hits, undoable=plan.undo is not None)
        require_yes(ircd, params, plan.hits, asks=plan.asks, undoable=plan.undo is not None)
        done = Changed(plan.said, plan.hits, undo=plan.undo, result=plan.go())
        return _noted(ircd, now, row, params, actor, undoes, done)

    return _act(desk, carry_out)


def _do(desk: Desk, row: Row, run: Callable[..., Changed], params: Any, actor: Actor, undoes: int) -> Changed:
    if not desk.doing.acquire(timeout=PATIENCE):
        raise refused("another command of those that take their time is not done yet: try again")
    try:
        done = run(desk, params, actor)
    finally:
        desk.doing.release()
    if params.dry_run:
        return replace(done, undoable=done.undo is not None)
    return _act(desk, lambda ircd, now: _noted(ircd, now, row, params, actor, undoes, done))


def _with_actor(desk: Desk, row: Row, run: Callable[..., Any], params: Any, actor: Actor, undoes: int) -> Any:
    return run(desk, params, actor)


_KINDS: dict[Kind, Callable[[Desk, Row, Callable[..., Any], Any, Actor, int], Any]] = {
    "reads": _read,
    "shows": _with_actor,
    "plans": _plan,
    "does": _do,
    "repeats": _with_actor,
}


def _act(desk: Desk, function: Callable[[Ircd, Moment], Changed]) -> Changed:
    try:
        return desk.host.act(function)
    except NotStored as error:
        done: Changed = error.result
        return replace(done, said=f"{done.said}. {NOT_YET}")


def _noted(ircd: Ircd, now: Moment, row: Row, params: Any, actor: Actor, undoes: int, done: Changed) -> Changed:
    undo = None if done.undo is None else (done.undo.what, done.undo.params)
    kept = without_secrets(params)
    id_ = audit.note(ircd, now, actor.name, row.name, kept, params.reason, done.hits, done.said, undo, undoes)
    return replace(done, id=id_, undoable=undo is not None)
