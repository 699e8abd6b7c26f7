// The application that Crosscheck expects behind the middleware, and what Crosscheck passes to the process. No change is needed here.
'use strict';

/** The policy. */
const policy = JSON.parse(process.env.CROSSCHECK_POLICY);
/** The address to listen at. */
const address = { host: process.env.HOST ?? '127.0.0.1', port: Number(process.env.PORT) };

/** Reports that the library rejects the policy. */
function refuse(error) {
  process.stderr.write(`${error?.message ?? error}\n`);
  process.exit(65);
}

/**
 * Returns the response to a request, which the framework sends by its own means: a status, headers and a body; `location` for a
 * redirect, `vary` for an addition to that header. Returns undefined if there is no route; throws if the handler fails.
 */
function answer(method, pathname, authorization) {
  const cached = /^\/cached(?=\/|$)/.test(pathname);
  const below = cached ? pathname.slice('/cached'.length) || '/' : pathname;
  if (below === '/missing') return undefined;
  if (below === '/throw') throw new Error('the handler failed');
  const headers = { 'X-Hit': '1', 'X-Two': 'v' };
  if (cached) headers['Cache-Control'] = 'public, max-age=60';
  else headers['Set-Cookie'] = 's=1; Path=/';
  if (below === '/auth' && !authorization) return { status: 401, headers, body: 'no credentials' };
  if (below === '/redirect') return { status: 302, headers, location: '/' };
  if (below === '/options' && method === 'OPTIONS') return { status: 299, headers, body: 'own' };
  if (below === '/acao') headers['Access-Control-Allow-Origin'] = 'https://own.example';
  const status = Number(/^\/status\/([0-9]{3})$/.exec(below)?.[1] ?? 200);
  const body = [204, 205, 304].includes(status) ? null : 'ok';
  return { status, headers, body, vary: below === '/vary' ? 'Accept-Encoding' : undefined };
}

module.exports = { address, answer, policy, refuse };
