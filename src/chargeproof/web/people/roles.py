"""The four roles, each allowed all that the ones before it are."""

from enum import StrEnum


class Role(StrEnum):
    """What a person may do.

    viewer: read. tester: also run the script and send commands that destroy nothing. operator: all commands,
    configuration, admission, id tags, files, station passwords. administrator: people, tokens, settings, audit.
    """

    VIEWER = "viewer"
    TESTER = "tester"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


RANK = {role: rank for rank, role in enumerate(Role)}


def allows(role: Role, needed: Role) -> bool:
    """Whether somebody with `role` may do what takes `needed`."""
    return RANK[role] >= RANK[needed]


def lesser(one: Role, other: Role) -> Role:
    """The one of the two that may do less."""
    return one if RANK[one] <= RANK[other] else other
