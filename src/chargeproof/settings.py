"""What an operator can set: flags go before environment variables, those before a TOML file, that before defaults.

Every field of ``Settings`` is a key of the TOML file, and in upper case after ``CHARGEPROOF_`` a variable of the
environment. ``settings_table`` lists them for people.
"""

import difflib
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from chargeproof.errors import SettingsError

PREFIX = "CHARGEPROOF_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
SERVER_VARIABLE = f"{PREFIX}SERVER"
TOKEN_VARIABLE = f"{PREFIX}TOKEN"
"""A server and the token for it: for the commands that ask one, and no settings of our own."""
STATION_PASSWORD_VARIABLE = f"{PREFIX}STATION_PASSWORD"
OWN_VARIABLES = (CONFIG_VARIABLE, SERVER_VARIABLE, TOKEN_VARIABLE, STATION_PASSWORD_VARIABLE)
"""Those that are no settings."""

Port = Annotated[int, Meta(ge=0, le=65535)]
PortOrNone = Annotated[int, Meta(ge=-1, le=65535)]
Profile = Annotated[int, Meta(ge=0, le=3)]
Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Hours = Annotated[float, Meta(gt=0, le=876_000)]
Days = Annotated[float, Meta(gt=0, le=36_500)]
"""Up to a hundred years, so that a date so long ago or ahead is one that the calendar has."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings with their defaults."""

    data: Annotated[str, Meta(description="folder for the database, uploaded files, profiles and runs")] = (
        "chargeproof-data"
    )
    host: Annotated[
        str, Meta(description="address to listen on; 0.0.0.0 is every network of this machine")
    ] = "127.0.0.1"
    ocpp_port: Annotated[Port, Meta(description="port for the stations' WebSockets; 0 takes a free one")] = (
        9000
    )
    web_port: Annotated[
        Port,
        Meta(
            description="port for HTTP: console, API, files, /healthz, /readyz, /metrics; 0 takes a free one"
        ),
    ] = 8080
    ftp_port: Annotated[Port, Meta(description="port for FTP; 0 takes a free one")] = 2121
    ftp_passive_ports: Annotated[
        str, Meta(description='data ports of FTP as "60000-60100"; empty takes free ones')
    ] = ""
    advertised_host: Annotated[
        str, Meta(description="name or address of this machine as stations see it; empty finds it out")
    ] = ""
    web_hosts: Annotated[
        str,
        Meta(description="further names under which browsers reach the web port, separated by commas"),
    ] = ""
    trusted_proxies: Annotated[
        str,
        Meta(
            description="addresses and networks of proxies in front of the web port and the stations' port, "
            "separated by commas: their X-Forwarded-For is believed, and X-Forwarded-Proto at the web port"
        ),
    ] = ""
    web_tls_certificate: Annotated[
        str, Meta(description="PEM file; with it the console and the API are reached by https")
    ] = ""
    web_tls_key: Annotated[str, Meta(description="PEM file of that certificate's private key")] = ""
    metrics_public: Annotated[
        bool, Meta(description="/metrics takes no log-in; on loopback it never does")
    ] = False
    session_idle_h: Annotated[
        Hours, Meta(description="a log-in ends after so long without a request, hours")
    ] = 12
    session_max_h: Annotated[Hours, Meta(description="a log-in ends after so long in any case, hours")] = 168
    audit_keep_days: Annotated[Days, Meta(description="who did what is forgotten after this, days")] = 730
    ocpp_tls_port: Annotated[
        PortOrNone, Meta(description="port for wss beside that for ws; 0 takes a free one, -1 is none")
    ] = -1
    ftps_port: Annotated[
        PortOrNone, Meta(description="port for FTP within TLS; 0 takes a free one, -1 is none")
    ] = -1
    tls_certificate: Annotated[
        str,
        Meta(
            description="PEM file, RSA or ECDSA; empty: the embedded authority makes both kinds. Without "
            "`ocpp_tls_port` it makes `ocpp_port` a port for wss alone"
        ),
    ] = ""
    tls_key: Annotated[str, Meta(description="PEM file of the certificate's private key")] = ""
    second_tls_certificate: Annotated[str, Meta(description="PEM file of the other kind of certificate")] = ""
    second_tls_key: Annotated[str, Meta(description="PEM file of that certificate's private key")] = ""
    tls_allow_rsa_key_exchange: Annotated[
        bool, Meta(description="also TLS_RSA_WITH_AES_*_GCM, for old stations; without forward secrecy")
    ] = False
    station_roots: Annotated[
        str,
        Meta(
            description="PEM files with the roots of stations' certificates, separated by commas; empty: "
            "the embedded authority"
        ),
    ] = ""
    revocation_lists: Annotated[
        str, Meta(description="files with revocation lists (CRL) of those roots, separated by commas")
    ] = ""
    certificate_command: Annotated[
        str, Meta(description="program that signs: reads a request (CSR) on stdin, prints the chain; PEM")
    ] = ""
    minimum_security_profile: Annotated[
        Profile, Meta(description="the security profile that every station must at least use")
    ] = 0
    unknown_stations: Annotated[
        Literal["accept", "pending", "reject"],
        Meta(description="what a station hears that is not known here"),
    ] = "accept"
    unknown_id_tags: Annotated[
        Literal["accept", "invalid"], Meta(description="what a card is told that is not known here")
    ] = "invalid"
    allow_concurrent_use: Annotated[
        bool, Meta(description="one card may run several transactions at once")
    ] = False
    heartbeat_interval_s: Annotated[
        Positive, Meta(description="interval in BootNotification.conf, seconds")
    ] = 300
    registration_retry_s: Annotated[
        Positive, Meta(description="interval told with Pending and Rejected, seconds")
    ] = 60
    call_timeout_s: Annotated[
        Seconds, Meta(description="how long a station may take to answer a command, seconds")
    ] = 30
    queue_limit: Annotated[Positive, Meta(description="how many commands may wait for one station")] = 64
    quiet: Annotated[bool, Meta(description="send nothing that nobody asked for")] = False
    allow_missing_subprotocol: Annotated[
        bool, Meta(description="take a station that names no sub-protocol as OCPP 1.6")
    ] = True
    require_credentials: Annotated[bool, Meta(description="refuse stations that have no password here")] = (
        False
    )
    credential_key: Annotated[
        str,
        Meta(description="secret under which the stations' passwords are kept", extra={"secret": True}),
    ] = ""
    max_connections: Annotated[Positive, Meta(description="how many stations may be connected at once")] = (
        20_000
    )
    max_message_bytes: Annotated[
        Positive, Meta(description="longest message of a station, in bytes; longer ones close its connection")
    ] = 1_048_576
    handshakes_per_s: Annotated[
        NotNegative,
        Meta(description="new connections let in each second when many come at once; 0 is no limit"),
    ] = 200
    ping_interval_s: Annotated[
        NotNegative, Meta(description="a ping after so long without a word, seconds; 0 is never")
    ] = 30
    ping_timeout_s: Annotated[
        Seconds, Meta(description="a station that answered pings and stops is dropped after this, seconds")
    ] = 30
    upload_max_mb: Annotated[Seconds, Meta(description="largest file that a station may leave, MB")] = 256
    upload_max_files: Annotated[
        Positive, Meta(description="how many files a station may leave at one address")
    ] = 100
    file_job_h: Annotated[
        Seconds, Meta(description="an address for files and its password end after this, hours")
    ] = 24
    store_writer: Annotated[
        Literal["loop", "thread"],
        Meta(description="who waits for the disk; thread for slow disks: all others go on meanwhile"),
    ] = "loop"
    frames_keep_days: Annotated[
        NotNegative, Meta(description="frames older than this are forgotten, days; 0 keeps them")
    ] = 90
    store_max_mb: Annotated[
        NotNegative, Meta(description="the oldest frames are forgotten above this size, MB; 0 is no limit")
    ] = 0
    log_format: Annotated[
        Literal["text", "json"], Meta(description="lines of the log for people or for machines")
    ] = "text"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="what the log shows")
    ] = "warning"


