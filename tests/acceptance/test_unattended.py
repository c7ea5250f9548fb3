"""Scenes that need nobody, played at simulated stations that make them difficult."""

from collections.abc import Sequence

from chargeproof.acceptance.restoration import restoration_of
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import (
    AvailabilityStatus,
    ChangeAvailability,
    ChangeAvailabilityConf,
    ChangeConfiguration,
    ChangeConfigurationConf,
    ClearCache,
    ClearCacheConf,
    ConfigurationStatus,
    DataTransfer,
    Reset,
    ResetConf,
    ResetType,
    StatusNotification,
    UpdateFirmware,
)
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.variants import lawful
from chargeproof.testbed.simulated import RunResult, run_simulated
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.trace import WindowChanged

CHATTER_S = 15


def played(station: type[SimulatedStation], functions: Sequence[int]) -> RunResult:
    return run_virtual(run_simulated(station, functions=functions, site="none"))


def test_a_connector_is_out_of_service_over_each_reset_and_back_after_it() -> None:
    trace = played(SimulatedStation, (9,)).trace
    after = trace.after(trace.exchanges(Reset)[-1].n)
    assert [str(s.request.status) for s in after.statuses(1)] == ["Unavailable", "Available"]
    kinds = [str(command.request.type) for command in trace.exchanges(ChangeAvailability)]
    assert kinds.count("Inoperative") == len(trace.exchanges(Reset)) == 2


class AnswersNoHardReset(SimulatedStation):
    """Restarts at once, without an answer."""

    def answer_reset(self, request: Reset) -> ResetConf | None:
        answer = super().answer_reset(request)
        return None if request.type is ResetType.HARD else answer


def test_a_reset_that_is_not_answered_leaves_the_station_in_service() -> None:
    result = played(AnswersNoHardReset, (9,))
    assert result.judgement.failed() == ["9.1a"]
    last = {s.request.connector_id: str(s.request.status) for s in result.trace.exchanges(StatusNotification)}
    assert last == {0: "Available", 1: "Available", 2: "Available"}


class TakesNoShortInterval(SimulatedStation):
    """Refuses a HeartbeatInterval below half a minute."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key == "HeartbeatInterval" and int(request.value) < 30:
            return ChangeConfigurationConf(status=ConfigurationStatus.REJECTED)
        return super().answer_change_configuration(request)


def test_a_longer_heartbeat_interval_is_tried_where_the_short_one_is_refused() -> None:
    result = played(TakesNoShortInterval, (2,))
    assert result.judgement.check("2.3a").outcome is Outcome.PASS
    assert "heartbeat_spacing_at_60_s" in result.judgement.check("2.3a").figures


class Chatters(SimulatedStation):
    """Sends something of its own so often that a heartbeat is never due."""

    def start_software(self) -> None:
        super().start_software()
        self.spawn(self._chatter(), "chatter")

    async def _chatter(self) -> None:
        while True:
            await self.clock.sleep(CHATTER_S)
            if self.online:
                self.outbox.post(DataTransfer(vendor_id="chatter"))


def test_a_station_that_sends_other_messages_is_watched_for_as_long_as_three_intervals() -> None:
    judgement = played(Chatters, (2,)).judgement
    outcomes = [judgement.check(check_id).outcome for check_id in ("2.1a", "2.2a", "2.3a")]
    assert outcomes == [Outcome.PASS_WITH_REMARK, Outcome.PASS, Outcome.PASS_WITH_REMARK]


class KnowsNoConnector0(SimulatedStation):
    """Can only be commanded connector by connector."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        if request.connector_id == 0:
            return ChangeAvailabilityConf(status=AvailabilityStatus.REJECTED)
        return super().answer_change_availability(request)


def test_availability_is_tried_connector_by_connector_too() -> None:
    judgement = played(KnowsNoConnector0, (3,)).judgement
    outcomes = [judgement.check(check_id).outcome for check_id in ("3.1a", "3.2a", "3.3a", "3.4a")]
    assert outcomes == [Outcome.PASS, Outcome.PASS, Outcome.PASS_WITH_REMARK, Outcome.PASS]


def test_the_download_is_asked_for_later_so_that_an_early_start_shows() -> None:
    update = played(SimulatedStation, (12,)).trace.exchanges(UpdateFirmware)[0]
    assert (update.request.retrieve_date - update.at).total_seconds() == 20


class HangsUpAfterClearCache(SimulatedStation):
    """Breaks the connection after it has cleared its cache, and comes back half a minute later."""

    def answer_clear_cache(self, request: ClearCache) -> ClearCacheConf | None:
        self.spawn(self.hang_up(), "hang up")
        return super().answer_clear_cache(request)

    async def hang_up(self) -> None:
        if self.link is not None:
            await self.link.wire.close()

    def reconnect_pause_s(self, pause_s: float) -> float:
        return 30.0


def test_a_command_waits_for_a_line_that_broke_by_itself() -> None:
    result = played(HangsUpAfterClearCache, (3,))
    commands = result.trace.exchanges(ChangeAvailability)
    assert all(command.status == "Accepted" for command in commands)
    assert result.judgement.check("3.2a").outcome is Outcome.PASS


class NeverComesBack(SimulatedStation):
    """Is gone after a soft reset."""

    async def reset(self, kind: ResetType) -> None:
        self.restart(after_s=1e9)


def test_a_station_that_stays_away_is_not_waited_for_by_every_command() -> None:
    trace = played(NeverComesBack, (9, 3, 4, 5)).trace
    waited = [window for window in trace.of(WindowChanged) if window.awaited == "ready" and not window.met]
    assert len([window for window in waited if window.phase == "closed"]) <= 3
    assert trace.end_mono < 3600


def test_a_key_is_found_and_put_back_however_the_station_spells_it() -> None:
    small = lawful(keys={key.lower(): item for key, item in lawful().keys.items()})
    result = run_virtual(run_simulated(SimulatedStation, model=small, functions=(2, 5)))
    assert result.judgement.check("5.1a").outcome is Outcome.PASS
    assert restoration_of(result.trace).verdict is Outcome.PASS
