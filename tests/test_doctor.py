"""chatkit admin doctor: each thing that may be wrong is found, and told with what to do."""

from __future__ import annotations

import datetime
import json
import os
import resource
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from cryptography import x509

from chatkit import doctor
from chatkit.cli import cli
from chatkit.config import Config, load_config
from chatkit.doctor import Finding, examine
from chatkit.server import Server
from chatkit.store.database import Store
from tests.store.entries import said
from tests.tls import make_identity


@pytest.fixture
def data(tmp_path) -> Path:
    """A data directory as a server leaves it."""
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    store = Store(directory)
    store.append([said(1)])
    store.index()
    store.close()
    make_identity(directory)
    return directory


Configure = Callable[..., Config]


@pytest.fixture
def configured(data) -> Configure:
    def make(**options: object) -> Config:
        given = {"data": str(data), "port": 0, **{key.replace("__", "."): value for key, value in options.items()}}
        return load_config(None, {}, given)

    return make


def wrong(config: Config) -> list[Finding]:
    return [finding for finding in examine(config) if finding.level != "ok"]


def only(config: Config) -> Finding:
    """What is wrong, if it is one thing."""
    (finding,) = wrong(config)
    assert finding.do, "it says what to do"
    return finding


def test_a_sound_installation_is_found_sound(configured):
    assert wrong(configured()) == []
    assert len(examine(configured())) >= 8


def test_before_the_first_start_there_is_nothing_to_complain_of(configured, tmp_path):
    found = only(configured(data=str(tmp_path / "nowhere")))
    assert (found.level, "no data directory" in found.what) == ("warn", True)


@pytest.mark.parametrize("name", ["", "chatkit.db", "certificate.key", "search.db"])
def test_what_others_may_read(configured, data, name):
    (data / name).chmod(0o755)
    found = wrong(configured())
    assert {finding.level for finding in found} == {"bad"}
    assert all(str(data / name) in finding.what and "chmod" in finding.do for finding in found)


def test_a_file_that_the_settings_name_and_that_is_not_there(configured):
    assert "motd: cannot read /nowhere" in only(configured(motd="/nowhere")).what


@pytest.mark.parametrize(("free", "level"), [(1 << 20, "bad"), (1 << 29, "warn")])
def test_a_disk_that_is_nearly_full(configured, monkeypatch, free, level):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    assert only(configured()).level == level


@pytest.mark.parametrize(
    ("days", "level", "words"), [(3645, "warn", "expires"), (3660, "bad", "expired"), (-3, "bad", "not good before")]
)
def test_the_dates_of_the_certificate(configured, monkeypatch, days, level, words):
    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + datetime.timedelta(days=days)

    monkeypatch.setattr(doctor.datetime, "datetime", Later)
    found = only(configured())
    assert (found.level, words in found.what) == (level, True)


def test_a_certificate_that_cannot_be_read(configured, data):
    (data / "certificate.pem").write_text("nothing")
    assert "cannot be read as a certificate" in only(configured()).what


def test_a_certificate_for_somebody_else(configured, data):
    files = {"tls.certificate": str(data / "certificate.pem"), "tls.key": str(data / "certificate.key")}
    assert wrong(configured(**files, name="chat.test")) == []
    assert "not for chat.elsewhere" in only(configured(**files, name="chat.elsewhere")).what
    assert x509.load_pem_x509_certificate((data / "certificate.pem").read_bytes())


def test_without_tls_where_others_come_in(configured):
    assert "anybody on the way" in only(configured(tls__mode="off", host="0.0.0.0")).what  # noqa: S104


def test_a_clock_that_is_behind(configured, data, monkeypatch):
    now = time.time()
    monkeypatch.setattr(doctor.time, "time", lambda: now - 3600)
    assert "behind what was stored last" in only(configured()).what


@pytest.mark.parametrize("content", [b"x" * 4096, None])
def test_a_database_that_is_damaged(configured, data, content):
    path = data / "chatkit.db"
    with path.open("r+b") as file:
        file.seek(4096 if content is None else 0)
        file.write(content or b"x" * 3 * 4096)
    found = wrong(configured())
    assert any(finding.level == "bad" and str(path) in finding.what for finding in found)
    assert any("recovers what is whole" in finding.do for finding in found)


def test_what_was_put_aside(configured, data):
    (data / "damaged-20260101-000000").mkdir()
    assert "was put aside" in only(configured()).what
    (data / "damaged-20260101-000000").rmdir()
    (data / "chatkit.damaged").touch()
    assert "could not be read or stored" in only(configured()).what


