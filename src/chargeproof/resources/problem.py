"""What every answer is that is an error."""

import msgspec


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of every answer that is an error.

    title: the kind of problem. detail: what was wrong with this request, a sentence. remedy: what to do, a
    sentence; may be missing. instance: the path that was asked for. reference: of an error of the program; its log
    has the details under it.
    """

    title: str
    status: int
    detail: str
    instance: str
    type: str = "about:blank"
    remedy: str | None = None
    reference: str | None = None
