"""The password of a server itself, which some ask of everybody before they let anybody in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import words
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core

UNENCRYPTED = ("irc", "ws")  # schemes of addresses by which the user wants no more


class ServerPassword:
    """What is sent by PASS, and the question for it where the server wants one, or another."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.value = core.options.password
        self._question: str | None = None

    def begin(self, kept: str | None) -> None:
        """A connection begins: PASS. One that the user has given goes before ``kept``, which was found for it.

        Where others on the way could read it, and the user did not want that, a kept one is asked for instead.
        """
        is_safe = self._core.chat.security != "" or self._core.options.address.scheme in UNENCRYPTED
        self.value = self.value or (kept if is_safe else None)
        if self.value:
            self._core.send("PASS", self.value)

    def refused(self, msg: Message) -> None:
        """The server lets nobody in without the right one. It is told once, not again with every try."""
        wrong, self.value = self.value, None
        self._question = words.password_asked(words.said(msg) if wrong else "", in_clear=not self._core.chat.security)
        self._core.stay_away(words.sentence(words.refusal(msg) if wrong else words.PASSWORD_ASKED))

    def take_question(self) -> str | None:
        """What to ask the user for it with, if the server has asked since this was called last."""
        question, self._question = self._question, None
        return question

    def give(self, value: str) -> None:
        """Try this one."""
        self.value = value
        self._core.reconnect()
