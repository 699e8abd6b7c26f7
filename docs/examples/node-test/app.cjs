// A server with CORS, started once per policy: see "Process mode" in the reference of `subject.yaml`.
'use strict';
const http = require('node:http');

const policy = JSON.parse(process.env.CROSSCHECK_POLICY);
const allowed = policy.origins.list;

/** The code under test: sets the CORS headers, and returns whether the request is a preflight. */
function cors(request, response) {
  const { origin, 'access-control-request-method': method } = request.headers;
  const preflight = request.method === 'OPTIONS' && origin !== undefined && method !== undefined;
  response.setHeader('Vary', 'Origin');
  if (!allowed.includes(origin)) return preflight;
  response.setHeader('Access-Control-Allow-Origin', origin);
  if (policy.credentials) response.setHeader('Access-Control-Allow-Credentials', 'true');
  if (preflight) {
    response.setHeader('Access-Control-Allow-Methods', policy.methods.join(', '));
    response.setHeader('Access-Control-Allow-Headers', policy.headers.join(', '));
  } else if (policy.expose.length > 0) {
    response.setHeader('Access-Control-Expose-Headers', policy.expose.join(', '));
  }
  return preflight;
}

/** The application contract of Crosscheck. */
function application(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const cached = /^\/cached(\/.*)?$/.exec(pathname);
  const path = cached ? cached[1] ?? '/' : pathname;
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

const server = http.createServer((request, response) => {
  if (cors(request, response)) response.writeHead(204).end();
  else application(request, response);
});
server.listen(Number(process.env.PORT), process.env.HOST);
