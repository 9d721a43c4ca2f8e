"""The load generator and the bare server, compiled when they are needed, and what a run of the generator tells."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
SOURCES = {"load": sorted((HERE / "load").glob("*.c")), "bare": [HERE / "bare.c"]}
PATIENCE = 630.0  # seconds; the generator's own limits are lower


class BenchError(Exception):
    """Nothing can be measured, for a reason that whoever runs it can mend: one line."""


class Sample(msgspec.Struct, frozen=True):
    """What the generator measured, in one run. What its workload does not measure is None."""

    workload: str
    clients: int
    registrations: float  # a second
    memory_per_client: float  # KiB that the server grew by, a client
    server_cpu: float  # seconds
    generator_busy: float  # seconds of processor time a second
    messages: int | None = None
    deliveries: int | None = None
    took: float | None = None  # seconds
    rate: float | None = None  # deliveries a second
    p50: float | None = None  # seconds
    p99: float | None = None
    cpu_share: float | None = None  # of one processor, while the clients are silent
    grown: float | None = None  # KiB that the server took more at most, than when it began
    closed: int | None = None  # of those that read slowly or nothing, disconnected by the server
    bursts: int | None = None
    tls: str = ""  # the version and the cipher

    @property
    def per_delivery(self) -> float | None:
        """Seconds of the server's processor time."""
        return self.server_cpu / self.deliveries if self.deliveries else None

    @property
    def per_message(self) -> float | None:
        return self.server_cpu / self.messages if self.messages else None

    @property
    def per_burst(self) -> float | None:
        return self.server_cpu / self.bursts if self.bursts else None

    @property
    def per_client(self) -> float:
        return self.server_cpu / self.clients


def build(directory: Path) -> None:
    """Compile both programs into ``directory``. Raises BenchError."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise BenchError("no C compiler found; the load generator needs one (on Debian: apt-get install gcc libc6-dev)")
    for name, sources in SOURCES.items():
        command = [compiler, "-O2", "-o", str(directory / name), *map(str, sources), "-ldl"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchError(f"{compiler} cannot compile {name}; it says:\n{done.stderr.strip()}")


def drive(directory: Path, port: int, pid: int, arguments: list[str]) -> Sample:
    """Run one workload against a server. Blocks. Raises BenchError if the server failed it."""
    command = [str(directory / "load"), *arguments, "--port", str(port), "--pid", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        raise BenchError(done.stderr.strip() or f"the generator ended with status {done.returncode}")
    return parse(done.stdout)


def parse(line: str) -> Sample:
    """One line of the generator's output."""
    return msgspec.json.decode(line, type=Sample)
