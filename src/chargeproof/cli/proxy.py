"""`chargeproof proxy`: between stations and their present central system, recording and judging."""

import asyncio
import signal
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console

import chargeproof
from chargeproof.acceptance.profile import load_profile
from chargeproof.acceptance.script import RULE_SET, SCRIPT
from chargeproof.cli.logs import log_at
from chargeproof.cli.serving import writable_folder
from chargeproof.cli.verdicts import show_report, show_where
from chargeproof.clock import LoopClock
from chargeproof.errors import ChargeproofError, UsageError
from chargeproof.proxy.heads import Upstream, upstream_of
from chargeproof.proxy.records import RECORD, Records
from chargeproof.proxy.relay import Proxy
from chargeproof.testbed.results import BROKEN, FAILED, OPEN, exit_code_of, judge_record, write_report

DISK_PATIENCE_S = 10.0
WORST_FIRST = (BROKEN, FAILED, OPEN)


@dataclass(frozen=True)
class Wish:
    """What is to be passed on, and where its records go."""

    upstream: Upstream
    host: str
    port: int
    folder: Path
    seconds: float | None
    profile: dict[str, Any]
    upstream_tls: ssl.SSLContext | None = None
    own_tls: ssl.SSLContext | None = None


def proxy(
    *,
    upstream: Annotated[
        str, Parameter(help="The present central system, as ws://HOST[:PORT]/PATH or wss://...")
    ],
    listen: Annotated[str, Parameter(help="Where stations connect, as HOST:PORT.")] = "0.0.0.0:9000",
    out: Annotated[
        Path | None, Parameter(help="Folder for the records and reports, one below per station.")
    ] = None,
    for_s: Annotated[
        float | None, Parameter(name="--for", help="End after so many seconds; else at Ctrl-C or SIGTERM.")
    ] = None,
    profile: Annotated[
        Path | None, Parameter(help="What is stated about the stations' model; see `accept --help`.")
    ] = None,
    ca: Annotated[
        Path | None,
        Parameter(help="PEM file of the authority that vouches for a wss:// upstream, if not a public one."),
    ] = None,
    certificate: Annotated[
        Path | None, Parameter(help="PEM file; with it stations connect by wss. Needs --key.")
    ] = None,
    key: Annotated[Path | None, Parameter(help="PEM file of the certificate's private key.")] = None,
) -> int:
    """See `help_texts.PROXY`; returns the exit code."""
    log_at("warning")
    host, port = _address(listen)
    far = upstream_of(upstream)
    if for_s is not None and for_s <= 0:
        raise UsageError(f"nothing passes in {for_s:g} s", "--for", "Give seconds above 0")
    if (certificate is None) != (key is None):
        raise UsageError("--certificate and --key belong together", remedy="Give both or none")
    if ca is not None and not far.is_tls:
        raise UsageError("--ca is for an upstream with wss://", upstream, "Leave it out")
    stated = load_profile(profile).as_record() if profile is not None else {}
    own_tls = _server_tls(certificate, key) if certificate is not None and key is not None else None
    upstream_tls = _client_tls(ca) if far.is_tls else None
    folder = _fresh_folder(out or Path(f"chargeproof-proxy-{datetime.now():%Y%m%dT%H%M%S}"))
    wish = Wish(far, host, port, folder, for_s, stated, upstream_tls, own_tls)
    return asyncio.run(_proxy(wish, Console(highlight=False, soft_wrap=True)))


async def _proxy(wish: Wish, console: Console) -> int:
    loop = asyncio.get_running_loop()

    def tell(news: str) -> None:
        loop.call_soon_threadsafe(lambda: console.print(news, markup=False, style="yellow"))

    records = Records(wish.folder, LoopClock(), heading=lambda _id: _heading(wish), on_trouble=tell)
    relay = Proxy(
        wish.upstream,
        records,
        host=wish.host,
        port=wish.port,
        on_news=lambda news: console.print(news, markup=False),
        own_tls=wish.own_tls,
        upstream_tls=wish.upstream_tls,
    )
    stop = asyncio.Event()
    try:
        await relay.start()
        with _signals(stop):
            scheme = "wss" if wish.own_tls is not None else "ws"
            console.print(
                f"Proxy: {scheme}://{_place(wish.host)}:{relay.port} to {wish.upstream}", markup=False
            )
            console.print(f"Records in {wish.folder}; Ctrl-C ends it and judges.", markup=False)
            await _until(stop, wish.seconds)
        await relay.stop()
    finally:
        written = await records.end(DISK_PATIENCE_S)
    if not written:
        console.print(f"The disk did not take all of the records in {DISK_PATIENCE_S:g} s.", style="yellow")
    return _judge_all(records, wish.folder, console)


async def _until(stop: asyncio.Event, seconds: float | None) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def _judge_all(records: Records, folder: Path, console: Console) -> int:
    """The exit code of the worst; what cannot be judged or written is told, and the others are judged."""
    if not records.stations:
        console.print("No station connected, so that there is nothing to judge.", style="yellow")
        return OPEN
    codes = [_judge(record.path, console) for record in records.stations.values()]
    codes += [BROKEN for record in records.stations.values() if record.failure]
    return next((code for code in WORST_FIRST if code in codes), 0)


def _judge(path: Path, console: Console) -> int:
    console.rule(path.parent.name)
    try:
        judged = judge_record(path)
        show_report(console, judged.report)
        if judged.note:
            console.print(judged.note, style="yellow", markup=False)
        written = write_report(judged, path.parent)
    except ChargeproofError as error:
        console.print(str(error), style="red", markup=False)
        return BROKEN
    show_where(console, path.parent, [*written, path])
    return exit_code_of(judged.report, [function.number for function in judged.report.functions])


def _heading(wish: Wish) -> dict[str, Any]:
    return {
        "tool_version": chargeproof.__version__,
        "rule_set": RULE_SET,
        "site": "proxy",
        "functions": tuple(case.number for case in SCRIPT),
        "profile": wish.profile,
        "environment": {"upstream": str(wish.upstream)},
    }


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _address(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    host = host.strip("[]")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise UsageError("this is no HOST:PORT", f"--listen {listen}", "Give one such as 0.0.0.0:9000")
    return host, int(port)


def _place(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _fresh_folder(folder: Path) -> Path:
    """A folder that may be written and holds no records yet: a record is never overwritten."""
    if any(folder.glob(f"*/{RECORD}")):
        raise UsageError("there are records in this folder already", str(folder), "Give another --out")
    return writable_folder(folder, "Choose another folder with --out")


def _client_tls(ca: Path | None) -> ssl.SSLContext:
    """Verifies name and certificate, with the machine's authorities or the one that was named."""
    try:
        return ssl.create_default_context(cafile=str(ca) if ca is not None else None)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"this authority cannot be used: {error}", str(ca), "Name a PEM file") from error


def _server_tls(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        places = f"{certificate}, {key}"
        raise UsageError(
            f"the certificate or its key cannot be used: {error}",
            places,
            "Name two PEM files that belong together",
        ) from error
    return context
