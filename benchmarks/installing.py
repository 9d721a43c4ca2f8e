"""The servers to compare with: what is missing, and installing it for those who agree."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

from benchmarks.generator import BenchError
from benchmarks.servers import PEERS, Server

NOTE = "Debian starts them as services too: 'systemctl disable --now {}' ends that"


def missing(servers: tuple[Server, ...] = PEERS) -> list[str]:
    """The packages of the servers that are not there."""
    return [server.package for server in servers if not server.installed]


def command(packages: list[str]) -> list[str] | None:
    """The call that installs ``packages``; None where there is no apt-get, or nobody who may call it."""
    if shutil.which("apt-get") is None:
        return None
    call = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if os.geteuid() == 0:
        return call
    return ["sudo", *call] if shutil.which("sudo") else None


def advice(packages: list[str]) -> str:
    """What to install to see more columns."""
    return f"not installed: {', '.join(packages)}; to compare with: apt-get install {' '.join(packages)}"


def offer(packages: list[str], wanted: bool, ask: Callable[[str], bool] | None, say: Callable[[str], object]) -> None:
    """Install ``packages`` if that is ``wanted``, or else if ``ask`` agrees; None: nobody is there to ask.

    Raises BenchError if it was wanted and did not work.
    """
    if not packages:
        return
    call = command(packages)
    if call is None or not (wanted or (ask is not None and ask(_question(call, packages)))):
        if wanted:
            raise BenchError(f"cannot install: there is no apt-get, or neither root nor sudo; {advice(packages)}")
        say(advice(packages))
        return
    say(" ".join(call))
    if subprocess.run(call, check=False).returncode:
        raise BenchError(f"that failed: {' '.join(call)}")
    say(NOTE.format(" ".join(packages)))


def _question(call: list[str], packages: list[str]) -> str:
    return f"Without {' and '.join(packages)} there is less to compare with. Install by '{' '.join(call)}'?"
