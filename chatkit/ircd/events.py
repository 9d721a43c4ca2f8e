"""What happens, as plain data. A handler decides, then one function in ``apply`` carries the event out.

Rooms and users stand by name, so that an event means the same wherever it is read: in the log, in history, on another
node.
"""

from __future__ import annotations

import msgspec

from chatkit.proto.modes import ModeChange


class Cause(msgspec.Struct, frozen=True, gc=False):
    """Who did it and when. ``seq`` numbers the events; it is their time and their msgid too (see ``clock``)."""

    seq: int
    source: str  # nick!user@host, or the server's name
    account: str = ""  # that the source is logged in to
    bot: bool = False
    oper: bool = False


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that happened."""

    by: Cause

    @property
    def seq(self) -> int:
        return self.by.seq

    @property
    def source(self) -> str:
        return self.by.source


class Connected(Event, frozen=True, gc=False):
    """Somebody connected. The source is the address."""


class Registered(Event, frozen=True, gc=False):
    """A user is complete and on the server."""

    nick: str
    address: str


class Attached(Event, frozen=True, gc=False):
    """A user that was there has one more session."""

    nick: str
    address: str


class Detached(Event, frozen=True, gc=False):
    """A user that stays has one session less."""

    nick: str
    reason: str


class Said(Event, frozen=True, gc=False):
    """PRIVMSG, NOTICE or TAGMSG to a room or to a user. ``sender`` and ``recipient`` are keys for history."""

    command: str
    target: str  # as shown: the room's name or the nick; a status prefix may stand before a room
    recipient: str  # the room's id, or the user's key
    sender: str
    text: str  # "\n" between the lines of a multiline message, "\0" where a line goes on in the next
    tags: str = ""  # client-only tags as on the wire; before them, of a relayed message, the server's
    rank: int = 0  # that members of the room need to see it; such a message is not stored


class Redacted(Event, frozen=True, gc=False):
    """The message ``msgid`` is taken back. ``target`` and ``recipient`` are as in ``Said``."""

    target: str
    recipient: str
    sender: str
    msgid: str
    reason: str = ""


class RedactedByServer(Event, frozen=True, gc=False):
    """Those who run the server take back the message ``msgid`` in a room."""

    channel: str
    msgid: str
    reason: str = ""


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


class RoomCleared(Event, frozen=True, gc=False):
    """Everybody is removed from a room at once."""

    channel: str
    reason: str


class TopicChanged(Event, frozen=True, gc=False):
    channel: str
    text: str


class ModesChanged(Event, frozen=True, gc=False):
    channel: str
    changes: tuple[ModeChange, ...]


class ChannelRenamed(Event, frozen=True, gc=False):
    channel: str
    name: str
    reason: str = ""


class ChannelRegistered(Event, frozen=True, gc=False):
    """``founder`` is the key of the account that owns the room from now on; None when nobody does any more."""

    channel: str
    founder: str | None


class AccessChanged(Event, frozen=True, gc=False):
    """Whoever is logged in to ``account``, a key, gets the prefix mode ``letter`` in a registered room; "" for none."""

    channel: str
    account: str
    letter: str


class RoomSettingChanged(Event, frozen=True, gc=False):
    """A field of a ``Registration`` has another value."""

    channel: str
    field: str
    value: str | bool


class UserModesChanged(Event, frozen=True, gc=False):
    changes: tuple[ModeChange, ...]


class Opered(Event, frozen=True, gc=False):
    """The user is an IRC operator from now on: ``name`` says which, ``oper_class`` of what class."""

    name: str
    oper_class: str


class NickChanged(Event, frozen=True, gc=False):
    nick: str


class HostChanged(Event, frozen=True, gc=False):
    username: str
    host: str


class RealnameChanged(Event, frozen=True, gc=False):
    real: str


class LoggedIn(Event, frozen=True, gc=False):
    """``account`` is the name that is shown, ``key`` the account's key."""

    account: str
    key: str


class LoggedOut(Event, frozen=True, gc=False):
    pass


class AccountCreated(Event, frozen=True, gc=False):
    """There is a new account; its credentials are stored. ``verified`` is whether it may be used at once."""

    account: str
    key: str
    email: str
    verified: bool


class AccountVerified(Event, frozen=True, gc=False):
    """The code was given back that was sent by mail, or an invite code; ``bidden`` is the room that this leads into."""

    account: str
    key: str
    bidden: str = ""


class AccountSuspended(Event, frozen=True, gc=False):
    """Nobody may use the account any more; ``until`` is in seconds since 1970, 0 for good."""

    account: str
    key: str
    reason: str
    until: int


class AccountRestored(Event, frozen=True, gc=False):
    """A suspended account may be used again."""

    account: str
    key: str


class AccountDeleted(Event, frozen=True, gc=False):
    """There is no such account any more, and nothing that was its own. ``history`` is whether what it said goes too."""

    account: str
    key: str
    history: bool = False


class AwayChanged(Event, frozen=True, gc=False):
    """``message`` is None when the user is back."""

    message: str | None


class Invited(Event, frozen=True, gc=False):
    """``opens`` is whether the invitation lets in whoever would otherwise be kept out: only operators give such."""

    channel: str
    nick: str
    opens: bool


class Knocked(Event, frozen=True, gc=False):
    channel: str
    text: str


class MetadataChanged(Event, frozen=True, gc=False):
    """``value`` is None when the key is gone. ``target`` is a nick or a room."""

    target: str
    key: str
    value: str | None


class MarkerMoved(Event, frozen=True, gc=False):
    """The user has read ``target``, a casefolded room or nick, up to ``time``, in milliseconds since 1970."""

    target: str
    time: int


class OperRefused(Event, frozen=True, gc=False):
    """Somebody gave a wrong password, or came from a wrong place, for the operator ``name``."""

    name: str


class Rehashed(Event, frozen=True, gc=False):
    """Settings were read again. ``error`` is why nothing has changed, or nothing."""

    changed: tuple[str, ...] = ()
    error: str = ""


class Reported(Event, frozen=True, gc=False):
    """A member told those who run the server about ``target``, a nick or a room, or about a message there."""

    target: str
    text: str
    msgid: str = ""
    said_by: str = ""  # nick!user@host
    said: str = ""


class Ruled(Event, frozen=True, gc=False):
    """A ban or a mute of the whole server has come to hold, or to its end."""

    text: str


class Barred(Event, frozen=True, gc=False):
    """A connection was not let in. The source is its address."""

    why: str


class StoreFailed(Event, frozen=True, gc=False):
    """Messages cannot be stored: the server is read-only until they can."""

    why: str


class StoreRecovered(Event, frozen=True, gc=False):
    """Messages are stored again."""


class Announced(Event, frozen=True, gc=False):
    """A word of those who run the server, to everyone."""

    text: str


class AnnouncedIn(Event, frozen=True, gc=False):
    """A word of those who run the server, to everyone in a room; it is kept in its history."""

    channel: str
    text: str


class WallopsSent(Event, frozen=True, gc=False):
    """A word of an operator to everyone with user mode w."""

    text: str


class Quit(Event, frozen=True, gc=False):
    reason: str
