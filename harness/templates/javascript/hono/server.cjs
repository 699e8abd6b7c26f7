// Hono with its CORS middleware. Crosscheck starts this program once per policy.
'use strict';
const { Hono } = require('hono');
const { cors } = require('hono/cors');
const { serve } = require('@hono/node-server');
const { address, answer, policy, refuse } = require('./contract.cjs');

/** The policy, as the options of the middleware. */
function options({ origins, methods, headers, expose, credentials, max_age: maxAge }) {
  const list = (names) => (names === 'any' ? ['*'] : names);
  const chosen = {
    origin: origins.any ? '*' : origins.list,
    allowMethods: list(methods),
    exposeHeaders: list(expose),
    credentials,
  };
  // Without this option the middleware allows the headers that are requested.
  if (headers !== 'any') chosen.allowHeaders = headers;
  if (maxAge !== null) chosen.maxAge = maxAge;
  return chosen;
}

/** The application. */
function handler(context) {
  const reply = answer(context.req.method, context.req.path, context.req.header('Authorization'));
  if (reply === undefined) return context.notFound();
  for (const [name, value] of Object.entries(reply.headers)) context.header(name, value);
  if (reply.vary) context.header('Vary', reply.vary, { append: true });
  if (reply.location) return context.redirect(reply.location, reply.status);
  return context.body(reply.body, reply.status);
}

const app = new Hono();
// Errors of the application are not logged.
app.onError((error, context) => context.text('Internal Server Error', 500));
try {
  // Put your own middleware here, in place of cors.
  app.use('*', cors(options(policy)));
} catch (error) {
  refuse(error);
}
app.all('*', handler);
serve({ fetch: app.fetch, port: address.port, hostname: address.host, serverOptions: { keepAliveTimeout: 0 } });