DEFAULTS = "the defaults"


class EffectiveSettings(msgspec.Struct, frozen=True):
    """`sources`: where each setting that is not a default comes from."""

    settings: Settings
    sources: dict[str, str]


class SettingRow(msgspec.Struct, frozen=True):
    """A setting for people: its name, its environment variable, what it takes, its default, what it means."""

    name: str
    variable: str
    takes: str
    default: str
    meaning: str
    secret: bool = False


def settings_table() -> list[SettingRow]:
    """Every setting, in the order of ``Settings``."""
    rows = []
    for field in msgspec.structs.fields(Settings):
        kind = get_type_hints(Settings, include_extras=True)[field.name]
        rows.append(
            SettingRow(
                name=field.name,
                variable=PREFIX + field.name.upper(),
                takes=_takes(kind),
                default=_shown(field.default),
                meaning=_meaning(kind),
                secret=any((meta.extra or {}).get("secret", False) for meta in _metas(kind)),
            )
        )
    return rows


def settings_markdown() -> str:
    """The page `docs/settings.md`."""
    lines = [
        "# Settings",
        "",
        "Made from `src/chargeproof/settings.py` by `python -m chargeproof.settings > docs/settings.md`.",
        "",
        "Flags go before variables of the environment, those before the TOML file (`--config FILE` or",
        f"`{CONFIG_VARIABLE}`), that before the defaults. `chargeproof serve --settings` shows this table too.",
        "",
        "| setting | environment | takes | default | meaning |",
        "|---|---|---|---|---|",
    ]
    for row in settings_table():
        default = f"`{row.default}`" if row.default else "empty"
        lines.append(f"| `{row.name}` | `{row.variable}` | {row.takes} | {default} | {row.meaning} |")
    return "\n".join(lines) + "\n"


