"""docs/protocol.md says what the code does, both ways: nothing is missing there, and nothing is there that is not."""

from __future__ import annotations

import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatkit.config import Config
from chatkit.ircd.batches import KINDS
from chatkit.ircd.clock import Moment
from chatkit.ircd.commands import COMMANDS, Handler
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.isupport import tokens
from chatkit.ircd.offers import offers
from chatkit.ircd.sasl import MECHANISMS
from chatkit.ircd.services import SERVICES
from chatkit.proto import capabilities, extbans, modes, numerics
from tests import protocol_doc as doc
from tests.ircd.conftest import START, FakeLink, configure

NONE = "–"  # in a cell: there is none
IRCD = doc.ROOT / "chatkit" / "ircd"


def rows_by(section: str, head: str) -> dict[str, doc.Row]:
    """The rows that have a column of this name, by the first code in it."""
    rows = [row for row in doc.table(section) if head in row]
    return dict(zip(doc.column(section, head), rows, strict=True))


def sources() -> Iterator[str]:
    """The text of every file with the server's rules."""
    return (file.read_text("utf-8") for file in IRCD.rglob("*.py"))


@pytest.fixture(scope="module")
def ircd() -> Ircd:
    """As it is with the settings that there are by default."""
    return Ircd(Config(), Moment(START, 1.0), last_seq=0, version="0")


# Commands


def address_of(handler: Handler) -> set[str]:
    """The specifications that a handler's docstring names, or else that of its file; or that there is none."""
    for text in (handler.__doc__, sys.modules[handler.__module__].__doc__):
        found = re.findall(r"https://[^\s,()]+", (text or "").partition("Spec: ")[2])
        if found:
            return set(found)
    return {NONE}


def test_every_command_has_a_row_and_every_row_is_one():
    assert set(doc.column("Commands", "command")) == COMMANDS.keys()


def test_what_there_is_before_registration_is_said():
    (said,) = re.findall(r"^Before registration there are (.*?)\. ", doc.text(), re.MULTILINE | re.DOTALL)
    assert set(doc.Cell(said).codes) == {row.name for row in COMMANDS.values() if row.before_registration}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_is_described_as_its_handler_does(name):
    row, handler = rows_by("Commands", "command")[name], COMMANDS[name].handler
    word, _, parameters = row["syntax"].code.partition(" ")
    assert word == name
    assert parameters in " ".join((handler.__doc__ or "").split())
    assert row["specification"].link_or_text in address_of(handler)
    assert row["where"].file == Path(inspect.getfile(handler))


# Capabilities and tokens


@pytest.mark.parametrize("name", [row.name for row in capabilities.CAPABILITIES])
def test_a_capability_is_described_with_its_value(ircd, name):
    row, known = rows_by("Capabilities", "capability")[name], capabilities.BY_NAME[name]
    session = ircd.connect(FakeLink(), "127.0.0.1", Moment(START, 1.0))
    value = offers(ircd, session).get(name)
    if value is None:
        assert row["value"].startswith("not offered")
    else:
        assert row["value"] == (f"`{value}`" if value else NONE)
    assert row["specification"].link == known.spec
    constant = next(key for key, bit in vars(capabilities).items() if key.isupper() and bit == known.bit)
    source = row["where"].file.read_text("utf-8")
    assert f'"{name}"' in source or re.search(rf"\bcap\.{constant}\b", source)


def test_no_other_capability_is_described():
    assert set(doc.column("Capabilities", "capability")) == capabilities.BY_NAME.keys()


def test_every_token_has_a_row_with_its_value(ircd):
    found = {name: NONE if value is None else f"`{value}`" for name, value in tokens(ircd).items()}
    rows = rows_by("ISUPPORT", "token")
    by_default = {name: row["value"] for name, row in rows.items() if not row["value"].startswith("not sent")}
    assert by_default == found


def test_the_other_tokens_are_sent_if_they_are_set():
    settings = {"messages": {"denied_tags": ["typing"]}, "network": {"icon": "https://chat.example/icon.svg"}}
    ircd = Ircd(configure(settings), Moment(START, 1.0), last_seq=0, version="0")
    assert set(doc.column("ISUPPORT", "token")) == tokens(ircd).keys()


# Modes


def test_every_channel_mode_has_a_row_with_its_type_and_who_sets_it():
    rows = rows_by("Modes", "channel mode")
    ranks = {rank: modes.PREFIXES[letter] for letter, rank in modes.RANKS.items()}
    settable = {letter: kind for letter, kind in modes.CHANNEL_MODES.items() if kind != modes.MEMBER}
    assert {letter: (row["type"], row["set by"].code) for letter, row in rows.items()} == {
        letter: (kind, ranks[modes.rank_to_set(letter)]) for letter, kind in settable.items()
    }


def test_every_prefix_and_every_user_mode_has_a_row():
    prefixes = {letter: row["prefix"].code for letter, row in rows_by("Modes", "member's mode").items()}
    assert list(prefixes.items()) == list(modes.PREFIXES.items())
    assert set(doc.column("Modes", "user mode")) == modes.USER_MODES.keys()


def test_every_extended_ban_is_one_and_every_letter_is_described():
    described = [code for row in rows_by("Modes", "entry").values() for code in row["entry"].codes]
    assert all(extbans.parse(entry) for entry in described)
    assert {entry[1] for entry in described if entry[0] == extbans.PREFIX} == set(extbans.TYPES)


