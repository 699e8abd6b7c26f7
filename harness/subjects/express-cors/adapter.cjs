// npm `cors` on express: one application per policy, configured as the library's README says and in no other way.
'use strict';
const path = require('node:path');
const readline = require('node:readline');
const { createRequire } = require('node:module');

// The packages lie in the folder that the harness names, not beside this file.
const folder = path.resolve(process.argv[2] ?? __dirname);
const fromFolder = createRequire(path.join(folder, 'package.json'));
const express = fromFolder('express');
const cors = fromFolder('cors');
const version = fromFolder('cors/package.json').version;

/** The named functions of a policy, on the whole origin or on its host. */
function predicate(text) {
  const [name, ...rest] = text.split(':');
  const argument = rest.join(':');
  const host = (origin) => {
    const after = origin.split('://')[1];
    return after === undefined ? undefined : after.replace(/:[0-9]+$/, '');
  };
  return {
    'host-ends-with': (origin) => origin !== 'null' && (host(origin)?.endsWith(argument) ?? false),
    'host-equals': (origin) => origin !== 'null' && host(origin) === argument,
    'scheme-is': (origin) => origin !== 'null' && origin.split('://')[0] === argument,
    'origin-in': (origin) => origin !== 'null' && argument.split(',').includes(origin),
    never: () => false,
    always: () => true,
  }[name];
}

/** What the library has no setting for. */
function unsupported(policy) {
  const lacks = new Set();
  if (policy.origins.under?.length) {
    lacks.add('origins-under');
    if (policy.origins.list?.length) lacks.add('origins-mixed');
  }
  if (policy.private_network) lacks.add('private-network');
  for (const route of policy.routes ?? []) if (route.policy) unsupported(route.policy).forEach((flag) => lacks.add(flag));
  return [...lacks];
}

function origin(origins) {
  if (origins.any) return '*';
  if (origins.regex) return origins.regex.map((text) => new RegExp(text));
  if (origins.predicate) {
    const holds = predicate(origins.predicate);
    return (asked, answer) => answer(null, asked !== undefined && holds(asked));
  }
  return origins.list;
}

/** A policy as the library's options. */
function options(policy) {
  const list = (names) => (names === 'any' ? '*' : names);
  const chosen = { origin: origin(policy.origins), methods: list(policy.methods), credentials: policy.credentials };
  // Left out, the library reflects what the preflight asks for: its documented way to allow any header.
  if (policy.headers !== 'any') chosen.allowedHeaders = policy.headers;
  if (policy.expose === 'any' || policy.expose.length > 0) chosen.exposedHeaders = list(policy.expose);
  if (policy.max_age !== null && policy.max_age !== undefined) chosen.maxAge = policy.max_age;
  return chosen;
}

function answer(request, response, next) {
  const cached = /^\/cached(?=\/|$)/.test(request.path);
  const below = cached ? request.path.slice('/cached'.length) || '/' : request.path;
  if (below === '/missing') return next();
  if (below === '/throw') throw new Error('the handler failed');
  response.set('X-Hit', '1').set('X-Two', 'v');
  if (cached) response.set('Cache-Control', 'public, max-age=60');
  else response.append('Set-Cookie', 's=1; Path=/');
  if (below === '/auth' && request.get('Authorization') === undefined) {
    return response.status(401).set('WWW-Authenticate', 'Basic realm="crosscheck"').send('who are you');
  }
  if (below === '/redirect') return response.redirect(302, '/');
  if (below === '/options' && request.method === 'OPTIONS') return response.status(299).send('own');
  if (below === '/vary') response.vary('Accept-Encoding');
  if (below === '/acao') response.set('Access-Control-Allow-Origin', 'https://own.example');
  const status = /^\/status\/([0-9]{3})$/.exec(below);
  return response.status(status ? Number(status[1]) : 200).send('ok');
}

function application(id, policy) {
  const app = express();
  app.disable('x-powered-by');
  if (policy === null) {
    app.use(cors());
  } else {
    for (const route of policy.routes ?? []) {
      if (route.policy) app.all(route.path, cors(options(route.policy)), answer);
      else app.all(route.path, answer);
    }
    app.use(cors(options(policy)));
  }
  app.use(answer);
  // Express's own handler answers the error; only its log line is of no use here.
  app.set('env', 'test');
  return app;
}

function listen(app) {
  return new Promise((resolve, reject) => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server.address().port));
    server.keepAliveTimeout = 0;
    server.on('error', reject);
  });
}

async function start(policies) {
  const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
  for (const [id, policy] of Object.entries(policies)) {
    const lacks = policy === null ? [] : unsupported(policy);
    if (lacks.length > 0) {
      say({ policy: id, unsupported: lacks });
      continue;
    }
    let app;
    try {
      app = application(id, policy);
    } catch (error) {
      say({ policy: id, refused: String(error?.message ?? error) });
      continue;
    }
    say({ policy: id, ready: `http://127.0.0.1:${await listen(app)}` });
  }
  say({ done: true, library: 'cors', version });
}

let started = false;
const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (started || line.trim() === '') return;
  started = true;
  start(JSON.parse(line).policies).catch((error) => {
    process.stderr.write(`${error?.stack ?? error}\n`);
    process.exit(1);
  });
});
lines.on('close', () => process.exit(0));
