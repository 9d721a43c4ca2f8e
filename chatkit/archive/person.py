"""All that is known about one person, as one JSON document: for that person, who asks what is kept.

An account is a person. Guests prove nothing: what guests of one nick said may be several people's, and the document
says so. What other people said is theirs, and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from chatkit.archive.history import History
from chatkit.archive.said import as_json, understand
from chatkit.ircd import accounts, invitations, markers, persistence, reports, serverbans, tokens
from chatkit.ircd.clock import msgid_of, time_of
from chatkit.ircd.requests import CREDENTIALS
from chatkit.proto.casemapping import casefold
from chatkit.proto.masks import split_source
from chatkit.proto.timestamps import format_time
from chatkit.store.records import CHANNEL, ROOM, Record

GUESTS = "~*"  # what guests' keys are like
_WORDS = re.compile(r"[\s!@,()]+|(?<=~[a-z]):")  # between the names in a mask, a ban or a sentence
_NAMING = (serverbans.DOCUMENT, reports.DOCUMENT, invitations.DOCUMENT, tokens.DOCUMENT)  # kinds that name people

_LEFT_OUT = (
    "Of a password there is no copy. What is kept to check one is of no use to anybody else, and is not here.",
    "What other people said is not here, not even what they said to this person alone: that is theirs.",
    "Who reported this person is not here.",
    "Backups, and copies that clients keep, are not looked through.",
)
_GUESTS = "A nick without an account belongs to nobody: this may be what several people said who were called so."


class NoSuchPerson(Exception):
    """Nothing is known of anybody of that name: one sentence."""


class Person(msgspec.Struct, frozen=True):
    """Who is meant. ``account`` is the account's document, or None where there are only guests of that nick."""

    name: str
    key: str
    account: dict[str, Any] | None

    def is_sender(self, record: Record) -> bool:
        """Whether the message is this person's."""
        return record.sender == self.key or casefold(split_source(record.source).nick) == casefold(self.name)


def find_person(history: History, name: str) -> Person:
    """The account of that name, or else the guests who were called so. Raises NoSuchPerson."""
    for key, account in history.documents(accounts.DOCUMENT):
        if casefold(account["name"]) == casefold(name):
            return Person(account["name"], key, account)
    guest = Person(name, "", None)
    if next(_messages(history, guest), None) is None:
        raise NoSuchPerson(f"there is no account {name}, and no guest of that nick ever said anything")
    return guest


def describe(history: History, person: Person, now: datetime) -> Iterator[str]:
    """The document, piece by piece. Nothing is held in memory that grows with what was said, but nicks and partners."""
    nicks: dict[str, None] = {}
    yield f'{{\n"about": {_json(_about(person, now))}'
    yield from _rows("messages", map(_message, _noting(nicks, _messages(history, person))))
    yield from _rows("events", map(_event, _noting(nicks, _events(history, person))))
    known = _names(person, history, nicks)
    yield _member("nicks", list(nicks))
    yield _member("account", person.account)
    yield _member("has_password", any(key == person.key for key, _ in history.documents(CREDENTIALS)))
    yield _member("presence", _document(history, persistence.PRESENCE, person.key))
    yield _member("read_up_to", _read_up_to(history, person.key))
    yield _member("rooms", _rooms(history, person, known))
    yield _member("conversations", _conversations(history, person))
    for kind in _NAMING:
        yield _member(f"{kind}s", [_redacted(kind, body, person) for body in _naming(history, kind, known)])
    yield from _rows("audit", (_json(_audit(entry)) for entry in history.audited() if _mentions(_audit(entry), known)))
    yield "\n}\n"


# What was said and done.


def _messages(history: History, person: Person) -> Iterator[Record]:
    if person.account is not None:
        return history.messages_by("key", person.key)
    return filter(person.is_sender, history.messages_by("guests", GUESTS))


def _events(history: History, person: Person) -> Iterator[Record]:
    """Reactions and the like have the sender's key; joins and the like its account, if there was one."""
    if person.account is not None:
        yield from history.events_by("key", person.key)
        yield from (e for e in history.events_by("account", person.name) if e.sender != person.key)
    else:
        yield from filter(person.is_sender, history.events_by("guests", GUESTS))


def _noting(nicks: dict[str, None], records: Iterable[Record]) -> Iterator[Record]:
    """``records``, whose nicks are noted in passing."""
    for record in records:
        nicks[split_source(record.source).nick] = None
        yield record


def _message(record: Record) -> str:
    return as_json(understand(record))


def _event(record: Record) -> str:
    row = {
        "time": time_of(record.seq),
        "command": record.command,
        "room": record.recipient,
        "text": record.text,
        "tags": record.tags,
        "msgid": msgid_of(record.seq),
        "source": record.source,
    }
    return _json(row)


