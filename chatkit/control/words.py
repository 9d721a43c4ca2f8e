"""What the log says: events put into words. Pure."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

import msgspec

from chatkit.ircd.events import (
    AccountCreated,
    AccountDeleted,
    AccountRestored,
    AccountSuspended,
    Announced,
    AnnouncedIn,
    Attached,
    Barred,
    Connected,
    Detached,
    Event,
    Kicked,
    NickChanged,
    Opered,
    OperRefused,
    Quit,
    Registered,
    Rehashed,
    Reported,
    Ruled,
    Said,
    StoreFailed,
    StoreRecovered,
)
from chatkit.ircd.multiline import one_line
from chatkit.proto import names
from chatkit.proto.ctcp import split_ctcp
from chatkit.proto.formatting import plain
from chatkit.proto.masks import split_source

Fields = dict[str, str | int]


class Line(msgspec.Struct, frozen=True):
    """One entry of the log, safe for any screen. ``time`` is in microseconds since 1970.

    ``text`` is for people, and has line ends inside where it is a traceback; ``fields`` are the same for machines.
    """

    time: int
    event: str
    text: str
    fields: Fields
    is_problem: bool = False


class Row(msgspec.Struct, frozen=True):
    """How one kind of event is told: its name for machines, its words, and what stands in them."""

    event: str
    words: str
    fields: Callable[[Any], Fields]
    is_problem: bool = False


def _nick(event: Event) -> str:
    return split_source(event.source).nick


def _said(event: Said) -> Fields:
    ctcp = split_ctcp(event.text)  # an action: no other is logged
    text = one_line(event.text) if ctcp is None else f"* {ctcp[1]}"
    return {"nick": _nick(event), "room": event.target, "text": text}


def _kicked(event: Kicked) -> Fields:
    return {"nick": event.nick, "room": event.channel, "by": _nick(event), "reason": event.reason}


def _renamed(event: NickChanged) -> Fields:
    return {"nick": _nick(event), "new_nick": event.nick}


def _rehashed(event: Rehashed) -> Fields:
    changed = f"changed: {', '.join(event.changed) or 'nothing'}"
    return {"nick": _nick(event), "outcome": f"nothing has changed: {event.error}" if event.error else changed}


def _reported(event: Reported) -> Fields:
    # Neither the reason nor what it is about: reports are for those alone who may see them.
    return {"nick": _nick(event), "target": event.target}


ROWS: dict[type[Event], Row] = {
    AccountCreated: Row("account_made", "Account made: {account}", lambda e: {"account": e.account}),
    AccountDeleted: Row("account_deleted", "Account deleted: {account}", lambda e: {"account": e.account}),
    AccountRestored: Row("account_restored", "Account restored: {account}", lambda e: {"account": e.account}),
    AccountSuspended: Row(
        "account_suspended",
        "Account suspended: {account} ({reason})",
        lambda e: {"account": e.account, "reason": e.reason},
    ),
    Announced: Row("announced", "Announcement: {text}", lambda e: {"text": e.text}),
    AnnouncedIn: Row(
        "announced", "Announcement in {room}: {text}", lambda e: {"room": e.channel, "text": one_line(e.text)}
    ),
    Attached: Row("attached", "Device connected: {nick}", lambda e: {"nick": e.nick, "address": e.address}),
    Barred: Row("barred", "Not let in: {address} ({reason})", lambda e: {"address": e.source, "reason": e.why}),
    Connected: Row("connected", "New connection: {address}", lambda e: {"address": e.source}),
    Detached: Row("detached", "Device gone: {nick} ({reason})", lambda e: {"nick": e.nick, "reason": e.reason}),
    Kicked: Row("kicked", "User kicked: {nick} from {room} by {by} ({reason})", _kicked),
    NickChanged: Row("renamed", "User renamed: {nick} is now {new_nick}", _renamed),
    Opered: Row("opered", "Operator: {nick} as {oper}", lambda e: {"nick": _nick(e), "oper": e.name}),
    OperRefused: Row(
        "oper_refused", "Operator refused: {nick} as {oper}", lambda e: {"nick": _nick(e), "oper": e.name}, True
    ),
    Quit: Row(
        "left", "User left: {nick} ({reason})", lambda e: {"nick": _nick(e), "reason": e.reason.removesuffix(": ")}
    ),
    Registered: Row("joined", "User joined: {nick}", lambda e: {"nick": e.nick, "address": e.address}),
    Rehashed: Row("reloaded", "Settings read again for {nick}: {outcome}", _rehashed),
    Reported: Row("reported", "Report by {nick} about {target}", _reported),
    Ruled: Row("ruled", "{text}", lambda e: {"text": e.text}),
    Said: Row("message", "Message from {nick}: {text}", _said),
    StoreFailed: Row(
        "store_failed", "Read-only: messages cannot be stored ({reason})", lambda e: {"reason": e.why}, True
    ),
    StoreRecovered: Row("store_recovered", "Messages are stored again", lambda e: {}),
}

# What the server itself has to say.
STATES = {
    "started": "Server started on IP {address} and port {port}",
    "waiting": "Waiting for connections...",
    "certificate": "TLS certificate: SHA-256 {fingerprint}",
    "stopping": "Server stopping...",
    "stopped": "Server stopped",
    "left_out": "… {lines:,} lines left out",
}


def is_logged(event: Event, messages: bool) -> bool:
    """Whether the log tells of ``event``. Of messages only those to rooms, and those only if ``messages``."""
    if type(event) is not Said:
        return type(event) in ROWS
    return (
        messages
        and event.target[:1] in names.CHANNEL_TYPES
        and event.command != "TAGMSG"
        and (event.text[:1] != "\x01" or _is_action(event.text))
    )


def _is_action(text: str) -> bool:
    ctcp = split_ctcp(text)
    return ctcp is not None and ctcp[0] == "ACTION"


def of_event(event: Event) -> Line:
    """``event``, one that ``is_logged``, in words."""
    row = ROWS[type(event)]
    fields = {key: plain(value) if isinstance(value, str) else value for key, value in row.fields(event).items()}
    return Line(event.seq, row.event, row.words.format_map(fields), fields, row.is_problem)


def of_state(event: str, time: int, **fields: str | int) -> Line:
    """One of STATES in words."""
    return Line(time, event, STATES[event].format_map(fields), fields)


def of_record(record: logging.LogRecord) -> Line:
    """What a logger of the program has to say, its traceback included."""
    level, said = record.levelname.lower(), _safe(record.getMessage())
    fields: Fields = {"logger": record.name, "text": said}
    text = f"{level}: {said}"
    if record.exc_info:
        fields["traceback"] = _safe("".join(traceback.format_exception(*record.exc_info)))
        text += f"\n{fields['traceback']}"
    return Line(int(record.created * 1e6), level, text, fields, is_problem=True)


def weight(line: Line) -> int:
    """How many lines ``line`` stands for."""
    return int(line.fields["lines"]) if line.event == "left_out" else 1


def _safe(text: str) -> str:
    return "\n".join(map(plain, text.splitlines()))
