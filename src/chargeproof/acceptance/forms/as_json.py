"""``report.json``: the report as it is, for machines."""

import msgspec

from chargeproof.acceptance.report_schema import Report


def json_of(report: Report) -> bytes:
    """Indented JSON in UTF-8 with a newline at its end; ``load_report`` reads it."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
