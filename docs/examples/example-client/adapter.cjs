// The adapter of an HTTP client, complete. The client is Node's http module, which has no CORS: it reads every response.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const readline = require('node:readline');
const tls = require('node:tls');

let proxy;
let ca;

/** Opens a tunnel through the proxy, with TLS inside. */
function tunnel(url) {
  return new Promise((resolve, reject) => {
    const connect = http.request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: `${url.hostname}:443`, agent: false });
    connect.on('connect', (_, socket) => {
      const secure = tls.connect({ socket, servername: url.hostname, ca }, () => resolve(secure));
      secure.on('error', reject);
    });
    connect.on('error', reject);
    connect.end();
  });
}

/** Makes a request through the proxy and returns the outcome. */
async function fetchOutcome({ url, method = 'GET', headers = [], body = '' }) {
  const target = new URL(url);
  const route =
    target.protocol === 'https:'
      ? await tunnel(target).then((socket) => ({ createConnection: () => socket, path: target.pathname }))
      : { host: proxy.hostname, port: proxy.port, path: url, agent: false };
  return new Promise((resolve, reject) => {
    const request = http.request({ ...route, method, headers: { ...Object.fromEntries(headers), host: target.host } });
    request.on('error', reject);
    request.on('response', async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      const raw = response.rawHeaders;
      resolve({
        type: 'basic',
        status: response.statusCode,
        statusText: response.statusMessage,
        headers: raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1]]] : [])),
        body: Buffer.concat(chunks).toString('base64'),
        redirected: false,
        url,
      });
    });
    request.end(body);
  });
}

const send = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function receive(line) {
  if (line.crosscheck !== undefined) {
    proxy = new URL(line.proxy);
    ca = fs.readFileSync(line.ca);
    return send({ ready: true, client: 'example-client', version: '1.0.0', lacks: ['cookies', 'referrer', 'redirects', 'xhr'] });
  }
  // This client has no state per browser that a reset could drop.
  if (line.reset !== undefined) return undefined;
  if (line.request.via !== undefined) return send({ id: line.id, unsupported: 'it has no elements of a page' });
  const error = () => ({ type: 'error', name: 'TypeError' });
  return send({ id: line.id, outcome: await fetchOutcome(line.request).catch(error) });
}

const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => receive(JSON.parse(line)));
lines.on('close', () => process.exit(0));
