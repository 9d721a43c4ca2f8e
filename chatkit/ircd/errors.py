"""The peer's mistakes, which get an answer."""

from __future__ import annotations


class NumericError(Exception):
    """Answered with a numeric. ``params`` follow the nick; the numeric's usual words are added to them."""

    def __init__(self, numeric: str, *params: str, text: str | None = None) -> None:
        super().__init__(numeric, *params)
        self.numeric = numeric
        self.params = params
        self.text = text


class Fail(Exception):
    """Answered with a FAIL standard reply. Spec: https://ircv3.net/specs/extensions/standard-replies"""

    def __init__(self, command: str, code: str, *context: str, text: str) -> None:
        super().__init__(command, code, *context)
        self.command = command
        self.code = code
        self.context = context
        self.text = text
