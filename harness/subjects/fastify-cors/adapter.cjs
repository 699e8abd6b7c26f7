// npm `@fastify/cors` on fastify: one application per policy, configured only as the plugin's README describes.
'use strict';
const http = require('node:http');
const { answer, packages, predicate, serve } = require('../server.cjs');

const Fastify = packages('fastify');
const [major] = packages('fastify/package.json').version.split('.').map(Number);
// The plugin had another name before its seventh version.
const { dependencies } = packages('./package.json');
const library = ['@fastify/cors', 'fastify-cors'].find((name) => name in dependencies);
const cors = packages(library);

function origin(origins) {
  if (origins.any) return '*';
  if (origins.regex) return origins.regex.map((text) => new RegExp(text));
  if (origins.predicate) {
    const holds = predicate(origins.predicate);
    return (origin, callback) => callback(null, origin !== undefined && holds(origin));
  }
  return origins.list;
}

/** A policy as the plugin's options. Options of a route override those of the plugin, so all are set. */
function options(policy) {
  const list = (names) => (names === 'any' ? '*' : names);
  return {
    origin: origin(policy.origins),
    methods: list(policy.methods),
    credentials: policy.credentials,
    // Without a list the plugin reflects the requested headers: its documented way to allow any header.
    allowedHeaders: policy.headers === 'any' ? null : policy.headers,
    exposedHeaders: policy.expose.length > 0 ? list(policy.expose) : null,
    maxAge: policy.max_age,
  };
}

function handler(request, reply) {
  let own;
  try {
    own = answer(request.raw.method, request.raw.url.split('?')[0], request.headers.authorization);
  } catch (error) {
    // Fastify 2 does not catch errors that a handler throws; a handler has to send them.
    if (major > 2) throw error;
    return reply.send(error);
  }
  if (own === undefined) return reply.callNotFound();
  reply.headers(own.headers);
  if (own.vary) reply.header('Vary', [reply.getHeader('Vary'), own.vary].filter(Boolean).join(', '));
  if (own.location) return reply.code(own.status).redirect(own.location);
  return reply.code(own.status).send(own.body);
}

async function open(policy) {
  const app = Fastify();
  // Adds every method that Node.js supports, if Fastify can add methods. Bodies are ignored.
  const usual = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];
  const known = app.supportedMethods ?? (major < 4 ? usual : [...usual, 'PROPFIND', 'SEARCH']);
  for (const method of http.METHODS) if (!known.includes(method)) app.addHttpMethod?.(method, { hasBody: true });
  app.removeAllContentTypeParsers?.();
  // The body is the last but one argument; their number differs.
  app.addContentTypeParser('*', (...given) => {
    given.at(-2).resume();
    given.at(-1)(null);
  });
  await app.register(cors, policy === null ? undefined : options(policy));
  // The plugin itself adds a route for OPTIONS on all paths.
  const method = (app.supportedMethods ?? known).filter((name) => name !== 'OPTIONS');
  app.route({ method, url: '*', handler });
  app.route({ method: 'OPTIONS', url: '/options', handler });
  for (const route of policy?.routes ?? []) {
    app.all(route.path, { config: { cors: route.policy === null ? false : options(route.policy) } }, handler);
  }
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app.server;
}

serve({ library, open });
