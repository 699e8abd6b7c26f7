// The adapter of a server library, complete. The library under test is the function `cors`, which stands for a real one.
'use strict';
const http = require('node:http');
const readline = require('node:readline');

/** The library: sets the CORS headers of a response, and ends it if the request is a preflight. */
function cors(options, request, response) {
  const { origin, 'access-control-request-method': method } = request.headers;
  response.setHeader('Vary', 'Origin');
  const allowed = options.origins.includes(origin);
  if (allowed) response.setHeader('Access-Control-Allow-Origin', origin);
  if (allowed && options.credentials) response.setHeader('Access-Control-Allow-Credentials', 'true');
  if (request.method !== 'OPTIONS' || origin === undefined || method === undefined) {
    if (allowed && options.expose.length > 0) response.setHeader('Access-Control-Expose-Headers', options.expose.join(', '));
    return false;
  }
  if (allowed) {
    response.setHeader('Access-Control-Allow-Methods', options.methods.join(', '));
    response.setHeader('Access-Control-Allow-Headers', options.headers.join(', '));
    if (options.maxAge !== null) response.setHeader('Access-Control-Max-Age', String(options.maxAge));
  }
  response.writeHead(204).end();
  return true;
}

/** Translates a policy into the options of the library. */
const optionsOf = (policy) => ({
  origins: policy.origins.list,
  credentials: policy.credentials,
  methods: policy.methods,
  headers: policy.headers,
  expose: policy.expose,
  maxAge: policy.max_age,
});

/** The application contract. */
function application(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const cached = pathname === '/cached' || pathname.startsWith('/cached/');
  const path = cached ? pathname.slice('/cached'.length) || '/' : pathname;
  if (path === '/missing') return response.writeHead(404).end();
  if (path === '/throw') return response.writeHead(500).end();
  response.setHeader('X-Hit', '1');
  response.setHeader('X-Two', 'v');
  if (cached) response.setHeader('Cache-Control', 'public, max-age=60');
  else response.setHeader('Set-Cookie', 's=1; Path=/');
  if (path === '/auth' && !request.headers.authorization) return response.writeHead(401).end();
  if (path === '/redirect') return response.writeHead(302, { Location: '/' }).end();
  if (path === '/options' && request.method === 'OPTIONS') return response.writeHead(299).end();
  if (path === '/vary') response.appendHeader('Vary', 'Accept-Encoding');
  if (path === '/acao') response.setHeader('Access-Control-Allow-Origin', 'https://own.example');
  const status = /^\/status\/([0-9]{3})$/.exec(path);
  return response.writeHead(status ? Number(status[1]) : 200).end('ok');
}

/** Serves one policy on a port of its own. */
function listen(policy) {
  const options = optionsOf(policy);
  const server = http.createServer((request, response) => {
    if (!cors(options, request, response)) application(request, response);
  });
  server.keepAliveTimeout = 0;
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

const send = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function configure(policies) {
  for (const [id, policy] of Object.entries(policies)) {
    if (policy.credentials && policy.origins.list.includes('null')) send({ policy: id, refused: 'null with credentials' });
    else send({ policy: id, ready: `http://127.0.0.1:${await listen(policy)}` });
  }
  send({ done: true, library: 'example-cors', version: '1.0.0' });
}

const lines = readline.createInterface({ input: process.stdin });
lines.once('line', (line) => configure(JSON.parse(line).policies));
lines.on('close', () => process.exit(0));
