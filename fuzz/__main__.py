"""``python -m fuzz TARGET|all [--seconds N]``: look for bytes that break something.

With atheris, which watches what the code does with them, where it is installed (``pip install --group fuzz``); else by
changing the corpus at random. What breaks a target is written to ``fuzz-found/``: put it into ``tests/corpus``.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import random
import subprocess
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "tests" / "corpus"
FOUND = ROOT / "fuzz-found"
MAX_INPUT = 4096  # bytes
HAS_ATHERIS = importlib.util.find_spec("atheris") is not None


def seeds(name: str) -> list[bytes]:
    """The corpus of a target."""
    return [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))] or [b""]


def fuzz_blindly(name: str, seconds: float) -> int:
    """Change the corpus at random for so many seconds. Returns how many inputs were tried."""
    from fuzz.targets import TARGETS

    known, target = seeds(name), TARGETS[name]
    tried, deadline = 0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        data = change(random.choice(known), random.choice(known))
        try:
            target(data)
        except Exception:
            keep(name, data)
            raise
        tried += 1
    return tried


def change(data: bytes, other: bytes) -> bytes:
    """``data`` with some bytes changed, taken out, doubled, or with a part of ``other`` in it."""
    found = bytearray(data)
    for _ in range(random.randint(1, 8)):
        first = random.randint(0, len(found))
        last = min(len(found), first + random.randint(0, 16))
        begin = random.randint(0, len(other))
        found[first:last] = random.choice(
            (
                random.randbytes(last - first),
                b"",
                bytes(found[first:last]) * 2,
                other[begin : begin + 32],
                b"\0\xff\r\n :@",
            )
        )
    return bytes(found[:MAX_INPUT])


def keep(name: str, data: bytes) -> None:
    """Write down what broke a target."""
    path = FOUND / name / hashlib.sha256(data).hexdigest()[:12]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    print(f"{name}: {path} breaks it:", file=sys.stderr)


def fuzz_with_atheris(name: str, seconds: float) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["chatkit"]):
        from fuzz.targets import TARGETS

    (FOUND / name).mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={max(1, int(seconds))}",
        f"-max_len={MAX_INPUT}",
        "-verbosity=0",
        "-print_final_stats=1",
    ]
    learnt = ROOT / ".fuzz" / name  # what it found worth changing further
    learnt.mkdir(parents=True, exist_ok=True)
    prefix = f"-artifact_prefix={FOUND / name}/"
    atheris.Setup([sys.argv[0], *options, prefix, str(learnt), str(CORPUS / name)], TARGETS[name])
    atheris.Fuzz()


def fuzz_all(seconds: float, *, blindly: bool) -> int:
    """Each target in a process of its own, for its share of the time. Returns the exit status."""
    failed, names = [], sorted(path.name for path in CORPUS.iterdir() if path.is_dir() and path.name != "clients")
    for name in names:
        share = str(seconds / len(names))
        command = [sys.executable, "-m", "fuzz", name, "--seconds", share, *(["--blindly"] if blindly else [])]
        if subprocess.run(command, check=False, cwd=ROOT).returncode:
            failed.append(name)
    print(f"broken: {', '.join(failed)}" if failed else f"nothing breaks any of {len(names)} targets")
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("target", help="its name in fuzz/targets.py, or all")
    parser.add_argument("--seconds", type=float, default=600.0, help="in all")
    parser.add_argument("--blindly", action="store_true", help="without atheris, though it is there")
    given = parser.parse_args()
    blindly = given.blindly or not HAS_ATHERIS
    if given.target == "all":
        print("changing the corpus at random" if blindly else "with atheris", flush=True)
        return fuzz_all(given.seconds, blindly=blindly)
    if not blindly:
        fuzz_with_atheris(given.target, given.seconds)
    try:
        print(f"{given.target}: {fuzz_blindly(given.target, given.seconds):,} inputs", flush=True)
    except Exception:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
