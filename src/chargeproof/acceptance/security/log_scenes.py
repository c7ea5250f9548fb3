"""Scenes of the log case: the whole security log, then a part of it."""

from datetime import datetime, timedelta

from chargeproof.acceptance.stage import Stage, scene
from chargeproof.ocpp.security import GetLog, LogStatusNotification
from chargeproof.ocpp.security_enums import LogType, UploadLogStatus

GET_SECURITY_LOG = "get the security log"
GET_WHOLE_LOG = "get the whole security log"
GET_PART_OF_LOG = "get a part of the security log"
TIMES_IN_LOG = "times in the log"
"""The note on an uploaded log: its request id, and the time at the head of each line that has one."""
ENDS = frozenset(UploadLogStatus) - {UploadLogStatus.UPLOADING, UploadLogStatus.IDLE}
ROOM = timedelta(seconds=2)
"""How far the asked frame lies within the times of the whole log: more than a log may round."""


@scene(GET_SECURITY_LOG)
async def get_security_log(stage: Stage) -> None:
    """Without a time frame; then, where its lines have times, without the first and the last of them."""
    async with stage.step(GET_WHOLE_LOG):
        times = await _log(stage)
    if times:
        async with stage.step(GET_PART_OF_LOG):
            await _log(stage, *frame_within(times))


def frame_within(times: list[datetime]) -> tuple[datetime, datetime | None]:
    """Oldest and latest: what leaves out the first and the last time, or all where they are too near."""
    first, last = min(times), max(times)
    if last - first > 2 * ROOM:
        return first + ROOM, last - ROOM
    return last + ROOM, None


async def _log(
    stage: Stage, oldest: datetime | None = None, latest: datetime | None = None
) -> list[datetime]:
    """Ask for it and wait for the end of the upload; the times that its lines begin with."""
    since = stage.station.mark()
    request_id = await stage.station.security.get_log(LogType.SECURITY_LOG, oldest=oldest, latest=latest)
    asked = stage.station.record().after(since).exchanges(GetLog)
    if not asked or not getattr(asked[0].confirmation, "filename", None):
        return []
    await stage.station.wait_for(
        LogStatusNotification,
        lambda message: message.status in ENDS,
        within_s=stage.windows["diagnostics"],
        since=since,
    )
    await stage.settle()
    times = await stage.station.security.times_in_log(request_id)
    shown = [time.isoformat() for time in times]
    stage.station.note(TIMES_IN_LOG, {"request_id": request_id, "times": shown})
    return times
