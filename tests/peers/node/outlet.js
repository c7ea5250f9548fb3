'use strict';
/** The one outlet: cable, identification, transaction, meter, and the status that follows. */

const VOLTAGE_V = 230.4;
const CURRENT_A = 32;
const POWER_W = VOLTAGE_V * CURRENT_A;

class Outlet {
    constructor(station, connectorId) {
        this.station = station;
        this.connectorId = connectorId;
        this.plugged = false;
        this.operative = true;
        this.finishing = false;
        this.identified = '';
        this.transaction = null;
        this.storedWh = 2_500_000;
    }

    /** The status of S§4.9. */
    status() {
        if (this.transaction) return this.plugged ? 'Charging' : 'SuspendedEV';
        if (!this.operative) return 'Unavailable';
        if (this.finishing) return 'Finishing';
        return this.plugged || this.identified ? 'Preparing' : 'Available';
    }

    registerWh() {
        if (!this.transaction) return this.storedWh;
        return this.storedWh + (POWER_W * (this.station.clock.monotonic() - this.transaction.startedS)) / 3600;
    }

    answerStart({ connectorId = 1 }) {
        const ready = connectorId === 1 && !this.identified && ['Available', 'Preparing'].includes(this.status());
        return { status: ready ? 'Accepted' : 'Rejected' };
    }

    answerStop({ transactionId }) {
        return { status: this.transaction?.id === transactionId ? 'Accepted' : 'Rejected' };
    }

    /** Somebody is allowed to charge: begin, or wait for the cable. */
    identify(idTag) {
        this.identified = idTag;
        this.station.report(1);
        if (this.plugged) {
            this.begin();
            return;
        }
        this.station.clock.later(this.station.configuration.seconds('ConnectionTimeOut'), () => {
            if (this.plugged || this.identified !== idTag) return;
            this.identified = '';
            this.station.report(1);
        });
    }

    plugIn() {
        this.plugged = true;
        this.station.report(1);
        if (this.identified) this.begin();
    }

    unplug() {
        this.plugged = false;
        this.finishing = false;
        if (this.transaction && this.station.configuration.isOn('StopTransactionOnEVSideDisconnect')) {
            this.end('EVDisconnected');
            this.station.clock.later(2, () => {
                this.finishing = false;
                this.station.report(1);
            });
        }
        this.station.report(1);
    }

    begin() {
        const { clock, outbox } = this.station;
        const transaction = { idTag: this.identified, startedS: clock.monotonic(), id: -1 };
        const meterStart = Math.round(this.registerWh());
        this.identified = '';
        this.transaction = transaction;
        const payload = { connectorId: 1, idTag: transaction.idTag, meterStart, timestamp: clock.stamp() };
        outbox.put('StartTransaction', transaction, payload, (confirmation) => {
            transaction.id = confirmation.transactionId;
            const refused = confirmation.idTagInfo.status !== 'Accepted';
            if (refused && this.transaction === transaction) this.end('DeAuthorized');
        });
        this.station.report(1);
        this.sampledS = transaction.startedS;
        this.meter();
    }

    end(reason) {
        const transaction = this.transaction;
        this.storedWh = this.registerWh();
        this.transaction = null;
        this.finishing = true;
        clearTimeout(this.metering);
        const { clock, outbox } = this.station;
        const payload = { meterStop: Math.round(this.storedWh), timestamp: clock.stamp(), reason };
        outbox.put('StopTransaction', transaction, payload);
        this.station.report(1);
        this.station.idleAgain();
    }

    /** Wake at the next sample, counted from the last one; called again when the interval changes. */
    meter() {
        clearTimeout(this.metering);
        const intervalS = this.station.configuration.seconds('MeterValueSampleInterval');
        if (!this.transaction || !intervalS) return;
        const dueS = this.sampledS + intervalS;
        this.metering = this.station.clock.later(dueS - this.station.clock.monotonic(), () => {
            this.sampledS = dueS;
            this.sample('Sample.Periodic');
            this.meter();
        });
    }

    sample(context) {
        const names = this.station.configuration.listed('MeterValuesSampledData');
        const sampledValue = names.map((measurand) => ({ ...this.reading(measurand), measurand, context }));
        const meterValue = [{ timestamp: this.station.clock.stamp(), sampledValue }];
        this.station.outbox.put('MeterValues', this.transaction, { connectorId: 1, meterValue });
    }

    reading(measurand) {
        const flows = this.transaction ? 1 : 0;
        switch (measurand) {
            case 'Voltage':
                return { value: VOLTAGE_V.toFixed(1), unit: 'V' };
            case 'Current.Import':
                return { value: (flows * CURRENT_A).toFixed(1), unit: 'A' };
            case 'Power.Active.Import':
                return { value: ((flows * POWER_W) / 1000).toFixed(3), unit: 'kW' };
            default:
                return { value: (this.registerWh() / 1000).toFixed(3), unit: 'kWh' };
        }
    }
}

module.exports = { Outlet };
