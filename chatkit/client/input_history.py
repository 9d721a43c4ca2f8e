"""What the user typed before, to be had again with Up and Down."""

from __future__ import annotations

from chatkit.client.discretion import may_be_recalled

MAX_INPUTS = 500


class InputHistory:
    """The inputs of one session, oldest first, and where in them the user is."""

    def __init__(self) -> None:
        self._inputs: list[str] = []
        self._index = 0  # of what is shown; behind the last one is the draft
        self._draft = ""  # what was being typed when the user began to go back

    def add(self, text: str) -> None:
        """``text`` was sent: it is the latest now. The same twice in a row counts once, passwords not at all."""
        if text and may_be_recalled(text) and text not in self._inputs[-1:]:
            self._inputs.append(text)
            del self._inputs[:-MAX_INPUTS]
        self._index, self._draft = len(self._inputs), ""

    def back(self, text: str) -> str | None:
        """What was sent before what is shown now, which is ``text``; None where nothing was."""
        if self._index == 0:
            return None
        self._keep(text)
        self._index -= 1
        return self._inputs[self._index]

    def forward(self, text: str) -> str | None:
        """What was sent after it, or the draft in the end; None where the user is there already."""
        if self._index >= len(self._inputs):
            return None
        self._keep(text)
        self._index += 1
        return self._inputs[self._index] if self._index < len(self._inputs) else self._draft

    def _keep(self, text: str) -> None:
        if self._index >= len(self._inputs):
            self._draft = text
