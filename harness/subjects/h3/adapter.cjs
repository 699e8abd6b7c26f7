// npm `h3`, `handleCors` in a middleware: one application per policy, configured only as its description says.
'use strict';
const http = require('node:http');
const { pathToFileURL } = require('node:url');
const { answer, packages, predicate, serve } = require('../server.cjs');

// This package has ES modules only.
const loaded = import(pathToFileURL(packages.resolve('h3')));

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

async function open(policy, id) {
  const { H3, HTTPError, handleCors, redirect, toNodeHandler } = await loaded;
  const handler = (event) => {
    const own = answer(event.req.method, event.url.pathname, event.req.headers.get('Authorization'));
    if (own === undefined) throw new HTTPError({ status: 404 });
    for (const [name, value] of Object.entries(own.headers)) event.res.headers.set(name, value);
    if (own.vary) event.res.headers.append('Vary', own.vary);
    if (own.location) return redirect(own.location, own.status);
    event.res.status = own.status;
    return own.body;
  };
  // Its own handler responds to the error; its log line is suppressed.
  const app = new H3({ silent: true });
  const snippet = id === 'docs' ? { origin: '*', preflight: { statusCode: 204 }, methods: '*' } : {};
  const rest = policy === null ? snippet : options(policy);
  const routes = new Map();
  for (const route of policy?.routes ?? []) routes.set(route.path, route.policy && options(route.policy));
  app.use((event) => {
    const { pathname } = event.url;
    const chosen = routes.has(pathname) ? routes.get(pathname) : rest;
    if (chosen === null) return undefined;
    const response = handleCors(event, chosen);
    return response === false ? undefined : response;
  });
  app.all('/**', handler);
  return http.createServer(toNodeHandler(app));
}

serve({ library: 'h3', open });
