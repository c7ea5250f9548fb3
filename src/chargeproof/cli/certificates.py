"""`chargeproof certificates`: what the embedded authority makes, signs and revokes, also while serving."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from chargeproof.central_system.certificate_making import CsrRefused
from chargeproof.central_system.certificates import Authority, IssuedCertificate
from chargeproof.cli import help_texts
from chargeproof.cli.addresses import advertised_host
from chargeproof.cli.options import Config, Data, settings_from
from chargeproof.cli.securing import CERTIFICATES
from chargeproof.cli.serving import data_folder
from chargeproof.errors import UsageError
from chargeproof.settings import Settings

AsJson = Annotated[bool, Parameter(name="--json", help="Print JSON for programs.", negative=())]

certificates = App(
    name="certificates", help=help_texts.CERTIFICATES, help_epilogue=help_texts.CERTIFICATES_EXAMPLES
)


@certificates.command
def init(*, config: Config = None, data: Data = None, json: AsJson = False) -> int:
    """Make the root and the issuing key, unless they are there."""
    authority = _authority(settings_from(config, data=data))
    _tell(
        {"folder": str(authority.folder), "root": str(authority.root_file), **_about_root(authority)},
        f"The authority is in {authority.folder}. Give stations its root: {authority.root_file}",
        json,
    )
    return 0


@certificates.command
def show(*, config: Config = None, data: Data = None, json: AsJson = False) -> int:
    """Say which authority this is, and how many certificates it issued."""
    authority = _authority_there(settings_from(config, data=data))
    issued = authority.issued()
    about = {
        **_about_root(authority),
        "folder": str(authority.folder),
        "issued": len(issued),
        "revoked": sum(item.revoked_at is not None for item in issued),
    }
    lines = "\n".join(f"{name:<12} {value}" for name, value in about.items())
    _tell(about, lines, json)
    return 0


@certificates.command
def server(
    hosts: Annotated[list[str] | None, Parameter(help="Names and addresses that stations use.")] = None,
    /,
    *,
    config: Config = None,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Make the server's certificates, RSA and ECDSA, for these names; a server that runs takes them up."""
    settings = settings_from(config, data=data)
    identities = _authority(settings).server_identities(hosts or [advertised_host(settings)])
    made = [{"certificate": str(each.certificate), "key": str(each.key)} for each in identities]
    _tell(made, "\n".join(f"{each['certificate']}  with  {each['key']}" for each in made), json)
    return 0


@certificates.command
def sign(
    charge_point_id: Annotated[str, Parameter(help="The station; the common name of the request.")],
    request: Annotated[Path, Parameter(help="File with the signing request (CSR, PEM); - is stdin.")],
    /,
    *,
    output: Annotated[Path | None, Parameter(help="File for the chain; without it, it is printed.")] = None,
    config: Config = None,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Sign the request of a station by hand, where it cannot send SignCertificate."""
    authority = _authority(settings_from(config, data=data))
    try:
        chain = authority.sign_request(_text_of(request), charge_point_id)
    except CsrRefused as refusal:
        raise UsageError(f"the request is refused: {refusal}", str(request)) from refusal
    newest = authority.issued()[-1]
    if output is not None:
        output.write_text(chain, encoding="ascii")
    shown = chain if output is None else f"The chain for {charge_point_id} is in {output}"
    _tell({**_row(newest), "chain": chain}, shown.rstrip("\n"), json)
    return 0


@certificates.command
def revoke(
    which: Annotated[str, Parameter(help="A serial number, or a station: all of its certificates.")],
    /,
    *,
    config: Config = None,
    data: Data = None,
    json: AsJson = False,
) -> int:
    """Revoke certificates; a server that runs refuses them within seconds."""
    revoked = _authority_there(settings_from(config, data=data)).revoke(which)
    lines = "\n".join(f"Revoked {item.serial} of {item.name}" for item in revoked)
    _tell([_row(item) for item in revoked], lines, json)
    return 0


@certificates.command(name="list")
def list_certificates(*, config: Config = None, data: Data = None, json: AsJson = False) -> int:
    """List what was issued, oldest first."""
    issued = _authority_there(settings_from(config, data=data)).issued()
    if json:
        _tell([_row(item) for item in issued], "", json)
        return 0
    Console(highlight=False).print(_table(issued))
    return 0


@certificates.command(name="export-root")
def export_root(
    *,
    output: Annotated[Path | None, Parameter(help="File to write; without it, it is printed.")] = None,
    config: Config = None,
    data: Data = None,
) -> int:
    """Give out the root that stations must trust (PEM)."""
    pem = _authority_there(settings_from(config, data=data)).root_file.read_text(encoding="ascii")
    if output is None:
        sys.stdout.write(pem)
    else:
        output.write_text(pem, encoding="ascii")
    return 0


def _authority(settings: Settings) -> Authority:
    """Made on first use."""
    return Authority(data_folder(settings) / CERTIFICATES)


def _authority_there(settings: Settings) -> Authority:
    """For those who ask what it did. Raises UsageError where there is none."""
    folder = Path(settings.data).expanduser() / CERTIFICATES
    if not folder.exists():
        raise UsageError(
            "there is no certificate authority here",
            str(folder),
            "Name its folder for data with --data, or make one: chargeproof certificates init",
        )
    return _authority(settings)


def _about_root(authority: Authority) -> dict[str, str]:
    root = authority.root
    return {
        "subject": root.subject.rfc4514_string(),
        "serial": f"{root.serial_number:X}",
        "expires_at": root.not_valid_after_utc.isoformat(),
    }


def _row(item: IssuedCertificate) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(item)
    return row


def _table(issued: Sequence[IssuedCertificate]) -> Table:
    table = Table(title="Certificates", title_justify="left")
    for heading in ("Name", "Purpose", "Kind", "Serial number", "Until", "Revoked"):
        table.add_column(heading, overflow="fold")
    for item in issued:
        revoked = f"{item.revoked_at:%Y-%m-%d %H:%M} UTC" if item.revoked_at is not None else ""
        table.add_row(item.name, item.purpose, item.kind, item.serial, f"{item.expires_at:%Y-%m-%d}", revoked)
    return table


def _text_of(request: Path) -> str:
    try:
        return sys.stdin.read() if str(request) == "-" else request.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"the request cannot be read: {reason}", str(request)) from error


def _tell(content: Any, lines: str, json: bool) -> None:
    if json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n")
    else:
        Console(highlight=False).print(lines, markup=False, soft_wrap=True)
