"""The server's side of a WebSocket's opening: who may come in, and what to say to those who came by mistake."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlsplit

from websockets.http11 import Request
from websockets.server import ServerProtocol

from chatkit.net.transport import http
from chatkit.net.transport.proxy import Header
from chatkit.net.transport.websocket import BINARY_PROTOCOL, QUIET, TEXT_PROTOCOL, WebSocket
from chatkit.proto.addresses import is_within, parse_address

MAX_HEAD = 16 << 10  # bytes of the request and its headers
MAX_MESSAGE = 64 << 10  # bytes; the framer cuts what is too long for a line before that, and the client is told
ANY_ORIGIN = "*"

_HOST = re.compile(r"[\w.:\[\]-]{1,255}", re.ASCII)

S = TypeVar("S", bound=str)


class ServerWebSocket(WebSocket):
    """One client's WebSocket, from the first byte of its request on.

    ``said`` is what a proxy that is trusted says of the client, once it is ready, or None.
    """

    def __init__(self, name: str, origins: Sequence[str], trusted: Sequence[str] | None = None) -> None:
        """``trusted``: the proxies whose headers are believed; None if this one is not a proxy of ours."""
        self._server = ServerProtocol(select_subprotocol=_select_subprotocol, max_size=MAX_MESSAGE, logger=QUIET)
        super().__init__(self._server)
        self.said: Header | None = None
        self._name = name
        self._origins = origins
        self._trusted = trusted
        self._head = b""
        self._refusal = b""

    def receive(self, data: bytes) -> bytes:
        if self.ready or self.ended is not None:
            return super().receive(data)
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if not end:
            if len(self._head) > MAX_HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "That request is too long.\n")
            return b""
        self._head = b""
        self._open(head + end)
        return super().receive(rest) if self.ready else b""

    def _open(self, head: bytes) -> None:
        self._server.receive_data(head)
        request = next(iter(self._server.events_received()), None)
        if not isinstance(request, Request):
            self._refuse(HTTPStatus.BAD_REQUEST, "That is no HTTP request that this server understands.\n")
        elif "websocket" not in _header(request, "Upgrade").lower():
            self._refuse(HTTPStatus.UPGRADE_REQUIRED, http.welcome(self._name, _host(request)))
        elif not self._is_welcome(request):
            self._refuse(
                HTTPStatus.FORBIDDEN,
                f"Web pages from {_header(request, 'Origin')[:200]} may not connect to this server. "
                "Whoever runs it can allow them: websocket.origins in its settings.\n",
            )
        else:
            self._accept(request)

    def _accept(self, request: Request) -> None:
        response = self._server.accept(request)
        self._server.send_response(response)
        if not self.ready:
            self.ended = f"No WebSocket: {response.reason_phrase}"
            return
        self.agree_on(self._server.subprotocol)
        if self._trusted is not None:
            self.said = _forwarded(request, self._trusted)

    def _is_welcome(self, request: Request) -> bool:
        # "A client without an Origin is no browser": nobody can make it connect behind its user's back.
        origins = request.headers.get_all("Origin")
        if not origins or ANY_ORIGIN in self._origins:
            return True
        allowed = {item.lower().rstrip("/") for item in self._origins}
        return len(origins) == 1 and (self._is_own(origins[0], request) or origins[0].lower() in allowed)

    def _is_own(self, origin: str, request: Request) -> bool:
        """Whether the page comes from this very host, by a name that nobody else can have pointed here.

        Any web site can let its own name lead to this address, and would then seem to be of the same host.
        """
        hostname = _hostname(origin)
        if hostname is None or hostname != _hostname(f"//{_host(request)}"):
            return False
        return hostname in ("localhost", self._name.lower()) or parse_address(hostname) is not None

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        self._refusal = http.answer(status, text)
        self.ended = f"No WebSocket: {status.phrase}"

    def send(self, data: bytes) -> bytes:
        refusal, self._refusal = self._refusal, b""
        return refusal or super().send(data)


def _select_subprotocol(protocol: ServerProtocol, offered: Sequence[S]) -> S | None:
    # "The server MUST accept any subprotocol it supports, respecting the client's order of preference."
    return next((item for item in offered if item in (TEXT_PROTOCOL, BINARY_PROTOCOL)), None)


def _header(request: Request, name: str) -> str:
    return ", ".join(request.headers.get_all(name))


def _host(request: Request) -> str:
    host = _header(request, "Host")
    return host if _HOST.fullmatch(host) else ""


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _forwarded(request: Request, trusted: Sequence[str]) -> Header | None:
    """The last address of X-Forwarded-For that is no proxy of ours: what stands before it anybody can have written."""
    secure = _header(request, "X-Forwarded-Proto").strip().lower() in ("https", "wss")
    for item in reversed(_header(request, "X-Forwarded-For").split(",")):
        address = parse_address(item.strip())
        if address is None:
            return None
        if not is_within(str(address), trusted):
            return Header(str(address), secure)
    return None
