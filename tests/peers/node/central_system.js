'use strict';
/**
 * A central system made with ocpp-rpc in its strict mode, as a process of its own.
 *
 * `node central_system.js` prints one line of JSON with the address for stations and the address of its control
 * port, and runs until it is ended. What does not fit the library's JSON schemas is a violation.
 */

const { once, EventEmitter } = require('node:events');
const { RPCServer } = require('ocpp-rpc');
const { announce, log, readArguments } = require('./arguments');
const { serveJson } = require('./json_server');

const CALL = 2;
const { options } = readArguments({ speed: 1, 'heartbeat-interval': 60 });

const startedMs = Date.now();
const entries = [];
const violations = [];
const cards = {};
const clients = new Map();
const noted = new EventEmitter().setMaxListeners(0);
let lastTransactionId = 7000;

function now() {
    return new Date(startedMs + (Date.now() - startedMs) * options.speed).toISOString();
}

function idTagInfo(idTag) {
    return { status: cards[idTag] ?? 'Accepted' };
}

function note(identity, sender, message) {
    let frame = String(message);
    try {
        frame = JSON.parse(message);
    } catch (error) {
        violations.push(`${sender}: ${error}: ${message}`);
    }
    entries.push({ n: entries.length + 1, charge_point_id: identity, sender, frame });
    noted.emit('entry');
}

const handlers = {
    BootNotification: () => ({
        status: 'Accepted',
        interval: options['heartbeat-interval'],
        currentTime: now(),
    }),
    Heartbeat: () => ({ currentTime: now() }),
    Authorize: ({ idTag }) => ({ idTagInfo: idTagInfo(idTag) }),
    StartTransaction: ({ idTag }) => {
        lastTransactionId += 1;
        return { transactionId: lastTransactionId, idTagInfo: idTagInfo(idTag) };
    },
    StopTransaction: () => ({}),
    MeterValues: () => ({}),
    StatusNotification: () => ({}),
    FirmwareStatusNotification: () => ({}),
    DiagnosticsStatusNotification: () => ({}),
    DataTransfer: () => ({ status: 'UnknownVendorId' }),
};

function welcome(client) {
    log('connected', client.identity);
    clients.set(client.identity, client);
    client.on('message', ({ message, outbound }) => {
        note(client.identity, outbound ? 'central_system' : 'charge_point', message);
    });
    client.on('strictValidationFailure', ({ method, error }) => violations.push(`${method}: ${error.message}`));
    client.on('badMessage', ({ error }) => violations.push(`bad message: ${error.message}`));
    client.on('close', () => {
        if (clients.get(client.identity) === client) clients.delete(client.identity);
    });
    for (const [action, respond] of Object.entries(handlers)) {
        client.handle(action, ({ params }) => respond(params));
    }
}

async function callStation({ charge_point_id: identity, action, payload }) {
    const client = clients.get(identity);
    if (!client) return [409, { detail: `${identity} is not connected` }];
    try {
        return [200, { confirmation: await client.call(action, payload, { callTimeoutMs: 10_000 }) }];
    } catch (error) {
        return [200, { error: String(error) }];
    }
}

function entriesOf(identity) {
    return entries.filter((entry) => entry.charge_point_id === identity);
}

async function nextCall({ charge_point_id: identity, action, after, within }) {
    const signal = AbortSignal.timeout(Number(within) * 1000);
    for (;;) {
        const found = entriesOf(identity).find(({ n, sender, frame }) => (
            n > Number(after) && sender === 'charge_point' && frame[0] === CALL && frame[2] === action));
        if (found) return [200, found];
        try {
            await once(noted, 'entry', { signal });
        } catch {
            return [404, { detail: 'none came' }];
        }
    }
}

async function control({ method, path, query, body }) {
    switch (`${method} ${path}`) {
        case 'POST /call':
            return callStation(body);
        case 'POST /cards':
            return [200, Object.assign(cards, body)];
        case 'POST /hang-up':
            await clients.get(query.charge_point_id).close({ code: 1001 });
            return [200, {}];
        case 'GET /frames':
            return [200, entriesOf(query.charge_point_id)];
        case 'GET /violations':
            return [200, violations];
        case 'GET /next':
            return nextCall(query);
        default:
            return [404, { detail: `there is no ${method} ${path}` }];
    }
}

async function main() {
    const server = new RPCServer({ protocols: ['ocpp1.6'], strictMode: true });
    server.on('client', welcome);
    const httpServer = await server.listen(0, '127.0.0.1');
    const controlPort = await serveJson(control);
    announce({
        url: `ws://127.0.0.1:${httpServer.address().port}/ocpp`,
        control: `http://127.0.0.1:${controlPort}`,
    });
}

main();
