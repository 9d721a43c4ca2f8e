"""What the commands of the family "history" do: searching what was said, and deleting it."""

from __future__ import annotations

from functools import partial

import msgspec

from chatkit.control.finding import server_cause
from chatkit.control.params.history import HistoryPurge, HistoryRedact, HistorySearch
from chatkit.control.phrases import counted, like, one_line, reason_of, seq_at
from chatkit.control.plan import Actor, Changed, refused
from chatkit.control.runner import Desk, does, reads, require_yes
from chatkit.ircd.apply import apply
from chatkit.ircd.clock import Moment, msgid_of, seq_of, time_of
from chatkit.ircd.events import RedactedByServer
from chatkit.ircd.ircd import Ircd
from chatkit.proto import names
from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.store.records import (
    CONTINUED,
    FIRST,
    LAST,
    SPOKEN,
    CountQuery,
    Entry,
    Forgotten,
    KeyForgotten,
    PurgeBefore,
    Record,
    RecordQuery,
    SearchQuery,
    TargetNamesQuery,
    is_conversation,
)

_REDACTABLE = SPOKEN | {"TAGMSG"}
_UNAVAILABLE = "nothing can be deleted at the moment: the server cannot write to its disk"


class FoundRow(msgspec.Struct, frozen=True):
    """One message. ``time`` is in UTC; ``text`` has "\\n" between its lines."""

    time: str
    room: str
    nick: str
    account: str
    text: str
    msgid: str


# Searching.


@reads("history.search")
def search(desk: Desk, params: HistorySearch) -> list[FoundRow]:
    """The newest messages in rooms that fit, the oldest first. Refuses: nothing to search for, no such room."""
    if not params.words.strip() and not params.nick:
        raise refused("there is nothing to search for: give words, or --from with a nick")
    rooms = _rooms(desk)
    query = SearchQuery(
        rooms,
        "",
        params.words,
        casefold(params.nick),
        seq_at("--since", params.since) - 1 if params.since else FIRST,
        seq_at("--until", params.until) if params.until else LAST,
        params.limit,
        _among(rooms, params.room) if params.room else None,
    )
    found: list[Record] = desk.host.ask(query)
    return [_row(record) for record in found]


def _rooms(desk: Desk) -> tuple[str, ...]:
    targets: tuple[str, ...] = desk.host.ask(TargetNamesQuery())
    return tuple(target for target in targets if not is_conversation(target))


def _among(rooms: tuple[str, ...], name: str) -> str:
    """The key of a room that has history."""
    key = casefold(name)
    if key not in rooms:
        raise refused(f"nothing was said in {one_line(name)}{like(name, rooms)}")
    return key


def _row(record: Record) -> FoundRow:
    return FoundRow(
        time_of(record.seq),
        record.recipient,
        split_source(record.source).nick,
        record.account,
        record.text.replace(CONTINUED, ""),
        msgid_of(record.seq),
    )


# Deleting.


@does("history.redact")
def redact(desk: Desk, params: HistoryRedact, actor: Actor) -> Changed:
    """Take a message back that was said in a room. Refuses: no such message."""
    record = _find_record(desk, params)
    name, msgid = record.recipient, msgid_of(record.seq)
    if casefold(name) != record.target:  # the room was renamed since
        name = record.target
    done = Changed(f"Took back what {split_source(record.source).nick} said in {name} ({msgid})", (name,))
    if not params.dry_run:
        desk.host.act(partial(_take_back, params, name, msgid))
    return done


def _find_record(desk: Desk, params: HistoryRedact) -> Record:
    try:
        seq = seq_of(params.msgid)
    except ValueError as error:
        raise refused(f"{one_line(params.msgid)!r} is no message's id: history search shows them") from error
    record: Record | None = desk.host.ask(RecordQuery(casefold(params.room), seq))
    if params.room[:1] not in names.CHANNEL_TYPES or record is None or record.command not in _REDACTABLE:
        raise refused(f"there is no message {one_line(params.msgid)} in {one_line(params.room)}")
    return record


def _take_back(params: HistoryRedact, name: str, msgid: str, ircd: Ircd, now: Moment) -> None:
    if ircd.ailing:
        raise refused(_UNAVAILABLE)
    apply(ircd, RedactedByServer(server_cause(ircd, now), name, msgid, reason_of(params)))


@does("history.purge")
def purge(desk: Desk, params: HistoryPurge, actor: Actor) -> Changed:
    """Delete what was said: in a room, by a person, or before a time. Asks always. Refuses: no such room or person."""
    if params.room and params.person:
        raise refused("name a room or a person, not both")
    plan = _of_room if params.room else _of_person if params.person else _of_all
    said, hits, entry = plan(desk, params)
    if not params.dry_run:
        desk.host.act(partial(_delete, params, hits, entry))
    return Changed(said, hits)


def _delete(params: HistoryPurge, hits: tuple[str, ...], entry: Entry, ircd: Ircd, now: Moment) -> None:
    require_yes(ircd, params, hits, asks=True)
    ircd.note(entry)


Purge = tuple[str, tuple[str, ...], Entry]  # what is said of it, whom it hits, and what the store is told


def _of_room(desk: Desk, params: HistoryPurge) -> Purge:
    key = _among(_rooms(desk), params.room)
    if params.before:
        before = seq_at("--before", params.before)
        said = f"Deleted what was said in {one_line(params.room)} before {time_of(before)}"
        return said, (one_line(params.room),), PurgeBefore(key, before)
    messages, _events = desk.host.ask(CountQuery(key))
    said = f"Deleted all that was said in {one_line(params.room)}, {counted(messages, 'message')}"
    return said, (one_line(params.room),), Forgotten(key)


def _of_person(desk: Desk, params: HistoryPurge) -> Purge:
    if params.before:
        raise refused("of a person all is deleted: --before goes with a room, or alone")
    name, key = desk.host.act(lambda ircd, now: _name_and_key(ircd, params.person))
    return f"Deleted all that {name} ever said, in rooms and to people", (name,), KeyForgotten(key)


def _name_and_key(ircd: Ircd, person: str) -> tuple[str, str]:
    """Of an account, or of a guest who is here."""
    account, user = ircd.accounts.find(person), ircd.users.get(casefold(person))
    if account is not None:
        return account.name, account.key
    if user is not None:
        return user.nick, user.key
    known = like(person, (account.name for account in ircd.accounts.by_key.values()))
    raise refused(f"there is neither an account {one_line(person)!r} nor a guest of that name here{known}")


def _of_all(desk: Desk, params: HistoryPurge) -> Purge:
    if not params.before:
        raise refused("name a room, a --person, or a time with --before")
    before = seq_at("--before", params.before)
    return f"Deleted all that was said before {time_of(before)}", ("everyone",), PurgeBefore("", before)
