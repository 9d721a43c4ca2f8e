"""The server's reception: finds out what a new connection speaks, and puts the filters for it in place."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import msgspec

from chatkit.net.transport import http, proxy
from chatkit.net.transport.filter import Fact, Readdressed, Secured, Stack
from chatkit.net.transport.policy import Policy
from chatkit.net.transport.sniffing import Opening, sniff
from chatkit.net.transport.tls import ServerTls
from chatkit.net.transport.websocket_server import ServerWebSocket
from chatkit.proto.addresses import is_loopback, is_within

# "fatal, handshake_failure" in a record of its own: how a client of TLS is told that there is none.
TLS_ALERT = b"\x15\x03\x01\x00\x02\x02\x28"


class Peer(msgspec.Struct, frozen=True):
    """Who is at the other end of the socket. ``local``: it is a Unix socket."""

    address: str
    local: bool = False

    @property
    def is_near(self) -> bool:
        """Whether what it sends cannot leave this machine."""
        return self.local or is_loopback(self.address)


class Reception(Stack):
    """One connection's filters, found as its first bytes come in.

    Before anything has come, lines may be sent as they are: most clients that fall silent are plain ones.
    """

    def __init__(self, policy: Policy, peer: Peer) -> None:
        super().__init__()
        self._policy = policy
        self._peer = peer
        self._is_proxy = peer.local or is_within(peer.address, policy.trusted)
        # Recognized is more than what is allowed: what is not gets an answer that it understands.
        self._recognized = {Opening.TLS, Opening.HTTP} | ({Opening.PROXY} if self._is_proxy else set())
        self._needs_header = policy.proxy
        self._header = proxy.Header()
        self._allowed = policy.kind.outside
        self._head = b""  # bytes that may still begin more than one protocol
        self._settled = False  # whether the innermost protocol is known
        self._arrived = False  # whether all of them are ready
        self._tls: ServerTls | None = None
        self._web: ServerWebSocket | None = None
        self._facts: list[Fact] = []
        self._refused: str | None = None
        self._refusal = b""

    @property
    def origin(self) -> str | None:
        """Where it comes from, as far as that is known before any handshake; None: only a proxy of ours knows."""
        if self._header.address is not None or self._is_proxy:
            return self._header.address
        return self._peer.address

    @property
    def is_plain(self) -> bool:
        """Whether the connection is lines and nothing else, so that this is needed no more."""
        return self._settled and not self.filters

    @property
    def waiting(self) -> bool:
        """Whether a handshake has begun and is not done."""
        return self.ended is None and not self.ready

    @property
    def ready(self) -> bool:
        return not self._head and super().ready

    @property
    def ended(self) -> str | None:
        return self._refused or super().ended

    def take_facts(self) -> tuple[Fact, ...]:
        """What has become known of the client since the last call."""
        facts, self._facts = self._facts, []
        return tuple(facts)

    def receive(self, data: bytes) -> bytes:
        if self.ended is not None:
            return b""
        data = super().receive(data)
        if not self._settled:
            data = self._recognize(self._head + data)
        if self._settled and not self._arrived and self.ready:
            self._arrived = True
            self._note_arrival()
        return data

    def send(self, data: bytes) -> bytes:
        refusal, self._refusal = self._refusal, b""
        return super().send(refusal or data)

    def _recognize(self, data: bytes) -> bytes:
        """Go on with ``data``, all that has come since the last thing that was recognized."""
        self._head = b""
        while data and not self._settled and self.ended is None:
            opening = Opening.PROXY if self._needs_header else sniff(data, self._recognized)
            if opening is None:
                self._head = data
                return b""
            data = _OPENERS[opening](self, data)
        return data

    def _open_proxy(self, data: bytes) -> bytes:
        if not self._is_proxy:
            return self._refuse("not a proxy that is trusted", b"")
        try:
            found = proxy.parse(data)
        except proxy.ProxyError as error:
            return self._refuse(str(error), b"")
        if found is None:
            self._head = data
            return b""
        self._header, data = found
        self._needs_header = False
        self._recognized.discard(Opening.PROXY)
        return data

    def _open_tls(self, data: bytes) -> bytes:
        if self._policy.identity is None or Opening.TLS not in self._allowed:
            return self._refuse("no TLS here", TLS_ALERT)
        self._tls = self._policy.identity.accept()
        self.filters.append(self._tls)
        self._allowed = self._policy.kind.inside
        self._recognized = {Opening.HTTP}
        return self._tls.receive(data)

    def _open_http(self, data: bytes) -> bytes:
        if why := self._objection(Opening.HTTP):
            return self._refuse(why, http.answer(HTTPStatus.FORBIDDEN, f"{why}.\n"))
        if not data.startswith(b"GET "):
            text = http.welcome(self._policy.name, "")
            return self._refuse("no GET", http.answer(HTTPStatus.METHOD_NOT_ALLOWED, text))
        self._web = ServerWebSocket(
            self._policy.name, self._policy.origins, self._policy.trusted if self._is_from_proxy() else None
        )
        self.filters.append(self._web)
        self._settled = True
        return self._web.receive(data)

    def _is_from_proxy(self) -> bool:
        """Whether it is a proxy of ours that says this, not somebody whose words one only passes on."""
        said = self._header.address
        return self._is_proxy if said is None else is_within(said, self._policy.trusted)

    def _open_lines(self, data: bytes) -> bytes:
        if why := self._objection(Opening.LINES):
            return self._refuse(why, f"ERROR :Closing link: ({why})\r\n".encode())
        self._settled = True
        return data

    def _objection(self, opening: Opening) -> str | None:
        if opening not in self._allowed:
            return f"This port is for {self._policy.kind.words} only"
        if self._policy.tls_required and self._tls is None and not self._peer.is_near:
            return "This server is reached with encryption only: connect to this same port with TLS"
        return None

    def _refuse(self, reason: str, words: bytes) -> bytes:
        self._refused = f"Refused: {reason}"
        self._refusal = words
        return b""

    def _note_arrival(self) -> None:
        """All that can be known of the client is: put it down, before its first line."""
        forwarded = self._web.said if self._web is not None else None
        said = forwarded or self._header
        if said.address is not None:
            self._facts.append(Readdressed(said.address))
        own_tls = self._tls if forwarded is None else None  # else it is the proxy's, as is the certificate
        if own_tls is not None:
            self._facts.append(Secured(own_tls.certfp))
        elif said.secure and (self._tls is not None or self._peer.is_near):  # hidden behind the proxy as well
            self._facts.append(Secured())


_OPENERS: dict[Opening, Callable[[Reception, bytes], bytes]] = {
    Opening.PROXY: Reception._open_proxy,
    Opening.TLS: Reception._open_tls,
    Opening.HTTP: Reception._open_http,
    Opening.LINES: Reception._open_lines,
}
