"""A simulated lab rig: its hands over HTTP, with the verbs that rigs of real stations speak.

`POST /api/v1/<verb>?connector_id=N&...`, no body. 200: done. 400: wrong parameters. 404: no such verb.
409: it cannot be done now. 501: this rig cannot do it. Every answer is JSON; `detail` says why.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Mapping

import uvicorn
from litestar import Litestar, Request, Response, post
from litestar.datastructures import State
from litestar.openapi.config import OpenAPIConfig
from litestar.params import FromPath

from chargeproof.errors import ToolError
from chargeproof.simulator.ports import CannotBeDone, UnsupportedAct
from chargeproof.simulator.site import Hands, flag_of
from chargeproof.simulator.station import SimulatedStation

Answer = Response[dict[str, str]]
VERBS = ("plugin", "plugout", "authorize", "state", "reboot", "parkingbay")
CARD_TYPE = "ISO14443"
START_TIMEOUT_S = 10.0


class UnknownVerb(Exception):
    """The path names no verb of a rig."""


def act_of(verb: str, parameters: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """A rig's verb as an act of the hands, with the act's own parameters.

    Raises UnknownVerb, ValueError for wrong parameters, UnsupportedAct for another type of card.
    """
    asked = dict(parameters)
    match verb:
        case "plugin":
            return "plug_in", asked
        case "plugout":
            return "unplug", asked
        case "authorize":
            if asked.get("type", CARD_TYPE) != CARD_TYPE:
                raise UnsupportedAct(f"this rig has cards of type {CARD_TYPE} only")
            return "present_card", {**asked, "id_tag": asked.get("id", "")}
        case "state":
            return ("provoke_error" if flag_of(asked, "faulted") else "repair"), asked
        case "reboot":
            return "reboot", asked
        case "parkingbay":
            return "parking_bay", asked
        case _:
            raise UnknownVerb(f"there is no verb {verb!r}; there are: {', '.join(VERBS)}")


async def answer_of(hands: Hands, verb: str, parameters: Mapping[str, str]) -> tuple[int, str]:
    """Do it: the HTTP status and the detail."""
    try:
        await hands.perform(*act_of(verb, parameters))
    except UnknownVerb as error:
        return 404, str(error)
    except ValueError as error:
        return 400, str(error)
    except CannotBeDone as error:
        return 409, str(error)
    except UnsupportedAct as error:
        return 501, str(error)
    return 200, "done"


@post("/api/v1/{verb:str}")
async def perform(verb: FromPath[str], request: "Request[object, object, State]", state: State) -> Answer:
    """Perform one verb of the rig."""
    status, detail = await answer_of(state.hands, verb, dict(request.query_params.items()))
    return Response({"detail": detail}, status_code=status)


def rig_app(station: SimulatedStation) -> Litestar:
    """The HTTP application of a rig that holds this station."""
    return Litestar(
        [perform],
        state=State({"hands": Hands(station)}),
        openapi_config=OpenAPIConfig(title="Simulated rig", version="1"),
        # Litestar sets up the logging of the whole process unless told not to.
        logging_config=None,
    )


class _QuietServer(uvicorn.Server):
    """Leaves the signals of the process to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class RigServer:
    """Serves a rig on a port of its own; port 0 takes a free one. It runs in the loop of the station."""

    def __init__(self, station: SimulatedStation, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._port = port
        config = uvicorn.Config(rig_app(station), log_level="warning", lifespan="off")
        self._server = _QuietServer(config)
        self._socket: socket.socket | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self.port}"

    @property
    def port(self) -> int:
        """The real port once it is started."""
        return int(self._socket.getsockname()[1]) if self._socket else self._port

    async def start(self) -> None:
        """Raises ToolError if the port cannot be had."""
        self._socket = self._bound_socket()
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="rig")
        async with asyncio.timeout(START_TIMEOUT_S):
            # uvicorn has a flag and no event.
            while not self._server.started and not self._serving.done():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving

    def _bound_socket(self) -> socket.socket:
        listener = socket.socket(socket.AF_INET6 if ":" in self._host else socket.AF_INET)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self._port))
        except OSError as error:
            listener.close()
            where = f"{self._host}:{self._port}"
            raise ToolError(f"the rig cannot listen here: {error}", where, "Choose another port") from error
        return listener
