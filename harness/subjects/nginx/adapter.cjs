// nginx in front of the harness's plain application, configured as careful users configure it: `map` on the origin,
// `add_header ... always`, preflights answered by `return 204`.
'use strict';
const { REQUESTED, ORIGIN, grants, parts, patterns, serve } = require('../configuration.cjs');

const quote = (text) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
/** A regular expression in quotes: backslashes before other characters than a quote stay unchanged. */
const quoteRegex = (text) => `"~${text.replaceAll('"', '\\"')}"`;

const value = (given) => {
  if (given === ORIGIN) return '$http_origin';
  return given === REQUESTED ? '$http_access_control_request_headers' : quote(given);
};

/** One policy: the maps it needs at the top, and the directives of its locations. */
function compile({ name, policy }) {
  if (policy === null) return { maps: [], lines: [] };
  const { any, always, actual, preflight } = grants(policy);
  const maps = [];
  const letIn = ([header, given]) => {
    // With `*` every origin is allowed, so no header needs a condition.
    if (any) return `add_header ${header} ${value(given)} always;`;
    const variable = `$${name}_${header.toLowerCase().replaceAll('-', '_')}`;
    const lines = patterns(policy.origins).map((regex) => `    ${quoteRegex(regex)} ${value(given)};`);
    maps.push(`map $http_origin ${variable} {\n    default "";\n${lines.join('\n')}\n}`);
    return `add_header ${header} ${variable} always;`;
  };
  const vary = any ? [] : ['add_header Vary "Origin" always;'];
  const each = always.map(letIn);
  const before = preflight.map(letIn);
  return {
    lines: [
      ...each, ...actual.map(letIn), ...vary,
      'if ($preflight) {', ...[...each, ...before, ...vary].map((line) => `    ${line}`), '    return 204;', '}',
    ],
    maps,
  };
}

function server(policy, n, port, app) {
  const compiled = parts(policy, n).map((part) => ({ ...part, ...compile(part) }));
  const location = ({ path, lines }) =>
    `    location ${path ? `= ${path}` : '/'} {\n${[...lines, `proxy_pass ${app};`].map((line) => `        ${line}`).join('\n')}\n    }`;
  return `${compiled.flatMap(({ maps }) => maps).join('\n')}
server {
    listen 127.0.0.1:${port};
${compiled.map(location).join('\n')}
}`;
}

const settings = (folder, servers) => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path ${folder}/body;
    proxy_temp_path ${folder}/proxy;
    fastcgi_temp_path ${folder}/fastcgi;
    uwsgi_temp_path ${folder}/uwsgi;
    scgi_temp_path ${folder}/scgi;
    server_tokens off;
    keepalive_requests 1000000;
    large_client_header_buffers 8 64k;
    map_hash_bucket_size 256;
    variables_hash_max_size 8192;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Connection "";
    proxy_redirect off;
    map "$request_method $http_origin $http_access_control_request_method" $preflight {
        default 0;
        "~^OPTIONS [^ ]+ [^ ]+$" 1;
    }
${servers.join('\n')}
}
`;

serve({
  library: 'nginx',
  debian: 'nginx-light',
  version: ['-v'],
  check: (folder, file) => ['-t', '-q', '-p', folder, '-c', file],
  run: (folder, file) => ['-p', folder, '-c', file],
  server,
  settings,
});
