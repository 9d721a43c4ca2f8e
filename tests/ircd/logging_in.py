"""How clients of these tests get accounts and log in."""

from __future__ import annotations

import base64

from chatkit.proto.sasl import chunks, format_plain
from chatkit.proto.scram import ScramClient
from tests.ircd.conftest import FakeClient, Net

PASSWORD = "correct horse"  # of no one
WORD = "correct-horse"  # one word, for NickServ


def make_account(net: Net, name: str, password: str = PASSWORD, email: str = "*") -> None:
    """Make an account, by a client that is gone then."""
    client = net.connect("192.0.2.99")
    answer = client.ask(f"NICK {name}", f"REGISTER * {email} :{password}")
    assert f" SUCCESS {name} " in answer[0], answer
    client.send("QUIT")


def plain(account: str, password: str = PASSWORD) -> list[str]:
    """The lines of a log-in by PLAIN."""
    return ["AUTHENTICATE PLAIN", *(f"AUTHENTICATE {chunk}" for chunk in chunks(format_plain(account, password)))]


def negotiating(net: Net, caps: str = "sasl", nick: str = "alice", address: str = "192.0.2.1") -> FakeClient:
    """A client that has said its name and asked for capabilities, and has not ended its negotiation."""
    client = net.connect(address)
    client.send("CAP LS 302", f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}", f"CAP REQ :{caps}")
    client.raw()
    return client


def logged_in(net: Net, account: str, caps: str = "", password: str = PASSWORD, nick: str = "") -> FakeClient:
    """A registered client that is logged in and has read its welcome."""
    client = negotiating(net, f"sasl {caps}", nick or account)
    lines = client.ask(*plain(account, password), "CAP END")
    assert any(" 903 " in line for line in lines), lines
    assert any(" 001 " in line for line in lines), lines
    return client


def scram(client: FakeClient, account: str, password: str = PASSWORD) -> list[str]:
    """Log in by SCRAM-SHA-256, as far as it goes. Returns the last answer."""
    mine = ScramClient(account, password)
    answer = client.ask("AUTHENTICATE SCRAM-SHA-256")
    while answer and answer[-1].startswith(":chat.test AUTHENTICATE "):
        data = answer[-1].split()[-1]
        said = mine.respond(b"" if data == "+" else base64.b64decode(data))
        answer = client.ask(*(f"AUTHENTICATE {chunk}" for chunk in chunks(said)))
    return answer
