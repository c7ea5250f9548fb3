"""`chargeproof serve`: the central system for real stations."""

import asyncio
import signal
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chargeproof.cli import long_lived
from chargeproof.cli.options import (
    Config,
    Data,
    FtpPort,
    Host,
    OcppPort,
    OcppTlsPort,
    WebPort,
    effective_from,
)
from chargeproof.cli.serving import Serving, serving
from chargeproof.clock import LoopClock
from chargeproof.settings import EffectiveSettings, settings_table
from chargeproof.web.people.people import FIRST_NAME


def serve(
    *,
    config: Config = None,
    data: Data = None,
    host: Host = None,
    ocpp_port: OcppPort = None,
    web_port: WebPort = None,
    ftp_port: FtpPort = None,
    ocpp_tls_port: OcppTlsPort = None,
    settings_list: Annotated[
        bool, Parameter(name="--settings", help="List all settings and end.", negative=())
    ] = False,
) -> int:
    """See `help_texts.SERVE`; returns the exit code."""
    if settings_list:
        _show_settings(Console(highlight=False))
        return 0
    found = effective_from(
        config,
        data=data,
        host=host,
        ocpp_port=ocpp_port,
        web_port=web_port,
        ftp_port=ftp_port,
        ocpp_tls_port=ocpp_tls_port,
    )
    long_lived.run(_serve(found))
    return 0


def _show_settings(console: Console) -> None:
    table = Table(title="Settings", title_justify="left")
    for heading in ("Setting", "Environment", "Takes", "Default", "Meaning"):
        table.add_column(heading, overflow="fold")
    for row in settings_table():
        table.add_row(*(Text(cell) for cell in (row.name, row.variable, row.takes, row.default, row.meaning)))
    console.print(table)


async def _serve(found: EffectiveSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    console = Console(highlight=False)
    async with serving(
        found.settings, LoopClock(), makes_administrator=True, sources=found.sources
    ) as served:
        if hasattr(signal, "SIGHUP"):
            loop.add_signal_handler(signal.SIGHUP, served.reload_certificates)
        show_addresses(console, served, "CHARGE_POINT_ID")
        show_console(console, served)
        console.print("Serving; Ctrl-C ends it.")
        long_lived.spare_the_collector()
        await stop.wait()
        console.print("Stopping: stations are told, what they were told is kept.")


def show_addresses(console: Console, served: Serving, charge_point_id: str) -> None:
    """Print what is to be entered into a station."""
    console.print("Enter into the station:", style="bold")
    console.print(f"  address of the central system  {served.addresses.ocpp}/", markup=False, soft_wrap=True)
    console.print(f"  charge point id                {charge_point_id}", markup=False, soft_wrap=True)
    console.print(
        f"  (in one line: {served.addresses.station_address(charge_point_id)}, sub-protocol ocpp1.6)",
        markup=False,
        soft_wrap=True,
    )
    if served.addresses.ocpp_tls and served.addresses.ocpp_tls != served.addresses.ocpp:
        console.print(
            f"  within TLS                     {served.addresses.ocpp_tls}/", markup=False, soft_wrap=True
        )
    if served.addresses.only_this_machine:
        console.print(
            "Only this machine can connect. --host 0.0.0.0 lets the stations of your network in.",
            style="yellow",
            soft_wrap=True,
        )
    places = [f"{served.addresses.web}/files", served.addresses.ftp, served.addresses.ftps]
    console.print(f"Files: {' and '.join(place for place in places if place)}", soft_wrap=True)
    console.print(f"Health: {served.addresses.web}/healthz    Data: {served.data}", soft_wrap=True)


def show_console(console: Console, served: Serving) -> None:
    """Print where people log in, and, this once, the password of the first of them."""
    console.print(
        f"Console: {served.addresses.web}/    API: {served.addresses.web}/api/v1/docs", soft_wrap=True
    )
    if served.first_password is not None:
        console.print(
            f"  log in as {FIRST_NAME} with the password {served.first_password}",
            markup=False,
            soft_wrap=True,
        )
        console.print(
            f"  It is told this once. `chargeproof people reset-password {FIRST_NAME}` makes a new one.",
            style="yellow",
            soft_wrap=True,
        )
    if served.addresses.exposed:
        console.print(
            "Warning: others on the network can reach the console and read passwords on their way to it. "
            "Set web_tls_certificate and web_tls_key, or put a proxy with TLS in front.",
            style="bold red",
            soft_wrap=True,
        )