# Tags, batches, SASL


def test_a_tag_is_where_it_is_said_to_be():
    for row in (row for row in doc.table("Tags") if "where" in row):
        assert re.search(rf'"@?{row["tag"].code}[="]', row["where"].file.read_text("utf-8"))


def batches_that_are_opened() -> set[str]:
    """The types of batch that the server opens, as they stand in the code."""
    named = r'(?:open_batch|send_batch|send_buffer)\((?:[^"()]*, )?"([^"]+)"| BATCH \+\{reference\} ([a-z-]+)"'
    return {kind for source in sources() for found in re.findall(named, source) for kind in found if kind}


def test_every_batch_has_a_row():
    assert set(doc.column("Batches", "batch")) == batches_that_are_opened() | KINDS.keys()
    taken = {name for name, row in rows_by("Batches", "batch").items() if "client" in row["sent by"]}
    assert taken == KINDS.keys()


def test_every_mechanism_has_a_row():
    assert set(doc.column("SASL", "mechanism")) == MECHANISMS.keys()


# What is answered


def numerics_in_use() -> set[str]:
    """The names of those that the rules of the server use."""
    return {name for source in sources() for name in re.findall(r"\bn\.((?:RPL|ERR)_\w+)", source)}


def test_every_numeric_that_is_sent_has_a_row():
    rows = rows_by("Numerics", "name")
    assert {name: row["number"] for name, row in rows.items()} == {
        name: getattr(numerics, name) for name in numerics_in_use()
    }
    assert all(row["when"] for row in rows.values())


# A code in quotes: with an underscore wherever it stands, without one where a standard reply has it.
_CODES = re.compile(
    r'"((?!RPL_|ERR_)[A-Z]{2,}(?:_[A-Z0-9]+)+)"|\bFail\([^,]+, "([A-Z]+)"|_fail\("([A-Z]+)"'
    r'|\.remark\(\s*"[A-Z]+", "[A-Z]+", "([A-Z]+)"|FAIL %b ([A-Z_]+) '
)


def codes_in_use() -> set[str]:
    """The codes of standard replies that stand in the server's rules."""
    return {code for source in sources() for found in _CODES.findall(source) for code in found if code}


def codes_of(handler: Handler) -> set[str]:
    """The codes that a handler's docstring says it refuses with."""
    said = (handler.__doc__ or "").partition("Refuses: ")[2].partition("FAIL ")[2]
    return set(re.findall(r"(?!ERR_)\b[A-Z]{5,}(?:_[A-Z]+)*\b", said))


def test_every_code_of_a_standard_reply_has_a_row_and_none_is_made_up():
    told: dict[str, set[str]] = defaultdict(set)
    for row in doc.table("Standard replies"):
        told[row["command"].code].add(row["code"].code)
    assert set().union(*told.values()) == codes_in_use()
    assert told.keys() - COMMANDS.keys() == {"*"}
    raised = {pair for source in sources() for pair in re.findall(r'\bFail\("([A-Z*]+)", "([A-Z_0-9]+)"', source)}
    assert {(command, code) for command, code in raised if code not in told[command]} == set()
    assert {name for name, row in COMMANDS.items() if codes_of(row.handler) - told[name]} == set()


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda service: service.nick)
def test_every_command_of_a_service_has_a_row_with_its_syntax(service):
    rows = [row for row in doc.table("Services") if service.nick in row]
    assert [(row[service.nick].code, row["what it does"]) for row in rows] == [
        (command.syntax, command.summary) for command in service.rows.values()
    ]


# What the document leads to

SUBJECTS = {  # sections whose rows name a test, by the column that says what it shows
    "Commands": "command",
    "Capabilities": "capability",
    "Batches": "batch",
    "SASL": "mechanism",
    "Services": "",  # a column for each of them
    "Standard replies": "code",
    "Tags": "tag",
}


def subjects(section: str) -> Iterator[tuple[str, doc.Row]]:
    """What the rows of a section are about, and the rows."""
    if section == "Services":
        for service in SERVICES.values():
            names = {command.syntax: command.name for command in service.rows.values()}
            yield from ((names[syntax], row) for syntax, row in rows_by(section, service.nick).items())
    else:
        yield from ((row[SUBJECTS[section]].code, row) for row in doc.table(section))


@pytest.mark.parametrize("section", SUBJECTS)
def test_the_test_of_each_row_is_about_it(section):
    named = [(subject, doc.tests_in(row["shown by"])) for subject, row in subjects(section)]
    assert [subject for subject, tests in named if not tests] == []
    assert [s for s, tests in named if not all(mentions(doc.source_of_test(*test), s) for test in tests)] == []


def mentions(source: str, subject: str) -> bool:
    return re.search(rf"(?<![\w/-]){re.escape(subject)}(?![\w/-])", source) is not None


def test_every_test_that_is_named_exists():
    assert len(doc.tests()) > len(COMMANDS) + len(capabilities.CAPABILITIES)
    for file, name in doc.tests():
        assert doc.source_of_test(file, name)


def test_every_link_leads_somewhere():
    local = [link for link in doc.links() if not link.startswith("https://")]
    assert local
    assert [link for link in local if not (doc.FILE.parent / link.partition("#")[0]).exists()] == []
