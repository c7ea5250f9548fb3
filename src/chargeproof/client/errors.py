"""What goes wrong between a program and a server."""

from chargeproof.errors import ChargeproofError, ToolError


class ApiError(ChargeproofError):
    """The server said no. ``what`` is its sentence, ``remedy`` what it advises, ``where`` what was asked for."""

    def __init__(self, status: int, title: str, detail: str, remedy: str, asked: str) -> None:
        super().__init__(detail.rstrip("."), asked, remedy.rstrip("."))
        self.status = status
        self.title = title


class NoAnswer(ToolError):
    """Nobody answers at that address, or what answers is no chargeproof server."""
