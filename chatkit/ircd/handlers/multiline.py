"""draft/multiline: messages of several lines, which come as a batch.

Spec: https://ircv3.net/specs/extensions/multiline
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import multiline, offers
from chatkit.ircd.batches import KINDS, Kind
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail
from chatkit.ircd.handlers.messages import relayed_tags, speak
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message
from chatkit.store.records import CONTINUED, SPOKEN

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import Session

LINES_A_COMMAND = 4  # of a batch, that flood control counts as one command


class Draft:
    """A message of which not all lines are here. ``tags`` are the client's, as on the wire."""

    __slots__ = ("_bytes", "_command", "_count", "_is_blank", "_tags", "_target", "_text")

    def __init__(self, target: str, tags: str) -> None:
        self._target = target
        self._tags = tags
        self._command = ""
        self._text = ""
        self._count = 0
        self._bytes = 0
        self._is_blank = True

    def add(self, ctx: Context, msg: Message) -> None:
        """Refuses: every code of the specification."""
        self._check(msg)
        ctx.session.allowance += 1 - 1 / LINES_A_COMMAND
        line, continues = msg.params[1], multiline.CONCAT in msg.tags
        if continues and not line:
            raise _invalid("Invalid multiline batch with concatenated blank line")
        joint = "" if not self._count else CONTINUED if continues else "\n"
        self._command = msg.command
        self._count += 1
        self._bytes += len(line.encode()) + (joint == "\n")
        self._text += joint + line
        self._is_blank = self._is_blank and not line
        self._check_size(ctx)

    def _check(self, msg: Message) -> None:
        if msg.command not in SPOKEN or len(msg.params) < 2 or self._command not in ("", msg.command):
            raise _invalid("Invalid multiline batch: send either PRIVMSG or NOTICE in it")
        given = msg.params[0]
        if casefold(given) != casefold(self._target):
            raise Fail("BATCH", "MULTILINE_INVALID_TARGET", self._target, given or "*", text="Invalid multiline target")

    def _check_size(self, ctx: Context) -> None:
        limits = ctx.ircd.config.messages
        if self._count > limits.multiline_lines:
            limit = str(limits.multiline_lines)
            raise Fail("BATCH", "MULTILINE_MAX_LINES", limit, text="Multiline batch max-lines exceeded")
        if self._bytes > limits.multiline_bytes:
            limit = str(limits.multiline_bytes)
            raise Fail("BATCH", "MULTILINE_MAX_BYTES", limit, text="Multiline batch max-bytes exceeded")

    def complete(self, ctx: Context) -> None:
        """Say it. Refuses: MULTILINE_INVALID where there is nothing to say, and what PRIVMSG refuses."""
        if self._is_blank:
            raise _invalid("Invalid multiline batch with blank lines only")
        if self._count == 1:
            self._text = multiline.fitted(self._text, f":{ctx.user.source} {self._command} {self._target} :")
        speak(ctx, self._command, [self._target], self._text, self._tags)


def _begin(ctx: Context, msg: Message) -> Draft:
    target = msg.param(2)
    if not target:
        raise _invalid("Invalid multiline batch: it names no target")
    return Draft(target, relayed_tags(ctx, msg))


def _invalid(text: str) -> Fail:
    return Fail("BATCH", "MULTILINE_INVALID", text=text)


def _limits(ircd: Ircd, session: Session) -> str:
    limits = ircd.config.messages
    return f"max-bytes={limits.multiline_bytes},max-lines={limits.multiline_lines}"


KINDS[multiline.KIND] = Kind(multiline.NEEDED, _begin)
offers.VALUES["draft/multiline"] = _limits
