"""What a message costs, in units that are the same on every run; and that the benchmarks themselves work."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import bench, curves, generator, machine, picture, servers, table, workloads
from benchmarks.work import MEMBERS, CallCounter, Room, report
from chatkit.store.database import Store
from tests.conftest import Needs

# Generous: one and a half times what they are, so that they stop a mistake of principle, not an honest feature.
CALLS_A_MESSAGE = 110
CALLS_A_MEMBER = 3
TAGS = "message-tags server-time"


@pytest.fixture(scope="module")
def rooms() -> dict[int, Room]:
    return {members: Room(members) for members in MEMBERS}


# The cost of a message.


@pytest.mark.smoke
def test_each_member_gets_one_piece_however_many_messages_came_at_once(rooms: dict[int, Room]) -> None:
    for members, room in rooms.items():
        assert room.say(1).puts == room.say(100).puts == members - 1


def test_a_further_message_costs_the_same_in_a_room_of_any_size(rooms: dict[int, Room]) -> None:
    more = {room.say(200).calls - room.say(100).calls for room in rooms.values()}
    assert max(more) - min(more) <= 10  # over a hundred messages
    assert max(more) <= 100 * CALLS_A_MESSAGE


def test_a_further_member_costs_the_same_for_one_message_and_for_a_hundred(rooms: dict[int, Room]) -> None:
    small, large = rooms[10], rooms[1000]
    for messages in (1, 100):
        assert large.say(messages).calls - small.say(messages).calls <= (1000 - 10) * CALLS_A_MEMBER


def test_who_is_not_in_the_room_costs_nothing(rooms: dict[int, Room]) -> None:
    room = Room(10)
    before = room.say(10).calls
    for number in range(300):
        room.register(f"other{number}", room=f"#other{number}")
    assert room.say(10).calls == before


def test_tags_are_written_once_and_not_once_for_each_member() -> None:
    small, large = Room(10, TAGS), Room(200, TAGS)
    assert large.say(100).calls - small.say(100).calls <= (200 - 10) * CALLS_A_MEMBER
    assert large.say(100).calls <= 100 * (CALLS_A_MESSAGE + 60) + 200 * CALLS_A_MEMBER


def test_every_message_of_a_burst_is_recorded(rooms: dict[int, Room]) -> None:
    assert rooms[10].say(100).records == 100


def test_the_same_work_counts_the_same_twice(rooms: dict[int, Room]) -> None:
    assert rooms[100].say(50) == rooms[100].say(50)


def test_the_counter_counts_calls_and_gives_the_profiler_back() -> None:
    before = sys.getprofile()
    counter = CallCounter()
    with counter:
        len("one")
        json.dumps("two")
    assert counter.calls >= 3
    assert sys.getprofile() is before


def test_the_report_has_a_line_for_each_size_of_room() -> None:
    assert len(report()) == 1 + len(MEMBERS)


# The table.


def sample(**fields: float) -> generator.Sample:
    known = {"clients": 2, "registrations": 1000, "memory_per_client": 1, "server_cpu": 1, "generator_busy": 0.5}
    return generator.parse(json.dumps({"workload": "flood", **known, **fields}))


def test_a_row_has_the_medians_and_the_ratio_to_the_best_peer() -> None:
    workload = workloads.Workload("flood", ("flood",))
    rates = {"chatkit": (1e6, 3e6, 2e6), "InspIRCd": (1e6,), "ngIRCd": (5e5,)}
    samples = {("flood", name): [sample(rate=rate) for rate in some] for name, some in rates.items()}
    columns = (servers.CHATKIT, servers.INSPIRCD, servers.NGIRCD, servers.BARE)
    (row,) = table.rows_of([workload], columns, samples)
    assert row.cells == (2e6, 1e6, 5e5, None)
    assert row.ratio == 2.0
    assert table.texts(row) == ["flood", "deliveries/s", "2 M", "1 M", "500 k", "–", "× 2.00"]


def test_a_shorter_delay_is_the_better_one() -> None:
    assert table.ratio(2.0, [4.0, 8.0], more_is_better=False) == 2.0
    assert table.ratio(2.0, [4.0, 8.0], more_is_better=True) == 0.25


@pytest.mark.parametrize(("ours", "peers"), [(None, [1.0]), (1.0, []), (0.0, [0.0])])
def test_without_two_figures_there_is_no_ratio(ours: float | None, peers: list[float]) -> None:
    assert table.ratio(ours, peers, more_is_better=False) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (0.1234, "0.123"),
        (999.4, "999"),
        (2345.6, "2,346"),
        (82_872, "82.9 k"),
        (5.4e6, "5.4 M"),
    ],
)
def test_figures_have_three_digits(value: float | None, text: str) -> None:
    assert table.format_figure(value) == text


def test_the_document_keeps_what_stands_around_its_table() -> None:
    document = f"# Speed\n{bench.BEGIN}\nold\n{bench.END}\nwhy\n"
    text = bench.replace_measured(document, "new\n")
    assert text == f"# Speed\n{bench.BEGIN}\n\nnew\n\n{bench.END}\nwhy\n"
    assert bench.replace_measured(text, "new\n") == text
    with pytest.raises(generator.BenchError):
        bench.replace_measured("# Speed\n", "new\n")


def test_the_document_of_the_project_has_its_marks() -> None:
    bench.replace_measured(bench.DOCUMENT.read_text(), "new\n")


def test_the_file_system_is_that_of_the_longest_mount() -> None:
    mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\ntmpfs /tm xfs rw 0 0\n"
    assert machine.file_system(Path("/tmp/somewhere"), mounts) == "tmpfs"  # noqa: S108
    assert machine.file_system(Path("/var"), mounts) == "ext4"


def test_a_picture_is_svg_with_a_line_for_each_name() -> None:
    lines = {"this & that": [(10.0, 20.0), (1000.0, 300.0)], "other": [(10.0, 90.0), (1000.0, 4000.0)]}
    root = ElementTree.fromstring(picture.draw("Cost", "members", "µs", lines))  # noqa: S314  # our own
    assert [element.tag.rpartition("}")[2] for element in root].count("polyline") == 2
    assert "this & that" in "".join(root.itertext())


def test_a_made_up_history_is_one_that_the_store_answers_from(tmp_path: Path) -> None:
    curves.fill(tmp_path, 25)
    store = Store(tmp_path)
    assert store.last_seq() == curves.FIRST_SEQ + 24 * curves.SECOND
    store.close()


# The generator.


@pytest.fixture(scope="module")
def programs(needs: Needs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the compiled programs."""
    needs("cc")
    directory = tmp_path_factory.mktemp("programs")
    generator.build(directory)
    return directory


