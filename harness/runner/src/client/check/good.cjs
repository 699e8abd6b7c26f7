// An adapter for a client that sends requests through the proxy and does not implement CORS.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const readline = require('node:readline');
const tls = require('node:tls');

let proxy;
let ca;

/** Returns the socket for a URL: a TLS connection through a tunnel of the proxy, or `undefined` for plain HTTP. */
const connect = (url) =>
  new Promise((resolve, reject) => {
    if (url.protocol === 'http:') return resolve(undefined);
    const tunnel = http.request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: `${url.hostname}:443`, agent: false });
    tunnel.on('connect', (_, socket) => {
      const secure = tls.connect({ socket, servername: url.hostname, ca }, () => resolve(secure));
      secure.on('error', reject);
    });
    tunnel.on('error', reject);
    tunnel.end();
  });

const send = async ({ url, method = 'GET', headers = [], body = '' }) => {
  const target = new URL(url);
  const socket = await connect(target);
  const where = socket ? { createConnection: () => socket, path: target.pathname } : { host: proxy.hostname, port: proxy.port, path: url, agent: false };
  return new Promise((resolve, reject) => {
    const request = http.request({ ...where, method, headers: { ...Object.fromEntries(headers), host: target.host } });
    request.on('error', reject);
    request.on('response', async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      const lines = response.rawHeaders;
      resolve({
        type: 'basic',
        status: response.statusCode,
        headers: lines.flatMap((_, i) => (i % 2 ? [] : [[lines[i], lines[i + 1]]])),
        body: Buffer.concat(chunks).toString('base64'),
        url,
      });
    });
    request.end(body);
  });
};

const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const lines = readline.createInterface({ input: process.stdin });
lines.on('line', async (text) => {
  const line = JSON.parse(text);
  if (line.crosscheck) {
    proxy = new URL(line.proxy);
    ca = fs.readFileSync(line.ca);
    write({ ready: true, client: 'node:http', version: process.version, lacks: ['cookies', 'referrer', 'xhr'] });
  } else if (line.id !== undefined) {
    const error = () => ({ type: 'error', name: 'TypeError' });
    write({ id: line.id, outcome: await send(line.request).catch(error) });
  }
});
lines.on('close', () => process.exit(0));
