"""Clients in every state that one can be in, and a server for them that has accounts, operators and absent people."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chatkit.proto import capabilities as cap
from tests.ircd.conftest import FakeClient, Net
from tests.ircd.logging_in import WORD, make_account, plain
from tests.ircd.opers import an_oper
from tests.ircd.people import log_in, open_account

EVERYTHING = [row.name for row in cap.CAPABILITIES if row.name != "sts"]
FAR_AWAY = "2001:db8:1111:2222:3333:4444:5555:6666"

State = Callable[[Net, str], FakeClient]  # makes a client, which is to be called so, if it gets that far


@contextmanager
def a_net(**settings: Any) -> Iterator[Net]:
    """A server for one example of hypothesis, which does without fixtures."""
    with tempfile.TemporaryDirectory() as directory:
        usual = {"limits": {"commands_per_second": 0}, "rooms": {"autojoin": ["#room"]}}
        opers = [an_oper(vhost="staff.example.org")]
        net = Net(Path(directory), **{**usual, "opers": opers, **settings})
        try:
            yield net
        finally:
            net.store.close()


def populate(net: Net) -> None:
    """Dora has an account with a password. Ida stays in her own room and in #room, without a device."""
    make_account(net, "dora", WORD)
    ida = log_in(net, open_account(net, "ida", always_on=True))
    ida.send(
        "JOIN #ida", "CS REGISTER #ida", "METADATA * SET url :x", "MARKREAD #room timestamp=2026-01-01T00:00:00.000Z"
    )
    net.disconnect(ida)


def enable(client: FakeClient, names: list[str]) -> None:
    """Negotiate all of ``names``, in as many lines as it takes."""
    for name in names:
        client.send(f"CAP REQ {name}")


def silent(net: Net, nick: str) -> FakeClient:
    return net.connect()


def with_cap_open(net: Net, nick: str) -> FakeClient:
    client = net.connect()
    client.send("CAP LS 302", f"NICK {nick}", "USER u 0 * :Real")
    return client


def with_nick_only(net: Net, nick: str) -> FakeClient:
    client = net.connect()
    client.send(f"NICK {nick}")
    return client


def logging_in(net: Net, nick: str) -> FakeClient:
    client = net.connect()
    client.send("CAP REQ :sasl labeled-response batch", f"NICK {nick}", "USER u 0 * :Real", "AUTHENTICATE PLAIN")
    return client


def bare(net: Net, nick: str) -> FakeClient:
    client = net.connect(FAR_AWAY)
    client.send(f"NICK {nick}", "USER u 0 * :Real")
    return client


def with_everything(net: Net, nick: str) -> FakeClient:
    client = net.connect(FAR_AWAY)
    client.send("CAP LS 302")
    enable(client, EVERYTHING)
    client.send(f"NICK {nick}", "USER u 0 * :Real", "CAP END")
    return client


def in_a_batch(net: Net, nick: str) -> FakeClient:
    client = with_everything(net, nick)
    client.send("BATCH +x draft/multiline #room")
    return client


def monitoring(net: Net, nick: str) -> FakeClient:
    client = with_everything(net, nick)
    client.send("MONITOR + alice,Bob,carol,ida,dora", "METADATA * SUB url avatar")
    return client


def an_operator(net: Net, nick: str) -> FakeClient:
    client = with_everything(net, nick)
    client.send("OPER ada secret", "MODE #room +w", "JOIN #b")
    return client


def a_device_of_dora(net: Net, nick: str) -> FakeClient:
    client = net.connect()
    client.send(
        "CAP REQ :sasl labeled-response batch echo-message message-tags draft/read-marker", *plain("dora", WORD)
    )
    client.send("NICK dora", "USER u 0 * :Real", "CAP END", "JOIN #dora", "CS REGISTER #dora")
    return client


STATES: dict[str, State] = {
    "that has sent nothing": silent,
    "with CAP open": with_cap_open,
    "with a nick only": with_nick_only,
    "in the middle of SASL": logging_in,
    "without any capability": bare,
    "with every capability": with_everything,
    "in the middle of a batch": in_a_batch,
    "that monitors": monitoring,
    "of an operator": an_operator,
    "of an account": a_device_of_dora,
}
