// npm `cors` on express: one application per policy, configured only as the library's README describes.
'use strict';
const http = require('node:http');
const { answer, packages, predicate, serve } = require('../server.cjs');

const express = packages('express');
const cors = packages('cors');
const [major, minor] = packages('cors/package.json').version.split('.').map(Number);
const before = (release) => major < 2 || (major === 2 && minor < release);

function origin(origins) {
  if (origins.any) return '*';
  if (origins.regex) return origins.regex.map((text) => new RegExp(text));
  if (origins.predicate) {
    const holds = predicate(origins.predicate);
    return (origin, callback) => callback(null, origin !== undefined && holds(origin));
  }
  if (!before(7)) return origins.list;
  // Then its README describes a string for one origin and a function for several.
  return origins.list.length === 1 ? origins.list[0] : (origin, callback) => callback(null, origins.list.includes(origin));
}

/** A policy as the library's options. */
function options(policy) {
  const list = (names) => (names === 'any' ? '*' : names);
  const chosen = { origin: origin(policy.origins), methods: list(policy.methods), credentials: policy.credentials };
  // Without this option the library reflects the requested headers: its documented way to allow any header.
  if (policy.headers !== 'any') chosen[before(2) ? 'headers' : 'allowedHeaders'] = policy.headers;
  if (policy.expose.length > 0) chosen.exposedHeaders = list(policy.expose);
  if (policy.max_age !== null) chosen.maxAge = policy.max_age;
  return chosen;
}

/** The middleware of a policy. Before 2, a function returns all options for a request, not the origin. */
function middleware(policy) {
  const chosen = options(policy);
  if (major > 1 || typeof chosen.origin !== 'function') return cors(chosen);
  return cors((request, callback) => chosen.origin(request.get('Origin'), (error, holds) => callback(error, { ...chosen, origin: holds })));
}

function handler(request, response, next) {
  const own = answer(request.method, request.path, request.get('Authorization'));
  if (own === undefined) return next();
  response.set(own.headers);
  if (own.vary) response.vary(own.vary);
  if (own.location) return response.redirect(own.status, own.location);
  return response.status(own.status).send(own.body);
}

function open(policy) {
  const app = express();
  app.disable('x-powered-by');
  // A policy's routes are exact paths.
  app.enable('case sensitive routing');
  // Express's own handler responds to the error; its log line is suppressed.
  app.set('env', 'test');
  for (const route of policy?.routes ?? []) {
    if (route.policy) app.all(route.path, middleware(route.policy), handler);
    else app.all(route.path, handler);
  }
  app.use(policy === null ? cors() : middleware(policy));
  app.use(handler);
  return http.createServer(app);
}

serve({ library: 'cors', open });
