// nginx in front of the harness's plain application, configured as its careful users do: `map` on the origin,
// `add_header ... always`, preflights answered by `return 204`.
'use strict';
const { spawn, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');

/** How often and how long, in milliseconds, nginx is asked whether it listens. */
const POLL = 20;
const MOST_POLLS = 500;

const quote = (text) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
/** A regular expression in quotes: backslashes before anything but a quote stay as they are. */
const quoteRegex = (text) => `"~${text.replaceAll('"', '\\"')}"`;
const escapeRegex = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

function unsupported(policy) {
  const lacks = new Set();
  if (policy.origins.predicate) lacks.add('origins-predicate');
  for (const route of policy.routes ?? []) if (route.policy) unsupported(route.policy).forEach((flag) => lacks.add(flag));
  return [...lacks];
}

/** The lines of the `map` that lets origins in. */
function allowed(origins, value) {
  const lines = [];
  for (const origin of origins.list ?? []) lines.push(`~^${escapeRegex(origin)}$`);
  for (const { scheme, host, port } of origins.under ?? []) {
    lines.push(`~^${scheme}://([a-z0-9-]+\\.)+${escapeRegex(host)}${port ? `:${port}` : ''}$`);
  }
  const listed = lines.map((regex) => `    ${quoteRegex(regex.slice(1))} ${value};`);
  return listed.concat((origins.regex ?? []).map((regex) => `    ${quoteRegex(regex)} ${value};`));
}

/** One policy: the maps it needs at the top, and the directives of its locations. */
function compile(policy, n) {
  const any = policy.origins.any === true;
  const maps = [];
  const map = (source, name, lines) => maps.push(`map ${source} $${name} {\n    default "";\n${lines.join('\n')}\n}`);
  if (!any) map('$http_origin', `acao_${n}`, allowed(policy.origins, '$http_origin'));
  const acao = any ? '"*"' : `$acao_${n}`;
  // With `*` every origin is let in, and nothing is worth withholding.
  const letIn = (name, value) => {
    if (any) return value;
    map('$http_origin', `${name}_${n}`, allowed(policy.origins, value));
    return `$${name}_${n}`;
  };
  const always = [['Access-Control-Allow-Origin', acao]];
  if (policy.credentials) always.push(['Access-Control-Allow-Credentials', letIn('acac', '"true"')]);
  const actual = [];
  if (policy.expose === 'any' || policy.expose.length > 0) {
    actual.push(['Access-Control-Expose-Headers', letIn('aceh', quote(policy.expose === 'any' ? '*' : policy.expose.join(', ')))]);
  }
  const preflight = [['Access-Control-Allow-Methods', letIn('acam', quote(policy.methods === 'any' ? '*' : policy.methods.join(', ')))]];
  if (policy.headers === 'any' && policy.credentials) {
    preflight.push(['Access-Control-Allow-Headers', letIn('acah', '$http_access_control_request_headers')]);
  } else if (policy.headers === 'any' || policy.headers.length > 0) {
    preflight.push(['Access-Control-Allow-Headers', letIn('acah', quote(policy.headers === 'any' ? '*' : policy.headers.join(', ')))]);
  }
  if (policy.max_age !== null && policy.max_age !== undefined) {
    preflight.push(['Access-Control-Max-Age', letIn('acma', quote(String(policy.max_age)))]);
  }
  if (policy.private_network) preflight.push(['Access-Control-Allow-Private-Network', letIn('acpn', '"true"')]);
  const vary = any ? [] : [['Vary', '"Origin"']];
  const headers = (list) => list.map(([name, value]) => `add_header ${name} ${value} always;`);
  return {
    maps,
    lines: [
      ...headers([...always, ...actual, ...vary]),
      'if ($preflight) {',
      ...headers([...always, ...preflight, ...vary]).map((line) => `    ${line}`),
      '    return 204;',
      '}',
    ],
  };
}

function server(policy, n, port, app) {
  const main = compile(policy, `${n}`);
  const maps = [...main.maps];
  const location = (where, lines) =>
    `    location ${where} {\n${[...lines, `proxy_pass ${app};`].map((line) => `        ${line}`).join('\n')}\n    }`;
  const locations = [location('/', main.lines)];
  (policy.routes ?? []).forEach((route, i) => {
    const compiled = route.policy ? compile(route.policy, `${n}_${i}`) : { maps: [], lines: [] };
    maps.push(...compiled.maps);
    locations.push(location(`= ${route.path}`, compiled.lines));
  });
  return `${maps.join('\n')}\nserver {\n    listen 127.0.0.1:${port};\n${locations.join('\n')}\n}`;
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

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
}

async function waitFor(ports, nginx) {
  for (const port of ports) {
    let polls = 0;
    while (!(await listens(port))) {
      if (nginx.exitCode !== null || (polls += 1) > MOST_POLLS) throw new Error('nginx does not listen');
      await new Promise((resolve) => { setTimeout(resolve, POLL); });
    }
  }
}

const program = () => ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'].find((p) => fs.existsSync(p)) ?? 'nginx';

let nginx;
let folder;
function end(code) {
  if (nginx && nginx.exitCode === null) nginx.kill('SIGTERM');
  if (folder) fs.rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}

async function start({ policies, apps }) {
  const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'crosscheck-nginx-'));
  const servers = [];
  const answers = [];
  for (const [id, policy] of Object.entries(policies)) {
    const lacks = policy === null ? ['defaults'] : unsupported(policy);
    if (lacks.length > 0) {
      answers.push({ policy: id, unsupported: lacks });
      continue;
    }
    const port = await freePort();
    const text = server(policy, servers.length, port, apps[id]);
    const alone = path.join(folder, 'alone.conf');
    fs.writeFileSync(alone, settings(folder, [text]));
    try {
      execFileSync(program(), ['-t', '-q', '-p', folder, '-c', alone], { stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      if (error.code === 'ENOENT') throw error;
      answers.push({ policy: id, refused: String(error.stderr).trim() });
      continue;
    }
    servers.push(text);
    answers.push({ policy: id, ready: `http://127.0.0.1:${port}`, port });
  }
  const file = path.join(folder, 'nginx.conf');
  fs.writeFileSync(file, settings(folder, servers));
  nginx = spawn(program(), ['-p', folder, '-c', file], { stdio: ['ignore', 'ignore', 'inherit'] });
  nginx.on('exit', () => end(1));
  await waitFor(answers.filter((a) => a.port).map((a) => a.port), nginx);
  for (const { port, ...answer } of answers) say(answer);
  const version = execFileSync('/bin/sh', ['-c', `${program()} -v 2>&1`]).toString().trim().split('/').pop();
  say({ done: true, library: 'nginx', version });
}

let started = false;
const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (started || line.trim() === '') return;
  started = true;
  start(JSON.parse(line)).catch((error) => {
    process.stderr.write(`${error?.stack ?? error}\n`);
    end(1);
  });
});
lines.on('close', () => end(0));
