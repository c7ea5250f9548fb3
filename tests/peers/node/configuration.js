'use strict';
/** Configuration keys of the station: the required ones of Core, and what it needs to say of itself. */

const MEASURANDS = [
    'Energy.Active.Import.Register',
    'Power.Active.Import',
    'Current.Import',
    'Voltage',
];

const whole = (value) => /^\d+$/.test(value);
const truth = (value) => /^(true|false)$/i.test(value);
const text = (value) => value.length <= 500;
const measurands = (value) => value === '' || value.split(',').every((part) => MEASURANDS.includes(part.trim()));
const key = (value, lawful) => ({ value, lawful, readonly: false });
const fixed = (value) => ({ value, lawful: () => false, readonly: true });

class Configuration {
    constructor() {
        const energy = MEASURANDS[0];
        this.keys = new Map(Object.entries({
            AuthorizeRemoteTxRequests: fixed('false'),
            ClockAlignedDataInterval: key('0', whole),
            ConnectionTimeOut: key('90', whole),
            ConnectorPhaseRotation: key('1.RST', text),
            GetConfigurationMaxKeys: fixed('30'),
            HeartbeatInterval: key('600', whole),
            LocalAuthorizeOffline: key('false', truth),
            LocalPreAuthorize: key('false', truth),
            MeterValuesAlignedData: key(energy, measurands),
            MeterValuesSampledData: key(energy, measurands),
            MeterValueSampleInterval: key('60', whole),
            NumberOfConnectors: fixed('1'),
            ResetRetries: key('0', whole),
            StopTransactionOnEVSideDisconnect: key('true', truth),
            StopTransactionOnInvalidId: key('true', truth),
            StopTxnAlignedData: key('', measurands),
            StopTxnSampledData: key('', measurands),
            SupportedFeatureProfiles: fixed('Core,FirmwareManagement,RemoteTrigger'),
            SupportedFileTransferProtocols: fixed('HTTP'),
            TransactionMessageAttempts: key('3', whole),
            TransactionMessageRetryInterval: key('10', whole),
            UnlockConnectorOnEVSideDisconnect: fixed('false'),
        }));
    }

    /** GetConfiguration.conf for these keys; none means all. */
    answer(asked) {
        const names = asked?.length ? asked : [...this.keys.keys()];
        const known = names.filter((name) => this.keys.has(name));
        return {
            configurationKey: known.map((name) => {
                const { readonly, value } = this.keys.get(name);
                return { key: name, readonly, value };
            }),
            unknownKey: names.filter((name) => !this.keys.has(name)),
        };
    }

    /** Write a key; returns the ConfigurationStatus. */
    change(name, value) {
        const held = this.keys.get(name);
        if (!held) return 'NotSupported';
        if (held.readonly || !held.lawful(value)) return 'Rejected';
        held.value = value;
        return 'Accepted';
    }

    value(name) {
        return this.keys.get(name).value;
    }

    seconds(name) {
        return Number(this.value(name));
    }

    isOn(name) {
        return this.value(name).toLowerCase() === 'true';
    }

    listed(name) {
        return this.value(name).split(',').map((part) => part.trim()).filter(Boolean);
    }
}

module.exports = { Configuration };
