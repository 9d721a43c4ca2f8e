"""Configuration from a file, the environment and options; every mistake is one line that names the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from chatkit.cli import cli
from chatkit.config import Config, ConfigError, find_config, keys, load_config, variable_of


@pytest.fixture
def load(tmp_path):
    """Load a configuration file with this text, and what else is given."""

    def load(text: str, environment: dict[str, str] | None = None, **options) -> Config:
        path = tmp_path / "chatkit.toml"
        path.write_text(text)
        return load_config(path, environment or {}, {key.replace("__", "."): value for key, value in options.items()})

    return load


def error_of(load, text: str, environment: dict[str, str] | None = None, **options) -> str:
    with pytest.raises(ConfigError) as caught:
        load(text, environment, **options)
    assert "\n" not in str(caught.value)
    assert "`" not in str(caught.value)
    return str(caught.value)


@pytest.mark.smoke
def test_without_anything_the_defaults_hold():
    config = load_config(None, {})
    assert config == Config()
    assert (config.host, config.port, config.rooms.autojoin) == ("127.0.0.1", 55555, ("#lobby",))
    assert config.history.durability == "process"


def test_a_file_sets_what_it_names(load):
    config = load('port = 6667\n[rooms]\nautojoin = ["#a", "#b"]\n[limits]\nsendq_bytes = 1000\nping_seconds = 5\n')
    assert (config.port, config.rooms.autojoin) == (6667, ("#a", "#b"))
    assert (config.limits.sendq_bytes, config.limits.ping_seconds) == (1000, 5.0)
    assert config.limits.recvq_lines == Config().limits.recvq_lines


@pytest.mark.smoke
def test_options_go_before_the_environment_and_that_before_the_file(load):
    environment = {"CHATKIT_PORT": "2", "CHATKIT_HOST": "::2", "CHATKIT_LIMITS_RECVQ_LINES": "22"}
    config = load('port = 1\nhost = "::1"\nname = "one"\n', environment, port=3, host=None)
    assert (config.port, config.host, config.name) == (3, "::2", "one")
    assert config.limits.recvq_lines == 22


def test_every_key_has_a_variable(load):
    """The file's words, one by one, through the environment give the same configuration."""
    values = {
        **dict.fromkeys(keys(), ""),
        "host": "h", "port": "1", "name": "n", "data": "d", "password_file": "p", "motd": "m", "io_threads": "2",
        "discovery": "on",
        "rooms.autojoin": "#a, #b,", "log.format": "json", "log.messages": "false", "history.durability": "power",
        "history.keep_days": "30", "history.keep_messages": "1000",
        "history.redact_seconds": "16", "history.events": "false",
            "messages.multiline_bytes": "17", "messages.multiline_lines": "18", "messages.batch_seconds": "19",
            "messages.denied_tags": "*, -reply", "messages.relay": "opers", "messages.relay_separators": "=",
            "history.page": "3", "history.autoreplay": "18", "limits.commands_per_second": "0.5",
            "limits.commands_burst": "4",
        "limits.recvq_lines": "5", "limits.recvq_bytes": "55", "limits.sendq_bytes": "6",
        "limits.registration_seconds": "7", "limits.ping_seconds": "8", "limits.rooms_per_user": "9",
        "limits.rooms_per_account": "20",
            "limits.monitor_targets": "17", "accounts.always_on_days": "16",
        "accounts.registration": "mail", "accounts.min_password": "10", "accounts.nick_reserved": "false",
        "accounts.multiclient": "false", "accounts.always_on": "off", "accounts.argon2": "small",
        "limits.handshake_seconds": "13", "tls.mode": "required", "tls.certificate": "c", "tls.key": "k",
        "tls.sts_seconds": "14", "tls.sts_port": "15", "tls.sts_preload": "true",
        "websocket.origins": "https://a, https://b", "proxies.trusted": "192.0.2.1,10.0.0.0/8",
        "mail.host": "h", "mail.port": "11", "mail.security": "tls", "mail.username": "u",
        "mail.password_file": "p", "mail.sender": "s@h", "mail.timeout_seconds": "12",
        "network.name": "n", "network.description": "d", "network.icon": "https://i", "network.location": "l",
        "network.organisation": "o", "network.email": "o@h",
        "history.keep_in_all": "2000", "limits.connections": "21", "limits.connections_per_address": "22",
        "limits.connects_per_minute": "23", "limits.registrations_per_minute": "24",
        "limits.registrations_in_all": "25", "limits.exempt": "10.0.0.0/8,::1", "limits.joins_per_minute": "26",
        "limits.nick_changes_per_minute": "27", "limits.new_targets_per_minute": "28",
        "limits.invites_per_minute": "29", "limits.targets": "5", "limits.list_entries": "30",
        "limits.server_bans": "31", "limits.accounts_per_address": "32", "limits.login_attempts": "33",
        "limits.guesses": "34", "limits.oper_attempts": "35", "limits.pause_seconds": "36",
        "limits.longest_pause_seconds": "37", "limits.passwords_at_once": "38", "limits.searches_at_once": "39",
        "limits.waiting_per_address": "40", "limits.metadata_keys": "41", "limits.metadata_bytes": "42",
        "limits.metadata_subscriptions": "43", "limits.metadata_changes_per_minute": "44",
        "cloaks.mode": "off", "cloaks.suffix": "users", "admin.remote": "127.0.0.1:7000", "admin.ask_from": "45",
        "admin.audit_days": "46",
        "metrics.listen": "127.0.0.1:7001",
    }  # fmt: skip
    assert all(values.values()), "a new key needs a value here"
    config = load_config(None, {variable_of(key): value for key, value in values.items()})
    found = {key: _look_up(config, key) for key in values}
    lists = {key: found.pop(key) for key, kind in keys().items() if kind == tuple[str, ...]}
    assert lists == {
        "rooms.autojoin": ("#a", "#b"),
        "messages.denied_tags": ("*", "-reply"),
        "websocket.origins": ("https://a", "https://b"),
        "proxies.trusted": ("192.0.2.1", "10.0.0.0/8"),
        "limits.exempt": ("10.0.0.0/8", "::1"),
    }
    assert {key: str(value).lower().removesuffix(".0") for key, value in found.items()} == {
        key: value for key, value in values.items() if key not in lists
    }


