"""The passwords of a Hub's networks: found when they are needed, and kept once the server has taken them."""

from __future__ import annotations

import contextlib
from threading import Thread

import msgspec

from chatkit.client.keepsakes import Keepsakes
from chatkit.client.model import Chat
from chatkit.client.options import ClientOptions
from chatkit.client.settings import Network, SettingError

KEYRING = "keyring"  # as what a network's ``password_from`` says


class Keychain:
    """Between the settings, which say where a password is, and the credentials, which may block."""

    def __init__(self, kept: Keepsakes) -> None:
        self._kept = kept
        self._promised: dict[Chat, str] = {}  # passwords that the user wants to be kept, if they are right

    def find(self, options: ClientOptions) -> str | None:
        """The password for a connection. Blocks: called on a dialing thread. Raises CredentialError."""
        network = self._kept.settings.current.network(options.network)
        return None if network is None else self._kept.credentials.find(network)

    def promise(self, chat: Chat, password: str | None) -> None:
        """Keep ``password`` once the server has taken it; None: keep none."""
        self._promised.pop(chat, None)
        if password is not None:
            self._promised[chat] = password

    def forget(self, chat: Chat) -> bool:
        """Keep the password of a network's account no more. Returns whether it is the keyring that has it."""
        self._promised.pop(chat, None)
        network = self._kept.settings.current.network(chat.label)
        if network is None or network.password_from != KEYRING:
            return network is None
        Thread(target=self._kept.credentials.forget, args=(network,), daemon=True).start()
        return True

    def logged_in(self, chat: Chat, options: ClientOptions) -> bool:
        """The server knows the user. Returns whether a password is kept now, for which the settings have changed."""
        password = self._promised.pop(chat, None) if chat.account else None
        if password is None:
            return False
        network = self._kept.settings.current.network(chat.label)
        network = network or Network(chat.label, str(options.address), chat.nick)
        network = msgspec.structs.replace(network, account=chat.account)
        with contextlib.suppress(SettingError):  # then it holds until the end of the program
            self._kept.settings.save_network(network)
        Thread(target=self._kept.credentials.keep, args=(network, password), daemon=True).start()
        return True
