"""Errors in a record: those that were provoked, what showed them, and what showed their end."""

from dataclasses import dataclass
from typing import Any

from chargeproof.acceptance.quantifiers import theirs
from chargeproof.acceptance.statuses_in_record import meant
from chargeproof.acceptance.stimuli_in_record import acts_done
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import ChargePointErrorCode, ChargePointStatus, StatusNotification
from chargeproof.trace import ActSpan, Exchange, Trace


def error_code_of(status: Exchange[StatusNotification]) -> str | None:
    """The error code as it was spelled; None for NoError and for none."""
    code: Any = status.request.error_code
    no_error = code is None or str(code).casefold() == ChargePointErrorCode.NO_ERROR.casefold()
    return None if no_error else str(code)


def has_error(status: Exchange[StatusNotification]) -> bool:
    """Whether it reports an error: a code, or the status Faulted (which would need one)."""
    return error_code_of(status) is not None or meant(status.request.status) is ChargePointStatus.FAULTED


def ends_error(
    trace: Trace, error: Exchange[StatusNotification], *, after: int, until_mono: float
) -> Exchange[StatusNotification] | None:
    """The first StatusNotification of the same connector that shows no error any more."""
    return next(
        (
            status
            for status in theirs(trace.after(after), StatusNotification)
            if status.request.connector_id == error.request.connector_id
            and status.mono <= until_mono
            and not has_error(status)
        ),
        None,
    )


@dataclass(frozen=True, slots=True)
class Provoked:
    """An error that hands made, and its repair (None: the record ends before)."""

    act: ActSpan
    repair: ActSpan | None

    @property
    def evidence(self) -> tuple[int, ...]:
        return self.act.evidence

    @property
    def connector_id(self) -> Any:
        return self.act.parameters.get("connector_id")

    @property
    def mono(self) -> float:
        """When it was there at the latest."""
        return self.act.ended.mono if self.act.ended is not None else self.act.asked.mono

    def covers(self, status: Exchange[StatusNotification], afterwards_s: float = 0.0) -> bool:
        """Whether the message came while the error was there, or shortly after."""
        if status.n < self.act.asked.n:
            return False
        if self.repair is None:
            return True
        end = self.repair.ended or self.repair.asked
        return status.mono <= end.mono + afterwards_s

    def cut_short(self, seconds: float) -> bool:
        """Whether the repair began before so many seconds were over."""
        return self.repair is not None and self.repair.asked.mono < self.mono + seconds

    def _until_repair(self, trace: Trace) -> list[Exchange[StatusNotification]]:
        end = self.mono + window_s(trace, "fault")
        until = self.repair.asked.n if self.repair is not None else None
        return [
            status
            for status in theirs(trace.after(self.act.asked.n), StatusNotification)
            if status.mono <= end
            and (until is None or status.n < until)
            and (self.connector_id is None or status.request.connector_id in (0, self.connector_id))
        ]

    def shown_by(self, trace: Trace) -> Exchange[StatusNotification] | None:
        """The first message that reports it: with a code, else by the status alone."""
        errors = [status for status in self._until_repair(trace) if has_error(status)]
        coded = [status for status in errors if error_code_of(status) is not None]
        return next(iter([*coded, *errors]), None)

    def seen(self, trace: Trace) -> str:
        """What came instead, in words."""
        requests = [status.request for status in self._until_repair(trace)]
        words = [f"{request.status} with {request.error_code}" for request in requests]
        return ", ".join(words) or "no StatusNotification"


def provoked_errors(trace: Trace) -> list[Provoked]:
    """The errors that were provoked, each with the repair that followed it."""
    found = []
    for act in acts_done(trace, "provoke_error"):
        repairs = [each for each in trace.after(act.asked.n).acts("repair") if each.was_done]
        found.append(Provoked(act, repairs[0] if repairs else None))
    return found
