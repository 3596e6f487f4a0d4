"""The one configuration of a process: every setting with its type, its default and a sentence.

Settings come from the command line, from the environment (`HELIOGRAPH_PORT`), or from the table
`[server]` of a TOML file, in this order; what is nowhere given has its default. This is the only module
that reads the environment. A setting that cannot be used keeps the process from starting, and all such
faults are told at once. `docs/configuration.md` is written from here. It must never put a value into a
fault: it may be a secret.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from heliograph._config_key import KEY_BYTES, make_key
from heliograph._config_rules import together
from heliograph._config_words import kind_of, markdown, read_path, spelled, type_words

__all__ = [
    "Config",
    "ConfigError",
    "configuration_markdown",
    "read_config",
    "read_toml",
    "server_faults",
    "server_key",
    "variable",
]

SERVER_TABLE: Final = "server"
_PREFIX: Final = "HELIOGRAPH_"
_CLIENT: Final = frozenset({"HELIOGRAPH_URL", "HELIOGRAPH_API_KEY", "HELIOGRAPH_CONFIG"})
# Kubernetes describes a Service called `heliograph` to every container of its namespace by variables
# of these names, and HELIOGRAPH_PORT=tcp://… is one of them.
_KUBERNETES: Final = re.compile(r"HELIOGRAPH_(SERVICE_\w+|PORT_\d+_\w+)", re.ASCII)
_KUBERNETES_PORT: Final = "tcp://"
_SECRET: Final = ("database", "server_key", "metrics_token")


class ConfigError(Exception):
    """The configuration cannot be used; `faults` has a sentence for each reason."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set. Read once at the start, never changed."""

    data: Annotated[
        Path,
        Meta(description="Directory for the embedded database, the server key and demo.json."),
    ] = Path("data")
    database: Annotated[
        str,
        Meta(
            pattern=r"^(|postgres(ql)?://.*)$",
            description="Address of a PostgreSQL server (`postgresql://user:password@host/name`), "
            "version 16 or newer. Empty: one is run inside the data directory.",
        ),
    ] = ""
    host: Annotated[
        str, Meta(min_length=1, description="Address on which HTTP requests are taken.")
    ] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=0, le=65535, description="TCP port for HTTP; 0 takes one that is free.")
    ] = 8080
    public_url: Annotated[
        str,
        Meta(
            pattern=r"^(|https?://[^\s?#]+)$",
            description="Where carriers called by HTTP reach us, such as `https://sms.example.com`, to "
            "report outcomes. Empty: those that can be asked are asked; with `demo` this machine's own.",
        ),
    ] = ""
    link_base_url: Annotated[
        str,
        Meta(
            pattern=r"^(|https?://[^\s?#/]+/[^\s?#]*[^\s?#/])$",
            description="What stands before the codes of short links, such as `https://go.example.com/l`: "
            "a name that leads here, and a path, at which they are answered. Empty: `public_url` and `/l`.",
        ),
    ] = ""
    smpp_port: Annotated[
        int | None,
        Meta(
            description="TCP port for SMPP on `host`, 2775 by registration; 0 takes one that is free. "
            "Unset: no SMPP; with `demo` 2775, or one that is free."
        ),
    ] = None
    smpp_tls_port: Annotated[
        int | None, Meta(description="TCP port for SMPP over TLS on `host`. Unset: none.")
    ] = None
    smpp_tls_certificate: Annotated[
        str, Meta(description="PEM file with the certificate chain for `smpp_tls_port`.")
    ] = ""
    smpp_tls_key: Annotated[
        str, Meta(description="PEM file with the key of `smpp_tls_certificate`.")
    ] = ""
    demo: Annotated[
        bool,
        Meta(
            description="Start with an account, keys, a simulated carrier and prices, ready to try."
        ),
    ] = False
    server_key: Annotated[
        str,
        Meta(
            pattern="^(|([0-9a-fA-F]{2}){32,64})$",
            description="At least 32 bytes in hexadecimal, under which credentials are hashed, stored "
            "secrets are sealed and ids are hidden. The same for all processes of one database, and "
            "never changed. Empty: `DATA/secret.key`, made at the first start.",
        ),
    ] = ""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="The least severe messages that are logged."),
    ] = "info"
    log_format: Annotated[
        Literal["console", "json"],
        Meta(description="For people at a terminal, or one JSON object for each line."),
    ] = "console"
    keep_texts: Annotated[
        bool,
        Meta(
            description="Keep the texts of messages that have ended, until their partition goes. "
            "False: they are wiped once a message has ended."
        ),
    ] = True
    keep_requests: Annotated[
        bool,
        Meta(
            description="Keep the request by which messages came for their trace, without its secrets and "
            "its body cut at 4 kB, until its partition goes. Where `keep_texts` is false, and of "
            "one-time passwords, only method, path, size and who it was. False: nothing of it."
        ),
    ] = True
    retention_days: Annotated[
        int, Meta(ge=1, le=3650, description="Messages and their events are dropped after this.")
    ] = 90
    partition_days: Annotated[
        int,
        Meta(ge=1, le=366, description="Traffic tables get a new partition this often."),
    ] = 7
    retry_base_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=86_400,
            description="Wait before the first retry of a message or webhook; it doubles each time.",
        ),
    ] = 30.0
    lease_seconds: Annotated[
        float,
        Meta(
            ge=5,
            le=3600,
            description="Messages that a process has taken for sending are another's after this, "
            "if it has died. Longer than `submit_timeout_seconds`.",
        ),
    ] = 60.0
    submit_timeout_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=600,
            description="A carrier that has not answered a submission by then may or may not "
            "have taken it: the message becomes uncertain.",
        ),
    ] = 30.0
    webhook_allow_private: Annotated[
        bool,
        Meta(
            description="Let customers' webhooks call private networks and this machine, and by plain "
            "http where a vendor's form asks for https. For trials; with `demo` it is true unless set."
        ),
    ] = False
    webhook_timeout_seconds: Annotated[
        float, Meta(gt=0, le=120, description="A webhook that has not answered by then has failed.")
    ] = 15.0
    max_bulk_messages: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Most messages in one upload.")
    ] = 100_000
    max_memory_messages: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            description="Most messages of each traffic class that a process holds ready for sending; "
            "others wait in the database.",
        ),
    ] = 5000
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Networks (CIDR) of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` "
            "are believed."
        ),
    ] = ()
    metrics_token: Annotated[
        str,
        Meta(
            pattern="^([!-~]{16,})?$",
            description="Bearer token for `/metrics`, 16 characters at least. "
            "Empty: only this machine may read it.",
        ),
    ] = ""
    drain_seconds: Annotated[
        float,
        Meta(
            ge=0,
            le=600,
            description="How long a process that was told to stop lets running requests and "
            "attempts end.",
        ),
    ] = 20.0
    workers: Annotated[
        int,
        Meta(
            ge=1,
            le=64,
            description="Processes behind the same ports, for machines with several cores. Each has "
            "binds of its own to SMPP carriers, and its share of their `per_second` and `window`; "
            "simulated carriers are the first one's alone.",
        ),
    ] = 1
    carrying: Annotated[
        int,
        Meta(
            ge=0,
            le=64,
            description="Processes beside those, which have the carriers to themselves: they send, take "
            "receipts and call customers, the others accept and hand over to them. 1 is worth it from two "
            "cores on. Simulated carriers stay where the ports are.",
        ),
    ] = 0
    node: Annotated[
        int | None,
        Meta(
            description="Number of this process, 0 to 1023, unique within a database. "
            "Unset: a free one is taken."
        ),
    ] = None
    simulator: Annotated[
        dict[str, str],
        Meta(
            description="Settings of the demo's simulated carrier, such as "
            "`seed=7,receipt_median_ms=50,undelivered_share=0.1`, and `wire=none` to spare it SMPP."
        ),
    ] = {}

    def __repr__(self) -> str:
        """The settings without those that are secret, so that they may be logged."""
        shown = {name: getattr(self, name) for name in self.__struct_fields__}
        shown |= {name: "…" for name in _SECRET if shown[name]}
        return f"Config({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


def read_config(
    options: Mapping[str, Any] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
) -> Config:
    """The configuration in force. `options` are those of the command line; None there means not given.

    `options["config"]`, or `HELIOGRAPH_CONFIG`, names the TOML file. Raises ConfigError with every
    fault that there is.
    """
    given = {name: value for name, value in (options or {}).items() if value is not None}
    variables = os.environ if environment is None else environment
    faults: list[str] = []
    values: dict[str, Any] = {}
    file = given.pop("config", None) or variables.get("HELIOGRAPH_CONFIG")
    if file is not None:
        values |= _fitting(_table(Path(file), faults), f"{file}: server.{{}}", faults, strict=True)
    values |= _fitting(_variables(variables, faults), _PREFIX + "{}", faults, strict=False)
    values |= _fitting(given, "--{}", faults, strict=False)
    if values.get("demo"):
        values.setdefault("webhook_allow_private", True)
    config = Config(**values)
    faults += together(config)
    if faults:
        raise ConfigError(tuple(faults))
    return config


def server_faults(table: object, place: str) -> list[str]:
    """What is wrong with the table `[server]` of a file."""
    faults: list[str] = []
    if not isinstance(table, Mapping):
        return [f"{place}: server is a table, written [server]"]
    values = _fitting(table, place + ": server.{}", faults, strict=True)
    return faults or together(Config(**values))


def read_toml(file: Path) -> dict[str, Any]:
    """A TOML file. Raises ConfigError with a sentence that names file and line."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError((f"{file} cannot be read: {error.strerror}",)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError((f"{file} is not TOML: {error}",)) from error


def server_key(config: Config) -> bytes:
    """The server key, from the setting or `DATA/secret.key`, which is made when it is not there.

    Raises ConfigError when the file can be neither read nor made.
    """
    if config.server_key:
        return bytes.fromhex(config.server_key)
    file = config.data / "secret.key"
    try:
        if not file.exists():
            make_key(file)
        key = bytes.fromhex(file.read_text(encoding="ascii"))
    except OSError as error:
        raise ConfigError((f"{file} cannot be used: {error.strerror}",)) from error
    except ValueError as error:
        raise ConfigError((f"{file} is not a key in hexadecimal",)) from error
    if len(key) < KEY_BYTES:
        raise ConfigError((f"{file} has {len(key)} bytes, a server key has {KEY_BYTES}",))
    return key


def variable(name: str) -> str | None:
    """A variable of the environment, for what a file leaves to it."""
    return os.environ.get(name)


def configuration_markdown() -> str:
    """The text of `docs/configuration.md`."""
    return markdown(Config, _PREFIX)


def _table(file: Path, faults: list[str]) -> Mapping[str, Any]:
    try:
        table = read_toml(file).get(SERVER_TABLE, {})
    except ConfigError as error:
        faults += error.faults
        return {}
    if isinstance(table, dict):
        return table
    faults.append(f"{file}: server is a table, written [server]")
    return {}


def _variables(environment: Mapping[str, str], faults: list[str]) -> dict[str, str]:
    """The variables that are ours, by the names of their settings."""
    found = {}
    for name, value in environment.items():
        if not name.startswith(_PREFIX) or name in _CLIENT or _KUBERNETES.fullmatch(name):
            continue
        if name == "HELIOGRAPH_PORT" and value.startswith(_KUBERNETES_PORT):
            continue
        setting = name.removeprefix(_PREFIX).lower()
        if name != name.upper() or setting not in Config.__struct_fields__:
            faults.append(f"{name} is no setting")
        else:
            found[setting] = value
    return found


def _fitting(
    given: Mapping[str, Any], place: str, faults: list[str], *, strict: bool
) -> dict[str, Any]:
    """What can be used of the given settings; what cannot be becomes a fault."""
    found = {}
    for name, value in given.items():
        shown = name.upper() if place.startswith(_PREFIX) else name
        if place.startswith("--"):
            shown = name.replace("_", "-")
        where = place.format(shown)
        if name not in Config.__struct_fields__:
            faults.append(f"{where} is no setting")
            continue
        kind, meta = kind_of(Config, name)
        try:
            found[name] = msgspec.convert(
                value if strict else spelled(kind, value),
                Annotated[kind, meta],
                strict=strict,
                dec_hook=read_path,
            )
        except msgspec.ValidationError:
            faults.append(f"{where}: expected {type_words(kind, meta)}")
    return found
