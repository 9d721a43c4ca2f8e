"""What one connection has found out about its server."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import msgspec

from chatkit.client.batches import Batches
from chatkit.client.model import Ability
from chatkit.proto import modes
from chatkit.proto.masks import split_source

# The capabilities that the client asks for, where the server has them.
# Spec: https://ircv3.net/specs/extensions/capability-negotiation
WANTED = (
    "account-notify",
    "account-tag",
    "away-notify",
    "batch",
    "cap-notify",
    "chghost",
    "draft/account-registration",
    "draft/channel-rename",
    "draft/chathistory",
    "draft/event-playback",
    "draft/message-redaction",
    "draft/multiline",
    "draft/read-marker",
    "echo-message",
    "extended-join",
    "invite-notify",
    "labeled-response",
    "message-tags",
    "multi-prefix",
    "sasl",
    "server-time",
    "setname",
    "soju.im/search",
    "standard-replies",
)
HISTORY_NEEDS = frozenset({"batch", "draft/chathistory", "message-tags", "server-time"})
LABELS_NEED = frozenset({"batch", "labeled-response"})
# What has to be negotiated before the user is offered something.
ABILITIES: dict[Ability, frozenset[str]] = {
    "history": HISTORY_NEEDS,
    "search": frozenset({"batch", "message-tags", "server-time", "soju.im/search"}),
    "reply": frozenset({"message-tags"}),
    "react": frozenset({"message-tags"}),
    "redact": frozenset({"draft/message-redaction", "message-tags"}),
    "edit": frozenset({"draft/message-redaction", "echo-message", "message-tags"}) | LABELS_NEED,
    "typing": frozenset({"message-tags"}),
    "markers": frozenset({"draft/read-marker"}),
    "multiline": frozenset({"batch", "draft/multiline"}),
    "login": frozenset({"sasl"}),
    "register": frozenset({"draft/account-registration"}),
    "formatting": frozenset(),
}
# The tags, without their +, of which a server must let one through. Spec: CLIENTTAGDENY in message-tags.
TAGS: dict[Ability, tuple[str, ...]] = {
    "reply": ("reply", "draft/reply"),
    "react": ("draft/react",),
    "edit": ("reply", "draft/reply"),
    "typing": ("typing",),
}
REQUEST_LEN = 450  # bytes of names in one CAP REQ
USUAL_PREFIX = modes.prefix_token()
NO_RANK = 99
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
        self.values: dict[str, str] = {}  # what stands behind the = of offered ones
        self.requests: deque[tuple[str, ...]] = deque()  # that are unanswered, as they were sent
        self.enabled: set[str] = set()
        self.tokens: dict[str, str] = {}  # ISUPPORT
        self.server = ""  # its name
        self.source = ""  # the user's own nick!user@host, as others see it
        self.batches = Batches()
        self.overlong = False  # whether it sent a line that is too long; said once
        self.parting_words = ""  # what ERROR said
        self.absence = ""  # why the user is to be away, as the server was told last
        self.banished = False  # thrown out by a person, or refused for good: don't come back by yourself
        self.listing: list[ListedRoom] = []  # of a LIST that is under way
        self.names: dict[str, list[str]] = {}  # of RPL_NAMREPLY, by folded channel, until it ends

    def abilities(self) -> frozenset[Ability]:
        """What this server makes possible."""
        return frozenset(
            ability
            for ability, needs in ABILITIES.items()
            if self.enabled >= needs and self._lets_through(TAGS.get(ability, ()))
        )

    def _lets_through(self, tags: tuple[str, ...]) -> bool:
        denied = self.tokens.get("CLIENTTAGDENY", "").split(",")
        free = [tag for tag in tags if f"-{tag}" in denied or not {"*", tag} & set(denied)]
        return not tags or bool(free)

    def to_request(self) -> list[tuple[str, ...]]:
        """The capabilities to ask for now, in pieces that fit into a line each."""
        under_way = {name for request in self.requests for name in request}
        pieces: list[tuple[str, ...]] = []
        for name in WANTED:
            if name not in self.offered - self.enabled - under_way:
                continue
            if pieces and len(" ".join((*pieces[-1], name))) <= REQUEST_LEN:
                pieces[-1] = (*pieces[-1], name)
            else:
                pieces.append((name,))
        return pieces

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
    def prefixes(self) -> Mapping[str, str]:
        """Symbols of membership by mode letter, highest first."""
        return _prefixes(self.tokens.get("PREFIX", USUAL_PREFIX))

    @property
    def symbols(self) -> str:
        """The symbols alone, highest first."""
        return _symbols(self.tokens.get("PREFIX", USUAL_PREFIX))

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
        bare = target.lstrip(self.symbols)
        return bare if bare != target and self.is_channel(bare) else target

    def split_prefix(self, name: str) -> tuple[str, str]:
        """RPL_NAMREPLY's ``@+nick``, or ``@nick!user@host``: the prefixes and the nick."""
        nick = name.lstrip(self.symbols)
        return name[: len(name) - len(nick)], split_source(nick).nick

    def rank(self, prefix: str) -> int:
        """How high the first of the prefixes stands: 0 is the highest."""
        rank = self.symbols.find(prefix[0]) if prefix else -1
        return rank if rank >= 0 else NO_RANK


# Asked for every name in every room, and hardly ever another one.


@lru_cache(maxsize=64)
def _prefixes(token: str) -> Mapping[str, str]:
    letters, paren, symbols = token.removeprefix("(").partition(")")
    return MappingProxyType(dict(zip(letters, symbols, strict=False)) if paren else {})


@lru_cache(maxsize=64)
def _symbols(token: str) -> str:
    return "".join(_prefixes(token).values())
