"""The profile of a model: what the operator is asked once and the record then carries.

A profile is a TOML file. Every key is optional; an absent one means *not stated*.
"""

import json
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from chargeproof.errors import UsageError

EXAMPLE = """\
# A profile: what is asked once per model. Leave out what you do not know.
connectivity = "lan"            # modem, lan or wifi; no ICCID without modem
connectors = 2                  # outlets, without connector 0
fixed_cable = false             # true: the cable hangs at the station
connector_id = 1                # the outlet that the visit uses
valid_card = "04A1B2C3"         # idTag of a card that will be accepted
unknown_card = "04FFFFFF"       # idTag of a card that will be refused
local_list = false              # true: the valid card is put on it
how_to_provoke_error = "open the pilot pin at the test adapter"
firmware_file = "firmware.bin"  # beside this file; none: no update
# beside it its maker's signature: firmware.bin.sig, firmware.bin.pem
firmware_version = "2.1.0"      # what it announces afterwards
keys_left_alone = ["NetworkConfiguration"]  # never written
may_raise_security_profile = false  # for TC_083; nothing lowers it again
without_certificate = false     # true: it has none of its own, TC_084

[header]                        # as typed; what differs is flagged
manufacturer_name = "ACME"
manufacturer_number = "42"
manufacturer_model = "One"
firmware_version = "2.0.9"

[people]
tester = "A. Tester"
witness = ""
place = "Parking place 7"
"""


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The form's header as somebody typed it."""

    manufacturer_name: str = ""
    manufacturer_number: str = ""
    manufacturer_model: str = ""
    firmware_version: str = ""


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who was there."""

    tester: str = ""
    witness: str = ""
    place: str = ""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See ``EXAMPLE`` for what each key means."""

    connectivity: Literal["modem", "lan", "wifi"] | None = None
    connectors: int | None = None
    fixed_cable: bool = False
    connector_id: int = 1
    valid_card: str = ""
    unknown_card: str = ""
    local_list: bool = False
    how_to_provoke_error: str = ""
    firmware_file: str = ""
    firmware_version: str = ""
    keys_left_alone: tuple[str, ...] = ()
    may_raise_security_profile: bool = False
    without_certificate: bool = False
    header: Header = Header()
    people: People = People()

    def as_record(self) -> dict[str, Any]:
        """The profile as plain JSON values for the head of a record."""
        builtins: dict[str, Any] = msgspec.to_builtins(self)
        return builtins


def load_profile(path: Path) -> Profile:
    """Read a profile. Raises UsageError with file, place and remedy."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the profile {path} cannot be read: {error}") from error
    try:
        return msgspec.convert(tomllib.loads(text), Profile)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the profile {path} is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise UsageError(f"the profile {path} does not fit: {error}; `accept --help` shows one") from error


def save_profile(path: Path, profile: Profile) -> None:
    """Write a profile so that ``load_profile`` gives it back."""
    stated = {key: value for key, value in profile.as_record().items() if value is not None}
    tables = {key: value for key, value in stated.items() if isinstance(value, dict)}
    lines = [f"{key} = {_toml(value)}" for key, value in stated.items() if key not in tables]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _toml(value: Any) -> str:
    """A TOML value; JSON's spelling is TOML's, but for a DEL character, which TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def profile_of(record: dict[str, Any]) -> Profile:
    """The profile that the head of a record carries; what does not fit it (an older record) is not stated."""
    known = {key: value for key, value in record.items() if key in Profile.__struct_fields__}
    try:
        return msgspec.convert(known, Profile)
    except msgspec.ValidationError:
        return Profile()
