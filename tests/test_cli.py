"""Every command of the command line: what it takes, what it refuses, and with which status."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import argon2
import click
import pytest
from click.testing import CliRunner, Result

from chatkit import __version__
from chatkit.cli import cli
from chatkit.client.options import Start
from chatkit.client.settings import Network
from chatkit.client.settings_store import SettingsStore
from chatkit.config import config_dir, keys, load_config, variable_of
from chatkit.server import Server
from chatkit.store.schema import VERSION
from tests.own_service import new_kind
from tests.processes import ServerProcess, chatkit
from tests.sockets import RawClient


def run(*arguments: str, **options) -> Result:
    return CliRunner().invoke(cli, arguments, prog_name="chatkit", **options)


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


@pytest.fixture
def server(tmp_path):
    process = ServerProcess(tmp_path / "data", "--log", "plain")
    yield process
    process.stop()


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_explains_itself(path):
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: chatkit {' '.join(path)}")
    assert len(result.output.splitlines()) > 3


def test_without_a_command_all_of_them_are_listed_each_in_a_whole_sentence():
    result = run()
    listed = result.stderr.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == list(cli.commands)
    assert [line.split()[0] for line in listed[:2]] == ["serve", "join"]
    assert all(line.endswith(".") and not line.endswith("..") for line in listed)


@pytest.mark.smoke
def test_help_imports_nothing_heavy():
    """``chatkit --help`` is instant: front ends are imported inside their command."""
    code = (
        "import sys; from chatkit.cli import cli; cli(['--help'], standalone_mode=False);"
        "heavy = {'textual', 'tkinter', 'rich', 'sqlite3', 'msgspec', 'asyncio', 'ssl'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.smoke
def test_python_m_chatkit_is_the_command():
    out = subprocess.run([sys.executable, "-m", "chatkit", "--version"], capture_output=True, text=True, check=True)
    assert out.stdout == f"chatkit, version {__version__}\n"


def assert_mistake(result: Result, *words: str) -> None:
    """The operator's mistake: one line that names it, exit status 2, no traceback."""
    assert result.exit_code == 2, result.output
    line = result.stderr.strip().splitlines()[-1]
    assert all(word in line for word in words), line
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_an_unknown_option_is_named():
    assert_mistake(run("serve", "--nonsense"), "--nonsense")


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("colour = 1", ["there is no key colour"]),
        ("[limits]\nsendq = 1", ["there is no key limits.sendq"]),
        ("port = 'high'", ["port", "expected int"]),
        ("port = 99999", ["port", "65535"]),
        ("[rooms]\nautojoin = ['lobby']", ["rooms.autojoin", "'lobby'"]),
        ("[log]\nformat = 'xml'", ["log.format"]),
        ("name = 'two words'", ["name"]),
        ("port = ", ["not valid TOML"]),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(tmp_path, toml, words):
    file = tmp_path / "chatkit.toml"
    file.write_text(toml)
    assert_mistake(run("config", "check", "--config", str(file)), str(file), *words)
    assert_mistake(run("serve", "--config", str(file)), str(file), *words)


def test_a_missing_configuration_file_is_named(tmp_path):
    assert_mistake(run("serve", "--config", str(tmp_path / "none.toml")), "none.toml", "No such file")


def test_a_wrong_variable_is_named(monkeypatch):
    monkeypatch.setenv("CHATKIT_LIMITS_SENDQ_BYTES", "lots")
    assert_mistake(run("config", "check"), "CHATKIT_LIMITS_SENDQ_BYTES", "lots")


def test_every_setting_is_shown_and_what_is_shown_is_accepted(tmp_path):
    shown = run("config", "show").output
    for key in keys():
        assert key.rpartition(".")[2] in shown
    file = tmp_path / "chatkit.toml"
    file.write_text(shown)
    assert run("config", "check", "--config", str(file)).exit_code == 0
    assert variable_of("limits.sendq_bytes") == "CHATKIT_LIMITS_SENDQ_BYTES"


