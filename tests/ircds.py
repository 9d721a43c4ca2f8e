"""Other people's servers for tests, as Debian has them."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from chatkit.client.address import Address
from chatkit.net.transport.identity import CERTIFICATE_NAME, KEY_NAME
from tests.tls import make_identity

DEADLINE = 20.0  # seconds
LOOK_AGAIN = 0.02  # seconds between two looks whether a server takes clients yet

# What stands in Debian's file, but for ports, paths and the name server, which nobody has to ask here.
INSPIRCD = """
<server name="irc.test" description="Local IRC Server" network="Localnet">
<admin name="Root Penguin" nick="Nick" email="root@localhost">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect allow="*" timeout="60" threshold="10" pingfreq="120" hardsendq="262144" softsendq="8192" recvq="8192"
 localmax="3" globalmax="3" resolvehostnames="no">
<channels users="20" opers="60">
<pid file="{directory}/pid">
<log method="file" type="*" level="default" target="{directory}/log">
<options prefixquit="Quit: " syntaxhints="no" announcets="yes" hostintopic="yes">
<badnick nick="NickServ" reason="Reserved For Services">
"""

# The same with what it has of IRCv3, history for rooms that ask for it, and TLS that nobody vouches for.
MODULES = (
    "cap ircv3 ircv3_accounttag ircv3_batch ircv3_capnotify ircv3_chghost ircv3_ctctags ircv3_echomessage "
    "ircv3_invitenotify ircv3_labeledresponse ircv3_msgid ircv3_servertime chanhistory ssl_gnutls"
)
INSPIRCD_V3 = (
    INSPIRCD
    + "\n".join(f'<module name="{name}">' for name in MODULES.split())
    + """
<chanhistory maxlines="50" prefixmsg="yes" bots="yes">
<sslprofile name="Clients" provider="gnutls" certfile="{certificate}" keyfile="{key}">
<bind address="127.0.0.1" port="{tls_port}" type="clients" sslprofile="Clients">
"""
)

NGIRCD = """
[Global]
Name = irc.test
Info = Yet another IRC Server running on Debian GNU/Linux
AdminInfo1 = Debian User
AdminEMail = irc@irc.example.com
Listen = 127.0.0.1
Ports = {port}
ServerUID = irc
ServerGID = irc
[Limits]
ConnectRetry = 60
MaxConnections = 500
MaxConnectionsIP = 10
MaxJoins = 10
PingTimeout = 120
PongTimeout = 20
[Options]
DNS = no
Ident = no
PAM = no
"""


class Kind(NamedTuple):
    """One way to run one of them."""

    program: str
    config: str
    words: tuple[str, ...]  # of the command; ``{file}`` is the configuration


_AS_ROOT = ("--runasroot",) if os.geteuid() == 0 else ()
KINDS = {
    "InspIRCd": Kind("inspircd", INSPIRCD, ("--config", "{file}", "--nofork", *_AS_ROOT)),
    "InspIRCd with IRCv3": Kind("inspircd", INSPIRCD_V3, ("--config", "{file}", "--nofork", *_AS_ROOT)),
    "ngIRCd": Kind("ngircd", NGIRCD, ("-n", "-f", "{file}")),
}


class Ircd:
    """A server that can be ended and started again, on ports that stay. The end of a ``with`` ends it."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self.port, self.tls_port = _free_ports(2)
        kind = KINDS[name]
        file = directory / "ircd.conf"
        self._certificate, self._key = directory / CERTIFICATE_NAME, directory / KEY_NAME
        self.change_certificate()
        file.write_text(
            kind.config.format(
                directory=directory,
                port=self.port,
                tls_port=self.tls_port,
                certificate=self._certificate,
                key=self._key,
            )
        )
        self._command = [_find(kind.program), *(word.format(file=file) for word in kind.words)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> Address:
        return Address("127.0.0.1", self.port)

    @property
    def tls_address(self) -> Address:
        return Address("127.0.0.1", self.tls_port, scheme="ircs")

    def change_certificate(self) -> None:
        """Have a new one from the next start on. Nobody vouches for it."""
        self._certificate.unlink(missing_ok=True)
        self._key.unlink(missing_ok=True)
        make_identity(self._certificate.parent, "irc.test")

    def __enter__(self) -> Ircd:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Until it takes clients."""
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            time.sleep(LOOK_AGAIN)
        raise AssertionError(f"{self.name} does not start: {' '.join(self._command)}")

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _find(program: str) -> str:
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip(f"{program} is not installed (scripts/install-test-packages installs it)")
    return path


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]
