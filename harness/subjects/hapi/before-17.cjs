// npm `hapi` before its seventeenth version, in which a server has connections and responds with callbacks: its `cors` option on the
// connection and on the routes, as its API reference describes.
'use strict';
const os = require('node:os');
const { answer, packages, serve } = require('../server.cjs');

// The oldest of these releases use its older name.
os.tmpDir ??= os.tmpdir;

const Hapi = packages('hapi');
const Boom = packages('boom');
// Until then the option has a list of methods; since then it allows the methods whose routes have the option.
const HAS_METHODS = Number(packages('hapi/package.json').version.split('.')[0]) < 11;

// Bodies are ignored, because these releases wait for a body that never arrives.
const UNREAD = { output: 'stream', parse: false };

function origin({ any, list, under }) {
  if (any) return ['*'];
  const below = ({ scheme, host, port }) => `${scheme}://*.${host}${port === null ? '' : `:${port}`}`;
  return [...list, ...(under ?? []).map(below)];
}

/** A policy as the option. All settings are explicit, except a max age that the policy leaves open. */
function options(policy) {
  const chosen = { origin: origin(policy.origins), headers: policy.headers, exposedHeaders: policy.expose };
  if (HAS_METHODS) chosen.methods = policy.methods;
  if (policy.max_age !== null) chosen.maxAge = policy.max_age;
  return { ...chosen, credentials: policy.credentials };
}

function handler(request, reply) {
  let own;
  try {
    own = answer(request.method.toUpperCase(), request.path, request.headers.authorization);
  } catch (error) {
    // Thrown errors get lost: they were caught with a feature that Node.js has removed.
    return reply(error);
  }
  if (own === undefined) return reply(Boom.notFound());
  const response = own.location ? reply.redirect(own.location) : reply(own.body ?? undefined).code(own.status);
  for (const [name, value] of Object.entries(own.headers)) response.header(name, value);
  if (own.vary) response.vary(own.vary);
  return response;
}

/** The routes of a path, one for each method that some policy lists, as in the adapter of the current release. */
function routes(path, policy, methods) {
  const cors = (method) => {
    if (policy === null) return false;
    return HAS_METHODS || policy.methods.includes(method) ? options(policy) : false;
  };
  const config = (method) => (method === 'GET' ? { cors: cors(method) } : { cors: cors(method), payload: UNREAD });
  return [...methods, '*'].map((method) => ({ method, path, handler, config: config(method) }));
}

function open(policy) {
  const server = new Hapi.Server({ debug: false });
  const common = { port: 0, host: '127.0.0.1' };
  if (policy === null) {
    server.connection(common);
    server.route({ method: '*', path: '/{path*}', handler, config: { cors: true, payload: UNREAD } });
  } else {
    server.connection({ ...common, routes: { cors: options(policy) } });
    const listed = [policy, ...policy.routes.map((route) => route.policy)].map((some) => some?.methods ?? []);
    const methods = [...new Set(listed.flat())].filter((name) => !['HEAD', 'OPTIONS'].includes(name));
    server.route(routes('/{path*}', policy, methods));
    for (const route of policy.routes) server.route(routes(route.path, route.policy, methods));
    server.route({ method: 'OPTIONS', path: '/options', handler, config: { cors: options(policy), payload: UNREAD } });
  }
  return new Promise((resolve, reject) => {
    server.start((error) => (error ? reject(error) : resolve(server.listener)));
  });
}

serve({ library: 'hapi', open });
