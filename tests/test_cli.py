"""The commands as they are typed: against a server that runs, against one that does not, and their help."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result

from heliograph.cli import cli

_EXAMPLE = Path(__file__).parent.parent / "examples" / "heliograph.toml"
_QUICK = "response_median_ms=0,response_p99_ms=0,receipt_median_ms=0,receipt_p99_ms=0"
_SMALL = """
[[rate_card]]
name = "default"
currency = "EUR"
[[account]]
name = "Shop"
[[account.credential]]
label = "till"
[[account.number]]
msisdn = "8801844909020"
"""


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HELIOGRAPH_")]:
        monkeypatch.delenv(name)


def _run(*words: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words], env=environment)


def _told(result: Result) -> str:
    """The one sentence of a command that failed; a trace is never told."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.output
    return result.stderr


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of a demo that runs in another process."""
    data = tmp_path_factory.mktemp("demo")
    server = subprocess.Popen(
        [sys.executable, "-m", "heliograph", "serve", "--demo", "--port", "0", "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "HELIOGRAPH_SIMULATOR": _QUICK},
    )
    assert server.stdout is not None
    heard = []
    for line in server.stdout:
        heard.append(line)
        if "Ctrl-C stops" in line:
            break
    else:
        pytest.fail("".join(heard))
    yield data
    server.send_signal(signal.SIGINT)
    rest, _ = server.communicate(timeout=60)
    assert server.returncode == 0, rest


# -- help ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = _run(name, "--help")
    assert result.exit_code == 0
    assert f"  heliograph {name} " in result.output


def test_the_version_is_told() -> None:
    assert _run("--version").output.startswith("heliograph, version ")


# -- a server that runs -------------------------------------------------------------------------


def test_a_message_is_followed_until_it_is_delivered(demo: Path) -> None:
    result = _run("send", "--data", demo, "--to", "+8801712345678", "--text", "Hi", "--from",
                  "Heliograph")  # fmt: skip
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].startswith("msg_")
    assert "to 8801712345678: 1 part in gsm7, 0.0035 EUR" in lines[0]
    assert [line.split()[1] for line in lines[1:]] == ["queued", "sent", "delivered"]


def test_a_message_that_fails_makes_the_command_fail(demo: Path) -> None:
    result = _run("send", "--data", demo, "--to", "8801700000005", "--text", "Hi", "--from",
                  "Heliograph", "--json")  # fmt: skip
    assert result.exit_code == 1
    found = json.loads(result.output)
    assert (found["status"], found["reason"]) == ("failed", "invalid_destination")


def test_a_message_may_be_left_to_itself_and_asked_for_later(demo: Path) -> None:
    sent = _run("send", "--data", demo, "--to", "8801700000012", "--text", "Hi", "--from",
                "Heliograph", "--json", "--no-wait")  # fmt: skip
    assert sent.exit_code == 0
    message = json.loads(sent.output)["id"]
    asked = _run("status", message, "--data", demo)
    assert asked.exit_code == 3
    assert asked.output.startswith(f"{message} to 8801700000012 from Heliograph: ")
    as_json = _run("status", message, "--data", demo, "--json")
    assert json.loads(as_json.output)["id"] == message


def test_a_message_still_under_way_when_the_time_is_over_is_neither(demo: Path) -> None:
    result = _run("send", "--data", demo, "--to", "8801700000012", "--text", "Hi", "--from",
                  "Heliograph", "--timeout", "0.1")  # fmt: skip
    assert result.exit_code == 3


def test_what_the_server_refuses_is_one_sentence(demo: Path) -> None:
    result = _run("send", "--data", demo, "--to", "88017", "--text", "Hi")
    assert _told(result).startswith("Error: refused: ")
    assert "There is no such" in _told(_run("status", "msg_3v9k2m8q1r7tc", "--data", demo))
    assert "no id of a message" in _told(_run("status", "../accounts", "--data", demo))


def test_the_demos_key_goes_to_the_demo_alone(demo: Path) -> None:
    elsewhere = ("--data", demo, "--url", "http://127.0.0.1:1")
    assert "no API key" in _told(_run("status", "msg_1", *elsewhere))
    told = _told(_run("status", "msg_1", *elsewhere, HELIOGRAPH_API_KEY="hg_live_x"))
    assert "no Heliograph answers at http://127.0.0.1:1" in told
    url = json.loads((demo / "demo.json").read_text())["base_url"]
    told = _told(_run("status", "msg_1", HELIOGRAPH_URL=url, HELIOGRAPH_API_KEY="hg_live_x"))
    assert told == "Error: refused: The credentials are not valid.\n"


def test_a_running_server_takes_over_what_is_applied(demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text(
        _SMALL + '[[account.sender]]\nname = "Shop"\n[[carrier]]\nname = "simulated"\n'
        'kind = "simulated"\n[[route]]\nname = "all"\ntargets = [{ carrier = "simulated" }]\n'
    )
    assert _run("migrate", "--data", demo).output == "The database is up to date.\n"
    first = json.loads(_run("apply", file, "--data", demo, "--json").output)
    assert first["applied"] is True
    [made] = first["secrets"]
    second = _run("apply", file, "--data", demo)
    assert second.output == "Nothing to change.\n"
    url = json.loads((demo / "demo.json").read_text())["base_url"]
    sent = _run("send", "--url", url, "--api-key", made["secret"], "--to", "8801712345678",
                "--text", "Hi", "--no-wait")  # fmt: skip
    # The key works and the sender is known; only money is missing.
    assert _told(sent) == "Error: refused: The balance and credit do not cover the price.\n"


def test_a_backup_is_made_while_it_runs_and_restored_elsewhere(
    demo: Path, tmp_path: Path, database_dsn: str
) -> None:
    file = tmp_path / "all.dump"
    assert "secret.key" in _run("backup", file, "--data", demo).output
    assert "already running" in _told(_run("restore", file, "--data", demo, "--force"))
    place = ("--database", database_dsn)
    assert "not empty" in _told(_run("restore", file, *place))
    assert _run("restore", file, *place, "--force").exit_code == 0
    assert _run("migrate", *place).output == "The database is up to date.\n"


def test_a_port_that_is_taken_is_one_sentence(demo: Path, database_dsn: str) -> None:
    url = json.loads((demo / "demo.json").read_text())["base_url"]
    done = subprocess.run(
        [sys.executable, "-m", "heliograph", "serve", "--database", database_dsn, "--data",
         str(demo), "--port", str(urlsplit(url).port), "--log-level", "error"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "cannot listen on 127.0.0.1 port" in done.stderr
    assert "Traceback" not in done.stderr


# -- no server ----------------------------------------------------------------------------------


def test_a_file_is_applied_to_a_database_and_shown_as_a_diff(
    database_dsn: str, tmp_path: Path
) -> None:
    file = tmp_path / "x.toml"
    file.write_text(_SMALL)
    place = ("--database", database_dsn, "--data", tmp_path)
    expected = ["+ rate card default", "+ account Shop", "+ credential Shop/native till"]
    rehearsed = _run("apply", file, *place, "--dry-run").output.splitlines()
    assert rehearsed == [*expected, "+ number Shop/8801844909020",
                         "4 to change; nothing was changed."]  # fmt: skip
    done = _run("apply", file, *place).output.splitlines()
    assert done[:3] == expected
    assert done[-1].startswith("  credential Shop/native till: hg_live_")
    elsewhere = ("--database", database_dsn, "--data", tmp_path / "elsewhere")
    assert "secret.key is missing" in _told(_run("apply", file, *elsewhere))
    file.write_text(_SMALL.replace('"Shop"', '"Thief"'))
    assert "belongs to another account" in _told(_run("apply", file, *place))


def test_a_file_may_say_where_its_database_is(database_dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text(f'[server]\ndatabase = "{database_dsn}"\ndata = "{tmp_path}"\n' + _SMALL)
    result = _run("apply", file, "--dry-run", "--json")
    assert json.loads(result.output)["applied"] is False


def test_the_example_is_sound() -> None:
    result = _run("check-config", _EXAMPLE)
    assert result.exit_code == 0
    assert "is sound: 2 accounts" in result.output
    assert json.loads(_run("check-config", _EXAMPLE, "--json").output) == {"faults": []}


def test_everything_wrong_with_a_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text('[server]\nport = -1\n[[acount]]\n[[account]]\nname = "Shop"\n')
    faults = [
        f"{file}: there is no table acount; known are server, rate_card, carrier, account, route",
        f"{file}: server.port: expected integer from 0 to 65,535",
        f"{file}: account 1 “Shop”: rate_card: There is no rate card “default” for selling.",
    ]
    told = _told(_run("check-config", file))
    assert told == "Error: " + "\n       ".join(faults) + "\n"
    result = _run("check-config", file, "--json")
    assert result.exit_code == 1
    assert json.loads(result.output) == {"faults": faults}


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("serve", "--port", "70000"), "--port: expected integer from 0 to 65,535"),
        (("migrate", "--database", "mysql://db/x"), "--database: expected text"),
        (("migrate", "--database", "postgresql://127.0.0.1:1/x"), "cannot connect"),
        (("apply", "none.toml"), "none.toml cannot be read"),
        (("restore", "none.dump", "--database", "postgresql://127.0.0.1:1/x"), "none.dump"),
        (("send", "--to", "1", "--text", "x", "--data", "nowhere"), "no API key"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    words: tuple[str, ...], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert fault in _told(_run(*words))


def test_an_unknown_word_is_a_mistake_in_use() -> None:
    assert _run("fly").exit_code == 2
