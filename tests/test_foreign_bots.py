"""Bots written with other people's libraries, against a real server: pydle, and irc."""

from __future__ import annotations

import asyncio
import threading

import irc.client
import pydle
import pytest

from tests.foreign import PASSPHRASE, make_account, running
from tests.sockets import DEADLINE, RawClient


@pytest.fixture
def server(tmp_path):
    with running(tmp_path) as server:
        make_account(server, "parrot")
        yield server


class Parrot(pydle.Client):
    """Says again what it hears, in the room where it was said."""

    async def on_connect(self) -> None:
        await super().on_connect()
        await _until(lambda: self.nickname == "parrot")  # pydle asks the server first who it is
        await self.join("#birds")

    async def on_channel_message(self, target: str, by: str, message: str) -> None:
        await super().on_channel_message(target, by, message)
        if not self.is_same_nick(by, self.nickname):
            await self.message(target, f"{by} said {message}")

    async def on_invite(self, channel: str, by: str) -> None:
        await super().on_invite(channel, by)
        await self.join(channel)


async def _until(condition) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_pydle_bot_logs_in_and_answers(server):
    # By PASS: pydle takes the first line of a list of capabilities that needs several for all of it, and finds no SASL.
    bot = Parrot("parrot")
    await bot.connect("127.0.0.1", server.port, tls=False, password=f"parrot:{PASSPHRASE}")
    try:
        await _until(lambda: bot.in_channel("#birds"))
        assert server.act(lambda ircd, now: ircd.users["parrot"].account_name) == "parrot"
        await asyncio.to_thread(_talk_with_parrot, server.port)
        await _until(lambda: bot.in_channel("#nest"))
        await _until(lambda: bot.channels["#birds"]["topic"] == "All about birds")
        whois = await bot.whois("parrot")
        assert whois["account"] == "parrot"
    finally:
        await bot.disconnect(expected=True)


def _talk_with_parrot(port: int) -> None:
    with RawClient(port) as alice:
        alice.register("alice", "message-tags account-tag server-time")
        alice.send("JOIN #birds", "PRIVMSG #birds :Hello")
        (*_, answer) = alice.until(lambda line: "PRIVMSG #birds :alice said Hello" in line)
        assert "account=parrot" in answer.split(" ")[0]
        alice.send("JOIN #nest", "MODE #nest +i", "INVITE parrot #nest")
        alice.until(lambda line: line.endswith(" JOIN #nest") and "parrot!" in line)
        alice.send("MODE #birds +v parrot", "JOIN #tea")
        alice.sync()
        # The parrot opened the room, so it is for the parrot to say who may change the topic.
        alice.send("TOPIC #birds :no")
        assert any(" 482 " in line for line in alice.sync())
    with RawClient(port) as founder:
        founder.register("owl")
        founder.send("JOIN #birds")
        founder.sync()
    _let_parrot_set_the_topic(port)


def _let_parrot_set_the_topic(port: int) -> None:
    with RawClient(port) as parrot:
        parrot.send("CAP REQ :sasl", f"PASS parrot:{PASSPHRASE}", "CAP END", "NICK parrot", "USER parrot 0 * :parrot")
        parrot.until(lambda line: " 001 parrot " in line)
        parrot.send("TOPIC #birds :All about birds")
        parrot.until(lambda line: "TOPIC #birds :All about birds" in line)


def test_a_bot_with_the_irc_library_answers(server):
    reactor = irc.client.Reactor()
    bot = reactor.server().connect("127.0.0.1", server.port, "polly")
    heard = threading.Event()

    def on_welcome(connection, event) -> None:
        connection.join("#birds")

    def on_pubmsg(connection, event) -> None:
        connection.privmsg(event.target, f"{event.source.nick} said {event.arguments[0]}")

    def on_privmsg(connection, event) -> None:
        connection.notice(event.source.nick, f"you said {event.arguments[0]}")

    bot.add_global_handler("welcome", on_welcome)
    bot.add_global_handler("pubmsg", on_pubmsg)
    bot.add_global_handler("privmsg", on_privmsg)
    thread = threading.Thread(target=_process, args=(reactor, heard), name="irc-bot")
    thread.start()
    try:
        with RawClient(server.port) as alice:
            alice.register("alice")
            alice.send("JOIN #birds")
            alice.until(lambda line: (" 353 " in line and "polly" in line) or ("polly!" in line and " JOIN " in line))
            alice.send("PRIVMSG #birds :Hello")
            alice.until(lambda line: line.endswith("PRIVMSG #birds :alice said Hello"))
            alice.send("PRIVMSG polly :psst")
            alice.until(lambda line: line.endswith("NOTICE alice :you said psst"))
    finally:
        heard.set()
        thread.join(DEADLINE)
        bot.disconnect("bye")
    assert not thread.is_alive()


def _process(reactor: irc.client.Reactor, ended: threading.Event) -> None:
    while not ended.is_set():
        reactor.process_once(0.05)
