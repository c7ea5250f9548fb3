'use strict';
/**
 * A small charge station made with ocpp-rpc, as a process of its own: one outlet, no card reader, files over HTTP.
 *
 * `node station.js ws://127.0.0.1:9000/ocpp STATION-2 --speed 20` prints one line of JSON with the address of its
 * rig, and runs until it is ended.
 */

const { RPCClient } = require('ocpp-rpc');
const { announce, log, readArguments } = require('./arguments');
const { Configuration } = require('./configuration');
const { fetchFile, storeFile } = require('./file_transfer');
const { serveJson } = require('./json_server');
const { Outbox } = require('./outbox');
const { Outlet } = require('./outlet');
const { rigOf } = require('./rig');
const { StationClock } = require('./station_clock');

const DOWN_S = { Soft: 4, Hard: 15 };
const LAST_WORDS_S = 10;

class Station {
    constructor(url, identity, speed) {
        this.identity = identity;
        this.clock = new StationClock(speed);
        this.configuration = new Configuration();
        this.firmwareVersion = '0.9.1';
        this.operative = true;
        this.online = false;
        this.booted = false;
        this.goingDown = false;
        this.reported = new Map();
        this.client = new RPCClient({
            endpoint: url,
            identity,
            protocols: ['ocpp1.6'],
            strictMode: true,
            callTimeoutMs: 10_000,
            backoff: {
                initialDelay: 6000 / speed,
                maxDelay: 12_000 / speed,
                factor: 2,
                randomisationFactor: 0,
            },
        });
        this.outbox = new Outbox(this);
        this.outlet = new Outlet(this, 1);
        this.client.on('open', () => this.arrive().catch((error) => log('arrival', error)));
        this.client.on('disconnect', ({ code }) => {
            log('disconnected', code);
            this.online = false;
        });
        this.client.on('message', ({ message, outbound }) => log(outbound ? 'send' : 'receive', message));
        this.client.on('badMessage', ({ error }) => log('ERROR', 'bad message', error));
        this.client.on('strictValidationFailure', ({ method, error }) => log('ERROR', method, error));
        this.handle();
    }

    async connect() {
        while (this.client.state !== RPCClient.OPEN) {
            try {
                await this.client.connect();
            } catch (error) {
                log('no connection', error.message);
                await this.clock.pause(6);
            }
        }
    }

    async arrive() {
        const boots = !this.booted;
        while (!this.booted) await this.boot();
        this.online = true;
        if (boots) this.reported.clear();
        this.report(0);
        this.report(1);
        this.outbox.deliver();
        this.beat();
    }

    async boot() {
        const confirmation = await this.client.call('BootNotification', {
            chargePointVendor: 'Node Motors',
            chargePointModel: 'Solo',
            chargePointSerialNumber: 'NM-0042',
            firmwareVersion: this.firmwareVersion,
        });
        this.clock.set(confirmation.currentTime);
        this.booted = confirmation.status === 'Accepted';
        if (this.booted) {
            this.configuration.keys.get('HeartbeatInterval').value = String(confirmation.interval);
        } else {
            await this.clock.pause(confirmation.interval || 30);
        }
    }

    /** Send what nobody misses when it is lost. */
    tell(action, payload) {
        if (!this.online) return Promise.resolve();
        return this.client.call(action, payload).catch((error) => log(action, 'is lost:', error.message));
    }

    beat() {
        clearTimeout(this.beating);
        const intervalS = this.configuration.seconds('HeartbeatInterval');
        if (!intervalS) return;
        this.beating = this.clock.later(intervalS, () => {
            this.beat();
            this.heartbeat();
        });
    }

    async heartbeat() {
        const confirmation = await this.tell('Heartbeat', {});
        if (confirmation) this.clock.set(confirmation.currentTime);
    }

    report(connectorId, again = false) {
        const ownStatus = this.operative ? 'Available' : 'Unavailable';
        const status = connectorId === 0 ? ownStatus : this.outlet.status();
        if (!this.online || (!again && this.reported.get(connectorId) === status)) return;
        this.reported.set(connectorId, status);
        const timestamp = this.clock.stamp();
        this.tell('StatusNotification', { connectorId, errorCode: 'NoError', status, timestamp });
    }

    /** Answer first, act then: the library sends the answer before the next turn of the event loop. */
    answer(action, respond, act = null) {
        this.client.handle(action, ({ params }) => {
            const confirmation = respond(params);
            if (act) setImmediate(() => Promise.resolve(act(params, confirmation)).catch((error) => log(action, error)));
            return confirmation;
        });
    }