def _conversations(history: History, person: Person) -> list[dict[str, Any]]:
    """With whom, how much, from when to when; what was said is among the messages, the person's half of it."""
    keys = {person.key} if person.account is not None else {record.sender for record in _messages(history, person)}
    places = {place.target: place for place in history.places(direct=True) if place.is_direct}
    targets = dict.fromkeys(target for key in sorted(keys) for target in history.conversations_of(key))
    return [_conversation(history, places[target], keys) for target in targets if target in places]


def _conversation(history: History, place: Any, keys: set[str]) -> dict[str, Any]:
    own = others = 0
    first = ""
    partners: dict[str, None] = {}
    for record in history.records(place):
        first = first or time_of(record.seq)
        if record.sender in keys:
            own += 1
            partners[record.recipient] = None
        else:
            others += 1
            partners[split_source(record.source).nick] = None
    return {"with": list(partners), "said": own, "heard": others, "first": first, "last": time_of(place.latest)}


# What is kept besides.


def _document(history: History, kind: str, key: str) -> Any:
    return next((body for other, body in history.documents(kind) if other == key), None)


def _read_up_to(history: History, key: str) -> dict[str, str]:
    found = ((name.partition(" "), body["time"]) for name, body in history.documents(markers.DOCUMENT))
    return {target: format_time(time) for (owner, _, target), time in found if key and owner == key}


def _rooms(history: History, person: Person, known: set[str]) -> list[dict[str, Any]]:
    """The rooms that are its own, that it has access to, or in whose settings it is named."""
    found = []
    for kind in (CHANNEL, ROOM):
        for _, room in history.documents(kind):
            role = _role(room, person.key)
            named = [entry for entry in _entries(room) if _mentions(entry, known)]
            if role or named:
                found.append({"room": room["name"], "role": role, "named_in": named})
    return found


def _role(room: dict[str, Any], key: str) -> str:
    if key and room.get("founder") == key:
        return "founder"
    return room.get("access", {}).get(key, "") or ("heir" if key and room.get("heir") == key else "")


def _entries(room: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The topic and the lists, as far as somebody has set them."""
    if room.get("topic"):
        yield {"what": "topic", **room["topic"]}
    for letter, entries in room.get("lists", {}).items():
        yield from ({"what": letter, **entry} for entry in entries)


def _naming(history: History, kind: str, known: set[str]) -> Iterator[dict[str, Any]]:
    return (body for _, body in history.documents(kind) if _mentions(body, known))


def _redacted(kind: str, body: dict[str, Any], person: Person) -> dict[str, Any]:
    """Without what is secret, and of a report without who made it, unless it was the person."""
    hidden = {"digest"}
    if kind == reports.DOCUMENT and casefold(body.get("account", "")) != casefold(person.name):
        hidden |= {"who", "account"}
    return {key: value for key, value in body.items() if key not in hidden}


def _audit(entry: Any) -> dict[str, Any]:
    return {
        "id": entry.id,
        "time": time_of(entry.time),
        "who": entry.who,
        "what": entry.what,
        "params": msgspec.json.decode(entry.params or b"{}"),
        "reason": entry.reason,
        "hits": list(entry.hits),
        "said": entry.said,
    }


# Who is named.


def _names(person: Person, history: History, nicks: Iterable[str]) -> set[str]:
    """Everything that means this person and nobody else, casefolded."""
    if person.account is None:
        return {casefold(person.name)}
    presence = _document(history, persistence.PRESENCE, person.key) or {}
    found = {person.name, person.key, *person.account.get("fingerprints", ()), presence.get("nick", "")}
    found |= {presence.get("address", ""), person.account.get("email", ""), *nicks}
    return {casefold(name) for name in found if name}


def _mentions(value: Any, known: set[str]) -> bool:
    """Whether one of the names is in ``value``, plain data, as a word of its own."""
    if isinstance(value, str):
        folded = casefold(value)
        return folded in known or not known.isdisjoint(_WORDS.split(folded))
    if isinstance(value, dict):
        return any(_mentions(item, known) for item in value.values())
    return isinstance(value, list) and any(_mentions(item, known) for item in value)


# Writing.


def _about(person: Person, now: datetime) -> dict[str, Any]:
    notes = _LEFT_OUT if person.account is not None else (*_LEFT_OUT, _GUESTS)
    return {"person": person.name, "made": now.isoformat(timespec="seconds"), "is_account": person.account is not None,
            "not_here": list(notes)}  # fmt: skip


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _member(name: str, value: Any) -> str:
    return f",\n{_json(name)}: {_json(value)}"


def _rows(name: str, rows: Iterable[str]) -> Iterator[str]:
    """A member that is a list, a line each."""
    yield f",\n{_json(name)}: ["
    for number, row in enumerate(rows):
        yield ("," if number else "") + "\n" + row
    yield "\n]"
