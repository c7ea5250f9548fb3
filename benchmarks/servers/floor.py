"""The floor: a picows server that reads no JSON and answers with texts of the right size."""

import sys

import uvloop
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

ID = slice(4, 40)  # `[2,"` and an id of 36 characters, as the fleet writes them
ACTION = slice(43, 48)
NOW = b"2026-01-01T00:00:00.000Z"
ANSWERS = {
    b"BootN": b'[3,"%b",{"status":"Accepted","currentTime":"' + NOW + b'","interval":86400}]',
    b"Heart": b'[3,"%b",{"currentTime":"' + NOW + b'"}]',
    b"Start": b'[3,"%b",{"transactionId":1234567,"idTagInfo":{"status":"Accepted"}}]',
    b"StopT": b'[3,"%b",{"idTagInfo":{"status":"Accepted"}}]',
    b"Meter": b'[3,"%b",{}]',
    b"Statu": b'[3,"%b",{}]',
}


class Echo(WSListener):
    """One connection."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            text = frame.get_payload_as_bytes()
            transport.send(WSMsgType.TEXT, ANSWERS[text[ACTION]] % text[ID])
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close()
            transport.disconnect()


def accept(_request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
    answer = WSUpgradeResponse.create_101_response([("Sec-WebSocket-Protocol", "ocpp1.6")])
    return WSUpgradeResponseWithListener(answer, Echo())


async def main(port: int) -> None:
    server = await ws_create_server(
        accept, "127.0.0.1", port, read_buffer_init_size=4096, backlog=4096, websocket_handshake_timeout=60
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
