"""Function 13: Remotely initiate and get diagnostics reports."""

from pathlib import PurePath

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.configuration_in_record import not_offered
from chargeproof.acceptance.files_in_record import has_server_log, transfers
from chargeproof.acceptance.quantifiers import absence, every, ours, refusal, scene_not_played, theirs
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import GET_DIAGNOSTICS, get_diagnostics
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, not_run, passed, passed_with_remark
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import DiagnosticsStatus, DiagnosticsStatusNotification, GetDiagnostics
from chargeproof.trace import Exchange, FileTransferred, Trace

case = Case(
    13,
    "Remotely initiate and get diagnostics reports",
    criteria={
        "13.1": (
            "After sending GetDiagnostics, with specific timeframe and ftp location, the Charging Station must "
            "send GetDiagnostics message and upload the diagnostic file to the specified ftp location"
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """One upload to our own file server."""
    await get_diagnostics(stage)


_OCTT = ("TC_045_1_CS",)


@case.check(
    "13.1a",
    "GetDiagnostics with a time frame is answered with the name of a file",
    clause="S§5.9",
    octt=_OCTT,
)
def get_diagnostics_names_a_file(trace: Trace) -> Verdict:
    return every(
        ours(trace, GetDiagnostics),
        lambda exchange: not_offered(trace, exchange, "FirmwareManagement") or _named(trace, exchange),
        nothing=scene_not_played(trace, GET_DIAGNOSTICS, "no GetDiagnostics was sent"),
    )


def _named(trace: Trace, exchange: Exchange[GetDiagnostics]) -> Verdict:
    refused = refusal(trace, exchange, asked="GetDiagnostics")
    if refused is not None:
        return refused
    name = _file_name(exchange)
    if not name:
        return failed(
            "the answer to GetDiagnostics names no file",
            exchange.evidence,
            expected="a fileName",
            seen="no fileName: nothing to send",
        )
    reason = f"GetDiagnostics was answered with the file “{name}”"
    if exchange.request.start_time is None or exchange.request.stop_time is None:
        return passed_with_remark(reason, exchange.evidence, remark="no time frame was asked for")
    return passed(reason, exchange.evidence)


def _file_name(exchange: Exchange[GetDiagnostics]) -> str:
    return (getattr(exchange.confirmation, "file_name", None) or "").strip()


@case.check("13.1b", "One file arrives at the place that was given", clause="S§4.4, 5.9", octt=_OCTT)
def the_file_is_uploaded(trace: Trace) -> Verdict:
    return every(
        ours(trace, GetDiagnostics),
        lambda exchange: not_offered(trace, exchange, "FirmwareManagement") or _uploaded(trace, exchange),
        nothing=scene_not_played(trace, GET_DIAGNOSTICS, "no GetDiagnostics was sent"),
    )


def _uploaded(trace: Trace, exchange: Exchange[GetDiagnostics]) -> Verdict:
    """The file on our server decides; the status notifications say when it had to be there."""
    arrived = [file for file in transfers(trace, exchange, "upload") if file.complete and file.size]
    if not arrived and not _file_name(exchange):
        return inconclusive("no file was named in the answer, and none was uploaded", exchange.evidence)
    told = _told(trace, exchange)
    known = (*exchange.evidence, *(status.n for status in told), *(file.n for file in arrived))
    end = next((status for status in told if status.request.status != DiagnosticsStatus.UPLOADING), None)
    if end is None:
        return _no_end(trace, exchange, arrived, known)
    said = str(end.request.status)
    if said != DiagnosticsStatus.UPLOADED:
        return failed(f"the upload ended with {said}", known, expected="Uploaded", seen=said)
    late = [s for s in told if s.n > end.n and s.request.status == DiagnosticsStatus.UPLOADING]
    if late:
        return failed(
            "Uploading was reported after Uploaded",
            (*known, late[0].n),
            expected="Uploading, then Uploaded",
            seen=", ".join(str(status.request.status) for status in told),
        )
    if not has_server_log(trace):
        return not_run(
            "Uploaded was reported, but no file server of ours took part that would have the file", known
        )
    if not arrived:
        return _without_file(trace, exchange, end, known)
    return _in_time(trace, exchange, arrived, told, end, known)


def _told(trace: Trace, exchange: Exchange[GetDiagnostics]) -> list[Exchange[DiagnosticsStatusNotification]]:
    """What the station said of the upload, Idle left out: that word is for triggers (S§7.24)."""
    following = ours(trace.after(exchange.n), GetDiagnostics)
    stretch = trace.between(exchange.n, following[0].n) if following else trace.after(exchange.n)
    seen = theirs(
        stretch.within(exchange.mono, window_s(trace, "diagnostics")), DiagnosticsStatusNotification
    )
    return [status for status in seen if status.request.status != DiagnosticsStatus.IDLE]


def _no_end(
    trace: Trace, exchange: Exchange[GetDiagnostics], arrived: list[FileTransferred], known: tuple[int, ...]
) -> Verdict:
    window = window_s(trace, "diagnostics")
    nothing = absence(trace, exchange.mono, window, across_reconnects=True)
    what = f"a file of {arrived[0].size} bytes" if arrived else "no file"
    reason = f"Uploaded was not reported, and there is {what}"
    expected = "a file on our server, and DiagnosticsStatusNotification Uploaded"
    if not nothing.proved:
        return inconclusive(f"{reason}, but {nothing.why}", known, expected=expected)
    seen = f"{what}, no Uploaded within {window:g} s"
    return failed(reason, (*known, *nothing.evidence), expected=expected, seen=seen)


def _without_file(
    trace: Trace,
    exchange: Exchange[GetDiagnostics],
    end: Exchange[DiagnosticsStatusNotification],
    known: tuple[int, ...],
) -> Verdict:
    settle = window_s(trace, "settle")
    if trace.end_mono < end.mono + settle:
        return inconclusive("Uploaded was reported, and the record ends before a file could show", known)
    broken = transfers(trace, exchange, "upload")
    seen = "an empty or unfinished file" if broken else "no file on our server"
    return failed(
        "Uploaded was reported, but no file with content arrived",
        (*known, *(file.n for file in broken)),
        expected="a file with content on our server",
        seen=seen,
    )


def _in_time(
    trace: Trace,
    exchange: Exchange[GetDiagnostics],
    arrived: list[FileTransferred],
    told: list[Exchange[DiagnosticsStatusNotification]],
    end: Exchange[DiagnosticsStatusNotification],
    known: tuple[int, ...],
) -> Verdict:
    first = arrived[0]
    if len(arrived) > 1:
        names = ", ".join(file.name for file in arrived)
        return failed("more than one file arrived", known, expected="a single file (S§5.9)", seen=names)
    if first.mono > end.mono + window_s(trace, "settle"):
        late = round(first.mono - end.mono, 1)
        return failed(
            f"the file arrived {late} s after Uploaded was reported",
            known,
            expected="the file before Uploaded",
            seen=f"the file {late} s later",
        )
    figures = {"diagnostics_file_bytes": first.size}
    reason = f"“{first.name}” of {first.size} bytes arrived on our server"
    verdict = passed(reason, known, figures=figures)
    named = PurePath(_file_name(exchange)).name
    if named and named != PurePath(first.name).name:
        verdict = verdict.with_remark(f"its answer had named “{named}”")
    if told[0].request.status != DiagnosticsStatus.UPLOADING:
        verdict = verdict.with_remark("Uploading was not reported (S§5.9)")
    return verdict
