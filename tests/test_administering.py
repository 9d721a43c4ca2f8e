"""docs/administering.md: every command that it shows is typed, in order, into a server, and answers as it says there.

In an answer ``…`` stands for what is never the same (times, ids, sizes), alone on a line for any number of lines.
Blanks between columns do not count.
"""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatkit.cli import cli
from chatkit.config import load_config
from chatkit.control.table import TABLE
from chatkit.server import Server
from tests.sockets import RawClient

DOCUMENT = Path(__file__).parents[1] / "docs" / "administering.md"
TYPED = {"account create": "correct horse\ncorrect horse\n", "account password": "new horse\nnew horse\n"}
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = {"complete", "log", "top"}  # hidden, or they go on until one has seen enough: log is run without --follow


def shown(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command that the document shows, and the lines of its answer."""
    for block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *answer = part.rstrip("\n").split("\n")
            yield command, answer


def fits(wanted: list[str], found: list[str]) -> bool:
    """Whether an answer is as the document says."""
    pattern = "".join(r"(?:[^\n]*\n)*" if line == "…" else _pattern(line) + "\n" for line in wanted)
    return re.fullmatch(pattern, "".join(_squeezed(line) + "\n" for line in found)) is not None


def _pattern(line: str) -> str:
    return ".+?".join(map(re.escape, _squeezed(line).split("…")))


def _squeezed(line: str) -> str:
    return re.sub(r" {2,}", "  ", line.rstrip())


# Ids that differ each time: as they stand in the document, and where the real one is found in an answer.
LEARNT = {
    "4430f0": re.compile(r"Made the invite code (\w+)"),
    "kunfq": re.compile(r"Made the token ci \((\w+)\)"),
    "660e13a08b977": re.compile(r"Is there tea\? +(\w+)"),
}


class Scene:
    """The server of the document, and the people who are on it when it begins."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.server = Server(load_config(None, options={"port": 0, "data": str(directory)}))
        self.server.start()
        self.stopper = threading.Thread(target=self._stop_when_asked)
        self.stopper.start()
        self.known: dict[str, str] = {}  # ids of the document, and what they really are
        self.clients = [self._person(nick) for nick in ("alice", "bob", "carol", "dave", "mallory")]
        alice, bob, carol, dave, mallory = self.clients
        alice.send("JOIN #garden", "TOPIC #garden :What grows here")
        carol.send("JOIN #garden", "AWAY :at lunch")
        dave.send("JOIN #team", "MODE #team +i")
        bob.send("PRIVMSG #lobby :Is there tea?")
        bob.sync()
        with_ids = "echo-message", "message-tags"
        mallory.send(f"CAP REQ :{' '.join(with_ids)}", "PRIVMSG #lobby :Buy my book! Buy my book!")
        msgid = re.search("msgid=([^ ;]+)", "".join(mallory.sync()))
        assert msgid is not None
        mallory.send(f"CAP REQ :-{' -'.join(with_ids)}")
        bob.send("REPORT mallory :Follows me everywhere", f"REPORT #lobby {msgid[1]} :Says the same thing all day")
        for client in self.clients:
            client.sync()

    def type(self, command: str) -> list[str]:
        """What is printed for a line of the document."""
        for written, real in self.known.items():
            command = command.replace(written, real)
        _, *words = shlex.split(command)
        typed = next((text for start, text in TYPED.items() if f"{start} " in command), "y\n")
        result = CliRunner().invoke(cli, [*words, "--data", str(self.directory)], input=typed, prog_name="chatkit")
        assert result.exception is None or isinstance(result.exception, SystemExit), command
        return self._as_written(result.output).splitlines()

    def _as_written(self, answer: str) -> str:
        for written, pattern in LEARNT.items():
            if found := pattern.search(answer):
                self.known[written] = found[1]
        for written, real in self.known.items():
            answer = answer.replace(real, written)
        return answer

    def _stop_when_asked(self) -> None:
        self.server.stop_requested.wait()
        self.server.stop()

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.server.stop_requested.set()
        self.stopper.join()

    def _person(self, nick: str) -> RawClient:
        client = RawClient(self.server.port)
        client.register(nick)
        return client


@pytest.fixture
def scene(tmp_path, monkeypatch):
    monkeypatch.setenv("CHATKIT_ACCOUNTS_ARGON2", "test")
    monkeypatch.chdir(tmp_path)
    stream = "click.testing._NamedTextIOWrapper"  # somebody sits there and can be asked; what is printed is piped on
    monkeypatch.setattr(f"{stream}.isatty", lambda self: self.name in ("<stdin>", "<stderr>"), raising=False)
    scene = Scene(tmp_path / "data")
    yield scene
    scene.close()


@pytest.mark.smoke
def test_every_command_answers_as_the_document_says(scene):
    wrong = []
    for command, answer in shown(DOCUMENT.read_text("utf-8")):
        found = scene.type(command)
        if not fits(answer, found):
            wrong.append("\n".join([f"$ {command}", "the document:", *answer, "the server:", *found]))
    assert not wrong, "\n\n".join(wrong)


def test_every_command_is_shown():
    commands = [command for command, _ in shown(DOCUMENT.read_text("utf-8"))]
    spelled = {row.name: f"chatkit admin {row.name.replace('.', ' ')}" for row in TABLE.values()}
    missing = [
        name
        for name, words in spelled.items()
        if name not in NOT_RUN and not any(re.match(rf"{words}\b", command) for command in commands)
    ]
    assert missing == []


def test_an_answer_that_is_another_does_not_fit():
    assert fits(["a  b", "…", "id …"], ["a    b", "x", "y", "id 17"])
    assert not fits(["a  b"], ["a  c"])
    assert not fits(["a"], ["a", "b"])
    assert not fits(["id …"], ["id "])
