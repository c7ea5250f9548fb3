'use strict';
/** Files over HTTP with Node's own client. Both throw with the reason. */

const TIMEOUT_MS = 15_000;

/** Credentials in an address become a header: `fetch` refuses them in the address. */
async function request(location, method, body) {
    const url = new URL(location);
    const headers = {};
    if (url.username) {
        const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
        headers.Authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
        url.username = '';
        url.password = '';
    }
    const response = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`${method} was answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
}

function fetchFile(location) {
    return request(location, 'GET');
}

/** Put a file into the directory at `location`. */
function storeFile(location, name, content) {
    return request(`${location.replace(/\/$/, '')}/${encodeURIComponent(name)}`, 'PUT', content);
}

module.exports = { fetchFile, storeFile };
