"""Whether the figures are those of the servers: the generator must be faster than what it drives."""

from __future__ import annotations

from benchmarks import certificate
from benchmarks.results import Results
from benchmarks.servers import BARE, SERVERS
from benchmarks.workloads import ALONE, FLOOD_100, FLOOD_500, RATE, REGISTERING, REGISTRATIONS, SMALL_ROOMS

MARGIN = 1.1  # times as fast as the fastest server, or it is the generator that was measured
SATURATED = 0.95  # of a processor
RATES = ((FLOOD_500, RATE), (FLOOD_100, RATE), (SMALL_ROOMS, RATE), (ALONE, RATE), (REGISTERING, REGISTRATIONS))


def generator(results: Results) -> list[str]:
    """What the bare server did through the same generator, and how busy that was: a line each, failures marked."""
    lines = []
    for workload, figure in RATES:
        bare = results.median(workload, BARE, figure)
        others = [(results.median(workload, server, figure), server) for server in SERVERS if server is not BARE]
        known = [(value, server.name) for value, server in others if value is not None]
        if bare is None or not known:
            continue
        fastest, name = max(known)
        verdict = "" if bare >= MARGIN * fastest else "  !! the generator and the machine are what was measured here"
        lines.append(f"generator, {workload.name}: × {bare / fastest:.2f} of the fastest server ({name}){verdict}")
    return lines + _busiest(results)


def _busiest(results: Results) -> list[str]:
    found = results.each(lambda sample: sample.rate is not None or sample.workload == "connect")
    served = [(sample.generator_busy, name, server.name) for name, server, sample in found if server is not BARE]
    if not served:
        return []
    busy, workload, server_name = max(served)
    verdict = "  !! it was the limit there" if busy > SATURATED else ""
    return [f"generator: busy for at most {busy:.0%} of one processor ({workload}, {server_name}){verdict}"]


def handshakes(results: Results) -> list[str]:
    """What each server's TLS was."""
    found = results.each(lambda sample: bool(sample.tls))
    agreed = {server.name: f"{server.name} {sample.tls} ({server.tls})" for _, server, sample in found}
    kind = f"TLS, full handshakes, {certificate.KIND}: "
    return [kind + ", ".join(agreed.values())] if agreed else []
