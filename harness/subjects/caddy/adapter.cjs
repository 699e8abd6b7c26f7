// Caddy in front of the harness's plain application, configured as careful users configure it: a matcher on the origin, deferred
// `header` directives in a snippet that the error routes import too, preflights answered by `respond`.
'use strict';
const { REQUESTED, ORIGIN, grants, parts, patterns, serve } = require('../configuration.cjs');

/** Between backticks only a backtick is special. */
const literal = (text) => (text.includes('`') ? JSON.stringify(text) : `\`${text}\``);

const value = (given) => {
  if (given === ORIGIN) return '{http.request.header.Origin}';
  return given === REQUESTED ? '{http.request.header.Access-Control-Request-Headers}' : literal(given);
};

/** The matcher that allows origins: values of one field are alternatives, several expressions are not. */
function letIn({ name, policy: { origins } }) {
  const { list = [], ...others } = origins;
  const regexes = patterns(others);
  const mark = `@${name}`;
  if (regexes.length === 0) return [`${mark} {`, ...list.map((origin) => `    header Origin ${literal(origin)}`), '}'];
  if (list.length === 0 && regexes.length === 1) return [`${mark} header_regexp Origin ${literal(regexes[0])}`];
  const any = [
    ...list.map((origin) => `header({"Origin": ${JSON.stringify(origin)}})`),
    ...regexes.map((regex) => `header_regexp("Origin", ${JSON.stringify(regex)})`),
  ];
  return [`${mark} expression ${literal(any.join(' || '))}`];
}

const indent = (lines) => lines.map((line) => `    ${line}`);

/** One policy as a snippet. */
function snippet({ name, policy }) {
  if (policy === null) return [`(${name}) {`, '}'];
  const { any, always, actual, preflight } = grants(policy);
  const set = (headers) => {
    if (headers.length === 0) return [];
    // Deferred directives replace the headers of the application.
    const lines = [...headers.map(([header, given]) => `${header} ${value(given)}`), 'defer'];
    return [any ? 'header {' : `header @${name} {`, ...indent(lines), '}'];
  };
  const where = (matcher, headers) => (headers.length > 0 ? [`route ${matcher} {`, ...indent(set(headers)), '}'] : []);
  const vary = any ? [] : ['header {', ...indent(['+Vary Origin', 'defer']), '}'];
  return [`(${name}) {`, ...indent([...set(always), ...where('@actual', actual), ...where('@preflight', preflight), ...vary]), '}'];
}

const PREFLIGHT = ['method OPTIONS', 'header Origin *', 'header Access-Control-Request-Method *'];

function server(policy, n, port, app) {
  const [main, ...routes] = parts(policy, n);
  const all = [...routes, main];
  const handle = (answers) => all.flatMap((part) =>
    [`handle ${part.path ?? ''} {`, ...indent([`import ${part.name}`, ...answers(part)]), '}']);
  const site = [
    'bind 127.0.0.1',
    '@preflight {', ...indent(PREFLIGHT), '}',
    '@actual not {', ...indent(PREFLIGHT), '}',
    ...all.filter((part) => part.policy && !part.policy.origins.any).flatMap(letIn),
    // From here on, the first match decides.
    'route {',
    ...indent(handle((part) => [...(part.policy ? ['respond @preflight 204'] : []), `reverse_proxy ${app}`])),
    '}',
    'handle_errors {', ...indent(handle(() => ['respond {err.status_code}'])), '}',
  ];
  return [...all.flatMap(snippet), `http://:${port} {`, ...indent(site), '}'].join('\n');
}

const settings = (folder, servers) => `{
    admin off
    auto_https off
    log {
        output stderr
        level FATAL
    }
}
${servers.join('\n')}
`;

serve({
  library: 'caddy',
  debian: 'caddy',
  version: ['version'],
  check: (folder, file) => ['validate', '--adapter', 'caddyfile', '--config', file],
  run: (folder, file) => ['run', '--adapter', 'caddyfile', '--config', file],
  environment: (folder) => ({ HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }),
  server,
  settings,
});
