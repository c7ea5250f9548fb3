"""People, their sessions and tokens, what they did, and the settings in force."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from chargeproof.resources.base import Resource, Wanted


class Role(StrEnum):
    """What a person may do, each all that the ones before it may.

    viewer: read. tester: also run the script and send commands that destroy nothing. operator: all commands,
    configuration, admission, id tags, files, station passwords. administrator: people, tokens, settings, audit.
    """

    VIEWER = "viewer"
    TESTER = "tester"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


Outcome = Literal["done", "refused", "failed"]
Name = Annotated[str, Meta(min_length=1, max_length=64, examples=["ada"])]
Password = Annotated[str, Meta(min_length=1, max_length=256, examples=["correct-horse-battery-staple"])]


class LogIn(Wanted, frozen=True, kw_only=True):
    name: Name
    password: Password


class Me(Resource, frozen=True, kw_only=True):
    """Who sent the request. via: a session (cookie) or a token.

    csrf_token: to be sent as `X-CSRF-Token` with everything that changes something; empty for tokens.
    expires_at: when a session ends at the latest, told at log-in.
    """

    name: str
    role: Role
    via: Literal["session", "token"]
    read_only: bool
    csrf_token: str
    expires_at: datetime | None = None


class OwnPasswordWanted(Wanted, frozen=True, kw_only=True):
    current_password: Password
    new_password: Password


class Account(Resource, frozen=True, kw_only=True):
    """Somebody who may log in. `logged_in_at`: the last time, None before the first."""

    name: str
    role: Role
    created_at: datetime
    changed_at: datetime
    logged_in_at: datetime | None = None


class AccountWanted(Wanted, frozen=True, kw_only=True):
    """Without a password one is made."""

    name: Name
    role: Role
    password: Password | None = None


class MadeAccount(Resource, frozen=True, kw_only=True):
    """password: the one that was made, told this once; null when one was given."""

    account: Account
    password: Annotated[str | None, Meta(examples=["k7qd-m2xp-9fhw-t3rc-v8ny"])] = None


class RoleWanted(Wanted, frozen=True, kw_only=True):
    role: Role


class NewPasswordWanted(Wanted, frozen=True, kw_only=True):
    """Without a password one is made."""

    password: Password | None = None


class MadePassword(Resource, frozen=True, kw_only=True):
    """password: the one that was made, told this once; null when one was given."""

    password: Annotated[str | None, Meta(examples=["k7qd-m2xp-9fhw-t3rc-v8ny"])] = None


class Token(Resource, frozen=True, kw_only=True):
    """What is known of a token. `used_at` is kept to the minute. `expires_at` null: it does not end."""

    token_id: str
    owner: str
    label: str
    role: Role
    read_only: bool
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None


class TokenWanted(Wanted, frozen=True, kw_only=True):
    """role: none above the owner's. read_only: it must change nothing. expires_at null: it does not end."""

    label: Annotated[str, Meta(min_length=1, max_length=200, examples=["nightly acceptance run"])]
    role: Role
    read_only: bool = False
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class MadeToken(Resource, frozen=True, kw_only=True):
    """secret: the token itself, told this once."""

    secret: Annotated[str, Meta(examples=["cp_5mV0yQ2r8sXk"])]
    token: Token


class AuditEntry(Resource, frozen=True, kw_only=True):
    """Something that somebody did or tried to do.

    via: `session`, `token`, `command line`, or `nothing` for strangers. action: the operation's id. subject:
    what it was done to. status: of the HTTP answer, 0 where there was none.
    """

    number: int
    at: datetime
    who: str
    via: str
    credential_id: str
    remote: str
    action: str
    subject: str
    outcome: Outcome
    status: int
    detail: str


class Setting(Resource, frozen=True, kw_only=True):
    """A setting in force. value: as text; of a secret only whether it is set. source: where it comes from."""

    name: str
    value: str
    default: str
    source: str
    secret: bool
    variable: str
    takes: str
    meaning: str