def test_what_stands_for_a_password_is_printed(tmp_path):
    file = tmp_path / "password"
    file.write_text("a long enough one\n")
    printed = run("config", "hash-password", "--password-file", str(file)).output.strip()
    assert argon2.PasswordHasher().verify(printed, "a long enough one")
    assert load_config(None, {}, {"opers": [{"name": "ada", "password_hash": printed}]}).opers[0].name == "ada"
    file.write_text("\x01\n")
    assert_mistake(run("config", "hash-password", "--password-file", str(file)), "may not be a password")


def test_config_path_says_where_things_are(monkeypatch, tmp_path):
    monkeypatch.setenv("CHATKIT_DATA", str(tmp_path / "here"))
    assert str(tmp_path / "here") in run("config", "path").output


def test_a_port_in_use_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port), "--data", str(tmp_path))
    assert_mistake(result, f"port {port}", "in use")


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    assert_mistake(run("serve", "--data", str(tmp_path / "file" / "data")), str(tmp_path / "file" / "data"))


def test_a_database_of_a_newer_version_is_named(tmp_path):
    with sqlite3.connect(tmp_path / "chatkit.db") as newer:
        newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    newer.close()
    assert_mistake(run("serve", "--port", "0", "--data", str(tmp_path)), "chatkit.db", f"version {VERSION + 1}")


def test_a_file_that_is_no_database_is_put_aside_and_the_server_starts_all_the_same(tmp_path):
    (tmp_path / "chatkit.db").write_bytes(b"this is not a database at all" * 100)
    server = ServerProcess(tmp_path, "--log", "plain")
    assert server.stop() == 0
    (warning,) = [line for line in server.lines if line.startswith("warning: the database was damaged")]
    (aside,) = tmp_path.glob("damaged-*")
    assert str(aside) in warning


def test_an_empty_text_is_not_sent():
    assert_mistake(run("send", "#lobby", " "), "nothing to send")


def test_an_address_that_is_none_is_named():
    assert_mistake(run("join", "host:port"), "'port' is not a port")
    assert_mistake(run("send", "#lobby", "hi", "--server", "http://host"), "http://")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--network", "libra"], ["no network called libra", "libera"]),
        (["chat.example", "--network", "libera"], ["not both"]),
        (["irc://chat.example", "--fingerprint", "ab" * 32], ["ircs://chat.example"]),
        (["chat.example", "--fingerprint", "abc"], ["'abc' is not a fingerprint"]),
        (["chat.example", "--certificate", "/no/such/file"], ["/no/such/file", "does not exist"]),
        (["chat.example", "--password-file", "/no/such/file"], ["/no/such/file", "No such file"]),
        (["--account", "al"], ["say with --network"]),
    ],
)
def test_what_join_cannot_begin_with_is_named(arguments, words):
    store = SettingsStore.of_user()
    store.save_network(Network("libera", "irc.libera.chat"))
    store.save_network(Network("den", "192.0.2.7"))
    assert_mistake(run("join", "--plain", *arguments), *words)


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_a_full_screen_needs_a_terminal_for_keys_and_drawing(stream):
    keyboard, terminal = pty.openpty()
    streams = {**dict.fromkeys(("stdin", "stdout", "stderr"), terminal), stream: subprocess.DEVNULL}
    try:
        with chatkit("join", "--tui", "127.0.0.1:1", **streams) as client:
            assert client.wait(60) == 2
        if stream != "stderr":
            Seen(keyboard).wait_for("--tui needs a terminal")
    finally:
        os.close(terminal)
        os.close(keyboard)


@pytest.mark.parametrize("stream", ["<&-", ">&-", "2>&-"])
def test_a_stream_that_is_closed_is_no_reason_to_fail(stream):
    script = f"{sys.executable} -m chatkit send '#lobby' hi --server 127.0.0.1:1 {stream}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert ("Can't reach 127.0.0.1:1" in done.stderr) is (stream != "2>&-")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("face", ["tui", "gui_tk", "plain"])
