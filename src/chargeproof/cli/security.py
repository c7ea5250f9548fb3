"""`chargeproof security`: how stations of a running server are secured, and changes over the wire."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from chargeproof.cli import help_texts
from chargeproof.client import Client
from chargeproof.errors import UsageError
from chargeproof.ocpp.security_enums import CertificateUse, ExtendedMessageTrigger, LogType
from chargeproof.resources.files import FileJobWanted
from chargeproof.resources.security import RootOnStation, SecurityChange, SecurityChangeWanted
from chargeproof.settings import SERVER_VARIABLE, TOKEN_VARIABLE

NOT_DONE = 1
WAIT_S = 130.0
"""Longer than a change takes to be proved, or not."""
USES = {
    "central-system": CertificateUse.CENTRAL_SYSTEM_ROOT,
    "manufacturer": CertificateUse.MANUFACTURER_ROOT,
}
DONE = frozenset({"proved", "installed"})

Station = Annotated[str, Parameter(help="The id of the station.")]
Use = Annotated[
    Literal["central-system", "manufacturer"], Parameter(help="Whom the root vouches for: us, or firmware.")
]
Server = Annotated[str, Parameter(help="Address of the server.", env_var=SERVER_VARIABLE)]
Token = Annotated[str | None, Parameter(help="API token for it.", env_var=TOKEN_VARIABLE, show_default=False)]
AsJson = Annotated[bool, Parameter(name="--json", help="Print JSON for programs.", negative=())]
HERE = "http://127.0.0.1:8080"

security = App(name="security", help=help_texts.SECURITY, help_epilogue=help_texts.SECURITY_EXAMPLES)


@security.command
def show(station: Station, /, *, server: Server = HERE, token: Token = None, json: AsJson = False) -> int:
    """Say what it uses: profile, TLS, certificate, password; and what is asked of it."""
    found = _at(server, token, lambda there: there.security.get(station))
    using = found.using
    lines = {
        "Required profile": found.required_profile,
        "Password kept": "yes" if found.password_set else "no",
    }
    if using is not None:
        lines = {
            "Profile": using.profile,
            "TLS": f"{using.protocol} {using.cipher}".strip() or "none",
            "Server's certificate": using.server_certificate or "none",
            "Its certificate": _certificate(
                using.client_subject, using.client_serial, using.client_expires_at
            ),
            "Password sent as": using.password_form or "none",
            **lines,
        }
    return _tell(found, "\n".join(f"{name:<22}{value}" for name, value in lines.items()), json)


@security.command(name="require")
def require_profile(
    station: Station,
    profile: Annotated[int | None, Parameter(help="0 to 3; without one, only what is asked of all.")] = None,
    /,
    *,
    server: Server = HERE,
    token: Token = None,
    json: AsJson = False,
) -> int:
    """Ask at least this profile of it from its next connection on."""
    found = _at(server, token, lambda there: there.security.require_profile(station, profile))
    return _tell(found, f"At least profile {found.required_profile} is asked of {station}", json)


@security.command(name="raise")
def raise_profile(
    station: Station,
    profile: Annotated[int, Parameter(help="1, 2 or 3.")],
    /,
    *,
    server: Server = HERE,
    token: Token = None,
    json: AsJson = False,
) -> int:
    """Raise its profile over the wire, and wait for the connection that proves it."""
    return _change(station, SecurityChangeWanted(kind="profile", profile=profile), server, token, json)


@security.command
def password(
    station: Station,
    /,
    *,
    given: Annotated[
        bool, Parameter(help="Ask for the new one (from a pipe: its first line).", negative=())
    ] = False,
    only_here: Annotated[
        bool, Parameter(help="The station has it already: ask for it, and send nothing.", negative=())
    ] = False,
    server: Server = HERE,
    token: Token = None,
    json: AsJson = False,
) -> int:
    """Change its password over the wire; a new one is drawn there, and nobody is told."""
    if only_here:
        known = _asked_for()
        _at(server, token, lambda there: there.charge_points.set_password(station, known))
        return _tell({"kept": True}, f"{station} must send this password from its next connection on", json)
    secret = _asked_for() if given else None
    return _change(station, SecurityChangeWanted(kind="password", password=secret), server, token, json)


@security.command
def renew(station: Station, /, *, server: Server = HERE, token: Token = None, json: AsJson = False) -> int:
    """Have it ask for a new certificate, sign that, and wait until it is used."""
    return _change(station, SecurityChangeWanted(kind="certificate"), server, token, json)


@security.command
def roots(
    station: Station,
    /,
    *,
    ask: Annotated[bool, Parameter(help="Ask the station itself.", negative=())] = False,
    server: Server = HERE,
    token: Token = None,
    json: AsJson = False,
) -> int:
    """List the root certificates that it trusts, as it last said."""

    async def work(there: Client) -> Any:
        return await (there.security.read_roots(station) if ask else there.security.roots(station))

    found = _at(server, token, work)
    table = _table("Root certificates", "Use", "Subject", "Serial number", "Until")
    for root in found.items:
        until = f"{root.expires_at:%Y-%m-%d}" if root.expires_at is not None else ""
        use = "central system" if root.use is CertificateUse.CENTRAL_SYSTEM_ROOT else "manufacturer"
        table.add_row(use, root.subject or "not known here", root.serial_number, until)
    return _tell(found, table, json)


@security.command
def install_root(
    station: Station,
    certificate: Annotated[
        Path | None, Parameter(help="PEM file; without it, the root of the server.")
    ] = None,
    /,
    *,
    use: Use = "central-system",
    server: Server = HERE,
    token: Token = None,
    json: AsJson = False,
) -> int:
    """Have it trust a root certificate."""
    pem = None if certificate is None else _text_of(certificate)
    command = _at(server, token, lambda there: there.security.install_root(station, USES[use], pem))
    return _answered(command, json)


@security.command
def delete_root(
    station: Station,
    serial_number: Annotated[str, Parameter(help="As `roots` lists it.")],
    /,
    *,
    use: Use = "central-system",
    server: Server = HERE,
    token: Token = None,
    json: AsJson = False,
) -> int:
    """Have it trust a root certificate no more."""

    async def work(there: Client) -> Any:
        listed = (await there.security.roots(station)).items
        return await there.security.delete_root(station, _root_in(listed, serial_number, USES[use]))

    return _answered(_at(server, token, work), json)


@security.command(name="log")
def get_log(
    station: Station,
    /,
    *,
    diagnostics: Annotated[bool, Parameter(help="Instead of the security log.", negative=())] = False,
    scheme: Annotated[Literal["http", "ftp", "ftps"], Parameter(help="How it is left.")] = "http",
    server: Server = HERE,
    token: Token = None,
    json: AsJson = False,
) -> int:
    """Have it leave its security log (GetLog); the console's page of files has it then."""
    kind = LogType.DIAGNOSTICS_LOG if diagnostics else LogType.SECURITY_LOG
    wanted = FileJobWanted(kind="log", log_type=kind, scheme=scheme)
    return _job(station, wanted, server, token, json)


