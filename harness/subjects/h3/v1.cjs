// npm `h3` before its second version, whose events wrap Node.js requests: `handleCors` in a handler before the others.
'use strict';
const http = require('node:http');
const { answer, packages, predicate, serve } = require('../server.cjs');

const h3 = packages('h3');

function origin(origins) {
  if (origins.any) return '*';
  if (origins.regex) return origins.regex.map((text) => new RegExp(text));
  return origins.predicate ? predicate(origins.predicate) : origins.list;
}

/** A policy as the library's options. */
function options(policy) {
  const list = (names) => (names === 'any' ? '*' : names);
  return {
    origin: origin(policy.origins),
    methods: list(policy.methods),
    allowHeaders: list(policy.headers),
    exposeHeaders: list(policy.expose),
    credentials: policy.credentials,
    // A string, according to its description.
    maxAge: policy.max_age === null ? false : String(policy.max_age),
  };
}

function handler(event) {
  const path = event.path.split('?')[0];
  const own = answer(event.method, path, h3.getRequestHeader(event, 'Authorization'));
  if (own === undefined) throw h3.createError({ statusCode: 404 });
  h3.setResponseHeaders(event, own.headers);
  if (own.vary) h3.appendResponseHeader(event, 'Vary', own.vary);
  if (own.location) return h3.sendRedirect(event, own.location, own.status);
  h3.setResponseStatus(event, own.status);
  return own.body ?? '';
}

function open(policy, id) {
  // Its own handler responds to the error; its log line is suppressed.
  const app = h3.createApp({ onError: () => {} });
  const snippet = id === 'docs' ? { origin: '*', preflight: { statusCode: 204 }, methods: '*' } : {};
  const rest = policy === null ? snippet : options(policy);
  const routes = new Map();
  for (const route of policy?.routes ?? []) routes.set(route.path, route.policy && options(route.policy));
  app.use(
    h3.defineEventHandler((event) => {
      const path = event.path.split('?')[0];
      const chosen = routes.has(path) ? routes.get(path) : rest;
      // The response to a preflight has been sent by then.
      return chosen !== null && h3.handleCors(event, chosen) ? '' : undefined;
    }),
  );
  app.use(h3.defineEventHandler(handler));
  return http.createServer(h3.toNodeListener(app));
}

serve({ library: 'h3', open });