    handle() {
        const accepted = () => ({ status: 'Accepted' });
        this.answer('GetConfiguration', ({ key }) => this.configuration.answer(key));
        this.answer('ChangeConfiguration', ({ key, value }) => {
            const status = this.configuration.change(key, value);
            if (key === 'HeartbeatInterval') this.beat();
            if (key === 'MeterValueSampleInterval') this.outlet.meter();
            return { status };
        });
        this.answer('ClearCache', () => ({ status: 'Rejected' }));
        this.answer('DataTransfer', () => ({ status: 'UnknownVendorId' }));
        this.answer('UnlockConnector', () => ({ status: 'NotSupported' }));
        this.answer('Reset', accepted, ({ type }) => this.reset(type));
        this.answer('RemoteStartTransaction', (request) => this.outlet.answerStart(request), (request, { status }) => {
            if (status === 'Accepted') this.outlet.identify(request.idTag);
        });
        this.answer('RemoteStopTransaction', (request) => this.outlet.answerStop(request), (_, { status }) => {
            if (status === 'Accepted') this.outlet.end('Remote');
        });
        this.answer('ChangeAvailability', (request) => this.answerAvailability(request), (request, { status }) => {
            if (status === 'Accepted') this.changeAvailability(request);
        });
        this.answer('TriggerMessage', (request) => this.answerTrigger(request), (request, { status }) => {
            if (status === 'Accepted') this.sendTriggered(request);
        });
        this.answer('GetDiagnostics', () => ({ fileName: `${this.identity}.txt` }), ({ location }) => this.upload(location));
        this.answer('UpdateFirmware', () => ({}), (request) => this.update(request));
    }

    answerAvailability({ connectorId, type }) {
        if (connectorId > 1) return { status: 'Rejected' };
        if (type === 'Inoperative' && this.outlet.transaction) {
            this.scheduled = connectorId;
            return { status: 'Scheduled' };
        }
        return { status: 'Accepted' };
    }

    changeAvailability({ connectorId, type }) {
        const operative = type === 'Operative';
        if (connectorId === 0) this.operative = operative;
        this.outlet.finishing &&= this.outlet.operative; // S§4.9 H2: Preparing
        this.outlet.operative = operative;
        this.report(0);
        this.report(1);
    }

    /** A transaction is over: do what was put off for it. */
    idleAgain() {
        if (this.scheduled === undefined) return;
        const connectorId = this.scheduled;
        this.scheduled = undefined;
        this.changeAvailability({ connectorId, type: 'Inoperative' });
    }

    answerTrigger({ requestedMessage, connectorId }) {
        if (connectorId > 1 || requestedMessage === 'BootNotification') return { status: 'Rejected' };
        return { status: requestedMessage === 'DiagnosticsStatusNotification' ? 'NotImplemented' : 'Accepted' };
    }

    sendTriggered({ requestedMessage, connectorId }) {
        const concerned = connectorId === undefined ? [0, 1] : [connectorId];
        switch (requestedMessage) {
            case 'Heartbeat':
                return this.heartbeat();
            case 'FirmwareStatusNotification':
                return this.tell('FirmwareStatusNotification', { status: 'Idle' });
            case 'MeterValues':
                return this.outlet.sample('Trigger');
            default:
                return concerned.forEach((each) => this.report(each, true));
        }
    }

    async reset(type) {
        if (this.outlet.transaction) this.outlet.end(`${type}Reset`);
        for (let waited = 0; waited < LAST_WORDS_S && this.outbox.letters.length; waited += 1) {
            await this.clock.pause(1);
        }
        await this.restart(DOWN_S[type]);
    }

    async restart(downS, force = false) {
        this.online = false;
        this.booted = false;
        clearTimeout(this.beating);
        this.outlet.identified = '';
        await this.client.close({ code: 1001, force });
        await this.clock.pause(downS);
        await this.connect();
    }

    async upload(location) {
        await this.tell('DiagnosticsStatusNotification', { status: 'Uploading' });
        const lines = [...this.configuration.keys].map(([name, { value }]) => `${name}=${value}`);
        let status = 'Uploaded';
        try {
            await storeFile(location, `${this.identity}.txt`, lines.join('\n'));
        } catch (error) {
            log('upload failed', error);
            status = 'UploadFailed';
        }
        await this.tell('DiagnosticsStatusNotification', { status });
    }

    /** The first line of a firmware file names its version; the reboot comes after Installed. */
    async update({ location, retrieveDate }) {
        await this.clock.pause((Date.parse(retrieveDate) - this.clock.now().getTime()) / 1000);
        await this.tell('FirmwareStatusNotification', { status: 'Downloading' });
        let content;
        try {
            content = await fetchFile(location);
        } catch (error) {
            log('download failed', error);
            await this.tell('FirmwareStatusNotification', { status: 'DownloadFailed' });
            return;
        }
        await this.tell('FirmwareStatusNotification', { status: 'Downloaded' });
        while (this.outlet.transaction) await this.clock.pause(5);
        await this.tell('FirmwareStatusNotification', { status: 'Installing' });
        await this.clock.pause(10);
        this.firmwareVersion = content.toString('latin1').split('\n')[0].trim().slice(0, 50);
        await this.tell('FirmwareStatusNotification', { status: 'Installed' });
        await this.restart(DOWN_S.Hard);
    }
}

async function main() {
    const { inOrder: [url, identity], options } = readArguments({ speed: 1 });
    const station = new Station(url, identity, options.speed);
    const port = await serveJson(rigOf(station));
    announce({ rig: `http://127.0.0.1:${port}` });
    await station.connect();
}

main();