def _look_up(config: Config, key: str) -> object:
    value: object = config
    for name in key.split("."):
        value = getattr(value, name)
    return value


def test_an_empty_variable_of_a_list_empties_it():
    assert load_config(None, {"CHATKIT_ROOMS_AUTOJOIN": ""}).rooms.autojoin == ()


def test_listeners_and_gateways_are_lists_of_tables(load):
    config = load(
        '[proxies]\ntrusted = ["127.0.0.1"]\n'
        '[[listeners]]\naddress = "[::]:6697"\nprotocol = "tls"\nproxy = true\n'
        '[[listeners]]\naddress = "unix:/run/chatkit.sock"\nmode = "660"\n'
        '[[webirc]]\nhosts = ["10.0.0.0/8"]\npassword = "x"\n'
    )
    assert [(item.address, item.protocol, item.proxy, item.mode) for item in config.listeners] == [
        ("[::]:6697", "tls", True, "600"),
        ("unix:/run/chatkit.sock", "any", False, "660"),
    ]
    assert config.webirc[0].hosts == ("10.0.0.0/8",)


def test_variables_of_other_programs_are_none_of_ours():
    assert load_config(None, {"CHATKIT_NONSENSE": "1", "PORT": "1"}) == Config()


def test_an_option_reaches_a_key_in_a_section(load):
    assert load("", None, rooms__autojoin=["#x"], log__format="json").rooms.autojoin == ("#x",)
    assert load("[log]\nmessages = false\n", None, log__format="json").log.messages is False


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('port = "high"', ["chatkit.toml: port: expected int, got str"]),
        ("port = 65536", ["chatkit.toml: port: ", "65535"]),
        ("port = -1", ["chatkit.toml: port: ", ">= 0"]),
        ("[history]\nkeep_days = 36501", ["chatkit.toml: history.keep_days: ", "<= 36500"]),
        (f"[history]\nkeep_messages = {2**53 + 1}", ["chatkit.toml: history.keep_messages: ", f"<= {2**53}"]),
        (f"[history]\nkeep_in_all = {2**80}", ["chatkit.toml: history.keep_in_all: "]),
        ("[accounts]\nalways_on_days = 1000000000", ["chatkit.toml: accounts.always_on_days: ", "<= 36500"]),
        ("[admin]\naudit_days = -1", ["chatkit.toml: admin.audit_days: ", ">= 0"]),
        ("io_threads = 0", ["chatkit.toml: io_threads: ", ">= 1"]),
        ("prot = 1", ["chatkit.toml: there is no key prot"]),
        ("[limits]\nsendq = 1", ["chatkit.toml: there is no key limits.sendq"]),
        ("[limit]\nsendq_bytes = 1", ["chatkit.toml: there is no key limit"]),
        ("limits = 1", ["chatkit.toml: limits: expected object, got int"]),
        ("[limits]\nsendq_bytes = 1.5", ["chatkit.toml: limits.sendq_bytes: expected int, got float"]),
        ("[limits]\nping_seconds = 0", ["chatkit.toml: limits.ping_seconds: ", "> 0"]),
        ("[limits]\ncommands_per_second = -1", ["chatkit.toml: limits.commands_per_second: ", ">= 0"]),
        ('[log]\nformat = "xml"', ["chatkit.toml: log.format: invalid enum value 'xml'"]),
        ('[history]\ndurability = "maybe"', ["chatkit.toml: history.durability: invalid enum value 'maybe'"]),
        ('[rooms]\nautojoin = "#lobby"', ["chatkit.toml: rooms.autojoin: expected array, got str"]),
        ("[rooms]\nautojoin = [1]", ["chatkit.toml: rooms.autojoin", "expected str, got int"]),
        ('[rooms]\nautojoin = ["lobby"]', ["rooms.autojoin: 'lobby' is no room name"]),
        ('[rooms]\nautojoin = ["#a b"]', ["rooms.autojoin: '#a b' is no room name"]),
        ('name = ""', ["name: '' must be one word"]),
        ('name = "two words"', ["name: 'two words' must be one word"]),
        ('name = ":colon"', ["name: ':colon' must be one word"]),
        ('name = "grün"', ["name: 'grün' must be one word"]),
        (f'name = "{"x" * 64}"', ["name: 'xxx", "must be one word of up to 63 ASCII characters"]),
        ('[tls]\nmode = "maybe"', ["chatkit.toml: tls.mode: invalid enum value 'maybe'"]),
        ('[tls]\nmode = "off"\nsts_seconds = 1', ["tls.sts_seconds: clients cannot insist on TLS"]),
        ('[proxies]\ntrusted = ["nginx"]', ["proxies.trusted: 'nginx' is no address or network"]),
        ("[[listeners]]\nport = 1", ["chatkit.toml: there is no key listeners[0].port"]),
        ('[[listeners]]\naddress = "6697"', ["listeners[0]: address '6697' must be host:port"]),
        ('[[listeners]]\naddress = "0.0.0.0:99999"', ["listeners[0]: address '0.0.0.0:99999' must be host:port"]),
        ('[[listeners]]\naddress = "::1:6697"', ["listeners[0]: address '::1:6697' must be host:port, [v6]:port"]),
        ('[[listeners]]\naddress = "unix:"', ["listeners[0]: address 'unix:' must be"]),
        ('[[listeners]]\naddress = "unix:/x"\nmode = "rw"', ["listeners[0]: mode 'rw' must be octal"]),
        ('[[listeners]]\naddress = "h:1"\nproxy = true', ["listeners[0]: proxy needs the addresses"]),
        (
            '[tls]\nmode = "off"\n[[listeners]]\naddress = "h:1"\n[[listeners]]\naddress = "h:2"\nprotocol = "tls"',
            ["listeners[1]: protocol tls cannot be where tls.mode is off"],
        ),
        ('[[webirc]]\nhosts = ["10.0.0.0/99"]\npassword = "x"', ["webirc[0].hosts: '10.0.0.0/99' is no address"]),
        ('[[webirc]]\nhosts = ["10.0.0.1"]', ["webirc[0]: a gateway needs a password, a certfp or both"]),
        ('[network]\nname = "grün"', ["network.name: 'grün' must have up to 63 ASCII characters"]),
        ('[network]\nicon = "two words"', ["network.icon: 'two words' is no address"]),
        ('[network]\nlocation = "a\\nb"', ["network.location: 'a\\nb' must be one line"]),
        ('[[opers]]\nname = "ada"', ["opers[0]: an operator needs a password_hash, a password_file or a certfp"]),
        ('[[opers]]\nname = "a b"\ncertfp = "' + "0" * 64 + '"', ["opers[0]: name 'a b' must be one word"]),
        ('[[opers]]\nname = "ada"\npassword_hash = "secret"', ["opers[0]: password_hash is none that"]),
        ('[[opers]]\nname = "ada"\npassword_file = "f"\nclass = "x"', ["opers[0]: there is no class 'x'"]),
        ('[[opers]]\nname = "ada"\npassword_file = "f"\npassword_hash = "$argon2id$"', ["opers[0]: password_hash and"]),
        ('[[opers]]\nname = "ada"\ncertfp = "abc"', ["opers[0]: certfp 'abc' is no SHA-256"]),
        ('[[opers]]\nname = "ada"\npassword_file = "f"\nvhost = "a b"', ["opers[0]: vhost 'a b' must be letters"]),
        ("[[opers]]\nname = 'a'\npassword_file = 'f'\n" * 2, ["opers[1]: there is a 'a' already"]),
        ('[oper_classes]\nx = ["fly"]', ["oper_classes.x: 'fly' is no privilege; there are accounts,"]),
        ("port = \n", ["chatkit.toml is not valid TOML: ", "line 1"]),
        ("port = 1\nport = 2\n", ["chatkit.toml is not valid TOML: ", "line 2"]),
    ],
)
def test_a_mistake_in_the_file_is_named(load, text, words):
    error = error_of(load, text)
    assert all(word in error for word in words), error


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("CHATKIT_PORT", "high", "CHATKIT_PORT='high': expected int, got str"),
        ("CHATKIT_PORT", "70000", "CHATKIT_PORT='70000': expected int <= 65535"),
        ("CHATKIT_LOG_MESSAGES", "perhaps", "CHATKIT_LOG_MESSAGES='perhaps': expected bool, got str"),
        ("CHATKIT_LIMITS_PING_SECONDS", "", "CHATKIT_LIMITS_PING_SECONDS='': expected float, got str"),
        ("CHATKIT_HISTORY_DURABILITY", "x", "CHATKIT_HISTORY_DURABILITY='x': invalid enum value 'x'"),
        ("CHATKIT_ROOMS_AUTOJOIN", "lobby", "CHATKIT_ROOMS_AUTOJOIN: rooms.autojoin: 'lobby' is no room name"),
    ],
)
def test_a_mistake_in_the_environment_is_named(load, variable, value, words):
    assert words in error_of(load, "", {variable: value})


