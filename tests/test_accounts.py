"""``chatkit account``, beside a running server and without one."""

from __future__ import annotations

import base64
import json

import pytest
from click.testing import CliRunner

from chatkit.cli import cli
from chatkit.config import load_config
from chatkit.proto.sasl import format_plain
from chatkit.server import Server
from tests.sockets import RawClient

WORD = "correct horse"
CERT = "ab" * 32


@pytest.fixture
def directory(tmp_path, monkeypatch):
    monkeypatch.setenv("CHATKIT_ACCOUNTS_ARGON2", "test")
    monkeypatch.setenv("CHATKIT_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path / "data"


@pytest.fixture(params=["running", "not running"])
def server(request, directory):
    """A server on the directory, or None."""
    if request.param == "not running":
        yield None
        return
    server = start(directory)
    yield server
    server.stop()


def start(directory) -> Server:
    server = Server(load_config(None, options={"port": 0, "data": str(directory), "name": "chat.test"}))
    server.start()
    return server


@pytest.fixture
def account(server, directory):
    """Run ``chatkit account`` with these words, and this typed."""

    def run(*words: str, typed: str = "", status: int = 0) -> str:
        result = CliRunner().invoke(cli, ["account", *words, "--data", str(directory)], input=typed)
        assert result.exit_code == status, result.output
        return result.output

    return run


def logs_in(server: Server, name: str, password: str) -> bool:
    with RawClient(server.port) as client:
        response = base64.b64encode(format_plain(name, password)).decode()
        client.send("CAP REQ sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {response}")
        answer = client.until(lambda line: line.split()[1] in ("903", "904"))
        return answer[-1].split()[1] == "903"


@pytest.mark.smoke
def test_an_account_is_made_shown_changed_and_deleted(account):
    assert account("list") == "There are no accounts.\n"
    made = account("create", "alice", "--email", "ann@example.org", typed=f"{WORD}\n")
    assert made == "Made the account alice  (id 1; take it back with: chatkit admin undo 1)\n"
    assert account("list").splitlines()[1].split()[0] == "alice"
    assert "ann@example.org" in account("show", "ALICE")
    assert account("password", "alice", typed="another one\n") == "Changed the password of alice  (id 2)\n"
    account("cert", "alice", "--add", CERT)
    (row,) = json.loads(account("list", "--json"))
    assert (row["name"], row["certificates"], row["verified"], row["here"]) == ("alice", [CERT], True, [])
    account("cert", "alice", "--remove", CERT)
    assert CERT not in account("show", "alice")
    assert "say --yes to go on" in account("delete", "alice", status=1)
    assert account("delete", "alice", "--with-history", "--yes").startswith("Deleted the account alice with all")
    assert json.loads(account("list", "--json")) == []


def test_whoever_got_an_account_logs_in(server, directory, account):
    account("create", "alice", typed=f"{WORD}\n")
    account("create", "bob", typed=f"{WORD}\n")
    account("password", "bob", typed="another one\n")
    running = server or start(directory)
    try:
        assert logs_in(running, "alice", WORD)
        assert not logs_in(running, "bob", WORD)
        assert logs_in(running, "bob", "another one")
    finally:
        if server is None:
            running.stop()


def test_a_password_may_stand_in_a_file(account, tmp_path):
    file = tmp_path / "password"
    file.write_text(f"{WORD}\n")
    assert account("create", "alice", "--password-file", str(file)).startswith("Made the account alice ")


def test_no_password_at_all_is_said_as_such(account):
    assert "no password came in" in account("create", "alice", status=2)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("create", "alice"), "There is an account of this name already"),
        (("create", "аlice"), "The name looks like that of the account alice"),
        (("create", "not a nick"), "An account cannot be called so: its name must be a possible nickname"),
        (("create", "bob", "--email", "nonsense"), "'nonsense' is no mail address"),
        (("password", "bob"), "there is no account 'bob'"),
        (("show", "bob"), "there is no account 'bob'"),
        (("delete", "bob"), "there is no account 'bob'"),
        (("cert", "alice", "--add", "nonsense"), "'nonsense' is no SHA-256 in hexadecimal"),
        (("cert", "alice", "--remove", CERT), "the certificate does not log in to alice"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(account, words, sentence):
    account("create", "alice", typed=f"{WORD}\n")
    assert account(*words, typed=f"{WORD}\n", status=1) == f"chatkit: {sentence}\n"


@pytest.mark.parametrize("typed", ["short\n", "x" * 301 + "\n"])
def test_what_may_be_no_password_is_a_mistake(account, typed):
    assert account("create", "alice", typed=typed, status=2).startswith("chatkit: a password ")


def test_a_directory_that_another_program_holds_is_left_alone(directory):
    server = start(directory)
    try:
        (directory / "control.sock").rename(directory / "elsewhere")
        result = CliRunner().invoke(cli, ["account", "list", "--data", str(directory)])
        assert result.exit_code == 1
        assert "another server already uses the data directory" in result.output
    finally:
        (directory / "elsewhere").rename(directory / "control.sock")
        server.stop()
