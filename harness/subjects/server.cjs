// Shared by the adapters for Node.js servers: the adapter protocol, the application behind every listener, and the parts of a policy
// that are the same for all of them.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { createRequire } = require('node:module');

const installed = path.resolve(process.argv[2] ?? path.dirname(process.argv[1]));

/** `require` in the installation folder that the harness passes, which contains the packages. */
const packages = createRequire(path.join(installed, 'package.json'));

/** The named predicates of a policy, on the whole origin or on its host. */
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

/**
 * Returns the response of the application, which the framework sends by its own means: a status, headers and a body, `location` for
 * a redirect, `vary` for an addition to that header. Returns undefined if there is no route; throws if the handler fails.
 */
function answer(method, pathname, authorization) {
  const cached = /^\/cached(?=\/|$)/.test(pathname);
  const below = cached ? pathname.slice('/cached'.length) || '/' : pathname;
  if (below === '/missing') return undefined;
  if (below === '/throw') throw new Error('the handler failed');
  const headers = { 'X-Hit': '1', 'X-Two': 'v' };
  if (cached) headers['Cache-Control'] = 'public, max-age=60';
  else headers['Set-Cookie'] = 's=1; Path=/';
  if (below === '/auth' && !authorization) {
    headers['WWW-Authenticate'] = 'Basic realm="crosscheck"';
    return { status: 401, headers, body: 'who are you' };
  }
  if (below === '/redirect') return { status: 302, headers, location: '/' };
  if (below === '/options' && method === 'OPTIONS') return { status: 299, headers, body: 'own' };
  if (below === '/acao') headers['Access-Control-Allow-Origin'] = 'https://own.example';
  const status = Number(/^\/status\/([0-9]{3})$/.exec(below)?.[1] ?? 200);
  // Frameworks cannot create a Response with this status and a body.
  const body = [204, 205, 304].includes(status) ? null : 'ok';
  return { status, headers, body, vary: below === '/vary' ? 'Accept-Encoding' : undefined };
}

function listening(server, port = 0) {
  // The harness closes its connections itself. A connection that ends between two requests would look like a crash.
  server.keepAliveTimeout = 0;
  if (server.listening) return server.address().port;
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server.address().port));
  });
}

/** Serves one policy in process mode: it is in the environment, and exit code 65 is the library's refusal. */
async function alone(open) {
  let server;
  try {
    server = await open(JSON.parse(process.env.CROSSCHECK_POLICY), process.env.CROSSCHECK_POLICY_ID);
  } catch (error) {
    process.stderr.write(String(error?.message ?? error));
    process.exit(65);
  }
  await listening(server, Number(process.env.PORT));
}

/**
 * Runs the protocol. `open` gets a policy (or null) and its id, and returns an HTTP server, which may already listen. If it throws,
 * the message is the library's refusal.
 */
function serve({ library, open }) {
  const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const one = async (policy, document) => {
    let server;
    try {
      server = await open(document, policy);
    } catch (error) {
      return write({ policy, refused: String(error?.message ?? error) });
    }
    write({ policy, ready: `http://127.0.0.1:${await listening(server)}` });
  };
  const start = async (policies) => {
    for (const [policy, document] of Object.entries(policies)) await one(policy, document);
    // Read as a file, because not every package allows to require its package.json.
    const { version } = JSON.parse(fs.readFileSync(path.join(installed, 'node_modules', library, 'package.json'), 'utf8'));
    write({ done: true, library, version });
  };
  if (process.env.CROSSCHECK_POLICY !== undefined) return alone(open);
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
}

module.exports = { answer, packages, predicate, serve };
