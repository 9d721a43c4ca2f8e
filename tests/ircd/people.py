"""People with accounts: logged in without a password, so that tests of other things need none."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chatkit.config import Config
from chatkit.ircd.accounts import Account, save
from chatkit.ircd.documents import restore
from chatkit.ircd.ircd import Ircd
from chatkit.proto.casemapping import casefold
from tests.ircd.conftest import FakeClient, Net


def open_account(net: Net, name: str, **settings: Any) -> Account:
    """An account called ``name``, stored and known to the server."""
    account = Account(f"={casefold(name)}", name, net.now.wall // 1_000_000, **settings)
    net.ircd.accounts.enter(account)
    save(net.ircd, account)
    net.settle()
    return account


def begin(net: Net, account: Account, caps: str = "", address: str = "127.0.0.1") -> FakeClient:
    """A client that has logged in to ``account`` and has still to say its nick."""
    client = net.connect(address)
    client.send(*[f"CAP REQ :{caps}", "CAP END"] if caps else [])
    client.session.account = net.ircd.accounts.by_key[account.key]
    client.raw()
    return client


def log_in(net: Net, account: Account, caps: str = "", nick: str = "") -> FakeClient:
    """A registered client of ``account`` that has read its welcome."""
    client = begin(net, account, caps)
    client.send(f"NICK {nick or account.name}", "USER u 0 * :Somebody")
    assert " 001 " in "\n".join(client.raw())
    return client


def restart(net: Net, config: Config | None = None, *, crash: bool = False) -> None:
    """End the server, in good order or by a ``crash``, and start it again on what is stored."""
    if not crash:
        net.ircd.close_all("Back soon", net.now)
        net.settle()
    net.ircd = Ircd(config or net.ircd.config, net.now, last_seq=net.store.last_seq(), version="0")
    restore(net.ircd, net.store.documents)
    net.settle()


def config_with(net: Net, **accounts: Any) -> Config:
    """The configuration with other settings for accounts."""
    config = net.ircd.config
    return replace(config, accounts=replace(config.accounts, **accounts))
