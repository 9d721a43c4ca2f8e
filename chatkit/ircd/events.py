"""What happens, as plain data. A handler decides, then one function in ``apply`` carries the event out.

``seq`` numbers the events; it is their time and their msgid too (see ``clock``). Rooms and users stand by name, so that
an event means the same wherever it is read: in the log, in history, on another node.
"""

from __future__ import annotations

import msgspec

from chatkit.proto.modes import ModeChange


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that happened; ``source`` is who did it: nick!user@host, or the server's name."""

    seq: int
    source: str


class Connected(Event, frozen=True, gc=False):
    """Somebody connected. ``source`` is the address."""


class Registered(Event, frozen=True, gc=False):
    """A user is complete and on the server."""

    nick: str
    address: str


class Said(Event, frozen=True, gc=False):
    """PRIVMSG, NOTICE or TAGMSG to a room or to a user. ``sender`` and ``recipient`` are keys for history."""

    command: str
    target: str  # as shown: the room's name or the nick
    recipient: str  # the room's id, or the user's key
    sender: str
    text: str
    tags: str = ""  # client-only tags as on the wire


class Joined(Event, frozen=True, gc=False):
    """``modes`` are the letters that the member begins with."""

    channel: str
    modes: str = ""


class Parted(Event, frozen=True, gc=False):
    channel: str
    reason: str = ""


class Kicked(Event, frozen=True, gc=False):
    channel: str
    nick: str
    reason: str


class TopicChanged(Event, frozen=True, gc=False):
    channel: str
    text: str


class ModesChanged(Event, frozen=True, gc=False):
    channel: str
    changes: tuple[ModeChange, ...]


class UserModesChanged(Event, frozen=True, gc=False):
    changes: tuple[ModeChange, ...]


class NickChanged(Event, frozen=True, gc=False):
    nick: str


class AwayChanged(Event, frozen=True, gc=False):
    """``message`` is None when the user is back."""

    message: str | None


class Invited(Event, frozen=True, gc=False):
    """``opens`` is whether the invitation lets in whoever would otherwise be kept out: only operators give such."""

    channel: str
    nick: str
    opens: bool


class Announced(Event, frozen=True, gc=False):
    """A word of those who run the server, to everyone."""

    text: str


class Quit(Event, frozen=True, gc=False):
    reason: str
