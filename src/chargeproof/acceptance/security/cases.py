"""The security cases in the order of their numbers, and the order in which they are played."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.security import (
    s073_password_changed,
    s074_certificate_renewed,
    s075_root_installed,
    s076_root_deleted,
    s077_bad_station_certificate,
    s078_bad_server_certificate,
    s079_security_log,
    s080_signed_firmware,
    s081_bad_firmware,
    s083_profile_raised,
    s084_profile_not_lowered,
    s085_basic_authentication,
    s086_tls,
    s087_station_certificate,
    s088_subprotocol,
)

SECURITY_CASES: tuple[Case, ...] = (
    s073_password_changed.case,
    s074_certificate_renewed.case,
    s075_root_installed.case,
    s076_root_deleted.case,
    s077_bad_station_certificate.case,
    s078_bad_server_certificate.case,
    s079_security_log.case,
    s080_signed_firmware.case,
    s081_bad_firmware.case,
    s083_profile_raised.case,
    s084_profile_not_lowered.case,
    s085_basic_authentication.case,
    s086_tls.case,
    s087_station_certificate.case,
    s088_subprotocol.case,
)

# Connections first, which change nothing. TC_084 tries a station that has no certificate yet, and so stands before
# all that give it one. What can end with a station that does not come back is last: another server certificate, a
# server of old, and a higher security profile, which nothing lowers again.
_FIRST, _LAST = (88, 85, 73, 79, 84), (78, 86, 83, 87)
_BETWEEN = tuple(case.number for case in SECURITY_CASES if case.number not in (*_FIRST, *_LAST))
SECURITY_ORDER: tuple[int, ...] = (*_FIRST, *_BETWEEN, *_LAST)
