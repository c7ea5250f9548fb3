"""Secured stations that are unusual but lawful: passwords, profiles, TLS, sub-protocols."""

import msgspec

from chargeproof.ocpp import GetConfiguration, GetConfigurationConf, KeyValue
from chargeproof.ocpp.security import SecurityEventNotification
from chargeproof.ocpp.security_enums import SecurityEvent
from chargeproof.simulator.model import SecurityModel, StationModel, load_model
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.ports import DialCredentials, TlsHabits
from chargeproof.simulator.security import PASSWORD_KEY
from chargeproof.simulator.station import SimulatedStation


def secure(**keys: str) -> StationModel:
    """The secure model with other values of keys."""
    model = load_model("secure")
    for key, value in keys.items():
        model = model.with_key(key, value=value)
    return model


def _with_key_form_text() -> StationModel:
    return msgspec.structs.replace(load_model("secure"), security=SecurityModel(key_form="text"))


@odd(
    note="It sends its AuthorizationKey as the hexadecimal text that it was set with; W§7.2 does not say which.",
    model=_with_key_form_text(),
    group="security",
)
class SendsKeyAsText(SimulatedStation):
    pass


@odd(
    note="It has no security extension at all: nothing of it may be held against it.",
    model="lawful",
    group="security",
)
class WithoutSecurityExtension(SimulatedStation):
    pass


@odd(
    note="It uses security profile 1: a password over ws, as in closed networks (W§2.3). One step up is profile 2.",
    model=secure(SecurityProfile="1"),
    group="security",
)
class PasswordWithoutTls(SimulatedStation):
    pass


@odd(
    note="It comes with security profile 3 and a certificate: no password is needed, and no profile is above it.",
    model=secure(SecurityProfile="3"),
    group="security",
)
class WithCertificateFromTheBeginning(SimulatedStation):
    pass


@odd(
    note="It lists AuthorizationKey with asterisks instead of leaving it out; they tell nothing.",
    model="secure",
    group="security",
)
class ListsMaskedPassword(SimulatedStation):
    def answer_get_configuration(self, request: GetConfiguration) -> GetConfigurationConf | None:
        answer = super().answer_get_configuration(request)
        if answer is None or PASSWORD_KEY not in (request.key or ()):
            return answer
        unknown = [key for key in answer.unknown_key or () if key != PASSWORD_KEY]
        listed = [
            *(answer.configuration_key or ()),
            KeyValue(key=PASSWORD_KEY, readonly=False, value="********"),
        ]
        return GetConfigurationConf(configuration_key=listed, unknown_key=unknown or None)


@odd(
    note="It offers the two cipher suites with RSA key exchange alone, which W§ A00.FR.318 allows.",
    model="secure",
    group="security",
)
class OldCipherSuitesOnly(SimulatedStation):
    def credentials(self) -> DialCredentials:
        habits = TlsHabits(ciphers=("AES128-GCM-SHA256", "AES256-GCM-SHA384"))
        return msgspec.structs.replace(super().credentials(), tls=habits)


@odd(
    note="It offers OCPP 2.0.1 beside OCPP 1.6; what is chosen otherwise must then be a third one.",
    model="secure",
    group="security",
)
class OffersTwoVersions(SimulatedStation):
    def subprotocols(self) -> tuple[str, ...]:
        return ("ocpp2.0.1", "ocpp1.6")


@odd(
    note="It comes back after a minute whenever a connection has ended; J§5.3 leaves the pause to the station.",
    model="secure",
    group="security",
)
class ComesBackSlowly(SimulatedStation):
    def reconnect_pause_s(self, pause_s: float) -> float:
        return 40.0


@odd(
    note="It tells of a wrong server once for all its attempts; W§8 asks for the event, not for one each.",
    model="secure",
    group="security",
)
class TellsOfWrongServerOnce(SimulatedStation):
    told_at = float("-inf")

    def report_security_event(self, notification: SecurityEventNotification) -> None:
        if notification.type == SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE:
            if self.clock.monotonic() - self.told_at < 30:
                return
            self.told_at = self.clock.monotonic()
        super().report_security_event(notification)


@odd(
    note="It speaks TLS 1.2 alone, so that a server with TLS 1.1 tells it of cipher suites and of no version.",
    model="secure",
    group="security",
)
class SpeaksTls12Alone(SimulatedStation):
    def credentials(self) -> DialCredentials:
        return msgspec.structs.replace(super().credentials(), tls=TlsHabits(newest="TLSv1.2"))

    def report_security_event(self, notification: SecurityEventNotification) -> None:
        if notification.type == SecurityEvent.INVALID_TLS_VERSION:
            suites = SecurityEvent.INVALID_TLS_CIPHER_SUITE
            notification = msgspec.structs.replace(notification, type=suites)
        super().report_security_event(notification)
