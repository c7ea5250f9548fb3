"""Errors of the protocol layer. Their names say whose fault it is: ours (local) or the peer's (remote)."""

from enum import StrEnum


class ErrorCode(StrEnum):
    """Error codes of a CALLERROR (J§4.2.3), in the specification's spelling.

    ``NotImplemented``: the action is not known to the receiver. ``NotSupported``: it is known, but not
    supported.
    """

    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    INTERNAL_ERROR = "InternalError"
    PROTOCOL_ERROR = "ProtocolError"
    SECURITY_ERROR = "SecurityError"
    FORMATION_VIOLATION = "FormationViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    OCCURENCE_CONSTRAINT_VIOLATION = "OccurenceConstraintViolation"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"
    GENERIC_ERROR = "GenericError"


class OcppError(Exception):
    """Base of every error that this package raises."""


class LocalProtocolError(OcppError):
    """Our own side asked for something that the protocol forbids; nothing was sent."""


class RemoteProtocolError(OcppError):
    """The peer sent something that the protocol forbids."""


class FrameError(RemoteProtocolError):
    """A text is no OCPP-J frame (J§4.2).

    ``reason``: one sentence. ``unique_id`` and ``message_type``: what could be made out of them, else
    ``None``.
    """

    def __init__(self, reason: str, unique_id: str | None = None, message_type: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unique_id = unique_id
        self.message_type = message_type


class PayloadError(RemoteProtocolError):
    """A payload is not what its action asks for (S§6).

    ``code``: what a CALLERROR would say. ``where``: path such as ``$.idTag``. ``rule``: a key of ``RULES``.
    """

    def __init__(self, code: ErrorCode, where: str, rule: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.code = code
        self.where = where
        self.rule = rule
        self.message = message
