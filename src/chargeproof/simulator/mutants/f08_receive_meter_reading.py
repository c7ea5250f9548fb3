"""Mutants of function 8, their time and place: what is read at start and stop, and at the interval."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec

from chargeproof.ocpp import (
    ChangeConfiguration,
    ChangeConfigurationConf,
    ConfigurationStatus,
    MeterValue,
    MeterValues,
    ReadingContext,
    Request,
    StartTransaction,
    StopTransaction,
)
from chargeproof.simulator.hardware import Hardware
from chargeproof.simulator.link import edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction

INTERVAL_KEY = "MeterValueSampleInterval"

# ── 8.1a: at start and stop ──────────────────────────────────────────────────────────────────────────


@mutant(fails="8.1a", because="meterStop is below meterStart")
class MeterstopBelowStart(SimulatedStation):
    """Tells a meterStop that is 5 Wh below the meterStart."""

    def meter_stop_wh(self, transaction: Transaction) -> int:
        return transaction.meter_start_wh - 5


@mutant(fails="8.1a", because="meterStop is below meterStart")
class MeterStopCountsTheSession(SimulatedStation):
    """Tells the energy of the session as meterStop, and the whole register as meterStart."""

    def meter_stop_wh(self, transaction: Transaction) -> int:
        return super().meter_stop_wh(transaction) - transaction.meter_start_wh


class _EditsReadings(SimulatedStation):
    """Changes meterStart or meterStop on the wire."""

    field = "meterStart"

    def edited(self, wh: int) -> object:
        """None leaves the field out."""
        raise NotImplementedError

    def text_of_call(self, text: str, request: Request) -> str | None:
        concerned = StartTransaction if self.field == "meterStart" else StopTransaction
        return edited_payload(text, self._edit) if isinstance(request, concerned) else text

    def _edit(self, payload: dict[str, Any]) -> None:
        value = self.edited(payload.pop(self.field))
        if value is not None:
            payload[self.field] = value


@mutant(fails="8.1a", because="meterStart is missing")
class MeterStartMissing(_EditsReadings):
    """Leaves meterStart out."""

    def edited(self, wh: int) -> object:
        return None


@mutant(fails="8.1a", because="meterStart is not an integer")
class MeterStartWithDecimals(_EditsReadings):
    """Gives meterStart with decimals."""

    def edited(self, wh: int) -> object:
        return wh + 0.25


@mutant(fails="8.1a", because="meterStart is not an integer")
class MeterStartAsText(_EditsReadings):
    """Gives meterStart as a text."""

    def edited(self, wh: int) -> object:
        return str(wh)


@mutant(fails="8.1a", because="meterStop is not an integer")
class MeterStopWithDecimals(_EditsReadings):
    """Gives meterStop with decimals."""

    field = "meterStop"

    def edited(self, wh: int) -> object:
        return wh + 0.5


@mutant(fails="8.1a", because="meterStop is not an integer")
class MeterStopAsText(_EditsReadings):
    """Gives meterStop as a text with its unit."""

    field = "meterStop"

    def edited(self, wh: int) -> object:
        return f"{wh} Wh"


@mutant(fails="8.1a", because="meterStart and meterStop are in kWh")
class StartAndStopInKwh(SimulatedStation):
    """Tells meterStart and meterStop in kWh, of a meter that has counted for years."""

    def make_hardware(self) -> Hardware:
        hardware = super().make_hardware()
        for outlet in hardware.outlets.values():
            outlet.meter.restore(4_711_000.0)
        return hardware

    def register_wh(self, connector_id: int) -> int:
        return super().register_wh(connector_id) // 1000


# ── 8.2a: at the interval ────────────────────────────────────────────────────────────────────────────


@mutant(fails="8.2a", because="no MeterValues came by themselves at an interval of 30 s")
class MvNever(SimulatedStation):
    """Sends meter values only when they are triggered."""

    def sample_interval_s(self, transaction: Transaction) -> float:
        return 0.0


@mutant(fails="8.2a", because="no MeterValues came by themselves at an interval of 30 s")
class MvIntervalInMinutes(SimulatedStation):
    """Takes the interval for minutes."""

    def sample_interval_s(self, transaction: Transaction) -> float:
        return super().sample_interval_s(transaction) * 60


@mutant(fails="8.2a", because="the samples are not 30 s apart")
class MvIgnoresInterval(SimulatedStation):
    """Samples every 10 seconds whatever interval is set."""

    def sample_interval_s(self, transaction: Transaction) -> float:
        return 10.0


@mutant(fails="8.2a", because="the samples are not 60 s apart")
class MvIgnoresChangeOfInterval(SimulatedStation):
    """Keeps the interval of its first session for all the later ones."""

    _first: float | None = None

    def sample_interval_s(self, transaction: Transaction) -> float:
        if self._first is None:
            self._first = super().sample_interval_s(transaction)
        return self._first


@mutant(fails="8.2a", because="no MeterValues came by themselves at an interval of 30 s")
class MvLeavesEverySecondOut(SimulatedStation):
    """Samples at twice the interval that was set."""

    def sample_interval_s(self, transaction: Transaction) -> float:
        return 2 * super().sample_interval_s(transaction)


class _StampsSamples(SimulatedStation):
    """Gives samples another timestamp than their own."""

    def shift_s(self, transaction: Transaction, sample: MeterValue) -> float:
        raise NotImplementedError

    def send_transaction_values(self, transaction: Transaction, sample: MeterValue) -> None:
        timestamp = sample.timestamp + timedelta(seconds=self.shift_s(transaction, sample))
        super().send_transaction_values(transaction, msgspec.structs.replace(sample, timestamp=timestamp))


@mutant(fails="8.2a", because="s apart")
class MvUnsteady(_StampsSamples):
    """Takes every other sample 12 seconds late by its own timestamp."""

    _late = False

    def shift_s(self, transaction: Transaction, sample: MeterValue) -> float:
        self._late = not self._late
        return 12.0 if self._late and self.online else 0.0


@mutant(fails="8.2a", because="the samples ended while the transaction went on")
class MvAllDatedAtStart(_StampsSamples):
    """Gives every sample the time at which the transaction began, unless the line is down."""

    def shift_s(self, transaction: Transaction, sample: MeterValue) -> float:
        return (transaction.started_at - sample.timestamp).total_seconds() if self.online else 0.0


@mutant(fails="8.2a", because="the first sample is not within 30 s of the start")
class MvInLocalTime(_StampsSamples):
    """Stamps its samples with local time, as if it were UTC, unless the line is down."""

    def shift_s(self, transaction: Transaction, sample: MeterValue) -> float:
        return 3600.0 if self.online else 0.0


@mutant(fails="8.2a", because="the samples ended while the transaction went on")
class MvTwoOnly(SimulatedStation):
    """Sends no more than the first two samples of a session, unless the line is down."""

    def send_transaction_values(self, transaction: Transaction, sample: MeterValue) -> None:
        seconds = (sample.timestamp - transaction.started_at).total_seconds()
        interval_s = self.sample_interval_s(transaction)
        if not self.online or interval_s >= 60 or seconds < 2.5 * interval_s:
            super().send_transaction_values(transaction, sample)


class _EditsMeterValues(SimulatedStation):
    """Changes the MeterValues of transactions on the wire."""

    def edit(self, payload: dict[str, Any]) -> None:
        raise NotImplementedError

    def text_of_call(self, text: str, request: Request) -> str | None:
        if isinstance(request, MeterValues) and request.transaction_id is not None:
            return edited_payload(text, self.edit)
        return text


@mutant(fails="8.2a", because="the meter values carry no transactionId")
class MvWithoutTransactionid(_EditsMeterValues):
    """Names no transaction in its meter values."""

    def edit(self, payload: dict[str, Any]) -> None:
        del payload["transactionId"]


@mutant(fails="8.2a", because="the meter values name another connector than the transaction's")
class MvOfConnector0(_EditsMeterValues):
    """Sends the samples of a transaction as those of connector 0, the main meter."""

    def edit(self, payload: dict[str, Any]) -> None:
        payload["connectorId"] = 0


@mutant(fails="8.2a", because="the meter values name another connector than the transaction's")
class MvOfAnotherConnector(_EditsMeterValues):
    """Names connector 2 in all meter values."""

    def edit(self, payload: dict[str, Any]) -> None:
        payload["connectorId"] = 2


@mutant(fails="8.2a", because="the meter values carry no timestamp that can be read")
class MvWithoutTimestamp(_EditsMeterValues):
    """Gives no timestamp with its samples."""

    def edit(self, payload: dict[str, Any]) -> None:
        for each in payload["meterValue"]:
            del each["timestamp"]


class _ChangesInterval(SimulatedStation):
    """Has an opinion of its own on new meter intervals."""

    def takes(self, seconds: str) -> ChangeConfigurationConf | None:
        """None for the usual answer."""
        raise NotImplementedError

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key == INTERVAL_KEY and request.value != self.configuration.text(INTERVAL_KEY):
            answer = self.takes(request.value)
            if answer is not None:
                return answer
        return super().answer_change_configuration(request)


@mutant(fails="8.2a", because="the meter interval cannot be set")
class MeterIntervalRejected(_ChangesInterval):
    """Rejects every other meter interval than the one that it has."""

    def takes(self, seconds: str) -> ChangeConfigurationConf | None:
        return ChangeConfigurationConf(status=ConfigurationStatus.REJECTED)


@mutant(fails="8.2a", because="the meter interval cannot be set")
class MeterIntervalAcceptedNotKept(_ChangesInterval):
    """Accepts another meter interval and keeps its own, which it also shows."""

    def takes(self, seconds: str) -> ChangeConfigurationConf | None:
        return ChangeConfigurationConf(status=ConfigurationStatus.ACCEPTED)


@mutant(fails="8.2a", because="the meter interval cannot be set")
class MeterIntervalFixedAt30(_ChangesInterval):
    """Takes an interval of 30 seconds and rejects all longer ones."""

    def takes(self, seconds: str) -> ChangeConfigurationConf | None:
        rejected = ChangeConfigurationConf(status=ConfigurationStatus.REJECTED)
        return rejected if int(seconds) > 30 and self.configuration.integer(INTERVAL_KEY) <= 30 else None


@mutant(fails="8.2a", because="no MeterValues came by themselves at an interval of 60 s")
class MvOnlyAfterRemoteStart(SimulatedStation):
    """Sends samples of sessions that were started remotely, and of no others."""

    def send_sampled_values(self, transaction: Transaction) -> None:
        if transaction.remote or not self.online:
            super().send_sampled_values(transaction)


@mutant(fails="8.2a", because="the samples are not 30 s apart")
class MvSentThreeTimes(SimulatedStation):
    """Samples three times in a row, a second apart, at each interval."""

    def send_transaction_values(self, transaction: Transaction, sample: MeterValue) -> None:
        super().send_transaction_values(transaction, sample)
        if self.online:
            for seconds in (1, 2):
                asyncio.get_running_loop().call_later(seconds, self._again, transaction)

    def _again(self, transaction: Transaction) -> None:
        sample = self.meter_value(
            transaction.connector_id, self.measurands_sampled(), ReadingContext.SAMPLE_PERIODIC
        )
        if sample is not None and not transaction.stopped and self.running:
            SimulatedStation.send_transaction_values(self, transaction, sample)
