"""One outlet: the cable, who is identified, the transaction, the meter; and the status that follows."""

from dataclasses import dataclass, field

CURRENT_A = 16.0
PHASES = ("L1", "L2", "L3")
VOLTAGE_V = {"L1": 229.6, "L2": 230.1, "L3": 230.7}
POWER_W = sum(VOLTAGE_V.values()) * CURRENT_A


@dataclass
class Transaction:
    """A transaction of ours. ``id`` is None until the central system gave one, -1 if it never will."""

    connector_id: int
    id_tag: str
    meter_start_wh: int
    started: str
    started_s: float
    id: int | None = None


@dataclass
class Outlet:
    connector_id: int
    plugged: bool = False
    operative: bool = True
    becomes_inoperative: bool = False
    error_code: str = "NoError"
    finishing: bool = False
    identified: str = ""
    identified_until_s: float = 0.0
    transaction: Transaction | None = None
    reported: tuple[str, str] = ("", "")
    _register_wh: float = field(default=120_000.0)

    def status(self) -> str:
        """The status of S§4.9 that the state of the outlet amounts to."""
        if self.error_code != "NoError":
            return "Faulted"
        if self.transaction is not None:
            return "Charging" if self.plugged else "SuspendedEV"
        if not self.operative:
            return "Unavailable"
        if self.finishing:
            return "Finishing"
        return "Preparing" if self.plugged or self.identified else "Available"

    def register_wh(self, now_s: float) -> float:
        """What the meter reads: it runs while a vehicle charges."""
        if self.transaction is None:
            return self._register_wh
        return self._register_wh + POWER_W * (now_s - self.transaction.started_s) / 3600

    def close_transaction(self, now_s: float) -> Transaction:
        """End the running transaction; the register keeps what was charged."""
        transaction = self.transaction
        if transaction is None:
            raise LookupError(f"no transaction runs at connector {self.connector_id}")
        self._register_wh = self.register_wh(now_s)
        self.transaction = None
        self.finishing = True
        return transaction

    def readings(self, measurands: list[str], now_s: float, context: str) -> list[dict[str, str]]:
        """The sampled values for these measurands, in the spelling of the library."""
        readings: list[dict[str, str]] = []

        def add(measurand: str, unit: str, value: float, **more: str) -> None:
            readings.append(
                {
                    "value": f"{value:.2f}",
                    "context": context,
                    "measurand": measurand,
                    "unit": unit,
                    **more,
                }
            )

        for measurand in measurands:
            match measurand:
                case "Energy.Active.Import.Register":
                    add(measurand, "Wh", self.register_wh(now_s), location="Outlet")
                case "Power.Active.Import":
                    add(measurand, "W", POWER_W if self.transaction else 0.0)
                case "Current.Offered":
                    add(measurand, "A", CURRENT_A)
                case "Current.Import":
                    for phase in PHASES:
                        add(measurand, "A", CURRENT_A if self.transaction else 0.0, phase=phase)
                case "Voltage":
                    for phase in PHASES:
                        add(measurand, "V", VOLTAGE_V[phase], phase=f"{phase}-N")
        return readings
