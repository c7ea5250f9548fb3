"""One handler for each action that a station may send. None of them sends or awaits a command."""

from chargeproof.central_system.handlers.authorize import authorize
from chargeproof.central_system.handlers.boot_notification import boot_notification
from chargeproof.central_system.handlers.data_transfer import data_transfer
from chargeproof.central_system.handlers.diagnostics_status_notification import (
    diagnostics_status_notification,
)
from chargeproof.central_system.handlers.firmware_status_notification import firmware_status_notification
from chargeproof.central_system.handlers.heartbeat import heartbeat
from chargeproof.central_system.handlers.log_status_notification import log_status_notification
from chargeproof.central_system.handlers.meter_values import meter_values
from chargeproof.central_system.handlers.security_event_notification import security_event_notification
from chargeproof.central_system.handlers.sign_certificate import sign_certificate
from chargeproof.central_system.handlers.signed_firmware_status_notification import (
    signed_firmware_status_notification,
)
from chargeproof.central_system.handlers.start_transaction import start_transaction
from chargeproof.central_system.handlers.status_notification import status_notification
from chargeproof.central_system.handlers.stop_transaction import stop_transaction
from chargeproof.central_system.incoming import Handler

HANDLERS: dict[str, Handler] = {
    "Authorize": authorize,
    "BootNotification": boot_notification,
    "DataTransfer": data_transfer,
    "DiagnosticsStatusNotification": diagnostics_status_notification,
    "FirmwareStatusNotification": firmware_status_notification,
    "Heartbeat": heartbeat,
    "LogStatusNotification": log_status_notification,
    "MeterValues": meter_values,
    "SecurityEventNotification": security_event_notification,
    "SignCertificate": sign_certificate,
    "SignedFirmwareStatusNotification": signed_firmware_status_notification,
    "StartTransaction": start_transaction,
    "StatusNotification": status_notification,
    "StopTransaction": stop_transaction,
}
