// Fastify with @fastify/cors. Crosscheck starts this program once per policy.
'use strict';
const http = require('node:http');
const fastify = require('fastify');
const cors = require('@fastify/cors');
const { address, answer, policy, refuse } = require('./contract.cjs');

/** The policy, as the options of the plugin. */
function options({ origins, methods, headers, expose, credentials, max_age: maxAge }) {
  const list = (names) => (names === 'any' ? '*' : names);
  return {
    origin: origins.any ? '*' : (origins.regex?.map((text) => new RegExp(text)) ?? origins.list),
    methods: list(methods),
    credentials,
    // Without a list the plugin allows the headers that are requested.
    allowedHeaders: headers === 'any' ? null : headers,
    exposedHeaders: expose.length > 0 ? list(expose) : null,
    maxAge,
  };
}

/** The application. */
function handler(request, reply) {
  const own = answer(request.raw.method, request.raw.url.split('?')[0], request.headers.authorization);
  if (own === undefined) return reply.callNotFound();
  reply.headers(own.headers);
  if (own.vary) reply.header('Vary', [reply.getHeader('Vary'), own.vary].filter(Boolean).join(', '));
  if (own.location) return reply.code(own.status).redirect(own.location);
  return reply.code(own.status).send(own.body);
}

async function main() {
  const app = fastify({ keepAliveTimeout: 0 });
  // Requests have any method, and bodies that are not read.
  for (const method of http.METHODS) {
    if (!app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: true });
  }
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request, payload, done) => {
    payload.resume();
    done(null);
  });
  // Put your own plugin here, in place of cors.
  await app.register(cors, options(policy));
  // The plugin adds a route for OPTIONS on all paths.
  app.route({ method: app.supportedMethods.filter((name) => name !== 'OPTIONS'), url: '*', handler });
  app.route({ method: 'OPTIONS', url: '/options', handler });
  await app.ready();
  return app;
}

main().then((app) => app.listen(address), refuse);
