"""The passwords of a Hub's networks: found when they are needed, and kept once the server has taken them."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from threading import Thread

import msgspec

from chatkit.client.credentials import KEYRING
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.model import Chat
from chatkit.client.options import ClientOptions
from chatkit.client.settings import Network, SettingError


class Keychain:
    """Between the settings, which say where a password is, and the credentials, which may block."""

    def __init__(self, kept: Keepsakes, on_unkept: Callable[[], None]) -> None:
        """``on_unkept`` is called, on any thread, when ``take_unkept`` has something to give."""
        self._kept = kept
        self._on_unkept = on_unkept
        self._unkept: deque[Chat] = deque()  # threads put in
        self._promised: dict[Chat, str] = {}  # passwords that the user wants to be kept, if they are right
        self._servers: dict[Chat, str] = {}  # the same of servers themselves

    def find(self, options: ClientOptions) -> str | None:
        """The password for a connection. Blocks: called on a dialing thread. Raises CredentialError."""
        network = self._kept.settings.current.network(options.network)
        return None if network is None else self._kept.credentials.find(network)

    def find_servers(self, options: ClientOptions) -> str | None:
        """The password of the server itself. Blocks as above. Raises CredentialError."""
        network = self._kept.settings.current.network(options.network)
        return None if network is None else self._kept.credentials.find_servers(network)

    def promise(self, chat: Chat, password: str | None) -> None:
        """Keep ``password`` once the server has taken it; None: keep none."""
        self._promised.pop(chat, None)
        if password is not None:
            self._promised[chat] = password

    def promise_servers(self, chat: Chat, password: str | None) -> None:
        """The same for the password of the server itself."""
        self._servers.pop(chat, None)
        if password is not None:
            self._servers[chat] = password

    def forget(self, chat: Chat) -> bool:
        """Keep the password of a network's account no more. Returns whether it is the keyring that has it."""
        self._promised.pop(chat, None)
        network = self._kept.settings.current.network(chat.label)
        if network is None or network.password_from != KEYRING:
            return network is None
        Thread(target=self._kept.credentials.forget, args=(network,), daemon=True).start()
        return True

    def forget_network(self, network: Network) -> None:
        """Keep neither of the passwords of a network that is in the settings no more."""
        credentials = self._kept.credentials

        def drop() -> None:
            credentials.forget(network)
            credentials.forget_servers(network)

        if KEYRING in (network.password_from, network.server_password_from):
            Thread(target=drop, daemon=True).start()

    def logged_in(self, chat: Chat, options: ClientOptions) -> bool:
        """The server knows the user. Returns whether a password is kept now, for which the settings have changed."""
        password = self._promised.pop(chat, None) if chat.account else None
        if password is None:
            return False
        network = msgspec.structs.replace(self._network(chat, options), account=chat.account)
        self._save(chat, network, self._kept.credentials.keep, password)
        return True

    def let_in(self, chat: Chat, options: ClientOptions) -> bool:
        """The server let the user in. Returns as above."""
        password, network = self._servers.pop(chat, None), self._network(chat, options)
        if password is None or network.server_password_from not in ("", KEYRING):  # the user has said where it is
            return False
        network = msgspec.structs.replace(network, server_password_from=KEYRING)
        self._save(chat, network, self._kept.credentials.keep_servers, password)
        return True

    def take_unkept(self) -> list[Chat]:
        """The networks whose passwords the keyring has not taken since this was asked last."""
        return [self._unkept.popleft() for _ in range(len(self._unkept))]

    def _network(self, chat: Chat, options: ClientOptions) -> Network:
        """What the settings say of it, or will."""
        saved = self._kept.settings.current.network(chat.label)
        return saved or Network(chat.label, str(options.address), chat.nick)

    def _save(self, chat: Chat, network: Network, keep: Callable[[Network, str], bool], password: str) -> None:
        def put() -> None:
            if not keep(network, password):
                self._unkept.append(chat)
                self._on_unkept()

        with contextlib.suppress(SettingError):  # then it holds until the end of the program
            self._kept.settings.save_network(network)
        Thread(target=put, daemon=True).start()
