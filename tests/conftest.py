"""What every test shares: the thread check, a screen, and the rule that nothing is skipped where it counts."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import TypeVar

import pytest
from hypothesis import settings

from tests.examples import examples

IN_CI = os.environ.get("CI") == "true"

# How long an example takes says more of the machine; and what is found by chance is for those who work on it.
settings.register_profile("chatkit", deadline=None, derandomize=IN_CI, max_examples=examples())
settings.load_profile("chatkit")

GRACE = 2.0  # seconds that threads have, all together, to end after their test
XVFB_START = 10.0  # seconds
XVFB_ATTEMPTS = 3  # two servers that start at once can want the same display; one of them gives up

DIRECTORIES = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")

Needs = Callable[[str], str]
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In continuous integration nothing is missing, so nothing may be skipped."""
    return _unskipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module, as ``importorskip`` skips it."""
    return _unskipped((yield))


def _unskipped(report: Report) -> Report:
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"may not be skipped in CI: {reason}"
    return report


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """For ``-n auto``: one more than there are processors, as many tests wait for what another program does."""
    return (yield) + 1


@pytest.fixture(autouse=True)
def no_thread_left_behind() -> Iterator[None]:
    """Fail a test whose threads outlive it, and name them."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + GRACE
    for thread in _since(before):
        thread.join(max(0.0, deadline - time.monotonic()))
    left = [thread.name for thread in _since(before)]
    assert not left, f"threads left behind: {', '.join(left)}"


def _since(before: set[threading.Thread]) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread not in before]


@pytest.fixture(autouse=True)
def nothing_of_the_user(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests, and the programs they start, from the settings and the history of whoever runs them."""
    home = tmp_path_factory.mktemp("user")
    for name in DIRECTORIES:
        monkeypatch.setenv(name, str(home / name.lower()))
    for name in [name for name in os.environ if name.startswith("CHATKIT_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def needs() -> Needs:
    """``needs("irssi")`` is the path of a program; without it the test is skipped, which in CI is a failure."""

    def path_of(program: str) -> str:
        path = shutil.which(program)
        if path is None:
            pytest.skip(f"{program} is not installed (scripts/install-test-packages installs it)")
        return path

    return path_of


@pytest.fixture(scope="session")
def xvfb(needs: Needs) -> Iterator[str]:
    """A screen of one's own, of each xdist worker too: its display, which ``DISPLAY`` names meanwhile."""
    server, display = _start_xvfb(needs("Xvfb"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", display)
        yield display
    server.terminate()
    server.wait(XVFB_START)


def _start_xvfb(program: str) -> tuple[subprocess.Popen[bytes], str]:
    for _ in range(XVFB_ATTEMPTS):
        reader, writer = os.pipe()
        server = subprocess.Popen(
            [program, "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=[writer],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        with open(reader, "rb") as answer:  # to the end of the line: a server that cannot write it all ends
            number = answer.readline().strip() if select.select([answer], [], [], XVFB_START)[0] else b""
        if number:
            return server, f":{number.decode()}"
        server.kill()
        server.wait()
    pytest.fail("Xvfb does not start")