@security.command
def update(
    station: Station,
    file: Annotated[str, Parameter(help="Name of a firmware file on the server.")],
    /,
    *,
    signature: Annotated[str | None, Parameter(help="Base64, of its maker; else signed there.")] = None,
    certificate: Annotated[
        Path | None, Parameter(help="PEM file of the maker's signing certificate.")
    ] = None,
    scheme: Annotated[Literal["http", "ftp", "ftps"], Parameter(help="How it is fetched.")] = "http",
    server: Server = HERE,
    token: Token = None,
    json: AsJson = False,
) -> int:
    """Have it install firmware with a signature (SignedUpdateFirmware)."""
    wanted = FileJobWanted(
        kind="signed_firmware",
        file=file,
        signature=signature,
        signing_certificate=None if certificate is None else _text_of(certificate),
        scheme=scheme,
    )
    return _job(station, wanted, server, token, json)


@security.command
def trigger(
    station: Station,
    message: Annotated[ExtendedMessageTrigger, Parameter(help="Which message.")],
    /,
    *,
    connector: Annotated[int | None, Parameter(help="Of this connector alone.")] = None,
    server: Server = HERE,
    token: Token = None,
    json: AsJson = False,
) -> int:
    """Ask for a message now (ExtendedTriggerMessage)."""
    payload: dict[str, Any] = {"requestedMessage": str(message)}
    if connector is not None:
        payload["connectorId"] = connector
    command = _at(
        server, token, lambda there: there.commands.send(station, "ExtendedTriggerMessage", payload)
    )
    return _answered(command, json)


