"""What our own file server saw of a firmware download or a diagnostics upload."""

from typing import Any, Literal

from chargeproof.acceptance.quantifiers import ours
from chargeproof.trace import Exchange, FileTransferred, Trace


def transfers(
    trace: Trace, command: Exchange[Any], event: Literal["download", "upload"]
) -> list[FileTransferred]:
    """The transfers for a command of ours: at the place that was offered for it, until the next such command.

    The location in the command carries secrets that the server's log does not, and may be redacted; so the
    place is the last one that was offered before the command.
    """
    offered = [entry for entry in trace.until(command.n).of(FileTransferred) if entry.event == "offered"]
    following = ours(trace.after(command.n), type(command.request))
    stretch = trace.between(command.n, following[0].n) if following else trace.after(command.n)
    return [
        entry
        for entry in stretch.of(FileTransferred)
        if entry.event == event and (not offered or entry.job == offered[-1].job)
    ]


def has_server_log(trace: Trace) -> bool:
    """Whether a file server of ours took part at all, so that its silence means something."""
    return bool(trace.of(FileTransferred))
