// lighttpd in front of the harness's plain application, configured as careful users configure it: conditions on the origin and
// mod_setenv. Lua does what no directive can do: respond to a preflight on any path, and copy a
// request header into a response header.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { REQUESTED, ORIGIN, escapeRegex, grants, parts, patterns, serve } = require('../configuration.cjs');

const quote = (text) => `"${text.replaceAll('"', '\\"')}"`;
const indent = (lines) => lines.map((line) => `    ${line}`);
const inside = (condition, lines) => [`${condition} {`, ...indent(lines), '}'];
const preflight = (lines) => inside('$HTTP["request-method"] == "OPTIONS"', inside('$REQUEST_HEADER["Origin"] =~ "."',
  inside('$REQUEST_HEADER["Access-Control-Request-Method"] =~ "."', lines)));

const copy = (to, from) => `lighty.r.resp_header["${to}"] = lighty.r.req_header["${from}"]\nreturn 0\n`;
const SCRIPTS = {
  'preflight.lua': 'return 204\n',
  'origin.lua': copy('Access-Control-Allow-Origin', 'Origin'),
  'requested.lua': copy('Access-Control-Allow-Headers', 'Access-Control-Request-Headers'),
};
const COPIES = { [ORIGIN]: 'origin.lua', [REQUESTED]: 'requested.lua' };

/** The headers: constants with mod_setenv, the others with Lua. */
function set(headers, origin, folder) {
  const known = headers.map(([header, given]) => [header, given === ORIGIN && origin ? origin : given]);
  const constant = known.filter(([, given]) => typeof given === 'string').map(([header, given]) => `${quote(header)} => ${quote(given)}`);
  const copied = known.filter(([, given]) => typeof given !== 'string').map(([, given]) => quote(path.join(folder, COPIES[given])));
  return [
    ...(constant.length > 0 ? [`setenv.set-response-header = ( ${constant.join(', ')} )`] : []),
    ...(copied.length > 0 ? [`magnet.attract-response-start-to = ( ${copied.join(', ')} )`] : []),
  ];
}

function lines(policy, folder) {
  const granted = grants(policy);
  const answers = (origin) => [
    ...set([...granted.always, ...granted.actual], origin, folder),
    // An inner list replaces an outer one.
    ...preflight(set([...granted.always, ...granted.preflight], origin, folder)),
  ];
  const own = preflight([`magnet.attract-raw-url-to = ( ${quote(path.join(folder, 'preflight.lua'))} )`]);
  if (granted.any) return [...answers(), ...own];
  const { list = [], ...others } = policy.origins;
  return [
    ...list.flatMap((origin) => inside(`$REQUEST_HEADER["Origin"] == ${quote(origin)}`, answers(origin))),
    ...patterns(others).flatMap((regex) => inside(`$REQUEST_HEADER["Origin"] =~ ${quote(regex)}`, answers())),
    'setenv.add-response-header = ( "Vary" => "Origin" )',
    ...own,
  ];
}

function server(policy, n, port, app, folder) {
  const { hostname, port: behind } = new URL(app);
  const [main, ...routes] = parts(policy, n);
  const but = routes.map((route) => `${escapeRegex(route.path)}$`).join('|');
  return inside(`$SERVER["socket"] == "127.0.0.1:${port}"`, [
    `proxy.server = ( "" => (( "host" => "${hostname}", "port" => ${behind} )) )`,
    ...routes.filter((route) => route.policy).flatMap((route) => inside(`$HTTP["url"] == ${quote(route.path)}`, lines(route.policy, folder))),
    ...(but ? inside(`$HTTP["url"] =~ ${quote(`^(?!${but})`)}`, lines(main.policy, folder)) : lines(main.policy, folder)),
  ]).join('\n');
}

function settings(folder, servers) {
  for (const [name, text] of Object.entries(SCRIPTS)) fs.writeFileSync(path.join(folder, name), text);
  return `
server.modules = ( "mod_setenv", "mod_magnet", "mod_proxy" )
server.document-root = "${folder}"
server.bind = "${folder}/unused.sock"
server.errorlog = "/dev/stderr"
server.max-keep-alive-requests = 1000000
server.max-keep-alive-idle = 60
${servers.join('\n')}
`;
}

serve({
  library: 'lighttpd',
  debian: 'lighttpd',
  version: ['-v'],
  check: (folder, file) => ['-tt', '-f', file],
  run: (folder, file) => ['-D', '-f', file],
  server,
  settings,
});
