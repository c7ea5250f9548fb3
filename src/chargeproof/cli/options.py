"""Options that several commands share, and how their values are read."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from chargeproof.acceptance.script import EVERY_CASE, SCRIPT, GroupChoice, numbers_of
from chargeproof.cli.logs import log_at
from chargeproof.errors import UsageError
from chargeproof.settings import EffectiveSettings, Settings, effective_settings

SECURE = "secure"
"""The simulated station that has the security extension."""

Config = Annotated[Path | None, Parameter(help="TOML file with settings.")]
Data = Annotated[str | None, Parameter(help="Folder for the database, files, profiles and runs.")]
Host = Annotated[str | None, Parameter(help="Address to listen on.")]
OcppPort = Annotated[int | None, Parameter(help="Port for the stations' WebSockets; 0: a free one.")]
OcppTlsPort = Annotated[
    int | None, Parameter(help="Port for the stations' WebSockets within TLS; 0: a free one, -1: none.")
]
WebPort = Annotated[int | None, Parameter(help="Port for HTTP; 0: a free one.")]
FtpPort = Annotated[int | None, Parameter(help="Port for FTP; 0: a free one.")]


@Parameter(name="*")
@dataclass(frozen=True)
class ServedAt:
    """Where a central system listens that serves for one command; None: as the settings say."""

    host: Host = None
    ocpp_port: OcppPort = None
    ocpp_tls_port: OcppTlsPort = None
    web_port: WebPort = None
    ftp_port: FtpPort = None


AS_SET = ServedAt()


def settings_from(config: Path | None, **flags: Any) -> Settings:
    """Flags before the environment before the file before the defaults; also sets up the log."""
    return effective_from(config, **flags).settings


def effective_from(config: Path | None, **flags: Any) -> EffectiveSettings:
    """As `settings_from`, with the source of each."""
    found = effective_settings(flags, os.environ, config)
    log_at(found.settings.log_level, found.settings.log_format)
    return found


def functions_from(only: str | None, group: GroupChoice = "functions") -> tuple[int, ...]:
    """`3,14` as numbers of the document, `73,TC_088` as security cases; None is all of the group.

    Raises UsageError.
    """
    if only is None:
        return numbers_of(group)
    known = {case.number: case for case in EVERY_CASE}
    chosen = []
    for part in only.split(","):
        text = part.strip().upper().removeprefix("TC_")
        if not text.isdecimal() or int(text) not in known:
            raise UsageError(
                f'there is no function "{part.strip()}"',
                "--only",
                f"The document has {SCRIPT[0].number} to {SCRIPT[-1].number}: --only 3,14; "
                "security cases are named by their test case: --only TC_073",
            )
        chosen.append(int(text))
    return tuple(sorted(set(chosen)))
