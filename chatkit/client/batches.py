"""Messages that belong together.

Spec: https://ircv3.net/specs/extensions/batch
"""

from __future__ import annotations

import msgspec

from chatkit.client.splitting import Piece, joined
from chatkit.proto.message import Message

MAX_BATCH = 5000  # messages; a server that puts more into one batch loses the rest
MAX_OPEN = 50  # batches; a server that never ends them loses the later ones' grouping
MAX_HELD = 16_000_000  # characters of all of them together, about

MULTILINE = "draft/multiline"  # the batch
CONCAT = "draft/multiline-concat"  # the tag of a line that goes on where the one before it ended
MAX_TEXT = 65_536  # characters of a message of several lines


class Batch(msgspec.Struct):
    """A batch while it is open, and then whole."""

    kind: str
    params: list[str]
    parent: str
    label: str
    messages: list[Message]
    tags: dict[str, str]
    size: int = 0  # characters, about


class Batches:
    """The open batches of a connection, by reference."""

    def __init__(self) -> None:
        self._open: dict[str, Batch] = {}
        self._size = 0

    def hold(self, msg: Message) -> bool:
        """Keep ``msg`` if it belongs to an open batch. Returns whether it does."""
        batch = self._open.get(msg.tags.get("batch", ""))
        if batch is None or msg.command == "BATCH":
            return False
        size = sum(map(len, msg.params)) + sum(map(len, msg.tags.values()))
        if len(batch.messages) < MAX_BATCH and self._size + size <= MAX_HELD:
            if batch.label:
                msg.tags.setdefault("label", batch.label)
            batch.messages.append(msg)
            batch.size += size
            self._size += size
        return True

    def start(self, msg: Message) -> None:
        """``BATCH +ref type params``."""
        parent = msg.tags.get("batch", "")
        around = self._open.get(parent)
        label = msg.tags.get("label") or (around.label if around is not None else "")
        reference = msg.param(0)[1:]
        if reference and len(self._open) < MAX_OPEN:  # an empty one would be that of every message without a batch
            self._open[reference] = Batch(msg.param(1), msg.params[2:], parent, label, [], msg.tags)

    def end(self, msg: Message) -> Batch | None:
        """``BATCH -ref``: the whole batch, or None where it is unknown or became part of the one around it."""
        batch = self._open.pop(msg.param(0)[1:], None)
        if batch is None:
            return None
        around = self._open.get(batch.parent)
        if around is None or around.kind == "labeled-response":
            self._size -= batch.size
            return batch
        around.messages += one_message(batch) if batch.kind == MULTILINE else batch.messages
        around.size += batch.size
        return None


def one_message(batch: Batch) -> list[Message]:
    """The message that a batch of its lines is: one with line breaks in its text; none where there are no lines.

    Spec: https://ircv3.net/specs/extensions/multiline
    """
    first = batch.messages[0] if batch.messages else None
    if first is None or first.command not in ("PRIVMSG", "NOTICE"):
        return []
    lines = [msg for msg in batch.messages if (msg.command, msg.param(0)) == (first.command, first.param(0))]
    text = joined(Piece(msg.param(1), CONCAT in msg.tags) for msg in lines)
    if len(text) > MAX_TEXT:
        text = text[: MAX_TEXT - 1] + "…"
    tags = {**first.tags, **batch.tags, "label": batch.label}
    return [Message(first.command, [first.param(0), text], first.source, tags)]
