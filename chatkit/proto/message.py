"""One line of IRC, parsed and written.

Spec: https://modern.ircdocs.horse/#message-format and https://ircv3.net/specs/extensions/message-tags
"""

from __future__ import annotations

import msgspec

from chatkit.proto import tags as message_tags

MAX_LINE = 512  # bytes, CR LF included, tags not
MAX_CLIENT_TAGS = 4096  # bytes that a client may send as tags, "@" and the space included
MAX_TAG_DATA = 4094  # the same without those two


class ParseError(ValueError):
    """The line has no command."""


class Message(msgspec.Struct, gc=False, omit_defaults=True):
    """A parsed line. ``tags`` holds unescaped values; ``command`` is upper case, or three digits."""

    command: str
    params: list[str]
    source: str | None = None
    tags: dict[str, str] = {}

    def param(self, index: int, default: str = "") -> str:
        """The parameter at ``index``, or ``default`` where the line has fewer."""
        return self.params[index] if index < len(self.params) else default


def parse(line: str) -> Message:
    """Parse one line without its CR LF. Raises ParseError where there is no command."""
    tags: dict[str, str] | None = None
    source = None
    if line[:1] == "@":
        head, _, line = line[1:].partition(" ")
        tags = message_tags.parse(head)
        line = line.lstrip(" ")
    if line[:1] == ":":
        source, _, line = line[1:].partition(" ")
        line = line.lstrip(" ")
    middle, colon, trailing = line.partition(" :")
    words = middle.split(" ")
    if "" in words:  # a run of spaces separates as one does
        words = [word for word in words if word]
    if not words or words[0][0] == ":":
        raise ParseError("no command")
    if colon:
        words.append(trailing)
    command = words.pop(0)
    # Unicode would make commands of words that are none: its upper case of a dotless i is I.
    return Message(command.upper() if command.isascii() else command, words, source, {} if tags is None else tags)


def format_line(
    command: str,
    params: list[str] | tuple[str, ...] = (),
    source: str | None = None,
    tags: dict[str, str] | None = None,
) -> str:
    """Write one line, without CR LF. The last parameter gets a colon where it needs one.

    Raises ValueError for a middle parameter that would not survive, or for a line break anywhere.
    """
    parts = []
    if tags:
        parts.append("@" + message_tags.format_tags(tags))
    if source:
        parts.append(":" + source)
    parts.append(command)
    if params:
        *middle, last = params
        for param in middle:
            if not param or " " in param or param[0] == ":":
                raise ValueError(f"not a middle parameter: {param!r}")
        parts += middle
        parts.append(":" + last if not last or " " in last or last[0] == ":" else last)
    line = " ".join(parts)
    if "\r" in line or "\n" in line or "\0" in line:
        raise ValueError("a line holds no CR, LF or NUL")
    return line
