"""Reading the audit log, and taking back what is in it."""

from __future__ import annotations

import msgspec

from chatkit.control.params.general import AuditList, UndoId
from chatkit.control.plan import Actor, refused
from chatkit.control.runner import Desk, call, reads, repeats
from chatkit.ircd.clock import time_of
from chatkit.store.records import LAST, Audited, AuditQuery


class AuditRow(msgspec.Struct, frozen=True):
    """One thing that was done. ``time`` is in UTC; ``undone_by`` is the id of what took it back, or 0."""

    id: int
    time: str
    who: str
    what: str
    said: str
    reason: str
    hits: tuple[str, ...]
    undoable: bool
    undoes: int
    undone_by: int


@reads("audit")
def entries(desk: Desk, params: AuditList) -> list[AuditRow]:
    """What was done, newest first."""
    query = AuditQuery(params.limit, params.before or LAST, params.who, params.what)
    return [_row(desk, entry) for entry in desk.host.ask(query)]


@repeats("undo")
def undo(desk: Desk, params: UndoId, actor: Actor) -> object:
    """Do the opposite of what has this id. Refuses: no such id, what nothing takes back, what is taken back already."""
    entry = next((entry for entry in _with_its_undoing(desk, params.id) if entry.id == params.id), None)
    if entry is None:
        raise refused(f"the audit log has no number {params.id}")
    if not entry.undo:
        raise refused(f"number {params.id} cannot be taken back: {entry.said}")
    if by := _undone_by(desk, params.id):
        raise refused(f"number {params.id} was taken back already, by number {by}")
    what, given = msgspec.json.decode(entry.undo, type=tuple[str, dict[str, object]])
    reason = params.reason or given.get("reason", "")  # of what is to hold again
    about = {"reason": reason, "dry_run": params.dry_run, "confirmed": params.confirmed}
    return call(desk, what, {**given, **about}, actor, undoes=params.id)


def _row(desk: Desk, entry: Audited) -> AuditRow:
    by = _undone_by(desk, entry.id) if entry.undo else 0
    return AuditRow(
        entry.id, time_of(entry.time), entry.who, entry.what, entry.said, entry.reason, entry.hits,
        bool(entry.undo) and not by, entry.undoes, by,
    )  # fmt: skip


def _undone_by(desk: Desk, id_: int) -> int:
    """The id of what took ``id_`` back and still holds, or 0."""
    undoing = (entry for entry in _with_its_undoing(desk, id_) if entry.undoes == id_)
    return next((entry.id for entry in undoing if not _undone_by(desk, entry.id)), 0)


def _with_its_undoing(desk: Desk, id_: int) -> list[Audited]:
    found: list[Audited] = desk.host.ask(AuditQuery(id=id_))
    return found