def test_join_gives_a_face_what_to_begin_with(monkeypatch, tmp_path, face):
    started: list[Start] = []
    monkeypatch.setattr("chatkit.cli._has_screen", lambda: True)
    monkeypatch.setattr(f"chatkit.{face}.run", lambda start: started.append(start) or 0)
    (tmp_path / "pem").write_text("")
    given = (
        "chat.example",
        "--nick",
        "Al",
        "--account",
        "al",
        "--certificate",
        str(tmp_path / "pem"),
        "--channel",
        "den",
    )
    assert run("join", f"--{face.removesuffix('_tk')}", *given).exit_code == 0
    (options,) = started[0].networks
    assert (options.nick, options.account, options.certificate) == ("Al", "al", str(tmp_path / "pem"))
    assert (str(options.address), options.rooms) == ("chat.example", ("#den",))
    assert (options.software, started[0].suggestion) == (face.removesuffix("_tk"), None)


def test_a_mistake_in_the_settings_is_said_and_the_client_starts_all_the_same(monkeypatch):
    started: list[Start] = []
    monkeypatch.setattr("chatkit.plain.run", lambda start: started.append(start) or 0)
    path = config_dir() / "settings.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[appearance]\ntheme = 'pink'\n")
    result = run("join", "--plain", "chat.example")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        f"chatkit: {path}: appearance.theme: 'pink' is not one of "
        "system, dark, light, contrast, solarized-dark, solarized-light"
    ]
    assert len(started) == 1


