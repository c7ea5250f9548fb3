"""How a station is secured: what it uses, what is asked of it, changes, certificates and security events."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from chargeproof.ocpp.security_enums import CertificateUse, HashAlgorithm
from chargeproof.resources.base import Resource, Wanted

Profile = Annotated[int, Meta(ge=0, le=3, examples=[2])]
Pem = Annotated[str, Meta(min_length=1, max_length=5500, examples=["-----BEGIN CERTIFICATE-----\n..."])]
AuthorizationKey = Annotated[
    str, Meta(pattern=r"^([0-9A-Fa-f]{2}){16,20}$", examples=["4F43415F4F4354545F61646D696E5F74657374"])
]
ChangeKind = Literal["password", "profile", "certificate"]
ChangeState = Literal[
    "queued",
    "sent",
    "accepted",
    "rejected",
    "call_error",
    "timed_out",
    "not_sent",
    "requested",
    "refused",
    "signed",
    "installed",
    "proved",
    "not_proved",
]


class ConnectionSecurity(Resource, frozen=True, kw_only=True):
    """What a connection used, as the handshake showed it.

    profile: the security profile that it amounts to. protocol, cipher: of TLS, empty without. server_certificate:
    the kind that the station was shown. client_...: of the station's own. password_form: how the password was
    written, empty without one.
    """

    at: datetime
    remote: str
    profile: Profile
    protocol: str = ""
    cipher: str = ""
    server_certificate: str = ""
    client_subject: str = ""
    client_issuer: str = ""
    client_serial: str = ""
    client_expires_at: datetime | None = None
    password_form: str = ""


class ChangeStep(Resource, frozen=True, kw_only=True):
    state: ChangeState
    at: datetime
    detail: str = ""


class SecurityChange(Resource, frozen=True, kw_only=True):
    """A password, a profile or a certificate that changes over the wire. That a station accepts proves nothing.

    state: `queued`, `sent`; what became of the command (`accepted`, `rejected`, `call_error`, `timed_out`,
    `not_sent`); of a certificate `requested` (SignCertificate came), `refused` by the authority, `signed` (it was
    sent) and `installed`; `proved`: a connection used it; `not_proved`: none did in time, it may yet come.
    ended: nothing more is waited for. profile: the one that was asked for. change_id: the unique id of the command.
    """

    change_id: str
    charge_point_id: str
    kind: ChangeKind
    profile: int | None = None
    state: ChangeState
    ended: bool = False
    began_at: datetime
    steps: list[ChangeStep]


class StationSecurity(Resource, frozen=True, kw_only=True):
    """How a station is secured.

    using: what its newest connection that was let in used; None: none is known. required_profile: less is refused,
    the higher of own_profile (its own) and minimum_profile (of all stations). asked_profile: one that it accepted
    and has not proved. password_changing: a further one is accepted beside the one that is kept, until it is
    proved. signs: who signs certificates of stations here. tls_address: for profiles 2 and 3, empty where this
    server has no port for TLS. changes: the newest first, as far back as commands and handshakes are kept.
    """

    charge_point_id: str
    online: bool
    using: ConnectionSecurity | None
    required_profile: Profile
    own_profile: int | None
    minimum_profile: Profile
    asked_profile: int | None
    password_set: bool
    password_changing: bool
    signs: Literal["embedded", "command", "nobody"]
    tls_address: str
    changes: list[SecurityChange]


class RequiredProfileWanted(Wanted, frozen=True, kw_only=True):
    """What the station must at least use from its next connection on; null: only what is asked of all."""

    profile: Profile | None


class SecurityChangeWanted(Wanted, frozen=True, kw_only=True):
    """profile: for a change of the profile; it is only ever raised.

    password: hexadecimal, 16 to 20 bytes; without one it is drawn here, and nobody is told. It is never shown.
    """

    kind: ChangeKind
    profile: Profile | None = None
    password: AuthorizationKey | None = None


class Issued(Resource, frozen=True, kw_only=True):
    """A certificate that the embedded authority issued. `serial` in hexadecimal."""

    serial: Annotated[str, Meta(examples=["5F1C09A2"])]
    name: str
    purpose: Literal["server", "station", "firmware"]
    kind: Annotated[str, Meta(examples=["ECDSA"])]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class ServerShows(Resource, frozen=True, kw_only=True):
    """A certificate that stations are shown."""

    kind: str
    subject: str
    names: list[str]
    expires_at: datetime


class AuthorityFacts(Resource, frozen=True, kw_only=True):
    """Who signs here. The root is that of the embedded authority: what stations and their makers are given.

    signs: `embedded`; `command`: an authority outside; `nobody`.
    """

    signs: Literal["embedded", "command", "nobody"]
    root_subject: str
    root_serial: str
    root_expires_at: datetime
    root_pem: str
    server_certificates: list[ServerShows]


class CertificateName(Wanted, frozen=True, kw_only=True):
    """What names a certificate on a station; all in hexadecimal."""

    hash_algorithm: HashAlgorithm
    issuer_name_hash: Annotated[str, Meta(min_length=1, max_length=128)]
    issuer_key_hash: Annotated[str, Meta(min_length=1, max_length=128)]
    serial_number: Annotated[str, Meta(min_length=1, max_length=40)]


class RootOnStation(Resource, frozen=True, kw_only=True):
    """A root certificate that the station said it has. subject, expires_at: where it is known here."""

    use: CertificateUse
    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str
    subject: str | None = None
    expires_at: datetime | None = None
    ours: bool = False


class RootsOnStation(Resource, frozen=True, kw_only=True):
    """read_at: when the station last answered for a use; a use that is missing was never read.

    problems: what it answered instead, by use.
    """

    items: list[RootOnStation]
    read_at: dict[str, datetime]
    problems: dict[str, str]


class RootWanted(Wanted, frozen=True, kw_only=True):
    """A root for the station to trust; without one, that of the embedded authority."""

    use: CertificateUse
    certificate: Pem | None = None


class SecurityEvent(Resource, frozen=True, kw_only=True):
    """A SecurityEventNotification. critical: the whitepaper calls events of this type so.

    timestamp: the station's own time exactly as sent.
    """

    charge_point_id: str
    type: Annotated[str, Meta(examples=["TamperDetectionActivated"])]
    critical: bool
    received_at: datetime
    timestamp: str | None = None
    happened_at: datetime | None = None
    tech_info: str | None = None
