"""What a listener lets in."""

from __future__ import annotations

import msgspec

from chatkit.config import Config, Listener
from chatkit.net.transport.identity import Identity
from chatkit.net.transport.sniffing import Opening

LINES, HTTP, TLS = Opening.LINES, Opening.HTTP, Opening.TLS


class Kind(msgspec.Struct, frozen=True):
    """What a listener's ``protocol`` means: how a connection may begin, and how what is inside TLS."""

    words: str
    outside: frozenset[Opening]
    inside: frozenset[Opening]


KINDS = {
    "any": Kind("IRC, TLS and WebSocket", frozenset({LINES, HTTP, TLS}), frozenset({LINES, HTTP})),
    "irc": Kind("plain IRC", frozenset({LINES}), frozenset()),
    "tls": Kind("TLS", frozenset({TLS}), frozenset({LINES, HTTP})),
    "websocket": Kind("WebSocket", frozenset({HTTP, TLS}), frozenset({HTTP})),
    "control": Kind("administration over TLS", frozenset({TLS}), frozenset({LINES})),
}


class Policy(msgspec.Struct, frozen=True):
    """One listener's rules."""

    name: str = "chatkit"  # the server's
    kind: Kind = KINDS["any"]
    identity: Identity | None = None  # where TLS is offered
    tls_required: bool = False  # whether plain text is for this machine only
    proxy: bool = False  # whether a PROXY header must come first
    trusted: tuple[str, ...] = ()  # the proxies' addresses and networks
    origins: tuple[str, ...] = ()  # of web pages


def make_policy(config: Config, identity: Identity | None, listener: Listener) -> Policy:
    """The rules of ``listener``."""
    return Policy(
        name=config.name,
        kind=KINDS[listener.protocol],
        identity=identity,
        tls_required=config.tls.mode == "required",
        proxy=listener.proxy,
        trusted=config.proxies.trusted,
        origins=config.websocket.origins,
    )