def test_a_mistake_in_an_option_is_named(load):
    assert error_of(load, "", None, port=70000).startswith("options: port: expected int <= 65535")
    assert error_of(load, "", None, limits__sendq=1).startswith("options: there is no key limits.sendq")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[accounts]\nregistration = "mail"', "accounts.registration: 'mail' needs a mail server: set mail.host"),
        ('[mail]\nhost = "h"', "mail.sender: '' is no mail address"),
        ('[mail]\nhost = "h"\nsender = "Chat <c@h>"', "mail.sender: 'Chat <c@h>' is no mail address"),
        ('[mail]\nusername = "u"', "mail.username: a log-in needs a password: set mail.password_file"),
        (
            '[mail]\nusername = "u"\npassword_file = "f"\nsecurity = "none"',
            "mail.username: without encryption anybody could read the password",
        ),
    ],
)
def test_keys_that_contradict_each_other_are_named(load, text, words):
    assert error_of(load, text).startswith(words)


def test_keys_that_belong_together_may_come_from_different_places(load):
    environment = {"CHATKIT_ACCOUNTS_REGISTRATION": "mail", "CHATKIT_MAIL_SENDER": "chat@example.org"}
    assert load('[mail]\nhost = "h"', environment).accounts.registration == "mail"


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "nowhere.toml", {})
    assert str(caught.value) == f"cannot read the configuration {tmp_path / 'nowhere.toml'}: No such file or directory"
    with pytest.raises(ConfigError, match="Is a directory"):
        load_config(tmp_path, {})
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')
    with pytest.raises(ConfigError, match=r"latin\.toml is not valid TOML: .*utf-8"):
        load_config(tmp_path / "latin.toml", {})


