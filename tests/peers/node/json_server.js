'use strict';
/** A small HTTP server on loopback that answers JSON: for the rig's verbs and for control. */

const http = require('node:http');

/** `route({method, path, query, body})` returns [status, content]; what it throws is a 400. */
async function serveJson(route) {
    const server = http.createServer(async (request, response) => {
        let status = 400;
        let content;
        try {
            const chunks = [];
            for await (const chunk of request) chunks.push(chunk);
            const text = Buffer.concat(chunks).toString();
            const url = new URL(request.url, 'http://localhost');
            const body = text ? JSON.parse(text) : null;
            [status, content] = await route({
                method: request.method,
                path: url.pathname,
                query: Object.fromEntries(url.searchParams),
                body,
            });
        } catch (error) {
            content = { detail: String(error) };
        }
        response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' });
        response.end(JSON.stringify(content));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address().port;
}

module.exports = { serveJson };
