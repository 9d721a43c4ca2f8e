"""The servers that are measured, as a table: how each is configured and called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

VERSION_SECONDS = 20.0

NO_LIMITS = {"CHATKIT_LIMITS_COMMANDS_PER_SECOND": "0", "CHATKIT_LIMITS_CONNECTIONS": "20000"}
POWER = {"CHATKIT_HISTORY_DURABILITY": "power"}
CERTIFICATE, KEY = "certificate.pem", "key.pem"  # in a server's directory, where TLS is wanted

CHATKIT_TLS = """
[tls]
certificate = "{directory}/certificate.pem"
key = "{directory}/key.pem"
"""

INSPIRCD_CONFIG = """
<server name="irc.test" description="bench" network="bench" id="00A">
<admin name="a" nick="a" email="a@irc.test">
<bind address="127.0.0.1" port="{port}" type="clients" {bind}>
<connect name="all" allow="*" timeout="60" pingfreq="600" recvq="1M" softsendq="200M" hardsendq="200M"
 commandrate="1000000000" threshold="1000000" fakelag="no" localmax="100000" globalmax="100000" limit="100000"
 maxchans="100" resolvehostnames="no" useident="no">
<performance softlimit="12800" somaxconn="1024" clonesonconnect="no">
<cidr ipv4clone="32">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{directory}/inspircd.log">
<pid file="{directory}/inspircd.pid">
<timesync enable="no">
<module name="cap">
<module name="services_account">
<module name="ircv3_accounttag">
<module name="ircv3_ctctags">
<module name="ircv3_echomessage">
<module name="ircv3_msgid">
<module name="ircv3_servertime">
"""

INSPIRCD_TLS = """
<module name="ssl_gnutls">
<sslprofile name="Clients" provider="gnutls" certfile="{directory}/certificate.pem" keyfile="{directory}/key.pem">
"""

NGIRCD_CONFIG = """
[Global]
Name = irc.test
Info = bench
AdminEMail = a@irc.test
Listen = 127.0.0.1
{ports}
ServerUID = irc
ServerGID = irc
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 100
MaxPenaltyTime = 0
PingTimeout = 600
[Options]
DNS = no
Ident = no
PAM = no
"""

NGIRCD_TLS = """
Ports = 0
[SSL]
CertFile = {directory}/certificate.pem
KeyFile = {directory}/key.pem
Ports = {port}
"""


@dataclass(frozen=True)
class Place:
    """Where a server is to run: its own ``directory``, and the port, which speaks TLS or plain text."""

    directory: Path
    port: int
    tls: bool = False


Command = Callable[[Place], list[str]]


@dataclass(frozen=True, eq=False)
class Server:
    """One column of the table. ``command`` makes what is needed in a directory and gives the words to run."""

    name: str
    program: str | None  # to look for on the PATH; None: it comes with the project
    command: Command
    version: tuple[str, ...] = ()  # the call that tells it
    package: str = ""  # what to install
    environment: Mapping[str, str] = field(default_factory=dict)
    parallel: int = 200  # clients that connect at once: as many as it takes without turning some away
    tls: str = ""  # the library that it does TLS with
    has_accounts: bool = False  # of its own, without services

    @property
    def installed(self) -> bool:
        return self.program is None or find(self.program) is not None


def _chatkit(place: Place) -> list[str]:
    data = str(place.directory / "data")
    call = [sys.executable, "-m", "chatkit", "serve", "--port", str(place.port), "--data", data, "--log", "plain"]
    if place.tls:
        call += ["--config", _write(place.directory / "chatkit.toml", CHATKIT_TLS.format(directory=place.directory))]
    return call


def _inspircd(place: Place) -> list[str]:
    bind = 'sslprofile="Clients"' if place.tls else ""
    text = INSPIRCD_CONFIG.format(directory=place.directory, port=place.port, bind=bind)
    tls = INSPIRCD_TLS.format(directory=place.directory) if place.tls else ""
    config = _write(place.directory / "inspircd.conf", text + tls)
    return [str(find("inspircd")), "--config", config, "--nofork", *(["--runasroot"] if os.geteuid() == 0 else [])]


def _ngircd(place: Place) -> list[str]:
    ports = NGIRCD_TLS if place.tls else "Ports = {port}"
    config = NGIRCD_CONFIG.format(ports=ports.format(port=place.port, directory=place.directory))
    return [str(find("ngircd")), "-n", "-f", _write(place.directory / "ngircd.conf", config)]


def _bare(place: Place) -> list[str]:
    return [str(place.directory.parent / "bare"), str(place.port)]


def _write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


# InspIRCd finishes registrations once a second, all that wait; ngIRCd's queue of new connections is 10 long.
CHATKIT = Server("chatkit", None, _chatkit, environment=NO_LIMITS, tls="OpenSSL", has_accounts=True)
CHATKIT_POWER = Server("chatkit, power", None, _chatkit, environment={**NO_LIMITS, **POWER}, has_accounts=True)
INSPIRCD = Server("InspIRCd", "inspircd", _inspircd, ("inspircd", "--version"), "inspircd", parallel=1000, tls="GnuTLS")
NGIRCD = Server("ngIRCd", "ngircd", _ngircd, ("ngircd", "--version"), "ngircd", parallel=8, tls="GnuTLS")
BARE = Server("bare C", None, _bare)

PEERS = (INSPIRCD, NGIRCD)
SERVERS = (CHATKIT, CHATKIT_POWER, *PEERS, BARE)


def find(program: str) -> str | None:
    """The path of a program; servers often stand where only root looks."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")


def version_of(server: Server) -> str:
    """The first line of what it says of itself."""
    if not server.version:
        return ""
    command = [str(find(server.version[0])), *server.version[1:]]
    said = subprocess.run(command, capture_output=True, text=True, timeout=VERSION_SECONDS, check=False)
    return (said.stdout or said.stderr).strip().partition("\n")[0]