def test_the_file_is_the_one_that_is_named_or_else_the_platforms_if_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert find_config({}) is None
    path = tmp_path / "chatkit" / "chatkit.toml"
    path.parent.mkdir()
    path.touch()
    assert find_config({}) == path
    assert find_config({"CHATKIT_CONFIG": "/elsewhere.toml"}) == Path("/elsewhere.toml")


def test_the_data_directory_is_the_platforms_unless_it_is_given(monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert load_config(None, {}).data_dir.name == "chatkit"
    assert load_config(None, {}, {"data": "/elsewhere"}).data_dir == Path("/elsewhere")


def test_check_opens_every_file_that_is_named(tmp_path):
    file = tmp_path / "chatkit.toml"
    missing = {key: str(tmp_path / key) for key in ("motd", "password", "certificate", "mail", "oper")}
    file.write_text(
        f'motd = "{missing["motd"]}"\npassword_file = "{missing["password"]}"\n'
        f'tls.certificate = "{missing["certificate"]}"\n'
        f'mail = {{ host = "x", sender = "a@b.c", username = "u", password_file = "{missing["mail"]}" }}\n'
        f'[[opers]]\nname = "root"\npassword_file = "{missing["oper"]}"\n'
    )
    result = CliRunner().invoke(cli, ["config", "check", "--config", str(file)])
    assert result.exit_code == 2
    assert [line for line in result.stderr.splitlines() if not line.startswith("chatkit: ")] == []
    assert all(path in result.stderr for path in missing.values())


def test_show_leaves_secrets_out_unless_they_are_asked_for(tmp_path):
    file = tmp_path / "chatkit.toml"
    file.write_text(
        '[[webirc]]\nhosts = ["192.0.2.1"]\npassword = "hush"\n'
        '[[opers]]\nname = "root"\npassword_hash = "$argon2id$hush"\n[[opers]]\nname = "ada"\npassword_file = "f"\n'
    )
    shown = CliRunner().invoke(cli, ["config", "show", "--config", str(file)]).stdout
    assert ("hush" in shown, shown.count('"…"')) == (False, 2)
    assert CliRunner().invoke(cli, ["config", "show", "--secrets", "--config", str(file)]).stdout.count("hush") == 2
