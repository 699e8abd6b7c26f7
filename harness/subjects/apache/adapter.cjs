// Apache httpd in front of the harness's plain application, configured as careful users configure it: SetEnvIf on the origin,
// `Header always set ... env=`, preflights answered by mod_rewrite.
'use strict';
const { REQUESTED, ORIGIN, escapeRegex, grants, parts, patterns, serve } = require('../configuration.cjs');

const MODULES = '/usr/lib/apache2/modules';
/** One process with threads. */
const LOADED = ['mpm_event', 'authz_core', 'env', 'setenvif', 'headers', 'rewrite', 'proxy', 'proxy_http'];

const quote = (text) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** One policy: the conditions for its origins and preflights, and the headers of its location. */
function compile({ name, policy }) {
  if (policy === null) return { marks: [], headers: [] };
  const { any, always, actual, preflight } = grants(policy);
  const [origin, asks, reads] = [`${name}_origin`, `${name}_asks`, `${name}_reads`];
  const marks = (any ? ['.*'] : patterns(policy.origins)).map((regex) =>
    `SetEnvIf Origin ${quote(regex)} ${origin}=${any ? '1' : '$0'}`);
  // SetEnvIf has one condition; a later line that unsets the variable adds a second one.
  marks.push(
    `SetEnvIf preflight "^1$" ${asks}=1`, `SetEnvIf preflight "^$" ${reads}=1`,
    ...[asks, reads].map((mark) => `SetEnvIf ${origin} "^$" !${mark}`),
  );
  const value = (given) => {
    if (given === ORIGIN) return `"%{${origin}}e"`;
    return given === REQUESTED ? '"expr=%{req:Access-Control-Request-Headers}"' : quote(given.replaceAll('%', '%%'));
  };
  const set = (list, mark) => list.flatMap(([header, given]) => [
    // The headers of the application are in a separate table; without this, both would be sent.
    `Header onsuccess unset ${header} env=${mark}`,
    `Header always set ${header} ${value(given)} env=${mark}`,
  ]);
  const vary = any ? [] : ['Header always merge Vary Origin'];
  return { marks, headers: [...set(always, origin), ...set(actual, reads), ...set(preflight, asks), ...vary] };
}

function server(policy, n, port, app) {
  const compiled = parts(policy, n).map((part) => ({ ...part, ...compile(part) }));
  const own = compiled.filter(({ path }) => path).map(({ path }) => `${escapeRegex(path)}$`);
  const off = compiled.filter(({ policy: route }) => route === null).map(({ path }) => `${escapeRegex(path)}$`);
  const but = (paths) => (paths.length > 0 ? `(?!${paths.join('|')})` : '');
  const location = ({ path, headers }) => [
    `    <LocationMatch ${quote(path ? `^${escapeRegex(path)}$` : `^${but(own)}`)}>`,
    ...headers.map((line) => `        ${line}`),
    '    </LocationMatch>',
  ];
  return `
Listen 127.0.0.1:${port}
<VirtualHost 127.0.0.1:${port}>
    SetEnvIf Request_Method "^OPTIONS$" preflight=1
    SetEnvIf Origin "^$" !preflight
    SetEnvIf Access-Control-Request-Method "^$" !preflight
${compiled.flatMap(({ marks }) => marks).map((line) => `    ${line}`).join('\n')}
    RewriteEngine On
    RewriteCond %{ENV:preflight} =1
    RewriteRule ${quote(`^${but(off)}`)} - [R=204,L]
${compiled.flatMap(location).join('\n')}
    ProxyPreserveHost On
    ProxyPass "/" "${app}/"
</VirtualHost>`;
}

const settings = (folder, servers) => `
ServerRoot "${folder}"
ServerName localhost
PidFile "${folder}/apache.pid"
ErrorLog /dev/stderr
LogLevel crit
DefaultRuntimeDir "${folder}"
${LOADED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
User nobody
Group nogroup
StartServers 1
ServerLimit 1
ThreadLimit 64
ThreadsPerChild 64
MaxRequestWorkers 64
KeepAliveTimeout 60
MaxKeepAliveRequests 0
<Location "/">
    Require all granted
</Location>
${servers.join('\n')}
`;

serve({
  library: 'apache2',
  debian: 'apache2-bin',
  version: ['-v'],
  check: (folder, file) => ['-t', '-d', folder, '-f', file],
  run: (folder, file) => ['-DFOREGROUND', '-d', folder, '-f', file],
  server,
  settings,
});
