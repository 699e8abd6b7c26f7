// npm `@whatwg-node/server`, its plugin `useCORS`: one adapter per policy, configured only as the README describes.
'use strict';
const http = require('node:http');
const { answer, packages, predicate, serve } = require('../server.cjs');

const { createServerAdapter, useCORS } = packages('@whatwg-node/server');

// The README's example of the plugin.
const SNIPPET = {
  origin: ['https://example.com', 'https://app.example.com'],
  credentials: true,
  methods: ['GET', 'POST', 'PUT', 'DELETE'],
  allowedHeaders: ['Content-Type', 'Authorization'],
  maxAge: 86400,
};

/** A policy as the plugin's options for a request. */
function options(policy) {
  const { any, list, predicate: named } = policy.origins;
  const chosen = { credentials: policy.credentials };
  // Without this option the plugin reflects the requested headers.
  if (policy.methods !== 'any') chosen.methods = policy.methods;
  if (policy.headers !== 'any') chosen.allowedHeaders = policy.headers;
  if (policy.expose.length > 0) chosen.exposedHeaders = policy.expose;
  if (policy.max_age !== null) chosen.maxAge = policy.max_age;
  if (!named) return () => ({ ...chosen, origin: any ? '*' : list });
  // With a predicate, the plugin takes a function that returns the options for a request, or false.
  const holds = predicate(named);
  return (request) => {
    const origin = request.headers.get('Origin');
    return origin !== null && holds(origin) ? { ...chosen, origin } : false;
  };
}

function plugin(policy) {
  const rest = options(policy);
  if (!policy.origins.predicate && policy.routes.length === 0) return useCORS(rest());
  const routes = new Map(policy.routes.map((route) => [route.path, route.policy === null ? () => false : options(route.policy)]));
  return useCORS((request) => (routes.get(new URL(request.url).pathname) ?? rest)(request));
}

function handler(request) {
  const own = answer(request.method, new URL(request.url).pathname, request.headers.get('Authorization'));
  if (own === undefined) return new Response(null, { status: 404 });
  const headers = new Headers(own.headers);
  if (own.vary) headers.append('Vary', own.vary);
  if (own.location) headers.set('Location', own.location);
  return new Response(own.body, { status: own.status, headers });
}

function open(policy, id) {
  if (policy !== null) return http.createServer(createServerAdapter(handler, { plugins: [plugin(policy)] }));
  return http.createServer(createServerAdapter(handler, { plugins: [id === 'docs' ? useCORS(SNIPPET) : useCORS()] }));
}

serve({ library: '@whatwg-node/server', open });
