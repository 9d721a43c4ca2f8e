"""``chatkit install``: completion, manual pages and units, as the programs that they are for take them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chatkit.cli import cli
from chatkit.control.table import TABLE


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def install(*words: str) -> Result:
    return CliRunner().invoke(cli, ["install", *words], prog_name="chatkit")


@pytest.mark.parametrize(
    ("shell", "file"),
    [
        ("bash", "data/bash-completion/completions/chatkit"),
        ("zsh", "data/zsh/site-functions/_chatkit"),
        ("fish", "config/fish/completions/chatkit.fish"),
    ],
)
def test_completion_goes_where_the_shell_looks_for_it(home, shell, file):
    result = install("completion", shell)
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Wrote {home / file}\n")
    assert "_CHATKIT_COMPLETE" in (home / file).read_text()


def test_completion_is_for_the_shell_that_one_uses(home, monkeypatch):
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert "chatkit.fish" in install("completion").output
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    refused = install("completion")
    assert (refused.exit_code, refused.stderr) == (2, "chatkit: say for which shell: bash, zsh, fish\n")


def test_completion_can_be_printed(home):
    assert "complete -o" in install("completion", "bash", "--print").output
    assert not (home / "data").exists()


COMPLETE = r"""
source "$FILE"
COMP_WORDS=(chatkit admin unb) COMP_CWORD=2
_chatkit_completion chatkit
echo "${COMPREPLY[@]}"
"""


def test_bash_completes_a_command_of_admin(home, needs, tmp_path):
    """What the Tab key does: bash runs the function of the file, which runs the command."""
    install("completion", "bash")
    command = tmp_path / "bin" / "chatkit"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m chatkit "$@"\n')
    command.chmod(0o755)
    file = home / "data/bash-completion/completions/chatkit"
    environment = {**os.environ, "FILE": str(file), "PATH": f"{command.parent}:{os.environ['PATH']}"}
    done = subprocess.run([needs("bash"), "-c", COMPLETE], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == ["unban"]


def test_bash_gets_names_as_it_has_to_read_them_again(home, needs, tmp_path):
    """Else the # of a room begins a comment, and the brackets of a nick are a pattern."""
    install("completion", "bash")
    command = tmp_path / "chatkit"
    command.write_text("#!/bin/sh\nprintf '%s\\n' 'plain,#lobby' 'plain,a[l]i\\ce'\n")
    command.chmod(0o755)
    file = home / "data/bash-completion/completions/chatkit"
    environment = {**os.environ, "FILE": str(file), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([needs("bash"), "-c", COMPLETE], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == [r"\#lobby", r"a\[l\]i\\ce"]


def test_fish_shows_an_explanation_with_a_comma_in_it_whole(home):
    assert 'string split --max 1 "," $completion' in install("completion", "fish", "--print").output


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("serve --config ch", "file,ch"),
        ("serve --data ch", "dir,ch"),
        ("admin --token-file ch", "file,ch"),
        ("install man --to ch", "dir,ch"),
    ],
)
def test_files_and_directories_are_left_to_the_shell(words, found):
    environment = {
        "_CHATKIT_COMPLETE": "bash_complete",
        "COMP_WORDS": f"chatkit {words}",
        "COMP_CWORD": f"{len(words.split())}",
    }
    assert CliRunner().invoke(cli, prog_name="chatkit", env=environment).output == f"{found}\n"


@pytest.fixture(scope="module")
def manual(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("share") / "man" / "man1"
    result = install("man", "--to", str(directory))
    assert result.exit_code == 0, result.output
    return directory


def test_every_command_has_a_manual_page(manual):
    names = {path.stem for path in manual.iterdir()}
    rows = {f"chatkit-admin-{row.name.replace('.', '-')}" for row in TABLE.values() if not row.hidden}
    assert {"chatkit", "chatkit-serve", "chatkit-admin", "chatkit-install-man", *rows} <= names
    assert "chatkit-admin-complete" not in names


def test_roff_has_nothing_to_say_against_any_page(manual, needs):
    for page in sorted(manual.iterdir()):
        done = subprocess.run(
            [needs("groff"), "-man", "-Tutf8", "-ww", str(page)], capture_output=True, text=True, check=True
        )
        assert done.stderr == "", page.name


def test_a_page_has_a_name_a_synopsis_what_it_takes_and_an_example(manual):
    page = (manual / "chatkit-admin-ban.1").read_text()
    assert page.startswith('.TH "CHATKIT-ADMIN-BAN" "1"')
    for part in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLE"):
        assert f"\n.SH {part}\n" in page
    assert r"\fB\-\-dry\-run\fP" in page
    assert "chatkit admin ban 203.0.113.0/24" in page


def test_a_page_lists_no_argument_among_its_options(manual):
    assert "WHAT" not in (manual / "chatkit-admin-ban.1").read_text().partition(".SH OPTIONS")[2]


@pytest.mark.parametrize(("user", "place"), [(0, "system/man1"), (1000, "data/man/man1")])
def test_root_installs_the_manual_for_all(home, monkeypatch, user, place):
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr("chatkit.admin.installing.SYSTEM_MANUAL", home / "system")
    assert f"pages to {home / place}\n" in install("man").output


def test_pages_name_the_pages_below_them(manual):
    assert r"\fBchatkit-admin-ban(1)\fP" in (manual / "chatkit-admin.1").read_text()


def test_the_units_start_this_very_command(home, tmp_path):
    result = install("systemd", "--to", str(tmp_path / "units"))
    assert result.exit_code == 0, result.output
    unit = (tmp_path / "units" / "chatkit.service").read_text()
    assert "\nType=notify" in unit
    assert "\nExecStart=/" in unit
    assert "systemctl" in result.output
    printed = install("systemd", "--print")
    assert unit in printed.output


def test_a_directory_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    result = install("completion", "bash", "--to", str(tmp_path / "file" / "below"))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"chatkit: cannot write {tmp_path / 'file'}")
