"""The peer's mistakes, which get an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatkit.ircd.services import Service


class NumericError(Exception):
    """Answered with a numeric. ``params`` follow the nick; the numeric's usual words are added to them.

    ``closes`` is why the session ends with it, or "" where it goes on.
    """

    def __init__(self, numeric: str, *params: str, text: str | None = None, closes: str = "") -> None:
        super().__init__(numeric, *params)
        self.numeric = numeric
        self.params = params
        self.text = text
        self.closes = closes


class Fail(Exception):
    """Answered with a FAIL standard reply. Spec: https://ircv3.net/specs/extensions/standard-replies"""

    def __init__(self, command: str, code: str, *context: str, text: str) -> None:
        super().__init__(command, code, *context)
        self.command = command
        self.code = code
        self.context = context
        self.text = text


class ServiceError(Exception):
    """Answered with a NOTICE of a service, see ``services``."""

    def __init__(self, service: Service, text: str) -> None:
        super().__init__(service.nick, text)
        self.service = service
        self.text = text
