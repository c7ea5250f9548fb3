"""A port for a program that must be told where to listen, kept from everybody else between its lives too."""

import socket
from typing import Self


class HeldPort:
    """A free port of 127.0.0.1. Nobody who asks for any port gets this one, until it is closed.

    Who asks for this very number gets it if it sets SO_REUSEADDR, as servers do. It is bound and never listens:
    who connects while no program does is refused, and is not connected to itself.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
