"""The form's header from the wire, with what somebody typed beside it, and the facts of the line."""

from typing import Any

from chargeproof.acceptance.line_in_record import lines_of
from chargeproof.acceptance.parts import Parts
from chargeproof.acceptance.profile import Header, profile_of
from chargeproof.acceptance.redaction import Redactor
from chargeproof.acceptance.report_schema import Environment, HeaderField
from chargeproof.ocpp import BootNotification
from chargeproof.trace import ConnectionOpened, HandshakeSeen, Trace

# The document's names first, then what else a station says of itself.
_FIELDS: tuple[tuple[str, str, str], ...] = (
    ("Manufacturer Name", "manufacturer_name", "charge_point_vendor"),
    ("Manufacturer Number", "manufacturer_number", "charge_point_serial_number"),
    ("Manufacturer Model", "manufacturer_model", "charge_point_model"),
    ("Firmware Version", "firmware_version", "firmware_version"),
    ("Charge Box Serial Number", "", "charge_box_serial_number"),
    ("ICCID", "", "iccid"),
    ("IMSI", "", "imsi"),
    ("Meter Type", "", "meter_type"),
    ("Meter Serial Number", "", "meter_serial_number"),
)
_ALWAYS = 4


def header_fields(trace: Trace, redactor: Redactor) -> tuple[HeaderField, ...]:
    """The document's four fields, and the others where the station gave them.

    A value that changed during the run (a firmware update) is shown as "old → new".
    """
    boots = trace.exchanges(BootNotification)
    typed_header = profile_of(trace.head.profile).header if trace.head is not None else Header()
    fields = []
    for place, (name, typed_name, wire_name) in enumerate(_FIELDS):
        said: dict[str, int] = {}
        for boot in boots:
            value = getattr(boot.request, wire_name, None)
            if isinstance(value, str) and value:
                said.setdefault(redactor.text(value), boot.n)
        typed = redactor.text(str(getattr(typed_header, typed_name, ""))) if typed_name else ""
        if place >= _ALWAYS and not said:
            continue
        fields.append(
            HeaderField(
                name=name,
                wire=" → ".join(said),
                typed=typed,
                differs=bool(typed) and typed.strip() not in said,
                entry=next(iter(said.values()), None),
            )
        )
    return tuple(fields)


def station_facts(trace: Trace, redactor: Redactor) -> dict[str, str]:
    """Who the station is, for machines: the newest value of each field that it gave."""
    facts = {"charge_point_id": trace.head.charge_point_id if trace.head is not None else ""}
    for boot in trace.exchanges(BootNotification):
        for name in boot.request.__struct_fields__:
            value = getattr(boot.request, name)
            if isinstance(value, str) and value:
                facts[name] = redactor.text(value)
    return facts


def environment_of(parts: Parts, redactor: Redactor) -> Environment:
    """Rules, tool and line of the record."""
    trace = parts.whole
    head, tail = trace.head, parts.newest.tail
    shakes = [shake for shake in trace.of(HandshakeSeen) if shake.outcome == "accepted"]
    opened = trace.of(ConnectionOpened)
    chosen = [shake.chosen for shake in shakes] or [connection.subprotocol for connection in opened]
    return Environment(
        tool_version=head.tool_version if head is not None else "",
        rule_set=head.rule_set if head is not None else "",
        site=head.site if head is not None else "",
        run_outcome=tail.outcome if tail is not None else "no end recorded",
        run_detail=redactor.text(tail.detail) if tail is not None else "",
        began_at=trace.entries[0].at if trace.entries else None,
        ended_at=trace.entries[-1].at if trace.entries else None,
        subprotocol=_each_once(chosen, "none"),
        tls=_each_once([shake.tls for shake in shakes], "none"),
        authentication=_each_once([shake.authentication for shake in shakes], "none"),
        lines=lines_of(trace, redactor),
        functions=parts.asked,
        windows=dict(head.windows) if head is not None else {},
        host=_host(head.environment, redactor) if head is not None else {},
        damage=trace.damage,
    )


def _host(environment: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    redacted: dict[str, Any] = redactor.value(environment)
    return redacted


def _each_once(values: list[str | None], otherwise: str) -> str:
    return ", ".join(dict.fromkeys(value or otherwise for value in values))
