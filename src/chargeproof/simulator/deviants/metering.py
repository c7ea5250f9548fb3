"""Deviants of meter values: whether they come, in which form, and whether the register adds up."""

from collections.abc import Mapping
from typing import Any

from chargeproof.ocpp import (
    ChangeConfiguration,
    ChangeConfigurationConf,
    ConfigurationStatus,
    MeterValue,
    MeterValues,
    ReadingContext,
    Reason,
    StartTransaction,
    StartTransactionConf,
)
from chargeproof.simulator.deviants.edits import EditsCalls
from chargeproof.simulator.deviants.registry import deviant, near_miss
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction

INTERVAL = "MeterValueSampleInterval"


class _SendsNoValues(SimulatedStation):
    """Sends no meter values, neither by itself nor when it is asked."""

    def send_sampled_values(self, transaction: Transaction) -> None:
        pass

    def send_triggered_values(self, connector_id: int, context: ReadingContext) -> None:
        pass


@deviant("L-07")
class TakesTheIntervalAndSendsNothing(_SendsNoValues):
    """Accepts every meter interval and sends no meter values."""


@near_miss("L-07")
class RefusesTheIntervalAndSendsNothing(_SendsNoValues):
    """Sends no meter values, and rejects every meter interval."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key == INTERVAL:
            return ChangeConfigurationConf(status=ConfigurationStatus.REJECTED)
        return super().answer_change_configuration(request)


class _EditsSamples(EditsCalls):
    """Changes its samples on the wire."""

    kind = MeterValues

    def change(self, payload: dict[str, Any]) -> None:
        for value in payload["meterValue"]:
            for sample in value["sampledValue"]:
                self.change_sample(sample)

    def change_sample(self, sample: dict[str, Any]) -> None:
        raise NotImplementedError


@deviant("L-13")
class MeterValueIsAnObject(EditsCalls):
    """Sends meterValue as an object where a list belongs."""

    kind = MeterValues

    def change(self, payload: dict[str, Any]) -> None:
        payload["meterValue"] = payload["meterValue"][0]


@deviant("L-13")
class SampledValueIsEmpty(EditsCalls):
    """Sends sampledValue without any item."""

    kind = MeterValues

    def change(self, payload: dict[str, Any]) -> None:
        payload["meterValue"][0]["sampledValue"] = []


@deviant("L-13")
class ValuesAreBlank(_EditsSamples):
    """Sends values that are empty texts."""

    def change_sample(self, sample: dict[str, Any]) -> None:
        sample["value"] = ""


@deviant("L-13")
class ValuesAreNumbers(_EditsSamples):
    """Sends values as numbers."""

    def change_sample(self, sample: dict[str, Any]) -> None:
        sample["value"] = float(sample["value"])


@near_miss("L-13")
class ValuesInLongForm(_EditsSamples):
    """Sends values with leading zeros and many decimals."""

    def change_sample(self, sample: dict[str, Any]) -> None:
        sample["value"] = f"{float(sample['value']):016.6f}"


class _RenamesUnits(_EditsSamples):
    """Adds one more sample in a unit of its own."""

    added: Mapping[str, str]

    def change(self, payload: dict[str, Any]) -> None:
        for value in payload["meterValue"]:
            value["sampledValue"].append(dict(self.added))


@deviant("L-14")
class FrequencyInHz(_RenamesUnits):
    """Gives the frequency in Hz, which no edition of OCPP 1.6 knows."""

    added = {"value": "50.01", "measurand": "Frequency", "unit": "Hz"}  # noqa: RUF012


@deviant("L-14")
class ContextOfItsOwn(_RenamesUnits):
    """Gives a context of its own."""

    added = {"value": "1", "measurand": "SoC", "unit": "Percent", "context": "Sample.Random"}  # noqa: RUF012


@near_miss("L-14")
class TemperatureInBothSpellings(_RenamesUnits):
    """Gives a temperature in Celcius and another in Celsius: an erratum allows both."""

    temperatures = 0

    def change(self, payload: dict[str, Any]) -> None:
        self.temperatures += 1
        unit = "Celsius" if self.temperatures % 2 else "Celcius"
        sample = {"value": "21", "measurand": "Temperature", "unit": unit, "location": "Body"}
        payload["meterValue"][0]["sampledValue"].append(sample)


@deviant("L-18")
class CountsFromZeroInEachSession(SimulatedStation):
    """Gives a register that starts from zero in each transaction."""

    def build_start_transaction(self, transaction: Transaction) -> StartTransaction:
        transaction.meter_start_wh = 0
        return super().build_start_transaction(transaction)

    def meter_stop_wh(self, transaction: Transaction) -> int:
        return 100


@deviant("L-18")
class BeginsWithAPlaceholder(_EditsSamples):
    """Gives 0 as its first reading of each transaction and the register afterwards."""

    newest: int | None = None

    def change(self, payload: dict[str, Any]) -> None:
        if payload.get("transactionId") != self.newest:
            self.newest = payload.get("transactionId")
            super().change(payload)

    def change_sample(self, sample: dict[str, Any]) -> None:
        if sample.get("measurand") == "Energy.Active.Import.Register":
            sample["value"], sample["context"] = "0", "Transaction.Begin"


@near_miss("L-18")
class RegisterInKilowattHours(_EditsSamples):
    """Gives its register in kWh with two decimals: a step back of less than ten watt-hours is the rounding."""

    def change_sample(self, sample: dict[str, Any]) -> None:
        if sample.get("unit") == "Wh":
            sample["value"], sample["unit"] = f"{float(sample['value']) / 1000:.2f}", "kWh"


class _ClosingValues(SimulatedStation):
    """Sends a last reading of each transaction."""

    def closing_sample(self, transaction: Transaction) -> MeterValue | None:
        measurands = ["Energy.Active.Import.Register"]
        return self.meter_value(transaction.connector_id, measurands, ReadingContext.TRANSACTION_END)


@deviant("L-19")
class ClosingValuesAfterTheStop(_ClosingValues):
    """Sends its last reading after StopTransaction."""

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        super().send_stop_transaction(transaction, reason, id_tag)
        sample = self.closing_sample(transaction)
        if sample is not None:
            self.send_transaction_values(transaction, sample)

    def on_start_confirmed(self, key: int, id_tag: str, confirmation: StartTransactionConf) -> None:
        super().on_start_confirmed(key, id_tag, confirmation)
        self.memory[f"told {key}"] = confirmation.transaction_id

    def transaction_id_to_send(self, key: int) -> int:
        """The id even after the stop was confirmed, when the lawful station has forgotten it."""
        return int(self.memory.get(f"told {key}", super().transaction_id_to_send(key)))


@near_miss("L-19")
class ClosingValuesBeforeTheStop(_ClosingValues):
    """Sends its last reading right before StopTransaction, and once more within it."""

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        sample = self.closing_sample(transaction)
        if sample is not None:
            self.send_transaction_values(transaction, sample)
            transaction.samples.append(sample)
        super().send_stop_transaction(transaction, reason, id_tag)
