"""TC_079: the security log is uploaded to the place that is given."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.files_in_record import has_server_log, transfers
from chargeproof.acceptance.quantifiers import absence, every, ours, refusal, scene_not_played, theirs
from chargeproof.acceptance.security.certificates_in_record import not_known
from chargeproof.acceptance.security.log_scenes import (
    ENDS,
    GET_PART_OF_LOG,
    GET_SECURITY_LOG,
    ROOM,
    TIMES_IN_LOG,
    get_security_log,
)
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, not_run, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp.security import GetLog, LogStatusNotification, SecurityEventNotification
from chargeproof.ocpp.security_enums import LogType, UploadLogStatus
from chargeproof.trace import Exchange, FileTransferred, Note, Trace

case = Case(
    79,
    "Get Security Log",
    criteria={
        "TC_079": "GetLog SecurityLog is accepted, and one file with the log arrives at the place that is given."
    },
    group="security",
)
_OCTT = ("TC_079_CS",)
Asked = Exchange[GetLog]
Told = Exchange[LogStatusNotification]


@case.drive
async def drive(stage: Stage) -> None:
    """The whole log, and a part of it."""
    await get_security_log(stage)


def _logs(trace: Trace) -> list[Asked]:
    return ours(trace, GetLog, lambda asked: asked.log_type == LogType.SECURITY_LOG)


def _whole(trace: Trace, judge_one: Callable[[Trace, Asked], Verdict]) -> Verdict:
    """Over those that were asked for without a time frame: what has a frame may be empty."""
    return every(
        [asked for asked in _logs(trace) if _frame(asked) == (None, None)],
        lambda asked: not_known(trace, asked) or judge_one(trace, asked),
        nothing=scene_not_played(trace, GET_SECURITY_LOG, "no security log was asked for"),
    )


def _frame(asked: Asked) -> tuple[datetime | None, datetime | None]:
    """The time frame that was asked for; a log of others may hold anything in its place."""
    names = ("oldest_timestamp", "latest_timestamp")
    oldest, latest = (getattr(asked.request.log, name, None) for name in names)
    return (
        oldest if isinstance(oldest, datetime) else None,
        latest if isinstance(latest, datetime) else None,
    )


def _file_name(asked: Asked) -> str:
    return (getattr(asked.confirmation, "filename", None) or "").strip()


@case.check(
    "TC_079a",
    "GetLog SecurityLog is accepted with the name of a file",
    clause="W§ N01.FR.01, W§5.10",
    octt=_OCTT,
)
def a_log_is_promised(trace: Trace) -> Verdict:
    return _whole(trace, _promised)


def _promised(trace: Trace, asked: Asked) -> Verdict:
    refused = refusal(trace, asked, "Accepted", asked="GetLog SecurityLog")
    if refused is not None:
        return refused
    name = _file_name(asked)
    if name:
        return passed(f"GetLog was accepted with the file “{name}”", asked.evidence)
    events = theirs(trace.until(asked.n), SecurityEventNotification)
    expected = "a filename"
    if not events:
        return inconclusive(
            "no file is named, and no security event is known that would be in it", asked.evidence
        )
    return failed(
        "the answer to GetLog names no file, although security events were told before",
        (*asked.evidence, events[-1].n),
        expected=expected,
        seen="no filename: no log is there",
    )


@case.check(
    "TC_079b",
    "Uploading and Uploaded are reported with the request's id",
    clause="W§ N01.FR.07, 08, 09, 12",
    octt=_OCTT,
)
def the_upload_is_told(trace: Trace) -> Verdict:
    return _whole(trace, _reported)


def _told(trace: Trace, asked: Asked) -> list[Told]:
    """What was reported between this request and the next one."""
    following = ours(trace.after(asked.n), GetLog)
    stretch = trace.between(asked.n, following[0].n) if following else trace.after(asked.n)
    return theirs(stretch.within(asked.mono, window_s(trace, "diagnostics")), LogStatusNotification)


def _reported(trace: Trace, asked: Asked) -> Verdict:
    if not _file_name(asked):
        return inconclusive("no log was promised", asked.evidence)
    told = [each for each in _told(trace, asked) if each.request.status != UploadLogStatus.IDLE]
    known = (*asked.evidence, *(each.n for each in told))
    wrong = next((each for each in told if each.request.request_id != asked.request.request_id), None)
    if wrong is not None:
        said = wrong.request.request_id
        return failed(
            f"{wrong.request.status} was reported {'without a' if said is None else 'with another'} requestId",
            known,
            expected=f"requestId {asked.request.request_id}",
            seen="no requestId" if said is None else f"requestId {said}",
        )
    words = ", ".join(str(each.request.status) for each in told) or "no LogStatusNotification"
    expected = "Uploading, then Uploaded"
    ends = [each for each in told if each.request.status in ENDS]
    if not ends:
        return _no_end(trace, asked, known, words)
    if ends[0].request.status != UploadLogStatus.UPLOADED:
        return failed(f"the upload ended with {ends[0].request.status}", known, expected=expected, seen=words)
    if told[0].request.status != UploadLogStatus.UPLOADING:
        return failed("Uploading was not reported first", known, expected=expected, seen=words)
    return passed(f"the upload was reported: {words}", known)


def _no_end(trace: Trace, asked: Asked, known: tuple[int, ...], words: str) -> Verdict:
    nothing = absence(trace, asked.mono, window_s(trace, "diagnostics"))
    expected = "LogStatusNotification Uploaded"
    if not nothing.proved:
        return inconclusive(f"Uploaded was not reported, but {nothing.why}", known, expected=expected)
    return failed("Uploaded was not reported", (*known, *nothing.evidence), expected=expected, seen=words)


@case.check(
    "TC_079c",
    "One file with content arrives under the name that was promised, before Uploaded",
    clause="W§ N01.FR.01, 09",
    octt=_OCTT,
)
def the_log_arrives(trace: Trace) -> Verdict:
    return _whole(trace, _arrived)


def _arrived(trace: Trace, asked: Asked) -> Verdict:
    name = _file_name(asked)
    if not name:
        return inconclusive("no log was promised", asked.evidence)
    if not has_server_log(trace):
        return not_run("no file server of ours took part, whose log would show it", asked.evidence)
    files = transfers(trace, asked, "upload")
    told = _told(trace, asked)
    end = next((each for each in told if each.request.status in ENDS), None)
    known = (*asked.evidence, *(file.n for file in files), *(each.n for each in (end,) if each is not None))
    whole = [file for file in files if file.complete and file.size]
    expected = f"a file “{name}” with content"
    if not whole:
        if end is not None and end.request.status == UploadLogStatus.UPLOADED:
            seen = "an empty or unfinished file" if files else "no file on our server"
            return failed(
                "Uploaded was reported, but no log with content arrived", known, expected=expected, seen=seen
            )
        return inconclusive("no log arrived, and none was said to be uploaded", known, expected=expected)
    if len(whole) > 1:
        names = ", ".join(file.name for file in whole)
        return failed("more than one file arrived", known, expected="a single file", seen=names)
    return _named_and_in_time(trace, whole[0], name, end, known)


def _named_and_in_time(
    trace: Trace, file: FileTransferred, name: str, end: Told | None, known: tuple[int, ...]
) -> Verdict:
    if file.name != name.replace("\\", "/").rpartition("/")[2]:
        return failed(
            "the log arrived under another name than was promised", known, expected=name, seen=file.name
        )
    if end is not None and file.mono > end.mono + window_s(trace, "settle"):
        late = round(file.mono - end.mono, 1)
        seen = f"the file {late} s later"
        return failed(
            f"the log arrived {late} s after Uploaded was reported",
            known,
            expected="the file before Uploaded",
            seen=seen,
        )
    return passed(
        f"“{file.name}” of {file.size} bytes arrived", known, figures={"security_log_bytes": file.size}
    )


@case.check(
    "TC_079d",
    "A log of a time frame holds nothing from before or after it",
    clause="W§6.13",
    octt=_OCTT,
)
def the_time_frame_is_kept(trace: Trace) -> Verdict:
    framed = [asked for asked in _logs(trace) if _frame(asked) != (None, None)]
    if not framed:
        unread = _times(trace)
        if unread is not None:
            return passed(
                "no line of the log begins with a time, so that no part of it was asked for", (unread.n,)
            ).with_remark("whether a time frame is kept was not looked at: look into the log")
        whole = _whole(
            trace, lambda _trace, asked: inconclusive("no log arrived to look into", asked.evidence)
        )
        return whole if whole.evidence else scene_not_played(trace, GET_PART_OF_LOG, whole.reason)
    return every(framed, lambda asked: _kept(trace, asked), nothing="no part of the log was asked for")


def _times(trace: Trace, request_id: Any = None) -> Note | None:
    """The note on a log that was looked into."""
    notes = [note for note in trace.of(Note) if note.name == TIMES_IN_LOG]
    return next((note for note in notes if request_id in (None, note.value.get("request_id"))), None)


def _moments(note: Note | None) -> list[datetime]:
    return [datetime.fromisoformat(time) for time in note.value["times"]] if note is not None else []


def _kept(trace: Trace, asked: Asked) -> Verdict:
    refused = refusal(trace, asked, "Accepted", asked="GetLog SecurityLog with a time frame")
    if refused is not None:
        return refused
    oldest, latest = _frame(asked)
    whole, note = _times(trace), _times(trace, asked.request.request_id)
    known = (*asked.evidence, *(each.n for each in (whole, note) if each is not None))
    frame = " ".join(f"{word} {time:%H:%M:%S}" for word, time in (("from", oldest), ("to", latest)) if time)
    if note is None and _file_name(asked):
        return inconclusive("the log of the time frame was not looked into", known)
    inside = [t for t in _moments(whole) if _within(t, oldest, latest)]
    times = _moments(note)
    early = [t for t in times if oldest is not None and t <= oldest - ROOM / 2]
    late = [t for t in times if latest is not None and t >= latest + ROOM / 2]
    if early or late:
        which, bound = ("before", "oldestTimestamp") if early else ("after", "latestTimestamp")
        return failed(
            f"the log holds what is {which} the {bound}",
            known,
            expected=f"nothing but {frame}",
            seen=f"an entry of {(early or late)[0]:%Y-%m-%d %H:%M:%S}",
        )
    if inside and not times:
        return failed(
            "nothing of the time frame is in the log",
            known,
            expected=f"the {len(inside)} entries {frame}",
            seen="no entry" if _file_name(asked) else "no filename: no log is there",
        )
    return passed(f"the log holds {len(times)} entries, none outside the time frame {frame}", known)


def _within(time: datetime, oldest: datetime | None, latest: datetime | None) -> bool:
    return (oldest is None or time >= oldest + ROOM) and (latest is None or time <= latest - ROOM)
