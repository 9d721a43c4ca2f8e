"""WebSocket, each line of IRC in a message of its own.

Specs: https://ircv3.net/specs/extensions/websocket and https://www.rfc-editor.org/rfc/rfc6455
"""

from __future__ import annotations

import logging

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import OPEN, Protocol

TEXT_PROTOCOL, BINARY_PROTOCOL = "text.ircv3.net", "binary.ircv3.net"
DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)

QUIET = logging.Logger("websockets", logging.CRITICAL)  # it would tell of every connection


class WebSocket:
    """What both sides do once the WebSocket is open.

    A message may hold more than a line, or end in CR LF: the specification forbids it, and it does no harm. One that
    is not UTF-8 in a text message ends the connection, as RFC 6455 demands.
    """

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self.ended: str | None = None
        self._message = bytearray()  # of which some frames have come
        self._kind = Opcode.TEXT  # of that message
        self._speaks: Opcode | None = None  # the kind to send, once that is settled

    @property
    def ready(self) -> bool:
        return self._protocol.state is OPEN

    def receive(self, data: bytes) -> bytes:
        """The lines in ``data``, LF after each."""
        if self.ended is not None or not data:
            return b""
        self._protocol.receive_data(data)
        lines = bytearray()
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and self.ended is None:
                self._take(event, lines)
        self._note_end()
        return bytes(lines)

    def _take(self, frame: Frame, lines: bytearray) -> None:
        if frame.opcode not in DATA:
            return
        if frame.opcode is not Opcode.CONT:
            self._kind = frame.opcode
        self._message += frame.data
        if frame.fin:
            message, self._message = self._message, bytearray()
            if self._kind is Opcode.TEXT and not _is_text(message):
                self._protocol.fail(CloseCode.INVALID_DATA, "text must be UTF-8")
                self.ended = "WebSocket closed: text must be UTF-8"
                return
            self._speaks = self._speaks or self._kind  # without a subprotocol, as the other side does
            lines += message + b"\n"

    def _note_end(self) -> None:
        protocol = self._protocol
        if self.ended is not None:
            return
        if protocol.parser_exc is not None:
            self.ended = f"WebSocket closed: {protocol.close_sent.reason if protocol.close_sent else 'broken'}"
        elif protocol.close_rcvd is not None:
            self.ended = "Connection closed"

    def agree_on(self, subprotocol: str | None) -> None:
        """What was negotiated says which kind of message is to be sent."""
        self._speaks = {TEXT_PROTOCOL: Opcode.TEXT, BINARY_PROTOCOL: Opcode.BINARY}.get(subprotocol or "")

    def send(self, data: bytes) -> bytes:
        """Frames for the lines in ``data``, after pongs and the like."""
        if data and self.ready:
            lines = data.removesuffix(b"\n").split(b"\n")
            if self._speaks is Opcode.BINARY:
                for line in lines:
                    self._protocol.send_binary(line.removesuffix(b"\r"))
            else:
                for line in lines:
                    self._protocol.send_text(_as_text(line.removesuffix(b"\r")))
        return b"".join(self._protocol.data_to_send())

    def finish(self) -> bytes:
        if self.ready:
            self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
        return b"".join(self._protocol.data_to_send())


def _is_text(data: bytes | bytearray) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _as_text(line: bytes) -> bytes:
    # "Servers MUST NOT relay non-UTF-8 content to clients using text messages".
    return line if line.isascii() or _is_text(line) else line.decode(errors="replace").encode()
