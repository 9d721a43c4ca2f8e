"""Bots, and the blocking client, against a real server."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatkit.bot import Bot, Incoming
from chatkit.client.address import Address
from chatkit.client.blocking import Client, ClientError
from tests.client.servers import DEADLINE, Person, running_server


@pytest.fixture
def address(tmp_path: Path) -> Iterator[Address]:
    with running_server(tmp_path) as address:
        yield address


@contextmanager
def running(bot: Bot, alice: Person) -> Iterator[None]:
    """The bot at work, in the lobby with Alice."""
    thread = threading.Thread(target=bot.run, name="bot")
    thread.start()
    try:
        alice.until(lambda: len(alice.room().people) == 2)
        yield
    finally:
        bot.stop()
        thread.join(DEADLINE)
    assert not thread.is_alive()


def test_a_command_is_answered(address: Address) -> None:
    bot = Bot("echo", str(address))

    @bot.command("Echo")
    def echo(incoming: Incoming) -> None:
        incoming.reply(f"{incoming.nick} said {incoming.args}")

    with Person("Alice", address) as alice, running(bot, alice):
        alice.say("!echo Hi there")
        alice.until(lambda: alice.talk()[-1] == "echo: Alice said Hi there")
        alice.say("!unknown")
        alice.say("echo is not the command")
        assert len(alice.talk()) == 4


def test_every_message_reaches_the_handler_but_the_bots_own(address: Address) -> None:
    bot = Bot("log", address)
    seen: list[tuple[str, str, bool]] = []

    @bot.on_message
    def listen(incoming: Incoming) -> None:
        seen.append((incoming.room, incoming.text, incoming.direct))
        incoming.reply("noted")

    with Person("Alice", address) as alice, running(bot, alice):
        alice.say("one")
        alice.until(lambda: alice.talk()[-1] == "log: noted")
        alice.runner.say(alice.room(), "/msg log two")
        alice.until(lambda: alice.runner.settled and alice.talk("log")[-1] == "log: noted")
    assert seen == [("#lobby", "one", False), ("Alice", "two", True)]


def test_a_handler_that_fails_costs_a_line_in_the_log(address: Address, caplog: pytest.LogCaptureFixture) -> None:
    bot = Bot("bad", address)

    @bot.on_message
    def fail(incoming: Incoming) -> None:
        raise RuntimeError("oops")

    @bot.on_message
    def answer(incoming: Incoming) -> None:
        incoming.reply("still here")

    with Person("Alice", address) as alice, caplog.at_level(logging.ERROR), running(bot, alice):
        alice.say("hi")
        alice.until(lambda: alice.talk()[-1] == "bad: still here")
    assert "a handler failed" in caplog.text


def test_a_bot_may_speak_from_another_thread(address: Address) -> None:
    bot = Bot("clock", address)
    with Person("Alice", address) as alice, running(bot, alice):
        bot.say("#lobby", "tick")
        alice.until(lambda: alice.talk() == ["clock: tick"])
    with pytest.raises(ClientError):
        bot.say("#lobby", "too late")


def test_a_bot_that_the_server_will_never_have_says_so(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("right\n")
    with running_server(tmp_path / "data", password_file=str(secret)) as address, pytest.raises(ClientError):
        Bot("echo", address).run()


def test_a_script_talks_and_listens(address: Address) -> None:
    with Person("Alice", address) as alice:
        alice.room()
        with Client("deploy", str(address), rooms=["#ops"]) as client:
            client.say("#lobby", "version 7 is live")
            alice.until(lambda: alice.talk() == ["deploy: version 7 is live"])
            assert client.people("#lobby") == ["Alice", "deploy"]
            alice.say("thanks")
            said = next(client.messages(timeout=DEADLINE))
            assert (said.room, said.nick, said.text, said.direct) == ("#lobby", "Alice", "thanks", False)
            assert abs(said.time.timestamp() - time.time()) < 60
            assert list(client.messages(timeout=0)) == []


def test_a_script_is_told_what_was_refused(address: Address) -> None:
    with Client("deploy", address) as client:
        with pytest.raises(ClientError, match="not sent: there is nobody called nobody here"):
            client.say("nobody", "hi")
        with pytest.raises(ClientError, match="you are not in #nowhere"):
            client.say("#nowhere", "hi")
        client.join("#somewhere")
        client.say("#somewhere", "hi")


def test_a_script_without_a_server_is_told_so() -> None:
    with pytest.raises(ClientError, match="Can't reach"):
        Client("deploy", Address("127.0.0.1", 1)).__enter__()


def test_a_script_whose_name_is_taken_is_told_so(address: Address) -> None:
    with Client("deploy", address), pytest.raises(ClientError, match="The name deploy is taken"):
        Client("deploy", address).__enter__()
