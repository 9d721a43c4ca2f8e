"""Passwords: from the system's keyring, a file or a command."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest

from chatkit.client import credentials
from chatkit.client.credentials import CredentialError, Credentials, Drawer
from chatkit.client.settings import Network


class Box(keyring.backend.KeyringBackend):
    """A keyring in memory. ``locked`` is until when it does not answer."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.passwords: dict[tuple[str, str], str] = {}
        self.locked = threading.Event()
        self.locked.set()

    def get_password(self, service: str, username: str) -> str | None:
        self.locked.wait(60)
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.passwords.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError


@pytest.fixture
def box() -> Iterator[Box]:
    before, box = keyring.get_keyring(), Box()
    keyring.set_keyring(box)
    yield box
    keyring.set_keyring(before)


def network(where: str = "keyring", account: str = "alice") -> Network:
    return Network("libera", "irc.libera.chat", account=account, password_from=where)


def test_the_keyring_has_a_password_for_each_account_of_each_network(box: Box) -> None:
    assert Credentials().find(network()) is None
    assert Credentials().keep(network(), "hunter2")
    assert box.passwords == {("chatkit", "alice@libera"): "hunter2"}
    assert Credentials().find(network()) == "hunter2"
    assert Credentials().find(network(account="bob")) is None
    Credentials().forget(network())
    assert Credentials().find(network()) is None
    Credentials().forget(network())  # it is not there any more: no harm done


def test_the_password_of_a_server_is_beside_those_of_its_accounts(box: Box) -> None:
    server = Network("libera", "irc.libera.chat", account="alice", server_password_from="keyring")  # noqa: S106  # where
    assert Credentials().find_servers(server) is None
    assert Credentials().keep_servers(server, "sesame")
    assert box.passwords == {("chatkit", "@libera"): "sesame"}
    assert Credentials().find_servers(server) == "sesame"
    assert Credentials().find(server) is None
    assert Credentials().find_servers(network()) is None, "nobody said that there is one"
    Credentials().forget(network(account=""))
    assert Credentials().find_servers(server) == "sesame", "a guest who forgets has nothing to forget"
    Credentials().forget_servers(server)
    assert Credentials().find_servers(server) is None


def test_without_a_keyring_there_is_no_password_and_none_is_kept() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    try:
        assert Credentials().find(network()) is None
        assert not Credentials().keep(network(), "hunter2")
    finally:
        keyring.set_keyring(before)


def test_a_keyring_that_nobody_unlocks_is_not_waited_for_any_longer(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "KEYRING_SECONDS", 0.05)
    box.passwords["chatkit", "alice@libera"] = "hunter2"
    box.locked.clear()
    assert Credentials().find(network()) is None
    box.locked.set()


@pytest.mark.usefixtures("box")
def test_a_guest_needs_no_password() -> None:
    Credentials().keep(network(account=""), "hunter2")
    assert Credentials().find(network(account="")) is None


@pytest.mark.usefixtures("box")
def test_who_wants_to_be_asked_is_not_answered_from_the_keyring() -> None:
    Credentials().keep(network(), "hunter2")
    assert Credentials().find(network("ask")) is None


def test_a_file_has_it_in_its_first_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "secret").write_text("correct horse\nbattery\n")
    assert Credentials().find(network("file:~/secret")) == "correct horse"


@pytest.mark.parametrize(
    ("content", "words"), [(None, "No such file"), (b"", "no password in the first line"), (b"\xff", "it is not text")]
)
def test_a_file_without_one_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CredentialError, match=words) as raised:
        Credentials().find(network(f"file:{path}"))
    assert str(path) in str(raised.value)


def test_a_command_prints_it_in_its_first_line() -> None:
    command = f"""command:{sys.executable} -c 'print("correct horse"); print("battery")'"""
    assert Credentials().find(network(command)) == "correct horse"


def test_a_command_is_no_shell_script(tmp_path: Path) -> None:
    assert Credentials().find(network(f"command:echo a; touch {tmp_path}/made")) == f"a; touch {tmp_path}/made"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("/no/such/program", "No such file"),
        ("false", "failed with status 1"),
        ("echo 'x", "No closing quotation"),
        ("true", "no password in the first line"),
        ("printf '\\377'", "can't be run"),
    ],
)
def test_a_command_that_fails_is_named(words: str, why: str) -> None:
    with pytest.raises(CredentialError, match=why) as raised:
        Credentials().find(network(f"command:{words}"))
    assert words in str(raised.value)


def test_a_command_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "COMMAND_SECONDS", 0.05)
    with pytest.raises(CredentialError, match="took too long"):
        Credentials().find(network("command:sleep 60"))


def test_what_a_command_complains_of_is_not_repeated() -> None:
    command = f"""command:{sys.executable} -c 'import sys; sys.exit("bad key: hunter" + str(2))'"""
    with pytest.raises(CredentialError) as raised:
        Credentials(Drawer()).find(network(command))
    assert "hunter2" not in str(raised.value)
