"""Where settings come from, that every fault is told at once, and the server key."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from heliograph.config import (
    Config,
    ConfigError,
    configuration_markdown,
    read_config,
    server_faults,
    server_key,
)

_PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"


def _faults(
    options: dict[str, object] | None = None, environment: dict[str, str] | None = None
) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        read_config(options, environment=environment or {})
    return caught.value.faults


def test_nothing_given_means_every_default() -> None:
    assert read_config(environment={}) == Config()


def test_the_command_line_comes_before_the_environment_and_that_before_the_file(
    tmp_path: Path,
) -> None:
    file = tmp_path / "heliograph.toml"
    file.write_text('[server]\nport = 1\nhost = "a"\nlog_level = "debug"\n[[account]]\n')
    config = read_config(
        {"config": str(file), "port": 3, "host": None},
        environment={"HELIOGRAPH_PORT": "2", "HELIOGRAPH_HOST": "b", "PATH": "/bin"},
    )
    assert (config.port, config.host, config.log_level) == (3, "b", "debug")


def test_the_environment_may_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("[server]\nnode = 7\n")
    assert read_config(environment={"HELIOGRAPH_CONFIG": str(file)}).node == 7


def test_texts_are_read_as_what_the_setting_is() -> None:
    config = read_config(
        environment={
            "HELIOGRAPH_DATA": "/var/lib/heliograph",
            "HELIOGRAPH_KEEP_TEXTS": "off",
            "HELIOGRAPH_LEASE_SECONDS": "90",
            "HELIOGRAPH_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.0/24",
            "HELIOGRAPH_SIMULATOR": "seed=7, receipt_median_ms=5",
        }
    )
    assert config.data == Path("/var/lib/heliograph")
    assert config.keep_texts is False
    assert config.lease_seconds == 90.0
    assert config.trusted_proxies == ("10.0.0.0/8", "192.0.2.0/24")
    assert config.simulator == {"seed": "7", "receipt_median_ms": "5"}


def test_every_fault_is_told_at_once_and_no_value_with_it(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text('[server]\nport = "80"\ncolour = "red"\n')
    faults = _faults(
        {"config": str(file), "log_level": "loud"},
        {
            "HELIOGRAPH_DATABASE": "mysql://me:pa55@db",
            "HELIOGRAPH_SERVER_KEY": "abcd",
            "HELIOGRAPH_NODE": "1024",
            "HELIOGRAPH_TRUSTED_PROXIES": "proxy",
            "HELIOGRAPH_PROT": "80",
            "HELIOGRAPH_LEASE_SECONDS": "20",
            "HELIOGRAPH_RETENTION_DAYS": "3",
        },
    )
    assert [fault.replace(str(file), "x.toml") for fault in faults] == [
        "x.toml: server.port: expected integer from 0 to 65,535",
        "x.toml: server.colour is no setting",
        "HELIOGRAPH_PROT is no setting",
        "HELIOGRAPH_DATABASE: expected text of the form described",
        "HELIOGRAPH_SERVER_KEY: expected text of the form described",
        "--log-level: expected `debug` or `info` or `warning` or `error`",
        "lease_seconds must be longer than submit_timeout_seconds",
        "retention_days must not be shorter than partition_days",
        "node is a number from 0 to 1023",
        "trusted_proxies are networks such as 10.0.0.0/8",
    ]


def test_what_kubernetes_says_of_a_service_is_not_for_us() -> None:
    environment = {
        "HELIOGRAPH_PORT": "tcp://10.3.0.1:8080",
        "HELIOGRAPH_PORT_8080_TCP_ADDR": "10.3.0.1",
        "HELIOGRAPH_SERVICE_HOST": "10.3.0.1",
    }
    assert read_config(environment=environment) == Config()


@pytest.mark.parametrize("text", ["port = ", "\x00", "[server]\nport = 1\nport = 2\n"])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.toml"
    file.write_text(text)
    [fault] = _faults({"config": str(file)})
    assert fault.startswith(f"{file} is not TOML")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    [fault] = _faults({"config": str(tmp_path / "none.toml")})
    assert fault.endswith("none.toml cannot be read: No such file or directory")


def test_server_is_a_table() -> None:
    assert server_faults("x", "f") == ["f: server is a table, written [server]"]
    assert server_faults({"port": 1}, "f") == []


def test_the_demo_may_call_webhooks_on_this_machine_unless_told_not_to() -> None:
    assert read_config({"demo": True}, environment={}).webhook_allow_private
    told = {"demo": True, "webhook_allow_private": False}
    assert not read_config(told, environment={}).webhook_allow_private


def test_a_configuration_in_a_log_shows_no_secret() -> None:
    config = Config(
        database="postgresql://me:pa55@db/x", server_key="ab" * 32, metrics_token="t0ken"
    )
    assert "pa55" not in repr(config)
    assert "abab" not in repr(config)
    assert "t0ken" not in repr(config)
    assert "port=8080" in repr(config)


def test_the_server_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    config = Config(data=tmp_path / "new" / "data")
    key = server_key(config)
    assert len(key) == 32
    assert server_key(config) == key
    file = config.data / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in config.data.iterdir()] == ["secret.key"]


def test_a_given_server_key_makes_no_file(tmp_path: Path) -> None:
    assert server_key(Config(data=tmp_path, server_key="ab" * 32)) == b"\xab" * 32
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "abcd", "not a key"])
def test_a_key_file_that_holds_no_key_stops_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "secret.key").write_text(text)
    with pytest.raises(ConfigError, match=r"secret\.key"):
        server_key(Config(data=tmp_path))


def test_every_setting_has_a_sentence_and_its_place_on_the_page() -> None:
    page = configuration_markdown()
    for field in msgspec.structs.fields(Config):
        [row] = [line for line in page.splitlines() if line.startswith(f"| `{field.name}` |")]
        assert len(row.split(" | ")[4]) > 20


def test_the_page_about_the_configuration_is_the_one_written_from_it() -> None:
    assert _PAGE.read_text(encoding="utf-8") == configuration_markdown(), (
        "write configuration_markdown() to docs/configuration.md"
    )
