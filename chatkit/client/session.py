"""What one connection has found out about its server."""

from __future__ import annotations

import msgspec

from chatkit.client.batches import Batches
from chatkit.proto import modes
from chatkit.proto.masks import split_source

# The capabilities that the client asks for, where the server has them.
# Spec: https://ircv3.net/specs/extensions/capability-negotiation
WANTED = (
    "away-notify",
    "batch",
    "cap-notify",
    "draft/channel-rename",
    "draft/chathistory",
    "echo-message",
    "labeled-response",
    "message-tags",
    "multi-prefix",
    "server-time",
)
HISTORY_NEEDS = frozenset({"batch", "draft/chathistory", "message-tags", "server-time"})
LABELS_NEED = frozenset({"batch", "labeled-response"})
DEFAULT_PAGE = 100  # lines asked for at once where the server sets no limit


class ListedRoom(msgspec.Struct, frozen=True):
    """A row of the server's list of rooms."""

    name: str
    people: int
    topic: str


class Session:
    """A connection's state from CAP LS to its end; the next connection gets a new one. The UI thread owns it."""

    def __init__(self) -> None:
        self.registered = False  # RPL_WELCOME came
        self.welcomed = False  # the message of the day is over: rooms may be joined
        self.negotiating = True  # between CAP LS and CAP END
        self.offered: set[str] = set()
        self.enabled: set[str] = set()
        self.tokens: dict[str, str] = {}  # ISUPPORT
        self.server = ""  # its name
        self.source = ""  # the user's own nick!user@host, as others see it
        self.batches = Batches()
        self.parting_words = ""  # what ERROR said
        self.banished = False  # thrown out by a person, or refused for good: don't come back by yourself
        self.listing: list[ListedRoom] = []  # of a LIST that is under way
        self.names: dict[str, list[str]] = {}  # of RPL_NAMREPLY, by folded channel, until it ends

    @property
    def has_echo(self) -> bool:
        """Whether own messages come back."""
        return "echo-message" in self.enabled

    @property
    def has_labels(self) -> bool:
        """Whether an answer names what it answers."""
        return self.enabled >= LABELS_NEED

    @property
    def has_history(self) -> bool:
        """Whether CHATHISTORY may be asked."""
        return self.enabled >= HISTORY_NEEDS

    @property
    def page(self) -> int:
        """Lines of history to ask for at once."""
        limit = self.number("CHATHISTORY", 0)
        return min(limit, DEFAULT_PAGE) if limit > 0 else DEFAULT_PAGE

    @property
    def prefixes(self) -> dict[str, str]:
        """Symbols of membership by mode letter, highest first."""
        letters, paren, symbols = self.tokens.get("PREFIX", modes.prefix_token()).removeprefix("(").partition(")")
        return dict(zip(letters, symbols, strict=False)) if paren else {}

    @property
    def mode_types(self) -> dict[str, str]:
        """The kind of each channel mode, as ``proto.modes`` names it."""
        groups = self.tokens.get("CHANMODES", modes.chanmodes_token()).split(",")
        kinds = (modes.LIST, modes.ALWAYS, modes.WHEN_SET, modes.FLAG)
        found = {letter: kind for kind, group in zip(kinds, groups, strict=False) for letter in group}
        return found | dict.fromkeys(self.prefixes, modes.MEMBER)

    def number(self, token: str, default: int) -> int:
        """An ISUPPORT token's number, or ``default`` where it has none."""
        text = self.tokens.get(token, "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else default

    def is_channel(self, name: str) -> bool:
        """Whether ``name`` is a channel's, not a person's."""
        return name[:1] in tuple(self.tokens.get("CHANTYPES") or "#&")

    def is_server(self, source: str | None) -> bool:
        """Whether ``source`` is a server, not a person."""
        return not source or ("!" not in source and (source == self.server or "." in source))

    def channel_of(self, target: str) -> str:
        """``target`` without the status that a message to some of a channel has before its name: ``@#room``."""
        bare = target.lstrip("".join(self.prefixes.values()))
        return bare if bare != target and self.is_channel(bare) else target

    def split_prefix(self, name: str) -> tuple[str, str]:
        """RPL_NAMREPLY's ``@+nick``, or ``@nick!user@host``: the prefixes and the nick."""
        nick = name.lstrip("".join(self.prefixes.values()))
        return name[: len(name) - len(nick)], split_source(nick).nick

    def rank(self, prefix: str) -> int:
        """How high the first of the prefixes stands: 0 is the highest."""
        order = list(self.prefixes.values())
        return order.index(prefix[0]) if prefix and prefix[0] in order else 99
