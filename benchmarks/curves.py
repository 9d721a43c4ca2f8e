"""How the cost of a message grows: with its room, with what is said at once, and with those who are elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from benchmarks.drawing import FLOOD, Drawn, Scene, growth
from benchmarks.generator import BenchError
from benchmarks.history import by_stored
from benchmarks.picture import Point, draw
from benchmarks.servers import CHATKIT, INSPIRCD, PEERS, Server

MEMBERS = (10, 20, 50, 100, 200, 500, 1000, 2000)
MORE_MEMBERS = (5000,)
BURST_MEMBERS = (10, 100, 1000)
BURSTS = (1, 3, 10, 30, 100, 300)
ELSEWHERE = (0, 100, 1_000, 10_000)
ROOMS_EACH = 10  # of those who are elsewhere, where it is rooms that are counted

Lines = dict[str, list[Point]]


def _installed(servers: Iterable[Server]) -> list[Server]:
    return [server for server in servers if server.installed]


def by_members(scene: Scene) -> Drawn:
    """Processor time of the server for one message of a flood, by the size of the room."""
    servers = _installed((CHATKIT, *PEERS))
    lines: Lines = {server.name: [] for server in servers}
    missing = []
    for members in MEMBERS + (MORE_MEMBERS if scene.full else ()):
        for server in servers:
            scene.note(f"{members:,} members: {server.name}")
            try:
                cost = scene.cost(server, "per_message", *FLOOD, "--members", str(members))
            except BenchError as error:  # it is no fault of ours if a peer does not take so many
                if server is CHATKIT:
                    raise
                missing.append(f"{server.name}, {members:,} members: {error}")
            else:
                lines[server.name].append((members, cost))
    facts = [growth(f"{name}, a message", "members", line) for name, line in lines.items() if line]
    facts += missing
    return Drawn(draw("What one message costs", "members of the room", "µs of processor time", dict(lines)), facts)


def by_burst(scene: Scene) -> Drawn:
    """Processor time for what one member says at once, by how many messages that is, in rooms of three sizes."""
    lines: Lines = {}
    facts = []
    for server in _installed((CHATKIT, INSPIRCD)):
        costs = {members: _bursts(scene, server, members) for members in BURST_MEMBERS}
        for members, points in costs.items():  # without those that cost less than the system's clock can tell
            lines[f"{server.name}, {members:,}"] = [point for point in points if point[1] > 0]
        facts.append(f"{server.name}: {sum_law(costs)}")
    return Drawn(draw("What a burst costs, by members", "messages at once", "µs of processor time", dict(lines)), facts)


def _bursts(scene: Scene, server: Server, members: int) -> list[Point]:
    points: list[Point] = []
    for messages in BURSTS:
        scene.note(f"{messages:,} messages at once to {members:,}: {server.name}")
        call = ["burst", "--seconds", "1", "--window", str(messages), "--members", str(members)]
        points.append((messages, scene.cost(server, "per_burst", *call)))
    return points


def sum_law(costs: dict[int, list[Point]]) -> str:
    """How the cost of many to many compares to that of one to many and of many to few together."""
    few, many = min(costs), max(costs)
    once, (messages, both) = costs[many][0][1], costs[many][-1]
    apart = once + costs[few][-1][1]
    deliveries = messages * (many - 1) / (many - 1 + messages * (few - 1))
    return (
        f"{messages:,.0f} messages at once to {many:,} members cost × {both / apart:.1f} of 1 to {many:,} and "
        f"{messages:,.0f} to {few} together; they are × {deliveries:.0f} as many deliveries"
    )


def by_elsewhere(scene: Scene) -> Drawn:
    """Processor time for a message to 100, by how many idle clients, or rooms of such, there are beside the room."""
    lines: Lines = {}
    for server in _installed((CHATKIT, INSPIRCD)):
        lines[f"{server.name}, clients"] = _elsewhere(scene, server, 1, 0)
        lines[f"{server.name}, rooms"] = _elsewhere(scene, server, ROOMS_EACH, ROOMS_EACH)
    facts = [growth(f"{name}, a message to 100", "elsewhere", line) for name, line in lines.items()]
    title = "What those elsewhere cost a message to 100"
    return Drawn(draw(title, "idle clients, or rooms", "µs of processor time", dict(lines)), facts)


def _elsewhere(scene: Scene, server: Server, share: int, rooms: int) -> list[Point]:
    points: list[Point] = []
    for count in ELSEWHERE:
        scene.note(f"{count:,} {'rooms' if rooms else 'idle clients'} elsewhere: {server.name}")
        call = ["--members", "100", "--idle", str(count // share), "--idle-rooms", str(rooms)]
        points.append((count, scene.cost(server, "per_message", *FLOOD, *call)))
    return points


CURVES: dict[str, Callable[[Scene], Drawn]] = {
    "speed-members.svg": by_members,
    "speed-bursts.svg": by_burst,
    "speed-elsewhere.svg": by_elsewhere,
    "speed-history.svg": by_stored,
}
