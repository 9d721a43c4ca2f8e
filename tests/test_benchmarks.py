"""What a message costs, in units that are the same on every run; and that the benchmarks themselves work."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from benchmarks import (
    bench,
    checks,
    curves,
    document,
    drawing,
    generator,
    goals,
    history,
    installing,
    machine,
    picture,
    pipelines,
    regression,
    results,
    running,
    servers,
    table,
    workloads,
)
from benchmarks.work import MEMBERS, CallCounter, Room, report
from chatkit.store.database import Store
from chatkit.store.records import RecordQuery
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
    room.say(1)  # what was let through before is looked at again, once
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


# The tables.


def sample(**fields: float | str) -> generator.Sample:
    known = {"clients": 2, "registrations": 1000, "memory_per_client": 1, "server_cpu": 1, "generator_busy": 0.5}
    return generator.parse(json.dumps({"workload": "flood", **known, **fields}))


def results_of(workload: workloads.Workload, **of_servers: list[generator.Sample]) -> results.Results:
    """The samples of each server, one a round."""
    found = results.Results()
    for name, samples in of_servers.items():
        for number, one in enumerate(samples, 1):
            found.add(workload, getattr(servers, name), number, one)
    return found


def rates(*values: float) -> list[generator.Sample]:
    return [sample(rate=value) for value in values]


FLOOD = workloads.FLOOD_500


def test_a_row_has_the_medians_their_spread_and_the_ratio_to_the_best_peer() -> None:
    found = results_of(FLOOD, CHATKIT=rates(1e6, 3e6, 2e6), INSPIRCD=rates(1e6), NGIRCD=rates(5e5))
    columns = (servers.CHATKIT, servers.INSPIRCD, servers.NGIRCD, servers.BARE)
    shown = table.measured([FLOOD], columns, found)
    assert shown.heading == ("", "unit", "chatkit", "InspIRCd", "ngIRCd", "bare C", "to the best peer")
    assert shown.rows == ((FLOOD.name, "deliveries/s", "2 M ± 50%", "1 M", "500 k", "–", "× 2.00"),)


def test_a_shorter_delay_is_the_better_one() -> None:
    assert results.ratio(2.0, [4.0, 8.0], more_is_better=False) == 2.0
    assert results.ratio(2.0, [4.0, 8.0], more_is_better=True) == 0.25


@pytest.mark.parametrize(("ours", "peers"), [(None, [1.0]), (1.0, []), (1.0, [None]), (0.0, [0.0])])
def test_without_two_figures_there_is_no_ratio(ours: float | None, peers: list[float | None]) -> None:
    assert results.ratio(ours, peers, more_is_better=False) is None


def test_runs_are_compared_with_those_of_their_own_round() -> None:
    tagged, plain = workloads.TAGGED, workloads.FLOOD_100
    found = results_of(tagged, CHATKIT=[sample(deliveries=10, server_cpu=cpu) for cpu in (2.0, 30.0)])
    for number, cpu in ((1, 1.0), (2, 20.0), (3, 500.0)):
        found.add(plain, servers.CHATKIT, number, sample(deliveries=10, server_cpu=cpu))
    assert found.compared(results.TAGS_COST, servers.CHATKIT) == [2.0, 1.5]
    shown = table.compared([results.TAGS_COST], servers.SERVERS, found)
    assert shown.rows[0][1:3] == ("times", "1.75 (1.5 to 2)")


def test_a_goal_is_met_missed_or_not_measured() -> None:
    twice, *_others = goals.GOALS
    for ours, word in ((2.1e6, "yes"), (1.9e6, "NO")):
        assert twice.judge(results_of(FLOOD, CHATKIT=rates(ours), INSPIRCD=rates(1e6))) == word
    assert twice.judge(results_of(FLOOD, CHATKIT=rates(1e6))) == "not measured"


def test_what_others_wait_beside_a_stalled_reader_is_held_against_the_noise() -> None:
    goal = next(goal for goal in goals.GOALS if "noise" in goal.text)
    for stalled, word in ((0.0035, "yes"), (0.009, "NO")):
        found = results_of(workloads.BUSY, CHATKIT=[sample(p99=0.003), sample(p99=0.004)])
        for number in (1, 2):
            found.add(workloads.BUSY_STALLED, servers.CHATKIT, number, sample(p99=stalled))
        assert goal.judge(found) == word


def test_only_the_goals_that_were_measured_are_shown_of_a_part_of_a_run() -> None:
    found = results_of(FLOOD, CHATKIT=rates(2e6), INSPIRCD=rates(1e6))
    assert len(table.judged(goals.GOALS, found).rows) == len(goals.GOALS)
    assert [row[1:] for row in table.judged(goals.GOALS, found, only_measured=True).rows] == [("2", "≥ 2", "yes")]


def test_a_generator_that_was_the_limit_is_said() -> None:
    lines = checks.generator(results_of(FLOOD, CHATKIT=rates(1e6), BARE=rates(2e6)))
    assert lines[0] == f"generator, {FLOOD.name}: × 2.00 of the fastest server (chatkit)"
    assert "busy for at most 50%" in lines[1]
    slow = results_of(FLOOD, CHATKIT=[sample(rate=1e6, generator_busy=0.99)], BARE=rates(1.05e6))
    assert all("!!" in line for line in checks.generator(slow))


def test_what_needs_more_descriptors_than_are_allowed_is_left_out_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "files_allowed", lambda: 4096)
    started = bench.Bench(bench.Options(), Console(), tmp_path)
    assert workloads.IDLE not in started.workloads
    assert len(started.workloads) == len(workloads.WORKLOADS) - 1
    assert started.failures == ["10,000 idle clients: needs 10,200 descriptors; 'ulimit -Hn' is 4,096"]


def test_what_was_agreed_on_for_tls_is_said() -> None:
    found = results_of(workloads.REGISTERING_TLS, CHATKIT=[sample(tls="TLSv1.3 X")])
    assert checks.handshakes(found) == ["TLS, full handshakes, ECDSA P-256: chatkit TLSv1.3 X (OpenSSL)"]


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


def test_a_table_for_a_document_is_one_that_markdown_knows() -> None:
    shown = table.Table(("", "chatkit"), (("flood", "1 M"),))
    assert table.as_markdown(shown) == "|  | chatkit |\n| --- | ---: |\n| flood | 1 M |\n"


def test_the_document_keeps_what_stands_around_its_tables() -> None:
    text = f"# Speed\n{document.BEGIN}\nold\n{document.END}\nwhy\n"
    changed = document.replace_measured(text, "new\n")
    assert changed == f"# Speed\n{document.BEGIN}\n\nnew\n\n{document.END}\nwhy\n"
    assert document.replace_measured(changed, "new\n") == changed
    with pytest.raises(generator.BenchError):
        document.replace_measured("# Speed\n", "new\n")


@pytest.mark.parametrize("write", [True, False])
def test_a_run_to_keep_goes_into_the_documentation(
    write: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, place in (("ROOT", "."), ("PICTURES", "pictures"), ("RESULTS", "build"), ("DOCUMENT", "speed.md")):
        monkeypatch.setattr(document, name, tmp_path / place)
    (tmp_path / "speed.md").write_text(f"{document.BEGIN}{document.END}")
    shown = table.Table(("", "chatkit"), (("flood", "1 M"),))
    did = document.keep({"a.svg": drawing.Drawn("<svg/>")}, [shown, shown], ["a fact"], write)
    where = "pictures" if write else "build"
    assert did == [f"drew {where}/a.svg", *(["wrote the tables into speed.md"] if write else [])]
    assert (tmp_path / where / "a.svg").read_text() == "<svg/>"
    text = (tmp_path / "speed.md").read_text()
    assert text.count("| flood | 1 M |\n\n") == (2 if write else 0)
    assert ("- a fact\n" in text) is write


def test_the_document_of_the_project_has_its_marks_and_all_pictures() -> None:
    text = document.DOCUMENT.read_text()
    document.replace_measured(text, "new\n")
    for name in curves.CURVES:
        assert f"](pictures/{name})" in text
        assert (document.PICTURES / name).exists()


def test_the_file_system_is_that_of_the_longest_mount() -> None:
    mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\ntmpfs /tm xfs rw 0 0\n"
    assert machine.file_system(Path("/tmp/somewhere"), mounts) == "tmpfs"  # noqa: S108
    assert machine.file_system(Path("/var"), mounts) == "ext4"


# The curves.


def test_a_picture_is_svg_with_a_line_for_each_name() -> None:
    lines = {"this & that": [(10.0, 20.0), (1000.0, 300.0)], "other": [(10.0, 90.0), (1000.0, 4000.0)]}
    root = ElementTree.fromstring(picture.draw("Cost", "members", "µs", lines))  # noqa: S314  # our own
    assert [element.tag.rpartition("}")[2] for element in root].count("polyline") == 2
    assert "this & that" in "".join(root.itertext())


def test_an_axis_has_room_for_nothing_at_all() -> None:
    axis = picture.Axis("stored", 1000, 10_000, 0, 100, has_zero=True)
    assert axis.ticks == [0, 1000, 10_000]
    assert [round(axis.at(value)) for value in axis.ticks] == [0, 50, 100]


def test_the_words_of_a_curve_say_how_it_grew() -> None:
    line = [(0.0, 20.0), (10.0, 30.0), (10_000.0, 22.0)]
    assert drawing.growth("a message", "clients", line) == "a message: 0 to 10,000 clients: 20 to 22 µs, × 1.10"


def test_a_sum_is_told_from_a_product() -> None:
    sizes, bursts = (10, 1000), (1, 300)
    product = {members: [(float(n), members * n * 1.0) for n in bursts] for members in sizes}
    total = {members: [(float(n), members + n * 1.0) for n in bursts] for members in sizes}
    assert "× 75.0 of" in curves.sum_law(product)
    assert "× 1.0 of" in curves.sum_law(total)
    assert curves.sum_law(total).endswith("they are × 81 as many deliveries")


def test_a_peer_that_does_not_take_so_many_is_left_out_there_and_the_page_says_so(monkeypatch, tmp_path) -> None:
    class Crowded(drawing.Scene):
        def cost(self, server: servers.Server, field: str, *arguments: str) -> float:
            if server is refusing and arguments[-1] == "2000":
                raise generator.BenchError("not done in 120 s")
            return 10.0

    monkeypatch.setattr(curves, "_installed", list)
    scene, refusing = Crowded(tmp_path, False, lambda what: None), servers.NGIRCD
    assert "ngIRCd, 2,000 members: not done in 120 s" in curves.by_members(scene).facts
    refusing = servers.CHATKIT
    with pytest.raises(generator.BenchError):
        curves.by_members(scene)


def test_a_made_up_history_is_one_that_the_store_answers_from(tmp_path: Path) -> None:
    history.fill(tmp_path, 25)
    store = Store(tmp_path)
    assert store.last_seq() == history.FIRST_SEQ + 24 * history.SECOND
    newest = store.answer(RecordQuery("#bench0", store.last_seq()))
    assert newest.text.startswith("message 24 ")
    assert not store.index(), "nothing is left to index while others measure"
    store.close()


def test_an_empty_history_is_one_too(tmp_path: Path) -> None:
    history.fill(tmp_path, 0)
    store = Store(tmp_path)
    assert store.last_seq() == 0
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
def bare(programs: Path) -> Iterator[running.Running]:
    with running.running(servers.BARE, programs / "server") as started:
        yield started


def drive_chatkit(programs: Path, arguments: str, *, caps: str = "", tls: bool = False) -> generator.Sample:
    words = [*arguments.split(), *(["--caps", caps] if caps else []), *(["--tls", "1"] if tls else [])]
    with running.running(servers.CHATKIT, programs / "server", tls=tls) as started:
        found = generator.drive(programs, started.port, started.pid, words)
    assert not (programs / "server").exists()
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        "flood --members 5",
        "flood --members 4 --rooms 3 --senders 2",
        "flood --members 5 --window 1",
        "burst --members 5",
    ],
)
def test_the_generator_counts_every_delivery(programs: Path, bare: running.Running, arguments: str) -> None:
    found = generator.drive(programs, bare.port, bare.pid, [*arguments.split(), "--seconds", "0.05"])
    others = 3 if "4" in arguments else 4
    assert found.messages
    assert found.deliveries == found.messages * others


def test_a_burst_is_so_many_messages(programs: Path, bare: running.Running) -> None:
    arguments = ["burst", "--members", "5", "--window", "30", "--seconds", "0.05"]
    found = generator.drive(programs, bare.port, bare.pid, arguments)
    assert found.bursts
    assert found.messages == found.bursts * 30


def test_those_elsewhere_are_beside_the_room_that_is_measured(programs: Path) -> None:
    found = drive_chatkit(programs, "flood --members 5 --idle 7 --idle-rooms 2 --seconds 0.05")
    assert found.clients == 12
    assert found.deliveries == (found.messages or 0) * 4


def test_the_generator_measures_chatkit(programs: Path) -> None:
    """The tags, an account and the echo too: the whole way of a quick run, but for the waiting."""
    found = drive_chatkit(programs, "latency --members 5 --seconds 0.2 --rate 100 --login 1", caps=workloads.TAGS)
    assert (found.messages, found.deliveries) == (20, 100)
    assert found.p50 is not None
    assert found.p99 is not None
    assert 0 < found.p50 <= found.p99


def test_the_generator_shakes_hands(programs: Path) -> None:
    found = drive_chatkit(programs, "connect --clients 5", tls=True)
    assert found.clients == 5
    assert found.tls.startswith("TLSv1.3 ")


def test_who_reads_little_or_nothing_is_not_waited_for(programs: Path) -> None:
    found = drive_chatkit(programs, "latency --members 5 --stopped 1 --slow 1 --rate 100 --seconds 0.2")
    assert (found.messages, found.deliveries, found.closed) == (20, 40, 0)


def test_a_server_that_refuses_something_is_a_failure(programs: Path) -> None:
    with pytest.raises(generator.BenchError, match="capabilities refused"):
        drive_chatkit(programs, "flood --members 5 --seconds 0.05", caps="no-such-capability")


def test_a_server_that_is_not_there_is_status_3(programs: Path) -> None:
    command = [str(programs / "load"), "connect", "--port", str(running.free_port()), "--clients", "1"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 3


@pytest.mark.parametrize("arguments", ["--host 192.0.2.1", "--host example.org", "--clients 1000000", "--colour red"])
def test_the_generator_refuses_other_machines_and_what_has_no_bounds(programs: Path, arguments: str) -> None:
    command = [str(programs / "load"), "connect", "--port", "1", *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("load: ")


def test_a_server_that_does_not_start_is_named_with_what_it_said(tmp_path: Path) -> None:
    broken = servers.Server("broken", None, lambda place: ["sh", "-c", "echo no luck; exit 1"])
    failure = pytest.raises(generator.BenchError, match="broken did not start; it said:\nno luck")
    with failure, running.running(broken, tmp_path / "server"):
        raise AssertionError("it runs")
    assert not (tmp_path / "server").exists()


def test_without_a_compiler_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(generator.BenchError, match="apt-get install gcc"):
        generator.build(tmp_path)


def test_a_server_gets_what_it_needs_for_tls_only_where_that_is_measured(tmp_path: Path) -> None:
    for server, file in ((servers.INSPIRCD, "inspircd.conf"), (servers.NGIRCD, "ngircd.conf")):
        for tls in (False, True):
            server.command(servers.Place(tmp_path, 6697, tls))
            assert ("certificate.pem" in (tmp_path / file).read_text()) is tls


# Installing the peers.


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The calls that would install something; nothing is."""
    calls: list[list[str]] = []

    def run(call: list[str], check: bool) -> subprocess.CompletedProcess[str]:
        calls.append(call)
        return subprocess.CompletedProcess(call, 0)

    monkeypatch.setattr(installing.subprocess, "run", run)
    monkeypatch.setattr(installing.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(installing.os, "geteuid", lambda: 1000)
    return calls


CALL = ["sudo", "apt-get", "install", "--yes", "--no-install-recommends", "xircd"]


def test_nothing_is_installed_unasked(installed: list[list[str]]) -> None:
    said: list[str] = []
    installing.offer(["xircd"], False, None, said.append)
    assert said == ["not installed: xircd; to compare with: apt-get install xircd"]
    installing.offer(["xircd"], False, lambda question: False, said.append)
    assert installed == []


def test_who_is_asked_sees_the_command_and_who_agrees_gets_it(installed: list[list[str]]) -> None:
    asked: list[str] = []
    installing.offer(["xircd"], False, lambda question: not asked.append(question), [].append)
    assert " ".join(CALL) in asked[0]
    assert installed == [CALL]


def test_install_asks_nothing_and_without_peers_that_are_missing_does_nothing(installed: list[list[str]]) -> None:
    installing.offer([], True, None, [].append)
    assert installed == []
    installing.offer(["xircd"], True, None, [].append)
    assert installed == [CALL]


def test_who_may_not_install_is_told(installed: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing.shutil, "which", lambda name: None)
    with pytest.raises(generator.BenchError, match="apt-get install xircd"):
        installing.offer(["xircd"], True, None, [].append)
    assert installed == []


def test_peers_that_are_missing_are_known_by_their_packages() -> None:
    absent = servers.Server("X", "no-such-program", lambda place: [], package="xircd")
    assert installing.missing((absent, servers.BARE)) == ["xircd"]


# The small benchmark of continuous integration.


def test_a_case_costs_something_in_each_phase_and_counts_the_same_twice(tmp_path: Path) -> None:
    case = pipelines.Case("few", members=3, rooms=2, at_once=5, times=2)
    with closing(pipelines.Pipeline(case, tmp_path)) as pipeline:
        ticks = iter(range(1000))
        *passes, taken_over = pipeline.slice(lambda: float(next(ticks)))
        assert passes == [case.times] * (len(pipelines.PHASES) - 1)
        assert taken_over == 1
        assert pipeline.store.last_seq() > 0
        assert pipeline.calls() == pipeline.calls()


def test_a_cost_is_in_turns_of_the_loop() -> None:
    cost = regression.measure(pipelines.Case("few", members=3), slices=2)
    assert set(cost.phases) == set(pipelines.PHASES)
    assert cost.turns > 0
    assert cost.calls > 10


def cost(turns: float, calls: float) -> regression.Cost:
    return regression.Cost({"rules": turns}, calls)


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (cost(105, 50), ""),
        (cost(130, 50), "dearer"),
        (cost(70, 49), "fewer calls, cheaper"),
        (cost(100, 51), "more calls"),
        (cost(100, 76), "TOO MANY CALLS"),
    ],
)
def test_what_changed_by_more_than_its_noise_is_marked(measured: regression.Cost, words: str) -> None:
    accepted = regression.Accepted(turns=100, noise=0.1, calls=50)
    assert regression.verdict(measured, accepted, comparable=True) == words


def test_a_new_case_is_no_failure_and_too_many_calls_are_one() -> None:
    record = regression.Record("3.13", "x86_64", {"old": regression.Accepted(100, 0.1, 50)})
    assert regression.failures({"old": cost(900, 75), "new": cost(1, 1e6)}, record) == []
    assert regression.failures({"old": cost(1, 76)}, record) == ["old"]
    assert regression.verdict(cost(1, 1), None, comparable=True) == "new"


def test_calls_of_another_python_are_not_compared_one_by_one() -> None:
    accepted = regression.Accepted(turns=100, noise=0.1, calls=50)
    assert regression.verdict(cost(100, 51), accepted, comparable=False) == ""


def test_what_was_accepted_last_has_all_cases() -> None:
    record = regression.load()
    assert set(record.cases) == {case.name for case in pipelines.CASES}
    costs = {name: cost(accepted.turns, accepted.calls) for name, accepted in record.cases.items()}
    assert regression.table(costs, record).row_count == len(pipelines.CASES)
    assert regression.failures(costs, record) == []
