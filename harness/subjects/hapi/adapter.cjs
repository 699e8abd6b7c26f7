// npm `@hapi/hapi`, the `cors` option of its routes: one server per policy, configured only as its API reference
// describes.
'use strict';
const { answer, packages, serve } = require('../server.cjs');

// The first of these releases still have the older names.
const { dependencies } = packages('./package.json');
const [library, boom] = 'hapi' in dependencies ? ['hapi', 'boom'] : ['@hapi/hapi', '@hapi/boom'];
const Hapi = packages(library);
const Boom = packages(boom);

function origin({ any, list, under, glob }) {
  if (any) return ['*'];
  const below = ({ scheme, host, port }) => `${scheme}://*.${host}${port === null ? '' : `:${port}`}`;
  return [...list, ...(under ?? []).map(below), ...(glob ?? [])];
}

/** A policy as the option of a route. All settings are explicit, except a max age that the policy leaves open. */
function options(policy) {
  const chosen = { origin: origin(policy.origins), headers: policy.headers, exposedHeaders: policy.expose };
  if (policy.max_age !== null) chosen.maxAge = policy.max_age;
  return { ...chosen, credentials: policy.credentials };
}

function handler(request, h) {
  const own = answer(request.method.toUpperCase(), request.path, request.headers.authorization);
  if (own === undefined) throw Boom.notFound();
  const response = own.location ? h.redirect(own.location) : h.response(own.body ?? undefined).code(own.status);
  for (const [name, value] of Object.entries(own.headers)) response.header(name, value);
  if (own.vary) response.vary(own.vary);
  return response;
}

/**
 * The routes of a path, whose policy may differ from method to method. The option has no methods: it allows the methods whose routes have it. A route for a specific method takes
 * precedence over a route for any method, even if the path of the latter matches better, so each path needs the same routes.
 */
function routes(path, policyOf, methods) {
  const cors = (method) => {
    const policy = policyOf(method);
    if (policy === null) return false;
    return policy.methods === 'any' || policy.methods.includes(method) ? options(policy) : false;
  };
  return [...methods, '*'].map((method) => ({ method, path, handler, options: { cors: cors(method) } }));
}

async function open(policy) {
  const server = Hapi.server({ port: 0, host: '127.0.0.1', debug: false, routes: { payload: { parse: false } } });
  if (policy === null) {
    server.route({ method: '*', path: '/{path*}', handler, options: { cors: true } });
  } else {
    const listed = [policy, ...policy.routes.map((route) => route.policy), ...policy.routes].map((some) => some?.methods ?? []);
    // The route of GET also serves HEAD. A route of OPTIONS would receive the preflights, as it does where the application needs it.
    const methods = [...new Set(listed.filter(Array.isArray).flat())].filter((name) => !['HEAD', 'OPTIONS'].includes(name));
    server.route(routes('/{path*}', () => policy, methods));
    for (const path of new Set(policy.routes.map((route) => route.path))) {
      const own = policy.routes.filter((route) => route.path === path);
      const policyOf = (method) => {
        const route = own.find((route) => route.methods === undefined || route.methods.includes(method));
        return route === undefined ? policy : route.policy;
      };
      server.route(routes(path, policyOf, methods));
    }
    server.route({ method: 'OPTIONS', path: '/options', handler, options: { cors: options(policy) } });
  }
  await server.start();
  return server.listener;
}

serve({ library, open });
