"""The user's name on the server: asking for it, doing without it, getting it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import events, words
from chatkit.client.talk import is_name
from chatkit.proto import numerics as n
from chatkit.proto.message import Message
from chatkit.proto.names import NICK_LEN, suggest_nick

if TYPE_CHECKING:
    from chatkit.client.core import Core

REGAIN_EVERY = 30.0  # seconds between tries to get the name back
REGAIN_TRIES = 20
MAX_VARIANTS = 20


class Naming:
    """Which name the user wants, and what is tried for it.

    A name that is taken is asked about, the first time. After a lost connection it is most often our own, which the
    server has not given up yet: then a variant will do until the name is free again.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.wanted = core.options.nick
        self.wish = core.options.nick  # that the next time begins with: not one that was only taken for want of it
        self.waiting = False  # for the user to choose
        self.had_name = False  # whether the server ever let us in
        self._tried = 0  # variants, on this connection
        self._offered = ""  # the variant of the wish that the user was asked with last
        self._missed = False  # whether the wish was somebody's, and the user has not been told yet what came of it
        self._asked = core.options.nick
        self._regaining = False
        self._regain_at: float | None = None
        self._regain_left = REGAIN_TRIES

    def introduce(self) -> None:
        """A connection begins: NICK."""
        self._tried = 0
        self._ask(self.wanted)

    def choose(self, name: str) -> None:
        """The user wants to be called ``name``."""
        core = self._core
        if self.had_name and not self.waiting and not _is_possible(name):
            core.tell(words.sentence(words.bad_name(name)), "error")  # the old one will do, after a reconnection too
            return
        self.wanted, self.waiting = name, False
        if name != self._offered:
            self.wish, self._missed, self._tried = name, False, 0
        self._regain_at, self._regaining = None, False
        self._ask(name)
        core.link.retry(core.now)  # it may have been waiting for the name

    def refused(self, msg: Message) -> None:
        """The server won't have the name."""
        core = self._core
        taken = msg.command != n.ERR_ERRONEUSNICKNAME
        if core.session.registered:
            if not self._regaining:
                self.wanted = core.chat.nick
                core.tell(words.sentence(words.name_refusal(msg)), "error")
            self._regaining = False
            return
        self._missed = self._missed or taken
        if (self.had_name or core.options.rename) and self._tried < MAX_VARIANTS:
            self._say_whose(msg)
            self._ask(self._variant() if taken else suggest_nick(self._asked))
            self._tried += 0 if taken else 1
        else:
            self._offered = self._variant() if taken else ""
            self._need(words.sentence(words.name_refusal(msg)), self._offered or suggest_nick(self.wanted))

    def _say_whose(self, msg: Message) -> None:
        """After a lost connection the own account's name has to be logged in for, and a variant will not tell."""
        if self.had_name and self._tried == 0 and words.name_refusal(msg) != words.refusal(msg):
            self._core.tell(words.sentence(words.name_refusal(msg)), "error")

    def registered(self, nick: str) -> None:
        """The server let us in as ``nick``."""
        self.had_name = True
        self._core.set_nick(nick)
        self._plan_regain()

    def entered(self) -> None:
        """The user is where the talk is: say there under which name, if it is not the one that was wished for."""
        core = self._core
        if self._missed and not core.options.quiet and core.chat.fold(core.chat.nick) != core.chat.fold(self.wish):
            core.tell(words.name_missed(self.wish, core.chat.nick))
        self._missed = False

    def changed(self, nick: str) -> None:
        """The server says that the user is called ``nick`` now."""
        if self._differs(nick) and not self._regaining:
            self.wanted = self.wish = nick  # the user, or somebody with power here, wanted it
        self._regaining = False
        self._core.set_nick(nick)
        self._plan_regain()

    def freed(self, nick: str) -> None:
        """Somebody gave up the name ``nick``."""
        if self._regain_at is not None and not self._differs(nick):
            self._regain_at = self._core.now

    def advance(self, now: float) -> None:
        """Try to get the name back when it is time to."""
        if self._regain_at is None or now < self._regain_at:
            return
        if not self._core.session.registered:
            self._regain_at = None
            return
        self._regain_left -= 1
        self._regaining = True
        self._regain_at = now + REGAIN_EVERY if self._regain_left > 0 else None
        self._core.send("NICK", self.wanted)

    def deadline(self) -> float | None:
        """When ``advance`` has something to do."""
        return self._regain_at

    def _plan_regain(self) -> None:
        missing = self._differs(self._core.chat.nick)
        self._regain_left = REGAIN_TRIES
        self._regain_at = self._core.now + REGAIN_EVERY if missing else None

    def _differs(self, nick: str) -> bool:
        """Whether ``nick`` is another name than the one that the user wants."""
        fold = self._core.chat.fold
        return fold(nick) != fold(self.wanted)

    def _ask(self, name: str) -> None:
        if not _is_possible(name):
            self._need(words.sentence(words.bad_name(name)), suggest_nick(name))
            return
        self._asked = name
        self._core.send("NICK", name)

    def _need(self, text: str, suggestion: str) -> None:
        self.waiting = not self._core.session.registered
        self._core.emit(events.NameNeeded(text, suggestion, self._core.chat))

    def _variant(self) -> str:
        """The next of ``name_``, ``name_2``, ``name_3``…"""
        self._tried += 1
        ending = "_" if self._tried == 1 else f"_{self._tried}"
        limit = self._core.session.number("NICKLEN", NICK_LEN)
        return self.wish[: limit - len(ending)] + ending


def _is_possible(name: str) -> bool:
    return is_name(name) and name.isprintable()
