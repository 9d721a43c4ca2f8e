"""Short answers for those who come with HTTP."""

from __future__ import annotations

from http import HTTPStatus

_HEADERS = {
    HTTPStatus.METHOD_NOT_ALLOWED: ("Connection: close", "Allow: GET"),
    HTTPStatus.UPGRADE_REQUIRED: ("Connection: close, Upgrade", "Upgrade: websocket"),
}


PLAIN = "text/plain; charset=utf-8"


def answer(status: HTTPStatus, text: str, kind: str = PLAIN, *, bare: bool = False) -> bytes:
    """A whole response that says ``text``, after which the connection ends. ``bare``: its headers alone, for HEAD."""
    body = text.encode()
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
        *_HEADERS.get(status, ("Connection: close",)),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + (b"" if bare else body)


def welcome(name: str, host: str) -> str:
    """For a person who opened the port in a browser. ``host`` is what was typed there, or nothing."""
    return (
        f"This is {name}, a chat server. A browser cannot show it, but anyone can come in:\n\n"
        f"    chatkit join {host or 'HOST:PORT'}\n\n"
        "Or use any IRC client, with this same address and port; TLS and WebSocket are understood here too.\n"
    )