@pytest.fixture
def bare(programs: Path) -> Iterator[servers.Running]:
    with servers.running(servers.BARE, programs / "server") as started:
        yield started


@pytest.mark.parametrize(
    "arguments",
    ["flood --members 5", "flood --members 4 --rooms 3 --senders 2", "flood --members 5 --window 1"],
)
def test_the_generator_counts_every_delivery(programs: Path, bare: servers.Running, arguments: str) -> None:
    found = generator.drive(programs, bare.port, bare.pid, [*arguments.split(), "--seconds", "0.05"])
    others = 3 if "4" in arguments else 4
    assert found.messages
    assert found.deliveries == found.messages * others


def test_the_generator_measures_chatkit(programs: Path) -> None:
    """The tags and the echo too: the whole way of a quick run, but for the waiting."""
    arguments = ["latency", "--members", "5", "--seconds", "0.2", "--rate", "100", "--caps", workloads.TAGS]
    with servers.running(servers.CHATKIT, programs / "server") as started:
        found = generator.drive(programs, started.port, started.pid, arguments)
    assert (found.messages, found.deliveries) == (20, 100)
    assert found.p50 is not None
    assert found.p99 is not None
    assert 0 < found.p50 <= found.p99
    assert not (programs / "server").exists()


def test_a_server_that_refuses_something_is_a_failure(programs: Path) -> None:
    arguments = ["flood", "--members", "5", "--seconds", "0.05", "--caps", "no-such-capability"]
    refused = pytest.raises(generator.BenchError, match="capabilities refused")
    with servers.running(servers.CHATKIT, programs / "server") as started, refused:
        generator.drive(programs, started.port, started.pid, arguments)


def test_a_server_that_is_not_there_is_status_3(programs: Path) -> None:
    command = [str(programs / "load"), "connect", "--port", str(servers.free_port()), "--clients", "1"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 3


@pytest.mark.parametrize("arguments", ["--host 192.0.2.1", "--host example.org", "--clients 1000000", "--colour red"])
def test_the_generator_refuses_other_machines_and_what_has_no_bounds(programs: Path, arguments: str) -> None:
    command = [str(programs / "load"), "connect", "--port", "1", *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("load: ")


def test_a_server_that_does_not_start_is_named_with_what_it_said(tmp_path: Path) -> None:
    broken = servers.Server("broken", None, lambda directory, port: ["sh", "-c", "echo no luck; exit 1"])
    failure = pytest.raises(generator.BenchError, match="broken did not start; it said:\nno luck")
    with failure, servers.running(broken, tmp_path / "server"):
        raise AssertionError("it runs")
    assert not (tmp_path / "server").exists()


def test_without_a_compiler_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(generator.BenchError, match="apt-get install gcc"):
        generator.build(tmp_path)


def test_peers_that_are_missing_are_named_with_the_way_to_get_them() -> None:
    absent = servers.Server("X", "no-such-program", lambda directory, port: [], package="xircd")
    assert servers.advice((absent,)) == "not installed: xircd; to compare with: apt-get install xircd"
    assert servers.advice(()) == ""
