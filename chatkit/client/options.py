"""What a client is started with."""

from __future__ import annotations

import msgspec

from chatkit.client.address import DEFAULT_ADDRESS, Address


class ClientOptions(msgspec.Struct, frozen=True):
    """Where to, and as whom."""

    nick: str
    address: Address = DEFAULT_ADDRESS
    rooms: tuple[str, ...] = ()  # to join beside those that the server puts everybody into
    password: str | None = None
    rename: bool = False  # whether a name that is taken is varied (``name_``, ``name2``) without asking
    remember: bool = True  # whether address and name are kept as the defaults of the next time
    history: int = 100  # lines to load on joining a room; 0 for none
    since_ms: int | None = None  # load all history since then instead, in milliseconds since 1970
    quiet: bool = False  # whether to leave out what only a screen needs: who is away, who wrote while we were gone
    software: str = ""  # which of chatkit's programs this is, in a word, for those who run the server
