"""HELP: what the commands and the modes do.

Spec: https://modern.ircdocs.horse/#help-message
"""

import pytest

from chatkit.ircd.commands import COMMANDS
from chatkit.ircd.handlers import load_handlers
from chatkit.proto import modes
from chatkit.proto.privileges import PRIVILEGES

load_handlers()


@pytest.mark.smoke
def test_help_tells_what_a_command_does(bob):
    """A title, an empty line, then text; the final line MUST be RPL_ENDOFHELP."""
    assert bob.ask("HELP ison") == [
        ":chat.test 704 bob ison :** The command ISON **",
        ":chat.test 705 bob ison :",
        ":chat.test 705 bob ison :ISON <nick>{ <nick>}: who of them is there.",
        ":chat.test 706 bob ison :More: https://datatracker.ietf.org/doc/html/rfc2812#section-4.9",
    ]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(make_net, name):
    bob = make_net(limits={"commands_per_second": 0}).register("bob")
    start, empty, syntax, *_ = bob.ask(f"HELP {name}")
    assert start == f":chat.test 704 bob {name} :** The command {name} **"
    assert empty == f":chat.test 705 bob {name} :"
    words = syntax.partition(" :")[2].replace(",", " ").replace(":", " ").split()
    assert words[0].isupper(), f"the docstring of {name} begins with its syntax"
    assert not any("Refuses" in line for line in bob.raw())


@pytest.mark.parametrize("line", ["HELP", "HELP :", "HELPOP"])
def test_help_alone_says_how_to_go_on(bob, line):
    lines = bob.ask(line)
    assert lines[0] == ":chat.test 704 bob * :** Help **"
    assert lines[-1].split(" ")[1] == "706"


def shown(lines: list[str]) -> str:
    return "\n".join(line.partition(" :")[2] for line in lines[2:])


def test_the_index_names_every_command(bob):
    assert shown(bob.ask("HELP index")).split() == sorted(COMMANDS)


def test_every_mode_and_privilege_is_explained(bob):
    for subject, letters in (("MODES", modes.CHANNEL_MODES), ("UMODES", modes.USER_MODES), ("PRIVILEGES", PRIVILEGES)):
        lines = shown(bob.ask(f"HELP {subject}")).split("\n")
        assert sorted(line.split()[0] for line in lines) == sorted(letters)
        assert all(len(line.split()) > 1 for line in lines)


@pytest.mark.parametrize(
    ("line", "subject"), [("HELP nonsense", "nonsense"), ("HELP :two words", "*"), ("HELP ::x", "*"), ("HELP ÜX", "ÜX")]
)
def test_help_knows_no_more(bob, line, subject):
    """The <subject> MUST be the one requested; if that would be an invalid parameter, it MUST be '*'."""
    assert bob.ask(line) == [f":chat.test 524 bob {subject} :No help available on this topic"]
