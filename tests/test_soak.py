"""The soak itself, for some seconds: that it runs, and that it would tell."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "soak"
MINUTES = 0.1


@pytest.fixture(scope="module")
def soak():
    loader = SourceFileLoader("soak", str(SCRIPT))
    spec = spec_from_loader("soak", loader)
    assert spec is not None
    sys.modules["soak"] = module = module_from_spec(spec)
    loader.exec_module(module)
    yield module
    del sys.modules["soak"]


def test_some_seconds_of_churn_leave_no_thread_and_no_descriptor_behind():
    done = subprocess.run([sys.executable, str(SCRIPT), str(MINUTES)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    lives, _, verdict = done.stdout.splitlines()[-1].partition(" came and went; ")
    assert int(lives.replace(",", "")) > 100
    assert verdict.startswith("flat")


@pytest.mark.parametrize(
    ("growth", "threads", "descriptors", "told"),
    [(0, 0, 0, []), (100, 0, 0, ["memory"]), (0, 10, 0, ["threads"]), (0, 0, 10, ["descriptors"])],
)
def test_what_grows_in_an_hour_is_told(soak, growth, threads, descriptors, told):
    samples = [
        soak.Sample(60.0 * n, 100 * soak.MIB + n * growth * 10_000, 10 + n * threads, 200 + n * descriptors)
        for n in range(60)
    ]
    assert [words.split(" ")[0] for words in soak.complaints(samples)] == told
