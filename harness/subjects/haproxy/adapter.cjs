// HAProxy in front of the harness's plain application, configured as careful users configure it: the origin kept in a variable,
// `http-after-response set-header` under a condition, preflights answered by `http-request return`.
'use strict';
const { REQUESTED, ORIGIN, grants, parts, patterns, serve } = require('../configuration.cjs');

/** Between single quotes only a quote is special. */
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const format = (given) => {
  if (given === ORIGIN) return '%[var(txn.origin)]';
  return given === REQUESTED ? '%[var(txn.requested)]' : quote(given.replaceAll('%', '%%'));
};

/** The ACL that allows origins: the lines of one name are alternatives. */
function acl({ list, ...others }) {
  const lines = [];
  if (list?.length > 0) lines.push(`acl let_in var(txn.origin) -m str ${list.map(quote).join(' ')}`);
  for (const regex of patterns(others)) lines.push(`acl let_in var(txn.origin) -m reg ${quote(regex)}`);
  return lines;
}

function rules(policy) {
  const { any, always, actual, preflight } = grants(policy);
  // With several Origin lines this is the last one. It is read once, so that it cannot differ between rules.
  const lines = ['http-request set-var(txn.origin) req.fhdr(origin)', 'http-request set-var(txn.requested) req.fhdr(access-control-request-headers)'];
  if (!any) lines.push(...acl(policy.origins));
  lines.push(
    'acl asks_first method OPTIONS',
    'acl asks_method req.fhdr(access-control-request-method) -m found',
    'http-request set-var(txn.preflight) bool(true) if asks_first asks_method { var(txn.origin) -m found }',
    'http-request return status 204 if { var(txn.preflight) -m bool }',
  );
  const condition = any ? [] : ['let_in'];
  const set = (headers, conditions) => headers.forEach(([header, given]) => {
    lines.push(`http-after-response set-header ${header} ${format(given)}${conditions.length > 0 ? ` if ${conditions.join(' ')}` : ''}`);
  });
  set(always, condition);
  set(actual, [...condition, '!{ var(txn.preflight) -m found }']);
  set(preflight, [...condition, '{ var(txn.preflight) -m found }']);
  if (!any) lines.push('http-after-response add-header Vary Origin');
  return lines;
}

function server(policy, n, port, app) {
  const [main, ...routes] = parts(policy, n);
  const section = (head, lines) => `${head}\n${lines.map((line) => `    ${line}`).join('\n')}\n`;
  const frontend = section(`frontend f${n}`, [
    `bind 127.0.0.1:${port}`,
    ...routes.map(({ name, path }) => `use_backend ${name} if { path ${path} }`),
    `default_backend ${main.name}`,
  ]);
  const backends = [main, ...routes].map(({ name, policy: own }) =>
    section(`backend ${name}`, [...(own ? rules(own) : []), `server app ${new URL(app).host}`]));
  return [frontend, ...backends].join('\n');
}

const settings = (folder, parts) => `
global
    maxconn 4096
    nbthread 1

defaults
    mode http
    timeout connect 5s
    timeout client 1m
    timeout server 1m

${parts.join('\n')}
`;

serve({
  library: 'haproxy',
  debian: 'haproxy',
  version: ['-v'],
  check: (folder, file) => ['-c', '-q', '-f', file],
  run: (folder, file) => ['-db', '-f', file],
  server,
  settings,
});
