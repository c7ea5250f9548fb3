"""Station models: what tells one make from another, as data."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chargeproof.errors import UsageError
from chargeproof.ocpp.enums import ChargePointErrorCode, Measurand

Seconds = Annotated[float, Meta(ge=0)]
KeyType = Literal["text", "integer", "boolean", "list", "measurands"]


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all parts of a model: an unknown field is an error, not a surprise."""


class KeyModel(Model, frozen=True, kw_only=True):
    """One configuration key.

    hidden: write-only, GetConfiguration never shows it. reboot: a change works after the next reboot only.
    max_length counts characters of a text and items of a list; choices are the lawful values (of each item).
    """

    value: str = ""
    type: KeyType = "text"
    readonly: bool = False
    hidden: bool = False
    reboot: bool = False
    minimum: int = 0
    maximum: int | None = None
    max_length: int | None = None
    choices: tuple[str, ...] = ()


class MeterModel(Model, frozen=True, kw_only=True):
    """The meter of each outlet; `supported_measurands` are those that the sampled-data keys take."""

    nominal_voltage_v: float = 230.0
    voltage_noise_v: float = 1.5
    noise_slot_s: Annotated[float, Meta(gt=0)] = 10.0
    supported_measurands: tuple[Measurand, ...] = (Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,)


class VehicleModel(Model, frozen=True, kw_only=True):
    """The vehicle that is plugged in, unless the hand says otherwise. `ready`: it wants to charge at once."""

    max_current_a: Annotated[float, Meta(gt=0)] = 16.0
    min_current_a: float = 6.0
    phases: Annotated[int, Meta(ge=1, le=3)] = 3
    ready: bool = True


class OfflineModel(Model, frozen=True, kw_only=True):
    """What is kept for the central system while it cannot be reached (S§3.7)."""

    queue_meter_values: bool = True


class TimingModel(Model, frozen=True, kw_only=True):
    """How long this station takes for what it does.

    boot_s: from power to the first dial. reset_delay_s: from the answer to the reset itself.
    stop_grace_s: how long a reset waits for its StopTransaction to be delivered.
    finishing_s: how long Finishing is shown after the plug is gone.
    """

    boot_s: Seconds = 5.0
    hard_reset_s: Seconds = 20.0
    soft_reset_s: Seconds = 8.0
    reset_delay_s: Seconds = 1.0
    stop_grace_s: Seconds = 10.0
    boot_retry_s: Seconds = 60.0
    reconnect_min_s: Annotated[float, Meta(gt=0)] = 3.0
    reconnect_max_s: Annotated[float, Meta(gt=0)] = 20.0
    reconnect_factor: Annotated[float, Meta(ge=1)] = 1.5
    message_timeout_s: Annotated[float, Meta(gt=0)] = 30.0
    finishing_s: Seconds = 3.0
    install_s: Seconds = 15.0
    clock_tolerance_s: Seconds = 2.0


class FirmwareModel(Model, frozen=True, kw_only=True):
    """`reboot`: whether the reboot comes before Installed is told, or after it (both lawful)."""

    reboot: Literal["before_installed", "after_installed"] = "before_installed"
    waits_for_sessions: bool = True


class FaultModel(Model, frozen=True, kw_only=True):
    """The error codes of a fault provoked on a connector and on the station itself."""

    connector_error: ChargePointErrorCode = ChargePointErrorCode.GROUND_FAILURE
    station_error: ChargePointErrorCode = ChargePointErrorCode.INTERNAL_ERROR


class SecurityModel(Model, frozen=True, kw_only=True):
    """The security extension of OCPP 1.6. Certificates are PEM texts.

    key_form: how the AuthorizationKey is sent: as the bytes that its hexadecimal digits stand for, or as
    those digits. central_system_roots, manufacturer_roots: what the factory installs.
    revoked_serials: serial numbers, in hexadecimal digits, of certificates that the maker took back.
    takes_unsigned_firmware: it answers UpdateFirmware, which the whitepaper forbids it (L01.FR.20).
    attempts: dials with new settings before the former ones are taken again.
    """

    key_form: Literal["bytes", "text"] = "bytes"
    central_system_roots: tuple[str, ...] = ()
    manufacturer_roots: tuple[str, ...] = ()
    revoked_serials: tuple[str, ...] = ()
    takes_unsigned_firmware: bool = False
    attempts: Annotated[int, Meta(ge=1)] = 3


class StationModel(Model, frozen=True, kw_only=True):
    """A make and model of charge station.

    plugged_without_card: what becomes of Preparing when no card is shown within ConnectionTimeOut (S§4.9 B6).
    heartbeat_skipped_when_busy: other messages put the next Heartbeat off (S§4.6).
    offset_s: by how much the station's clock is wrong until the central system tells the time.
    security: None: the station does not have the security extension.
    """

    vendor: Annotated[str, Meta(max_length=20)]
    model: Annotated[str, Meta(max_length=20)]
    firmware_version: Annotated[str, Meta(max_length=50)] | None = None
    serial_number: Annotated[str, Meta(max_length=25)] | None = None
    charge_box_serial_number: Annotated[str, Meta(max_length=25)] | None = None
    iccid: Annotated[str, Meta(max_length=20)] | None = None
    imsi: Annotated[str, Meta(max_length=20)] | None = None
    meter_type: Annotated[str, Meta(max_length=25)] | None = None
    meter_serial_number: Annotated[str, Meta(max_length=25)] | None = None
    network: Literal["LAN", "WLAN", "GSM"] = "LAN"
    connectors: Annotated[int, Meta(ge=1)] = 1
    cable_max_current_a: float = 32.0
    has_cable_lock: bool = True
    has_bay_sensor: bool = False
    feature_profiles: tuple[str, ...] = ("Core",)
    heartbeat_skipped_when_busy: bool = True
    plugged_without_card: Literal["preparing", "finishing"] = "preparing"
    offset_s: float = 0.0
    meter: MeterModel = MeterModel()
    vehicle: VehicleModel = VehicleModel()
    offline: OfflineModel = OfflineModel()
    timing: TimingModel = TimingModel()
    firmware: FirmwareModel = FirmwareModel()
    faults: FaultModel = FaultModel()
    security: SecurityModel | None = None
    keys: dict[str, KeyModel] = {}

    def with_key(self, key: str, **changes: object) -> "StationModel":
        """The same model with other attributes of one configuration key, e.g. `value="60"`."""
        changed = msgspec.structs.replace(self.keys.get(key, KeyModel()), **changes)
        return msgspec.structs.replace(self, keys={**self.keys, key: changed})


def shipped_models() -> tuple[str, ...]:
    """Names of the models that come with the package."""
    names = (item.name for item in _shelf().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_model(name_or_path: str | Path) -> StationModel:
    """A shipped model by its name, or one from a TOML file. Raises UsageError that says what is wrong."""
    if str(name_or_path) in shipped_models():
        text = (_shelf() / f"{name_or_path}.toml").read_text(encoding="utf-8")
    else:
        text = _text_of(Path(name_or_path))
    try:
        return msgspec.toml.decode(text.encode(), type=StationModel)
    except msgspec.DecodeError as error:  # ValidationError is one too
        raise UsageError(f"this station model is wrong: {error}", str(name_or_path)) from error
    except ValueError as error:
        raise UsageError(f"this is not TOML: {error}", str(name_or_path)) from error


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"there is no station model here: {error}",
            str(path),
            f"Name a TOML file or one of the shipped models: {', '.join(shipped_models())}",
        ) from error


def _shelf() -> Traversable:
    return files("chargeproof.simulator") / "profiles"
