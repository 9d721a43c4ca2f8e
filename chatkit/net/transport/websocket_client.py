"""The client's side of a WebSocket's opening."""

from __future__ import annotations

from websockets.client import ClientProtocol
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from chatkit.net.transport.websocket import BINARY_PROTOCOL, QUIET, TEXT_PROTOCOL, WebSocket

MAX_MESSAGE = 64 << 10  # bytes: far more than a line has


class ClientWebSocket(WebSocket):
    """A WebSocket to ``url``, of which the request is the first thing to send."""

    def __init__(self, url: str) -> None:
        self._client = ClientProtocol(
            parse_uri(url),
            subprotocols=[Subprotocol(TEXT_PROTOCOL), Subprotocol(BINARY_PROTOCOL)],
            max_size=MAX_MESSAGE,
            logger=QUIET,
        )
        super().__init__(self._client)
        self._client.send_request(self._client.connect())

    def receive(self, data: bytes) -> bytes:
        was_ready = self.ready
        lines = super().receive(data)
        if self._client.handshake_exc is not None and self.ended is None:
            self.ended = f"no WebSocket there ({self._client.handshake_exc})"
        if not was_ready and self._client.state is not State.CONNECTING:
            self.agree_on(self._client.subprotocol)
        return lines
