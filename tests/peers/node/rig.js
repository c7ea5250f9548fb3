'use strict';
/** The rig's verbs at the station. 200: done. 409: not now. 501: not here; `detail` says why. */

const CANNOT = {
    authorize: 'this station has no card reader',
    state: 'this rig cannot provoke errors',
    parkingbay: 'this station does not watch the bay',
};

function rigOf(station) {
    return async ({ method, path }) => {
        const verb = path.replace(/^\/api\/v1\//, '');
        if (method !== 'POST') return [404, { detail: `there is no ${method} ${path}` }];
        if (verb in CANNOT) return [501, { detail: CANNOT[verb] }];
        const { outlet } = station;
        switch (verb) {
            case 'plugin':
                if (outlet.plugged) return [409, { detail: 'the outlet already holds a cable' }];
                outlet.plugIn();
                break;
            case 'plugout':
                if (!outlet.plugged) return [409, { detail: 'the outlet holds no cable' }];
                outlet.unplug();
                break;
            case 'reboot':
                if (outlet.transaction) outlet.end('PowerLoss');
                station.restart(15, true);
                break;
            default:
                return [501, { detail: `this rig has no ${verb}` }];
        }
        return [200, { detail: 'done' }];
    };
}

module.exports = { rigOf };
