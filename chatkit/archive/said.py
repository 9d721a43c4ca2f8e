"""One message as people read it, whatever it is written to."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from chatkit.ircd.clock import msgid_of, time_of
from chatkit.proto.ctcp import split_ctcp
from chatkit.proto.formatting import plain, printable
from chatkit.proto.masks import split_source
from chatkit.store.records import CONTINUED, Record

Kind = Literal["message", "action", "notice"]

_SHAPES: dict[Kind, str] = {"message": "{nick}: {text}", "action": "* {nick} {text}", "notice": "-{nick}- {text}"}
INDENT = " " * 20  # below the time, for what follows a message's first line


class Said(msgspec.Struct, frozen=True):
    """Who said what when. Nothing in it has been made safe yet but the nick."""

    record: Record
    kind: Kind
    nick: str
    text: str  # with mIRC codes; lines separated by "\n"
    when: datetime  # local time

    @property
    def msgid(self) -> str:
        """As in the message's tag."""
        return msgid_of(self.record.seq)


def understand(record: Record) -> Said:
    """What a record of a message says."""
    text = record.text.replace(CONTINUED, "")
    kind: Kind = "notice" if record.command == "NOTICE" else "message"
    ctcp = split_ctcp(text)
    if ctcp is not None and ctcp[0] == "ACTION":
        kind, text = "action", ctcp[1]
    when = datetime.fromtimestamp(record.seq // 1_000_000).astimezone()
    return Said(record, kind, printable(split_source(record.source).nick), text, when)


def as_text(said: Said, place: str = "") -> str:
    """One line, or for a message of several lines as many, indented; safe for any screen."""
    lines = [plain(line) for line in said.text.split("\n")]
    first = _SHAPES[said.kind].format(nick=said.nick, text=lines[0])
    where = f"{printable(place)} " if place else ""
    return "\n".join([f"{said.when:%Y-%m-%d %H:%M:%S} {where}{first}", *(INDENT + line for line in lines[1:])])


def as_json(said: Said) -> str:
    """One JSON object in one line, with the keys of ``chatkit tail --json`` and more; the text as it was said."""
    record = said.record
    row = {
        "time": time_of(record.seq),
        "nick": split_source(record.source).nick,
        "room": record.recipient,
        "text": said.text,
        "kind": said.kind,
        "msgid": said.msgid,
        "account": record.account or None,
        "source": record.source,
        "bot": record.bot,
    }
    return msgspec.json.encode(row).decode()
