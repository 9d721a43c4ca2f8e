"""A line from a client: what it says, or why it cannot be read.

Spec: https://modern.ircdocs.horse/#compatibility-with-incorrect-software, https://ircv3.net/specs/extensions/utf8-only
and https://ircv3.net/specs/extensions/message-tags#size-limit
"""

from __future__ import annotations

import contextlib

from chatkit.ircd.errors import Fail, NumericError
from chatkit.proto import message as wire
from chatkit.proto import numerics as n
from chatkit.proto import tags
from chatkit.proto.message import Message, ParseError

MAX_INPUT = wire.MAX_CLIENT_TAGS + wire.MAX_LINE  # bytes of a line from a client, CR LF included
_UNFIT = frozenset("\0\r\n")


def read_line(line: bytes) -> Message | None:
    """The message in ``line``, which has no CR LF; None where that is blank.

    Refuses: ERR_INPUTTOOLONG, ERR_UNKNOWNCOMMAND; FAIL with INVALID_UTF8 or INVALID_MESSAGE
    """
    if len(line) > wire.MAX_LINE - 2:
        _check_length(line)
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise Fail(_command_of(line), "INVALID_UTF8", text="Message rejected: it is not valid UTF-8") from None
    if not is_fit(text):
        raise Fail("*", "INVALID_MESSAGE", text="Message rejected: it holds a NUL or a line end")
    try:
        return wire.parse(text)
    except ParseError:
        if not text.strip(" "):  # "Servers and clients SHOULD ignore empty lines"
            return None
        raise NumericError(n.ERR_UNKNOWNCOMMAND, "*") from None


def is_fit(text: str) -> bool:
    """Whether ``text`` can be a line: a WebSocket's message may have what a stream's line cannot."""
    return text.isprintable() or not _UNFIT & set(text)


def tags_of_line(line: bytes) -> dict[str, str]:
    """The tags of a line that is refused, if they at least are whole."""
    head, space, _ = line.partition(b" ")
    if not space or not head.startswith(b"@"):
        return {}
    try:
        return tags.parse(head[1:].decode())
    except UnicodeDecodeError:
        return {}


def _command_of(line: bytes) -> str:
    # Only a word that is whole goes into the answer.
    with contextlib.suppress(ParseError):
        command = wire.parse(line.decode(errors="replace")).command
        return command if command.isascii() and command.isalnum() else "*"
    return "*"


def _check_length(line: bytes) -> None:
    """Refuse tags of more than 4096 bytes, or more than 510 bytes of anything else."""
    tagged = 0
    if line.startswith(b"@"):
        space = line.find(b" ")
        tagged = (space if space >= 0 else len(line)) + 1
    if tagged > wire.MAX_CLIENT_TAGS or len(line) - tagged > wire.MAX_LINE - 2:
        raise NumericError(n.ERR_INPUTTOOLONG)
