"""`chargeproof accept`: serve, wait for one station, play the script, write the report."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from chargeproof.acceptance.profile import load_profile
from chargeproof.acceptance.script import GroupChoice
from chargeproof.cli.acceptance_run import Wish, accept_station
from chargeproof.cli.options import AS_SET, SECURE, Config, Data, ServedAt, functions_from, settings_from
from chargeproof.cli.serving import writable_folder
from chargeproof.errors import UsageError
from chargeproof.settings import SERVER_VARIABLE, STATION_PASSWORD_VARIABLE, TOKEN_VARIABLE, Settings
from chargeproof.simulator.model import load_model
from chargeproof.testbed.results import RECORD
from chargeproof.testbed.rig import RigSite
from chargeproof.testbed.run_state import PROMPT_LIMIT_S, StartRun
from chargeproof.testbed.secured_run import asks_for_security
from chargeproof.testbed.simulated import LAWFUL

Site = Annotated[
    Literal["person", "simulated", "rig", "none"],
    Parameter(
        help="Whose hands act at the station: a person at this terminal, a simulated station that is started "
        "for the run, a lab rig over HTTP, or none (then what needs hands is not run)."
    ),
]
OnServer = Annotated[
    str | None, Parameter(help="Play the run on the server at this address.", env_var=SERVER_VARIABLE)
]
Token = Annotated[
    str | None, Parameter(help="API token for that server.", env_var=TOKEN_VARIABLE, show_default=False)
]
Only = Annotated[
    str | None, Parameter(help="What to run of it: functions such as 3,14, or security cases such as TC_073.")
]
Group = Annotated[
    GroupChoice,
    Parameter(help="The document's functions, the security cases (named after OCTT's test cases), or both."),
]
Model = Annotated[
    str | None,
    Parameter(help=f"Model of the station, for --site simulated; {LAWFUL}, or {SECURE} for security cases."),
]
StationPassword = Annotated[
    str | None,
    Parameter(
        help="The password (AuthorizationKey) that the station has; best as CHARGEPROOF_STATION_PASSWORD.",
        env_var=STATION_PASSWORD_VARIABLE,
        show_default=False,
        show_env_var=False,
    ),
]


def accept(
    charge_point_id: Annotated[str, Parameter(help="The id with which the station connects.")],
    /,
    *,
    site: Site = "person",
    rig: Annotated[str | None, Parameter(help="Address of the rig, for --site rig.")] = None,
    profile: Annotated[Path | None, Parameter(help="Profile of the model; see below.")] = None,
    group: Group = "functions",
    only: Only = None,
    out: Annotated[Path | None, Parameter(help="Folder for the record and the report.")] = None,
    model: Model = None,
    wait_s: Annotated[float | None, Parameter(help="How long the station may take to come, seconds.")] = None,
    config: Config = None,
    data: Data = None,
    served_at: ServedAt = AS_SET,
    station_password: StationPassword = None,
    server: OnServer = None,
    token: Token = None,
) -> int:
    """See `help_texts.ACCEPT`; returns the exit code."""
    own = {"data": data, **asdict(served_at)}
    start = StartRun(
        charge_point_id=charge_point_id,
        site=site,
        functions=functions_from(only, group),
        group=group,
        profile=load_profile(profile) if profile is not None else None,
        remember=profile is None,
        rig=rig,
        wait_s=wait_s,
        # Whoever started a run here sees it wait; one on a server may have been left alone.
        prompt_limit_s=None if server is None else PROMPT_LIMIT_S,
    )
    _check(start)
    security = asks_for_security(start.functions)
    model = model or (SECURE if security else LAWFUL)
    beside = profile.parent if profile is not None else None
    folder = _fresh_folder(out) if out is not None else None
    if server is not None:
        _must_have_none(config, {**own, "station_password": station_password})
        return _on_server(start, server, token, folder, model, beside)
    loaded = load_model(model) if site == "simulated" else None
    wish = Wish(
        start=start, folder=folder, model=loaded, firmware_folder=beside, station_password=station_password
    )
    settings = settings_from(config, **own)
    return asyncio.run(accept_station(wish, _with_tls(settings) if security else settings))


def _with_tls(settings: Settings) -> Settings:
    """Security cases without TLS would be half of them: it is served too where nothing is said of it."""
    if settings.tls_certificate or settings.ocpp_tls_port >= 0:
        return settings
    return msgspec.structs.replace(settings, ocpp_tls_port=0)


def _check(start: StartRun) -> None:
    """In the words of the command line, before anything is begun."""
    if (start.site == "rig") != (start.rig is not None):
        raise UsageError("--site rig and --rig URL belong together", remedy="Give both or none")
    if start.wait_s is not None and start.wait_s <= 0:
        raise UsageError(f"nobody can wait for {start.wait_s:g} s", "--wait-s", "Give seconds above 0")
    if start.rig is not None:
        RigSite.check(start.rig)


def _must_have_none(config: Path | None, own: dict[str, str | int | None]) -> None:
    """Settings of a server that is started here say nothing to one that runs."""
    given = [name for name, value in (("config", config), *own.items()) if value is not None]
    if given:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(
            f"{flags} and --server exclude one another", remedy="The server has settings of its own"
        )


def _on_server(
    start: StartRun, server: str, token: str | None, out: Path | None, model: str, beside: Path | None
) -> int:
    from chargeproof.cli.accept_on_server import Server, accept_on_server

    if not token:
        raise UsageError(
            "a server wants to know who asks", "--token", f"Give an API token, best as {TOKEN_VARIABLE}"
        )
    if start.site == "simulated":
        start = msgspec.structs.replace(start, model=model)
    return asyncio.run(accept_on_server(start, Server(server, token), out, files_beside=beside or Path()))


def _fresh_folder(folder: Path) -> Path:
    """A folder that may be written and holds no record yet: a record is never overwritten."""
    if (folder / RECORD).exists():
        raise UsageError("there is a record in this folder already", str(folder), "Give another --out")
    return writable_folder(folder, "Choose another folder with --out")
