// npm `@koa/cors` on koa: one application per policy, configured only as the library's README describes.
'use strict';
const http = require('node:http');
const { answer, packages, predicate, serve } = require('../server.cjs');

const Koa = packages('koa');
const cors = packages('@koa/cors');

function origin(origins) {
  if (origins.any) return '*';
  if (origins.list?.length === 1) return origins.list[0];
  // A string is one origin. For more, the library takes a function: the string that it returns becomes the header, an empty one refuses.
  const holds = origins.predicate ? predicate(origins.predicate) : (origin) => origins.list.includes(origin);
  return (context) => {
    const origin = context.get('Origin');
    return origin !== '' && holds(origin) ? origin : '';
  };
}

/** A policy as the library's options. */
function options(policy) {
  const list = (names) => (names === 'any' ? '*' : names);
  const some = policy.credentials.list;
  const credentials = some ? (context) => some.includes(context.get('Origin')) : policy.credentials;
  const chosen = { origin: origin(policy.origins), allowMethods: list(policy.methods), credentials };
  // Without this option the library reflects the origin, as an answer with credentials must.
  if (some && policy.origins.any) delete chosen.origin;
  // Without this option the library reflects the requested headers.
  if (policy.headers !== 'any') chosen.allowHeaders = policy.headers;
  if (policy.expose.length > 0) chosen.exposeHeaders = list(policy.expose);
  if (policy.max_age !== null) chosen.maxAge = policy.max_age;
  if (policy.private_network) chosen.privateNetworkAccess = true;
  return chosen;
}

function handler(context) {
  const own = answer(context.method, context.path, context.get('Authorization'));
  if (own === undefined) return;
  context.set(own.headers);
  if (own.vary) context.vary(own.vary);
  if (own.location) return context.redirect(own.location);
  context.body = own.body;
  context.status = own.status;
}

function open(policy) {
  const app = new Koa();
  // Koa's own handler responds to the error; its log line is suppressed.
  app.silent = true;
  const rest = policy === null ? cors() : cors(options(policy));
  const own = new Map();
  for (const route of policy?.routes ?? []) own.set(route.path, route.policy && cors(options(route.policy)));
  app.use((context, next) => {
    const middleware = own.has(context.path) ? own.get(context.path) : rest;
    return middleware === null ? next() : middleware(context, next);
  });
  app.use(handler);
  return http.createServer(app.callback());
}

serve({ library: '@koa/cors', open });