@security.command
def events(
    station: Annotated[str | None, Parameter(help="Of this station; without it, of all.")] = None,
    /,
    *,
    critical: Annotated[bool, Parameter(help="Only critical ones.", negative=())] = False,
    limit: Annotated[int, Parameter(help="How many at most.")] = 50,
    server: Server = HERE,
    token: Token = None,
    json: AsJson = False,
) -> int:
    """List security events, the newest first."""

    async def work(there: Client) -> Any:
        found = []
        listed = there.security.events(station, critical=True) if critical else there.security.events(station)
        async for event in listed:
            found.append(event)
            if len(found) >= limit:
                break
        return found

    found = _at(server, token, work)
    table = _table("Security events", "Received", "Station", "Event", "Critical", "What it says")
    for each in found:
        marked = "critical" if each.critical else ""
        when = f"{each.received_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(when, each.charge_point_id, each.type, marked, each.tech_info or "")
    return _tell(found, table, json)


def _change(station: str, wanted: SecurityChangeWanted, server: str, token: str | None, json: bool) -> int:
    change: SecurityChange = _at(
        server, token, lambda there: there.security.start_change(station, wanted, wait_s=WAIT_S)
    )
    lines = "\n".join(f"{step.state.replace('_', ' '):<14}{step.detail}".rstrip() for step in change.steps)
    _tell(change, lines, json)
    return 0 if change.state in DONE else NOT_DONE


def _job(station: str, wanted: FileJobWanted, server: str, token: str | None, json: bool) -> int:
    job = _at(server, token, lambda there: there.files.start_job(station, wanted))
    return _tell(job, f"Job {job.job_id}: {job.state}", json)


def _answered(command: Any, json: bool) -> int:
    status = (command.confirmation or {}).get("status", command.state)
    _tell(command, f"{command.action}: {status}", json)
    return 0 if status == "Accepted" else NOT_DONE


def _at(server: str, token: str | None, work: Callable[[Client], Awaitable[Any]]) -> Any:
    if not token:
        raise UsageError(
            "a server wants to know who asks", "--token", f"Give an API token, best as {TOKEN_VARIABLE}"
        )

    async def main() -> Any:
        async with Client(server, token=token) as there:
            return await work(there)

    return asyncio.run(main())


def _asked_for() -> str:
    """From the terminal without an echo, or the first line of a pipe: never on the command line."""
    if sys.stdin.isatty():
        return getpass.getpass("New AuthorizationKey (32 to 40 hexadecimal digits): ").strip()
    return sys.stdin.readline().strip()


def _root_in(listed: list[RootOnStation], serial_number: str, use: CertificateUse) -> RootOnStation:
    wanted = serial_number.lower().lstrip("0")
    for root in listed:
        if root.serial_number.lower().lstrip("0") == wanted and root.use is use:
            return root
    raise UsageError(
        f"the station has not said that it has the root {serial_number} for that use",
        remedy="`chargeproof security roots STATION --ask` lists what it has",
    )


def _certificate(subject: str, serial: str, expires_at: Any) -> str:
    return f"{subject}, no. {serial}, until {expires_at:%Y-%m-%d}" if serial else "none"


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(
            f"no certificate can be read here: {reason}", str(file), "Name a PEM file"
        ) from error


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _tell(found: Any, shown: str | Table, json: bool) -> int:
    if json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")
    elif isinstance(shown, Table):
        Console(highlight=False).print(shown)
    else:
        Console(highlight=False).print(shown, markup=False, soft_wrap=True)
    return 0
