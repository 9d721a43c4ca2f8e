"""The passwords of the user's accounts, and of servers: in the system's keyring, in a file, or told by a command."""

from __future__ import annotations

import logging
import shlex
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

    from chatkit.client.settings import Network

log = logging.getLogger("chatkit.client")

_T = TypeVar("_T")
KEYRING = "keyring"  # as what the settings say of where a password is
SERVICE = "chatkit"  # what the passwords are called in the keyring
KEYRING_SECONDS = 20.0  # within which the user may unlock it
COMMAND_SECONDS = 10.0


class CredentialError(Exception):
    """Why there is no password where there should be one: a sentence that says what to do."""


class Vault(Protocol):
    """Where passwords are kept by name. All of it may block."""

    def get(self, name: str) -> str | None:
        """None where there is none, or none can be had."""

    def put(self, name: str, password: str) -> bool:
        """Keep it, in place of the one that is there. Returns whether that could be done."""

    def drop(self, name: str) -> None:
        """Keep it no more."""


class Credentials:
    """Finds and keeps passwords. Every method may block, for as long as the user takes to unlock the keyring; so it is
    called on the dialing thread, never on the UI thread."""

    def __init__(self, vault: Vault | None = None) -> None:
        """``vault`` stands in for the system's keyring."""
        self._vault = vault or Keyring()

    def find(self, network: Network) -> str | None:
        """The password of ``network.account``, from where ``network.password_from`` says; None where there is none, or
        the user is to be asked. Raises CredentialError."""
        has_name = network.password_from != KEYRING or network.account
        return self._find(network.password_from, name_of(network)) if has_name else None

    def find_servers(self, network: Network) -> str | None:
        """The password of the server itself, from where ``network.server_password_from`` says. As ``find``."""
        return self._find(network.server_password_from, name_of_server(network))

    def keep(self, network: Network, password: str) -> bool:
        """Keep it in the keyring. Returns whether it is there now."""
        return self._vault.put(name_of(network), password)

    def keep_servers(self, network: Network, password: str) -> bool:
        """Keep the server's own, as ``keep`` does."""
        return self._vault.put(name_of_server(network), password)

    def forget(self, network: Network) -> None:
        """Take it out of the keyring, if it is there."""
        if network.account:  # a guest has none, and what has no account is the server's own
            self._vault.drop(name_of(network))

    def forget_servers(self, network: Network) -> None:
        """Take the server's own out of the keyring, if it is there."""
        self._vault.drop(name_of_server(network))

    def _find(self, place: str, name: str) -> str | None:
        kind, _, where = place.partition(":")
        if kind == "file":
            return _of_file(Path(where).expanduser())
        if kind == "command":
            return _of_command(where)
        return self._vault.get(name) if kind == KEYRING else None


def name_of(network: Network) -> str:
    """What the password of ``network.account`` is called in the keyring."""
    return f"{network.account}@{network.name}"


def name_of_server(network: Network) -> str:
    """What the password of the server itself is called in the keyring: no account has an empty name."""
    return f"@{network.name}"


class Keyring:
    """The system's keyring: the desktop's, or what else the user's ``keyring`` package is set up for.

    Where there is none, or nobody unlocks it in time, it is one that keeps nothing.
    """

    def get(self, name: str) -> str | None:
        return _ask_keyring(lambda backend: backend.get_password(SERVICE, name))

    def put(self, name: str, password: str) -> bool:
        # Some say nothing where they kept nothing.
        def put(backend: KeyringBackend) -> bool:
            backend.set_password(SERVICE, name, password)
            return backend.get_password(SERVICE, name) == password

        return bool(_ask_keyring(put))

    def drop(self, name: str) -> None:
        _ask_keyring(lambda backend: backend.delete_password(SERVICE, name))


class Drawer:
    """A vault in memory."""

    def __init__(self) -> None:
        self._passwords: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self._passwords.get(name)

    def put(self, name: str, password: str) -> bool:
        self._passwords[name] = password
        return True

    def drop(self, name: str) -> None:
        self._passwords.pop(name, None)


def _ask_keyring(question: Callable[[KeyringBackend], _T]) -> _T | None:
    """The answer; None where the keyring has none within KEYRING_SECONDS. It may ask its user, or wait for a desktop
    that is not there, so it has a thread of its own, which nobody waits for any longer then."""
    answers: list[_T] = []

    def ask() -> None:
        import keyring  # late, for a quick start

        try:
            answers.append(question(keyring.get_keyring()))
        except Exception as error:  # whatever the backend of the day raises: there is no password from it
            log.info("the keyring did not answer: %s", type(error).__name__)

    thread = threading.Thread(target=ask, name="chatkit-keyring", daemon=True)
    thread.start()
    thread.join(KEYRING_SECONDS)
    return answers[0] if answers else None


def _of_file(path: Path) -> str:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise CredentialError(f"the password can't be read from {path}: {why}") from error
    return _first(lines, str(path))


def _of_command(words: str) -> str:
    """The first line that the command prints. No shell reads its words, and what it complains of is not shown: there
    may be a secret in it."""
    try:
        done = subprocess.run(  # noqa: S603  # the user's own words, from their settings
            shlex.split(words), stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS, check=False
        )
        lines = done.stdout.decode().splitlines()
    except subprocess.TimeoutExpired as error:
        raise CredentialError(f"the command for the password took too long: {words}") from error
    except (OSError, ValueError) as error:  # it isn't there, the quotes don't match, it printed no text
        why = getattr(error, "strerror", None) or str(error)
        raise CredentialError(f"the command for the password can't be run: {words} ({why})") from error
    if done.returncode:
        raise CredentialError(f"the command for the password failed with status {done.returncode}: {words}")
    return _first(lines, words)


def _first(lines: list[str], where: str) -> str:
    if not lines or not lines[0]:
        raise CredentialError(f"there is no password in the first line of {where}")
    return lines[0]
