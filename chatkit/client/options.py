"""What a client is started with."""

from __future__ import annotations

import msgspec

from chatkit.client.address import DEFAULT_ADDRESS, Address


class Taste(msgspec.Struct, frozen=True):
    """What the user's settings mean for one connection. The defaults are a bot's: it tells nobody that it types."""

    markdown: bool = False  # whether marks as in *bold* are shown, and sent, as what they mean
    typing: bool = False  # whether others are told that the user is typing
    read_markers: bool = True  # whether other devices are told what was read
    keywords: tuple[str, ...] = ()  # words that count as the user's name does
    ignored: tuple[str, ...] = ()  # nicks or masks of whom nothing is shown


class ClientOptions(msgspec.Struct, frozen=True):
    """Where to, and as whom."""

    nick: str
    address: Address = DEFAULT_ADDRESS
    rooms: tuple[str, ...] = ()  # to join beside those that the server puts everybody into
    password: str | None = None  # the server's, not an account's
    rename: bool = False  # whether a name that is taken is varied (``name_``, ``name_2``) without asking
    remember: bool = True  # whether address and name are kept as the defaults of the next time
    history: int = 100  # lines to load on joining a room; 0 for none
    since_ms: int | None = None  # load all history since then instead, in milliseconds since 1970
    quiet: bool = False  # whether to leave out what only a screen needs: who is away, who wrote while we were gone
    software: str = ""  # which of chatkit's programs this is, in a word, for those who run the server
    network: str = ""  # the key of its settings, and what it is called on the screen; empty: the address
    account: str = ""  # to log in as; empty: as a guest, or as whom the certificate belongs to
    secret: str | None = None  # the account's password, where it is known already
    mechanism: str = ""  # of SASL; empty: the best that both sides have
    certificate: str = ""  # a file with a certificate and its key, to be known by
    sasl_required: bool = False  # whether to stay away rather than be a guest
    taste: Taste = Taste()

    def __repr__(self) -> str:  # the generated one would show passwords
        return f"ClientOptions({self.nick!r}, {str(self.address)!r}, account={self.account!r})"

    @property
    def label(self) -> str:
        """What the network is called until it says so itself."""
        return self.network or str(self.address)


class Start(msgspec.Struct, frozen=True):
    """What a face is started with."""

    networks: tuple[ClientOptions, ...]  # to connect to now
    suggestion: str | None = None  # the name to ask with; None where the user gave one
    pick: bool = False  # whether to offer places first: no address was given, and nothing connects by itself
    software: str = ""  # which face, for those who run the servers

    def named(self, nick: str) -> Start:
        """The same, now that the user has chosen a name. Networks that have one of their own keep it."""
        networks = tuple(
            msgspec.structs.replace(options, nick=nick) if options.nick == self.suggestion else options
            for options in self.networks
        )
        return msgspec.structs.replace(self, networks=networks, suggestion=None)

    def renaming(self) -> Start:
        """The same where nobody can be asked for another name: one that is taken is varied."""
        networks = tuple(msgspec.structs.replace(options, rename=True) for options in self.networks)
        return msgspec.structs.replace(self, networks=networks)
