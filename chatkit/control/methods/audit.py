"""Reading the audit log, and taking back what is in it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chatkit.control.params.general import AuditList, UndoId
from chatkit.control.plan import Actor, refused
from chatkit.control.runner import Desk, call, reads, repeats
from chatkit.control.table import TABLE
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
    found: list[Audited] = desk.host.ask(query)
    undone_by = _undone_by(desk, (entry.id for entry in found if entry.undo))
    return [_row(entry, undone_by.get(entry.id, 0)) for entry in found]


@repeats("undo")
def undo(desk: Desk, params: UndoId, actor: Actor) -> object:
    """Do the opposite of what has this id.

    Refuses: no such id, who may neither see it nor do it himself, what nothing takes back, what is taken back already.
    """
    entry = next((entry for entry in _with_its_undoing(desk, params.id) if entry.id == params.id), None)
    if entry is None:
        raise refused(f"the audit log has no number {params.id}")
    if not _may_know(actor, entry):
        raise refused(f"{actor.name} may not take back number {params.id}, nor see what it is")
    if not entry.undo:
        raise refused(f"number {params.id} cannot be taken back: {entry.said}")
    if by := _undone_by(desk, (params.id,)).get(params.id):
        raise refused(f"number {params.id} was taken back already, by number {by}")
    what, given = msgspec.json.decode(entry.undo, type=tuple[str, dict[str, object]])
    reason = params.reason or given.get("reason", "")  # of what is to hold again
    about = {"reason": reason, "dry_run": params.dry_run, "confirmed": params.confirmed}
    return call(desk, what, {**given, **about}, actor, undoes=params.id)


def _may_know(actor: Actor, entry: Audited) -> bool:
    """Whether ``actor`` may be told what the entry says: by the audit log, or because he may do such things himself."""
    row = TABLE.get(entry.what)
    return actor.may("audit") or (row is not None and actor.may(row.privilege))


def _row(entry: Audited, by: int) -> AuditRow:
    return AuditRow(
        entry.id, time_of(entry.time), entry.who, entry.what, entry.said, entry.reason, entry.hits,
        bool(entry.undo) and not by, entry.undoes, by,
    )  # fmt: skip


def _undone_by(desk: Desk, ids: Iterable[int]) -> dict[int, int]:
    """What took those of ``ids`` back that are, by their ids, and still holds.

    What takes back may be taken back, and so on: however often, each is looked up once.
    """
    undoing: dict[int, list[int]] = {}
    left = list(ids)
    while left:
        id_ = left.pop()
        if id_ not in undoing:
            undoing[id_] = [entry.id for entry in _with_its_undoing(desk, id_) if entry.undoes == id_]
            left += undoing[id_]
    found: dict[int, int] = {}
    for id_ in sorted(undoing, reverse=True):  # what takes another back comes after it
        holding = [by for by in undoing[id_] if by not in found]
        found |= {id_: holding[0]} if holding else {}
    return found


def _with_its_undoing(desk: Desk, id_: int) -> list[Audited]:
    found: list[Audited] = desk.host.ask(AuditQuery(id=id_))
    return found
