"""The servers that are measured: how each is configured, started and ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.generator import BenchError

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 20.0
END_SECONDS = 20.0
TAIL = 400  # characters of a log that failed to start a server

NO_LIMITS = {"CHATKIT_LIMITS_COMMANDS_PER_SECOND": "0"}
POWER = {"CHATKIT_HISTORY_DURABILITY": "power"}

INSPIRCD_CONFIG = """
<server name="irc.test" description="bench" network="bench" id="00A">
<admin name="a" nick="a" email="a@irc.test">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="all" allow="*" timeout="60" pingfreq="600" recvq="1M" softsendq="200M" hardsendq="200M"
 commandrate="1000000000" threshold="1000000" fakelag="no" localmax="100000" globalmax="100000" limit="100000"
 maxchans="100" resolvehostnames="no" useident="no">
<performance softlimit="12800" somaxconn="1024" clonesonconnect="no">
<cidr ipv4clone="32">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{directory}/inspircd.log">
<pid file="{directory}/inspircd.pid">
<timesync enable="no">
<module name="cap">
<module name="ircv3_ctctags">
<module name="ircv3_echomessage">
<module name="ircv3_msgid">
<module name="ircv3_servertime">
"""

NGIRCD_CONFIG = """
[Global]
Name = irc.test
Info = bench
AdminEMail = a@irc.test
Listen = 127.0.0.1
Ports = {port}
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

Command = Callable[[Path, int], list[str]]


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

    @property
    def installed(self) -> bool:
        return self.program is None or find(self.program) is not None


def _chatkit(directory: Path, port: int) -> list[str]:
    data = str(directory / "data")
    return [sys.executable, "-m", "chatkit", "serve", "--port", str(port), "--data", data, "--log", "plain"]


def _inspircd(directory: Path, port: int) -> list[str]:
    config = _write(directory / "inspircd.conf", INSPIRCD_CONFIG, directory, port)
    return [str(find("inspircd")), "--config", config, "--nofork", *(["--runasroot"] if os.geteuid() == 0 else [])]


def _ngircd(directory: Path, port: int) -> list[str]:
    return [str(find("ngircd")), "-n", "-f", _write(directory / "ngircd.conf", NGIRCD_CONFIG, directory, port)]


def _bare(directory: Path, port: int) -> list[str]:
    return [str(directory.parent / "bare"), str(port)]


def _write(path: Path, template: str, directory: Path, port: int) -> str:
    path.write_text(template.format(directory=directory, port=port))
    return str(path)


# InspIRCd finishes registrations once a second, all that wait; ngIRCd's queue of new connections is 10 long.
CHATKIT = Server("chatkit", None, _chatkit, environment=NO_LIMITS)
CHATKIT_POWER = Server("chatkit, power", None, _chatkit, environment={**NO_LIMITS, **POWER})
INSPIRCD = Server("InspIRCd", "inspircd", _inspircd, ("inspircd", "--version"), "inspircd", parallel=1000)
NGIRCD = Server("ngIRCd", "ngircd", _ngircd, ("ngircd", "--version"), "ngircd", parallel=8)
BARE = Server("bare C", None, _bare)

PEERS = (INSPIRCD, NGIRCD)
SERVERS = (CHATKIT, CHATKIT_POWER, *PEERS, BARE)


@dataclass(frozen=True)
class Running:
    """A server that takes clients."""

    port: int
    pid: int


def find(program: str) -> str | None:
    """The path of a program; servers often stand where only root looks."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")


def version_of(server: Server) -> str:
    """The first line of what it says of itself."""
    if not server.version:
        return ""
    command = [str(find(server.version[0])), *server.version[1:]]
    said = subprocess.run(command, capture_output=True, text=True, timeout=END_SECONDS, check=False)
    return (said.stdout or said.stderr).strip().partition("\n")[0]


def advice(servers: tuple[Server, ...] = PEERS) -> str:
    """What to install to see more columns; empty if all is there."""
    missing = [server.package for server in servers if not server.installed]
    return (
        f"not installed: {', '.join(missing)}; to compare with: apt-get install {' '.join(missing)}" if missing else ""
    )


@contextlib.contextmanager
def running(
    server: Server,
    directory: Path,
    settings: Mapping[str, str] | None = None,
    prepare: Callable[[Path], object] = lambda data: None,
) -> Iterator[Running]:
    """A fresh ``server`` with files of its own under ``directory``. It is ended, whatever happens meanwhile.

    ``prepare`` gets chatkit's data directory before the server does.
    """
    (directory / "data").mkdir(parents=True, mode=0o700)
    prepare(directory / "data")
    port = free_port()
    command = server.command(directory, port)
    log = directory / "log"
    with log.open("wb") as output:
        environment = {**_clean(directory), **server.environment, **(settings or {})}
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment, cwd=ROOT
        )
        try:
            _wait(server, process, port, log)
            yield Running(port, process.pid)
        finally:
            _end(process)
            shutil.rmtree(directory, ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens to now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _clean(directory: Path) -> dict[str, str]:
    # Nobody's own settings, or the figures would be of those.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHATKIT_")}
    return {**kept, "XDG_CONFIG_HOME": str(directory), "XDG_DATA_HOME": str(directory)}


def _wait(server: Server, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.02)
    said = log.read_text(errors="replace")[-TAIL:].strip()
    raise BenchError(f"{server.name} did not start; it said:\n{said}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
