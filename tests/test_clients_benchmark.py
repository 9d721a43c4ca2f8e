"""benchmarks/clients.py measures the real programs: what it tells of one of them, and how it is written down."""

from __future__ import annotations

import pytest

from benchmarks import clients
from benchmarks.generator import BenchError
from benchmarks.running import running
from benchmarks.servers import CHATKIT


def test_a_figure_is_its_median_its_99th_percentile_and_its_worst_beside_the_goal():
    figure = clients.Figure("keys", tuple(number / 1000 for number in range(1, 101)), goal=0.05, note="80×24")
    assert clients.cells(figure) == ["keys", "50.5 ms", "100 ms", "100 ms", "✗ 50 ms", "80×24"]


def test_a_goal_that_is_kept_has_a_tick():
    assert clients.cells(clients.Figure("start", (0.5, 0.9), goal=1.0))[4] == "✓ 1.00 s"
    assert clients.cells(clients.Figure("start", (1.5,)))[1:5] == ["1.50 s", "1.50 s", "1.50 s", ""]


def test_the_terminal_client_is_timed_from_its_start_and_from_key_to_glyph(tmp_path, monkeypatch):
    monkeypatch.setattr(clients, "KEYS", 3)
    with running(CHATKIT, tmp_path / "server") as server, clients.terminal(server.port, tmp_path, (80, 24)) as screen:
        assert 0 < screen.prompt() < clients.PATIENCE
        screen.until(lambda text: b"reader" in text)
        with clients.Talker(server.port, "#lobby", 200):
            screen.until(lambda text: b"said" in text)
            delays = list(clients.type_keys(screen))
    assert len(delays) == 3
    assert all(0 < delay < clients.PATIENCE for delay in delays)


def test_a_client_that_ends_is_a_failure_with_what_it_said():
    failure = pytest.raises(BenchError, match="no luck")
    with failure, clients.Screen(["sh", "-c", "echo no luck; exit 1"], {}, (80, 24)) as screen:
        screen.until(lambda text: False)
