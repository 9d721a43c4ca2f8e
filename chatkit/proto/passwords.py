"""Which passwords an account may have, and how they are prepared: by PRECIS's profile OpaqueString.

Spec: https://www.rfc-editor.org/rfc/rfc8265#section-4.2
"""

from __future__ import annotations

from chatkit.proto import precis

MAX_BYTES = 300  # what fits into a PRIVMSG to NickServ; see https://ircv3.net/specs/extensions/account-registration


def prepare(text: str) -> str | None:
    """The password that ``text`` means, however it was typed; None if it may not be one.

    It has up to MAX_BYTES bytes and no control or invisible characters.
    """
    if len(text) > MAX_BYTES:
        return None
    password = text if text.isascii() and text.isprintable() else precis.freeform(text)
    return password if password and len(password.encode()) <= MAX_BYTES else None
