"""Bots in a few lines."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

import msgspec

from chatkit.client.address import Address, parse_address
from chatkit.client.blocking import ClientError, news, said
from chatkit.client.driver import Driver
from chatkit.client.events import Event, NameNeeded, StatusChanged
from chatkit.client.model import Line, Room
from chatkit.client.options import ClientOptions
from chatkit.client.runner import ClientRunner

log = logging.getLogger("chatkit.bot")


class Incoming(msgspec.Struct, frozen=True):
    """What a handler gets: a message that came while the bot was there."""

    bot: Bot
    room: str  # where it was said; the other's nick where it was said to the bot alone
    nick: str
    text: str
    time: datetime  # aware, in UTC
    direct: bool = False
    args: str = ""  # of a command: what stands behind its name

    def reply(self, text: str) -> None:
        """Say ``text`` where the message was said."""
        self.bot.say(self.room, text)


Handler = Callable[[Incoming], object]


class Bot:
    """A bot::

        bot = Bot("echo", address="127.0.0.1:55555", rooms=["#lobby"])

        @bot.command("echo")              # somebody says "!echo Hi"
        def echo(incoming):
            incoming.reply(incoming.args)

        @bot.on_message                   # anybody says anything, commands included
        def listen(incoming):
            if "help" in incoming.text:
                incoming.reply("Say !echo and something.")

        bot.run()

    Handlers are called one after the other on the thread that called ``run``. One that raises costs a line in the log.
    A lost connection comes back by itself; what was said meanwhile is not answered.
    """

    def __init__(
        self,
        nick: str,
        address: str | Address = Address(),  # noqa: B008  # immutable
        rooms: list[str] | tuple[str, ...] = (),
        *,
        password: str | None = None,
        prefix: str = "!",
    ) -> None:
        place = parse_address(address) if isinstance(address, str) else address
        self._options = ClientOptions(
            nick, place, tuple(rooms), password, rename=True, remember=False, history=0, quiet=True, software="bot"
        )
        self._prefix = prefix
        self._commands: dict[str, Handler] = {}
        self._handlers: list[Handler] = []
        self._driver: Driver | None = None
        self._waiting: list[tuple[str, str]] = []  # what is to be said, and to whom
        self._stopping = threading.Event()

    def on_message(self, handler: Handler) -> Handler:
        """Call ``handler`` for every message of somebody else, in a room or to the bot."""
        self._handlers.append(handler)
        return handler

    def command(self, name: str) -> Callable[[Handler], Handler]:
        """Call the function for every message that begins with the prefix and ``name``."""

        def add(handler: Handler) -> Handler:
            self._commands[name.lower()] = handler
            return handler

        return add

    def say(self, target: str, text: str) -> None:
        """Say ``text`` to a room that the bot is in, or to a person. From any thread, while the bot runs.

        It never blocks: what is said before the bot is in its rooms waits until it is.
        """
        if (driver := self._driver) is None:
            raise ClientError("the bot is not running")
        driver.call(lambda: self._waiting.append((target, text)))

    def run(self) -> None:
        """Connect, and call handlers until ``stop`` or ^C. Raises ClientError where the server will never have us."""
        with Driver(self._options) as driver:
            self._driver = driver
            try:
                while not self._stopping.is_set():
                    events, _ = driver.wait()
                    self._handle(events)
                    self._say_waiting(driver.runner)
            except KeyboardInterrupt:
                log.info("stopped by ^C")
            finally:
                driver.leave()
                self._driver = None
                self._stopping.clear()

    def stop(self) -> None:
        """Make ``run`` leave the server and return. From any thread."""
        self._stopping.set()
        if (driver := self._driver) is not None:
            driver.wake()

    def _handle(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, StatusChanged):
                self._note_status(event)
            elif isinstance(event, NameNeeded):
                raise ClientError(event.text)
        for room, line in news(events):
            if line.kind == "message":
                self._dispatch(room, line)

    def _note_status(self, event: StatusChanged) -> None:
        status = event.status
        log.log(logging.WARNING if status.state == "offline" else logging.INFO, "%s", status.text)
        if status.state == "offline" and status.retry_at is None and not self._stopping.is_set():
            raise ClientError(status.text)

    def _dispatch(self, room: Room, line: Line) -> None:
        message = said(room, line)
        word, _, rest = line.text.removeprefix(self._prefix).partition(" ")
        handler = self._commands.get(word.lower()) if line.text.startswith(self._prefix) else None
        incoming = Incoming(self, message.room, message.nick, message.text, message.time, message.direct)
        if handler is not None:
            self._call(handler, msgspec.structs.replace(incoming, args=rest.strip()))
        for each in self._handlers:
            self._call(each, incoming)

    def _call(self, handler: Handler, incoming: Incoming) -> None:
        try:
            handler(incoming)
        except Exception:  # whatever a handler does, the bot lives on
            log.exception("a handler failed")

    def _say_waiting(self, runner: ClientRunner) -> None:
        while self._waiting and runner.ready:
            target, text = self._waiting.pop(0)
            room = runner.chat.find(target) if target[:1] in ("#", "&") else runner.open_direct(target)
            if room is None:
                log.warning("not in %s, so this was not said: %s", target, text)
            else:
                runner.post(room, text)
