// `hono/cors` on hono and its Node.js server: one application per policy, configured only as the documentation
// describes.
'use strict';
const { answer, packages, predicate, serve } = require('../server.cjs');

const { Hono } = packages('hono');
const { cors } = packages('hono/cors');
const { createAdaptorServer } = packages('@hono/node-server');

function origin(origins) {
  if (origins.any) return '*';
  if (!origins.predicate) return origins.list;
  // The value that the function returns becomes the header. Without an Origin it gets an empty string.
  const holds = predicate(origins.predicate);
  return (origin) => (origin !== '' && holds(origin) ? origin : null);
}

/** A policy as the library's options. */
function options(policy) {
  // The lists are the values of the headers; an asterisk allows every name.
  const list = (names) => (names === 'any' ? ['*'] : names);
  const chosen = { origin: origin(policy.origins), allowMethods: list(policy.methods), exposeHeaders: list(policy.expose) };
  // Without this option the library reflects the requested headers.
  if (policy.headers !== 'any') chosen.allowHeaders = policy.headers;
  if (policy.max_age !== null) chosen.maxAge = policy.max_age;
  return { ...chosen, credentials: policy.credentials };
}

function handler(context) {
  const own = answer(context.req.method, context.req.path, context.req.header('Authorization'));
  if (own === undefined) return context.notFound();
  for (const [name, value] of Object.entries(own.headers)) context.header(name, value);
  if (own.vary) context.header('Vary', own.vary, { append: true });
  if (own.location) return context.redirect(own.location, own.status);
  return context.body(own.body, own.status);
}

function open(policy) {
  const app = new Hono();
  for (const route of policy?.routes ?? []) {
    if (route.policy) app.use(route.path, cors(options(route.policy)));
    app.all(route.path, handler);
  }
  app.use('*', policy === null ? cors() : cors(options(policy)));
  app.all('*', handler);
  return createAdaptorServer(app);
}

serve({ library: 'hono', open });
