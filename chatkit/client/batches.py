"""Messages that belong together.

Spec: https://ircv3.net/specs/extensions/batch
"""

from __future__ import annotations

import msgspec

from chatkit.proto.message import Message

MAX_BATCH = 5000  # messages; a server that puts more into one batch loses the rest
MAX_OPEN = 50  # batches; a server that never ends them loses the later ones' grouping


class Batch(msgspec.Struct):
    """A batch while it is open, and then whole."""

    kind: str
    params: list[str]
    parent: str
    label: str
    messages: list[Message]


class Batches:
    """The open batches of a connection, by reference."""

    def __init__(self) -> None:
        self._open: dict[str, Batch] = {}

    def hold(self, msg: Message) -> bool:
        """Keep ``msg`` if it belongs to an open batch. Returns whether it does."""
        batch = self._open.get(msg.tags.get("batch", ""))
        if batch is None or msg.command == "BATCH":
            return False
        if len(batch.messages) < MAX_BATCH:
            if batch.label:
                msg.tags.setdefault("label", batch.label)
            batch.messages.append(msg)
        return True

    def start(self, msg: Message) -> None:
        """``BATCH +ref type params``."""
        if len(self._open) < MAX_OPEN:
            self._open[msg.param(0)[1:]] = Batch(
                msg.param(1), msg.params[2:], msg.tags.get("batch", ""), msg.tags.get("label", ""), []
            )

    def end(self, msg: Message) -> Batch | None:
        """``BATCH -ref``: the whole batch, or None where it is unknown or became part of the one around it."""
        batch = self._open.pop(msg.param(0)[1:], None)
        around = self._open.get(batch.parent) if batch is not None else None
        if batch is None or around is None or around.kind == "labeled-response":
            return batch
        around.messages += batch.messages
        return None
