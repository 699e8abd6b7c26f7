// Express with a CORS middleware. Crosscheck starts this program once per policy.
'use strict';
const express = require('express');
const cors = require('cors');
const { address, answer, policy, refuse } = require('./contract.cjs');

/** The policy, as the options of the middleware. */
function options({ origins, methods, headers, expose, credentials, max_age: maxAge }) {
  const list = (names) => (names === 'any' ? '*' : names);
  const chosen = { methods: list(methods), credentials };
  if (origins.any) chosen.origin = '*';
  else chosen.origin = origins.regex ? origins.regex.map((text) => new RegExp(text)) : origins.list;
  // Without this option the middleware allows the headers that are requested.
  if (headers !== 'any') chosen.allowedHeaders = headers;
  if (expose.length > 0) chosen.exposedHeaders = list(expose);
  if (maxAge !== null) chosen.maxAge = maxAge;
  return chosen;
}

/** The application. */
function handler(request, response, next) {
  const reply = answer(request.method, request.path, request.get('Authorization'));
  if (reply === undefined) return next();
  response.set(reply.headers);
  if (reply.vary) response.vary(reply.vary);
  if (reply.location) return response.redirect(reply.status, reply.location);
  return response.status(reply.status).send(reply.body);
}

const app = express();
// Errors of the application are not logged.
app.set('env', 'test');
try {
  // Put your own middleware here, in place of cors.
  app.use(cors(options(policy)));
} catch (error) {
  refuse(error);
}
app.use(handler);
const server = app.listen(address.port, address.host);
// Crosscheck closes its connections itself.
server.keepAliveTimeout = 0;
