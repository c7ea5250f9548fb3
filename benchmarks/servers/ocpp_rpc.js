'use strict';
/** A central system written with ocpp-rpc in its strict mode: it checks every message and stores nothing. */

const { RPCServer } = require('ocpp-rpc');

let lastTransactionId = 0;

const handlers = {
    BootNotification: () => ({ status: 'Accepted', interval: 86400, currentTime: new Date().toISOString() }),
    Heartbeat: () => ({ currentTime: new Date().toISOString() }),
    StartTransaction: () => {
        lastTransactionId += 1;
        return { transactionId: lastTransactionId, idTagInfo: { status: 'Accepted' } };
    },
    StopTransaction: () => ({ idTagInfo: { status: 'Accepted' } }),
    MeterValues: () => ({}),
    StatusNotification: () => ({}),
};

async function main() {
    const server = new RPCServer({ protocols: ['ocpp1.6'], strictMode: true });
    server.on('client', (client) => {
        for (const [action, respond] of Object.entries(handlers)) client.handle(action, respond);
    });
    await server.listen(Number(process.argv[2]), '127.0.0.1');
}

main();
