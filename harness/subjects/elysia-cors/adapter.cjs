// npm `@elysiajs/cors` on elysia and its Node.js adapter: one application per policy, configured only as the plugin's
// README describes.
'use strict';
const { answer, packages, predicate, serve } = require('../server.cjs');

const { Elysia, NotFoundError } = packages('elysia');
const { node } = packages('@elysiajs/node');
const { cors } = packages('@elysiajs/cors');

function origin(origins) {
  if (origins.any) return true;
  if (origins.regex) return origins.regex.map((text) => new RegExp(text));
  if (!origins.predicate) return origins.list;
  const holds = predicate(origins.predicate);
  return (request) => {
    const origin = request.headers.get('Origin');
    return origin !== null && holds(origin);
  };
}

/** A policy as the plugin's options. All are set explicitly, except a max age that the policy leaves open. */
function options(policy) {
  // By the types, the only value of these two that is not a list; it is the plugin's default.
  const every = (names) => (names === 'any' ? true : names);
  const chosen = { origin: origin(policy.origins), methods: policy.methods === 'any' ? '*' : policy.methods };
  if (policy.max_age !== null) chosen.maxAge = policy.max_age;
  return { ...chosen, allowedHeaders: every(policy.headers), exposeHeaders: every(policy.expose), credentials: policy.credentials };
}

function handler({ request, path, headers, set }) {
  const own = answer(request.method, path, headers.authorization);
  if (own === undefined) throw new NotFoundError();
  for (const [name, value] of Object.entries(own.headers)) set.headers[name.toLowerCase()] = value;
  if (own.vary) set.headers.vary = [set.headers.vary, own.vary].filter(Boolean).join(', ');
  // Not with `redirect`: on Node.js it accepts absolute URLs only.
  if (own.location) set.headers.location = own.location;
  set.status = own.status;
  return own.body;
}

async function open(policy) {
  const app = new Elysia({ adapter: node() });
  app.use(policy === null ? cors() : cors(options(policy)));
  app.all('/*', handler, { parse: 'none' });
  const { raw } = await new Promise((resolve) => app.listen({ port: 0, hostname: '127.0.0.1' }, resolve));
  await raw.ready();
  return raw.node.server;
}

serve({ library: '@elysiajs/cors', open });