def test_a_write_ahead_log_that_grows_without_end(configured, data):
    path = data / "chatkit.db-wal"
    path.touch(0o600)
    os.truncate(path, doctor.MUCH_LOG + 1)
    assert "are not in the database" in only(configured()).what


def test_a_search_index_that_is_none(configured, data):
    (data / "search.db").write_bytes(b"nothing" * 1000)
    found = only(configured())
    assert (found.level, "remove" in found.do) == ("warn", True)


def test_what_may_not_be_read_is_told_and_keeps_nothing_else_from_being_looked_at(configured, monkeypatch):
    def may_not(*args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor, "has_server", may_not)
    finding = only(configured())
    assert (finding.level, finding.what) == ("bad", "Not looked at, as you may not read it: ports")
    assert any("descriptors" in other.what for other in examine(configured()))


def test_a_port_that_somebody_else_has(configured):
    with socket.create_server(("127.0.0.1", 0)) as sock:
        found = only(configured(port=sock.getsockname()[1]))
    assert (found.level, "address already in use" in found.what) == ("bad", True)


def test_a_server_that_runs_and_one_that_is_not_well(configured):
    server = Server(configured())
    server.start()
    try:
        assert wrong(configured()) == []
        assert any("runs and is well" in finding.what for finding in examine(configured()))
        server._keeper.failing = "disk full"
        assert any("disk full" in finding.what for finding in wrong(configured()) if finding.level == "bad")
        server._keeper.failing = ""
    finally:
        server.stop()


def test_too_few_file_descriptors(configured, monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda what: (1024, 1024))
    assert "enough for 960 connections" in only(configured()).what


def test_a_mail_server_that_does_not_answer(configured):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))  # and does not listen
        mail = {"mail.host": "127.0.0.1", "mail.port": sock.getsockname()[1], "mail.sender": "chat@example.org"}
        assert "No mail can be sent" in only(configured(**mail)).what


@pytest.fixture
def told(data, tmp_path, monkeypatch):
    """What the command finds with this file of settings: its exit status, and each finding."""
    monkeypatch.chdir(tmp_path)

    def tell(content: bytes, *words: str) -> tuple[int, list[dict[str, str]]]:
        (tmp_path / "chatkit.toml").write_bytes(content)
        result = CliRunner().invoke(cli, ["admin", "--config", "chatkit.toml", *words, "doctor", "--json"])
        return result.exit_code, json.loads(result.stdout)

    return tell


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b'name = "chat"\nport 5000\n', "look at line 2 of chatkit.toml"),
        (b'[limits]\n\nsendq_bytes = "a lot"\n', "put that right"),
        (b"name = '\xff'\n", "put that right"),
    ],
)
def test_settings_that_cannot_be_read_are_one_finding_among_the_others(told, data, content, where):
    (data / "chatkit.db").chmod(0o644)
    status, (first, second, *others) = told(content, "--data", str(data))
    assert status == 1
    assert first["level"] == "bad"
    assert "chatkit.toml" in first["what"]
    assert first["do"] == f"{where}, and see with: chatkit config check --config chatkit.toml"
    assert (second["level"], str(data) in second["what"]) == ("warn", True)
    assert f"chmod go= {data / 'chatkit.db'}" in [finding["do"] for finding in others]
    assert any("is whole" in finding["what"] for finding in others)
    assert not any("Port" in finding["what"] for finding in others)  # nobody knows which


def test_a_syntax_error_is_told_with_its_line_and_column_but_not_with_what_stands_there(told, data):
    _, (first, *_) = told(b'password_hash = "s3cret\n', "--data", str(data))
    assert "line 1, column" in first["what"]
    assert "s3cret" not in str(first)


def test_without_settings_the_data_is_where_a_variable_says(told, data, monkeypatch):
    monkeypatch.setenv("CHATKIT_DATA", str(data))
    _, findings = told(b"port 5000\n")
    assert any(str(data) in finding["what"] and "is whole" in finding["what"] for finding in findings)


def test_the_command_prints_it_all_and_ends_badly_if_something_is_bad(data, tmp_path):
    settings = tmp_path / "chatkit.toml"
    settings.write_text("port = 0\n")
    words = ["admin", "--data", str(data), "--config", str(settings), "doctor"]
    well = CliRunner().invoke(cli, words)
    assert (well.exit_code, "is whole" in well.stdout) == (0, True)
    (data / "chatkit.db").chmod(0o644)
    badly = CliRunner().invoke(cli, [*words, "--json"])
    assert badly.exit_code == 1
    assert [finding["do"] for finding in json.loads(badly.stdout) if finding["level"] == "bad"] == [
        f"chmod go= {data / 'chatkit.db'}"
    ]