def load_settings(
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> Settings:
    """Merge the sources. Flags that are None were not given. Raises SettingsError with source, key and remedy."""
    return effective_settings(flags, environment, config).settings


def effective_settings(
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> EffectiveSettings:
    """As `load_settings`, with the source of each."""
    environment = environment or {}
    if config is None and environment.get(CONFIG_VARIABLE):
        config = Path(environment[CONFIG_VARIABLE])
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    for found, source, strict in (
        (_read_toml(config) if config is not None else {}, str(config), True),
        (_from_environment(environment), "the environment", False),
        (given, "the command line", False),
    ):
        values.update(_checked(found, source, strict=strict))
        sources.update(dict.fromkeys(found, source))
    settings = Settings(**values)
    _check_pairs(settings)
    return EffectiveSettings(settings, sources)


def _check_pairs(settings: Settings) -> None:
    for prefix in ("", "web_", "second_"):
        certificate, key = f"{prefix}tls_certificate", f"{prefix}tls_key"
        if bool(getattr(settings, certificate)) != bool(getattr(settings, key)):
            raise SettingsError(
                "a certificate needs its key and the key its certificate",
                f"{certificate}, {key}",
                "Set both or none",
            )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"the settings cannot be read: {reason}", str(path), "Name a TOML file"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"this is not TOML: {error}", str(path), "Correct that line") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and name not in OWN_VARIABLES
    }


def _checked(values: Mapping[str, Any], source: str, *, strict: bool) -> dict[str, Any]:
    kinds = get_type_hints(Settings, include_extras=True)
    checked = {}
    for name, value in values.items():
        if name not in kinds:
            raise SettingsError(f'there is no setting "{name}"', source, _suggestion(name, list(kinds)))
        try:
            checked[name] = msgspec.convert(value, kinds[name], strict=strict)
        except msgspec.ValidationError as error:
            raise SettingsError(
                f'the setting "{name}" does not take {value!r}: {error}',
                source,
                f"It takes {_takes(kinds[name])}",
            ) from error
    return checked


def _suggestion(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name.lower().replace("-", "_"), names, n=1)
    if close:
        return f'Did you mean "{close[0]}"?'
    return "`chargeproof serve --help` lists the settings"


def _takes(kind: Any) -> str:
    while get_origin(kind) is Annotated:
        kind, *metas = get_args(kind)
        bounds = next((meta for meta in metas if meta.ge is not None or meta.gt is not None), None)
        if bounds is not None:
            return _range(kind, bounds)
    if get_origin(kind) is Literal:
        return ", ".join(f'"{choice}"' for choice in get_args(kind))
    return {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}[kind]


def _range(kind: Any, bounds: Meta) -> str:
    number = "a whole number" if kind is int else "a number"
    if bounds.gt is not None:
        return f"{number} above {bounds.gt}" + (f", up to {bounds.le}" if bounds.le is not None else "")
    return f"{number} from {bounds.ge}" + (f" to {bounds.le}" if bounds.le is not None else "")


def _metas(kind: Any) -> list[Meta]:
    """All that is annotated, what is annotated within included."""
    if get_origin(kind) is not Annotated:
        return []
    inner, *metas = get_args(kind)
    return [*metas, *_metas(inner)]


def _meaning(kind: Any) -> str:
    for meta in _metas(kind):
        if meta.description:
            return str(meta.description)
    return ""


def _shown(default: Any) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


if __name__ == "__main__":
    sys.stdout.write(settings_markdown())
