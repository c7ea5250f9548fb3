"""The security cases in the order of their numbers, and the order in which they are played."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.security import (
    s073_password_changed,
    s074_certificate_renewed,
    s075_root_installed,
    s076_root_deleted,
    s077_bad_station_certificate,
    s079_security_log,
    s080_signed_firmware,
    s081_bad_firmware,
)

SECURITY_CASES: tuple[Case, ...] = (
    s073_password_changed.case,
    s074_certificate_renewed.case,
    s075_root_installed.case,
    s076_root_deleted.case,
    s077_bad_station_certificate.case,
    s079_security_log.case,
    s080_signed_firmware.case,
    s081_bad_firmware.case,
)

# What can end with a station that does not come back is played last: another server certificate, and a higher
# security profile, which nothing lowers again.
_LAST = (78, 84, 83, 87)
SECURITY_ORDER: tuple[int, ...] = tuple(
    sorted(
        (case.number for case in SECURITY_CASES),
        key=lambda number: (_LAST.index(number) if number in _LAST else -1, number),
    )
)