def test_the_line_mode_client_starts_without_what_it_may_never_need():
    code = (
        "import sys, chatkit.plain;"
        "late = {'keyring', 'zeroconf', 'emoji', 'tomlkit', 'cryptography', 'websockets'} & set(sys.modules);"
        "sys.exit(f'imported {late}' if late else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_join_offers_the_servers_that_announce_themselves(tmp_path, monkeypatch):
    """Two servers and a client on a terminal, which find each other over the loopback."""
    monkeypatch.setenv("CHATKIT_DISCOVERY", "on")
    module = ("tests.own_service", new_kind())
    servers = [
        ServerProcess(tmp_path / name, "--log", "plain", "--name", name, module=module) for name in ("den", "hut")
    ]
    keyboard, terminal = pty.openpty()
    client = chatkit("join", "--plain", module=module, stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    try:
        seen = Seen(keyboard)
        seen.wait_for("Your name [")
        os.write(keyboard, b"Alice\n")
        seen.wait_for(f"den (127.0.0.1:{servers[0].port}, on this network)")
        seen.wait_for(f"hut (127.0.0.1:{servers[1].port}, on this network)")
        number = re.search(rf"\? (\d+) hut \(127\.0\.0\.1:{servers[1].port},", seen.text)
        assert number is not None
        os.write(keyboard, f"{number[1]}\n".encode())
        seen.wait_for("Connected to hut as Alice")
        os.write(keyboard, b"/quit\n")
        assert client.wait(30) == 0
    finally:
        client.kill()
        client.wait()
        os.close(keyboard)
        for server in servers:
            server.stop()


class Seen:
    """What a program writes to its terminal."""

    def __init__(self, keyboard: int) -> None:
        self._keyboard = keyboard
        self.text = ""

    def wait_for(self, words: str) -> None:
        """The test's timeout ends the wait."""
        while words not in self.text:
            self.text += os.read(self._keyboard, 4096).decode()


@pytest.mark.parametrize("command", [["users"], ["rooms"], ["stats"], ["stop"], ["kick", "Bob"], ["announce", "hi"]])
def test_admin_without_a_server_says_where_it_looked(tmp_path, command):
    result = run("admin", *command, "--data", str(tmp_path))
    assert result.exit_code == 1
    assert str(tmp_path / "control.sock") in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_server_prints_what_it_promises(server):
    """The lines of the README, as they are."""
    with RawClient(server.port) as alice, RawClient(server.port) as bob:
        alice.register("Alice")
        bob.register("Bob")
        bob.send("PRIVMSG #lobby :Hello everyone!", "PRIVMSG Alice :a secret", "QUIT :bye")
        bob.rest()
        server.wait_for("User left: Bob")
    assert server.lines == [
        f"Server started on IP 127.0.0.1 and port {server.port}",
        "Waiting for connections...",
        "New connection: 127.0.0.1",
        *server.lines[3:4],
        *server.lines[4:6],
        "Message from Bob: Hello everyone!",
        "User left: Bob (Quit: bye)",
    ]
    assert sorted(server.lines[3:6]) == ["New connection: 127.0.0.1", "User joined: Alice", "User joined: Bob"]


def test_send_ends_when_it_is_stored_and_tail_shows_it(server, tmp_path):
    where = ("--server", f"127.0.0.1:{server.port}")
    with chatkit("send", "#lobby", "deploy done", "--nick", "ci", *where) as send:
        assert send.wait(30) == 0
    with chatkit("send", "#lobby", "--nick", "ci", *where) as send:
        send.communicate("one\ntwo\n", timeout=30)
        assert send.returncode == 0
    with chatkit("tail", "#lobby", "--since", "1h", "--nick", "watcher", *where) as tail:
        assert tail.stdout is not None
        texts = [tail.stdout.readline().rstrip("\n").partition("ci: ")[2] for _ in range(3)]
        tail.terminate()
    assert texts == ["deploy done", "one", "two"]


def test_admin_removes_people_and_stops_the_server(server, tmp_path):
    data = ("--data", str(tmp_path / "data"))
    with RawClient(server.port) as bob:
        bob.register("Bob")
        assert '"nick": "Bob"' in run("admin", "users", "--json", *data).output
        assert "#lobby" in run("admin", "rooms", *data).output
        assert run("admin", "announce", "Tea is ready", *data).exit_code == 0
        assert bob.until(lambda line: "NOTICE" in line)[-1].endswith(" NOTICE Bob :Tea is ready")
        assert run("admin", "kick", "Bob", "--reason", "spam", *data).exit_code == 0
        assert any("spam" in line for line in bob.rest())
    refused = run("admin", "kick", "Bob", *data)
    assert refused.exit_code == 1
    assert refused.stderr == "chatkit: nobody here is called Bob\n"
    assert run("admin", "stats", *data).exit_code == 0
    assert run("admin", "stop", *data).exit_code == 0
    assert server.wait() == 0


def test_interrupting_the_server_tells_its_clients(server):
    with RawClient(server.port) as alice:
        alice.register("Alice")
        assert server.stop(2) == 130
        assert alice.rest()[-1].startswith("ERROR :Closing link: 127.0.0.1 (")


def test_nohup_keeps_the_server_when_its_terminal_goes(tmp_path):
    ignoring = partial(signal.signal, signal.SIGHUP, signal.SIG_IGN)
    server = ServerProcess(tmp_path / "data", "--log", "plain", preexec_fn=ignoring)
    server.process.send_signal(signal.SIGHUP)
    with RawClient(server.port) as alice:
        alice.register("Alice")
    assert server.stop() == 0


def test_more_clients_than_the_usual_limit_on_open_files_allows(tmp_path):
    def restrict() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    server = ServerProcess(tmp_path / "data", "--log", "plain", preexec_fn=restrict)
    with contextlib.ExitStack() as stack:
        for number in range(60):
            stack.enter_context(RawClient(server.port)).register(f"user{number}")
    assert server.stop() == 0


def test_nobody_listening_is_a_sentence_and_status_1():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with chatkit("send", "#lobby", "hi", "--server", f"127.0.0.1:{port}") as send:
        _, errors = send.communicate(timeout=60)
    assert send.returncode == 1
    assert f"127.0.0.1:{port}" in errors
    assert "Traceback" not in errors


def test_the_python_api_is_there():
    import chatkit as package

    assert package.Server is Server
    assert {package.Bot.__name__, package.Client.__name__, package.Config.__name__} == {"Bot", "Client", "Config"}


def test_every_setting_is_documented_with_its_default():
    text = (Path(__file__).parents[1] / "docs" / "administering.md").read_text()
    table = text.partition("## Settings")[2].partition("\n## ")[0]
    shown = dict(re.findall(r"^\| `([a-z0-9_.]+)` \| (.*?) \|", table, re.MULTILINE))
    assert sorted(shown) == sorted(keys())
    config = load_config(None, {})
    for key, default in shown.items():
        value: object = config
        for name in key.split("."):
            value = getattr(value, name)
        if default.startswith("`"):
            assert default.strip("`") in (
                str(value),
                json.dumps(value),
                f"{value:g}" if isinstance(value, float) else "",
            )
