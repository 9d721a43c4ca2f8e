"""WeeChat, for real: what a person at it sees."""

from __future__ import annotations

import uuid

import pytest

from tests.foreign import PASSPHRASE, make_account, running
from tests.sockets import RawClient
from tests.terminal import Terminal


@pytest.fixture
def server(tmp_path):
    with running(tmp_path) as server:
        make_account(server, "alice")
        yield server


@pytest.fixture
def weechat(server, needs, tmp_path):
    needs("tmux")
    options = {
        "irc.server.here.addresses": f'"127.0.0.1/{server.port}"',
        "irc.server.here.nicks": '"alice"',
        "irc.server.here.tls": "on",
        "irc.server.here.tls_verify": "off",
        "irc.server.here.sasl_mechanism": "scram-sha-256",
        "irc.server.here.sasl_username": '"alice"',
        "irc.server.here.sasl_password": f'"{PASSPHRASE}"',
        "irc.server.here.capabilities": '"*"',
        "weechat.bar.buflist.hidden": "on",
        "irc.look.smart_filter": "off",
    }
    words = ["/server add here 127.0.0.1 -notls"]
    words += [f"/set {name} {value}" for name, value in options.items()]
    words += [f"/set {name.replace('tls', 'ssl')} {value}" for name, value in options.items() if "tls" in name]  # < 4.0
    words += ["/connect here"]
    command = [needs("weechat"), "--dir", str(tmp_path / "weechat")]
    for word in words:
        command += ["--run-command", word]
    terminal = Terminal(f"chatkit-{uuid.uuid4().hex}", command, columns=140, rows=40)
    yield terminal
    terminal.close()


def test_weechat_lives_in_it(server, weechat):
    weechat.wait_for("has joined #lobby")
    assert server.act(lambda ircd, now: ircd.users["alice"].account_name) == "alice"
    assert server.act(lambda ircd, now: "Z" in ircd.users["alice"].modes), "it came over TLS"

    weechat.line("/join #tea")
    weechat.wait_for(" has joined #tea")
    with RawClient(server.port) as bob:
        bob.register("bob", "message-tags server-time")
        bob.send("JOIN #tea")
        weechat.wait_for(".cloak) has joined #tea")

        weechat.line("hello from weechat")
        bob.until(lambda line: line.endswith("PRIVMSG #tea :hello from weechat"))
        bob.send("PRIVMSG #tea :hello from bob")
        weechat.wait_for("hello from bob")

        weechat.line("/mode +m")
        bob.until(lambda line: line.endswith("MODE #tea +m"))
        weechat.line("/voice bob")
        bob.until(lambda line: line.endswith("MODE #tea +v bob"))
        weechat.wait_for("Mode #tea [+v bob] by alice")

        weechat.line("/query bob psst")
        bob.until(lambda line: line.endswith("PRIVMSG bob :psst"))
        bob.send("PRIVMSG alice :what is it?")
        weechat.wait_for("what is it?")

        weechat.line("/part #tea")
        bob.send("PRIVMSG #tea :while you were away")
        bob.sync()
        weechat.line("/join #tea")
        bob.until(lambda line: " JOIN " in line)
