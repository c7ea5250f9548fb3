"""Firmware updates and diagnostics."""

from collections.abc import Iterator

from chargeproof.acceptance.lints.registry import Sight, lint
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import (
    DiagnosticsStatusNotification,
    FirmwareStatusNotification,
    GetDiagnostics,
    UpdateFirmware,
)
from chargeproof.trace import Trace

_FLOOD = 10
_AFTER_DOWNLOADING = ("Downloaded", "DownloadFailed", "Installing", "Installed", "InstallationFailed")


@lint(
    "L-29",
    "Firmware or diagnostics progress is skipped, repeated in a flood, or breaks off",
    clause="S§4.4, S§4.5, S§7.24, S§7.25",
    advice="Report each change of the progress once, in order, to Installed or Uploaded or a failure.",
)
def progress(trace: Trace) -> Iterator[Sight]:
    for job in trace.exchanges(UpdateFirmware):
        seen = [
            (e.n, str(e.request.status)) for e in trace.after(job.n).exchanges(FirmwareStatusNotification)
        ]
        told = [status for _, status in seen if status != "Idle"]
        if told and told[0] in _AFTER_DOWNLOADING:
            yield Sight(next(n for n, s in seen if s == told[0]), f"{told[0]} without Downloading before it")
        yield from _floods(seen)
        yield from _breaks_off(trace, seen, ("Downloading", "Downloaded", "Installing"), "firmware")
    for diagnostics in trace.exchanges(GetDiagnostics):
        reported = trace.after(diagnostics.n).exchanges(DiagnosticsStatusNotification)
        seen = [(e.n, str(e.request.status)) for e in reported]
        yield from _floods(seen)
        yield from _breaks_off(trace, seen, ("Uploading",), "diagnostics")


def _floods(seen: list[tuple[int, str]]) -> Iterator[Sight]:
    run = 0
    for place, (n, status) in enumerate(seen):
        run = run + 1 if place and seen[place - 1][1] == status else 1
        if run == _FLOOD:
            yield Sight(n, f"{status} {_FLOOD} times in a row")


def _breaks_off(
    trace: Trace, seen: list[tuple[int, str]], unfinished: tuple[str, ...], window: str
) -> Iterator[Sight]:
    if not seen or seen[-1][1] not in unfinished:
        return
    n, status = seen[-1]
    at = next(entry.mono for entry in trace.entries if entry.n == n)
    if trace.end_mono - at > window_s(trace, window):
        yield Sight(n, f"nothing follows after {status}")
