// Shared by the adapters for configured servers: the adapter protocol, the response headers of a policy, and a program that runs with
// one configuration for all policies.
'use strict';
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');

/** The interval in milliseconds, and the number, of attempts to connect to the started program. */
const POLL = 20;
const MOST_POLLS = 500;
/** The time limit for the program to end, in milliseconds. */
const ENDING = 2000;

/** Header values that stand for the Origin of the request, or for its Access-Control-Request-Headers. */
const ORIGIN = Symbol('origin');
const REQUESTED = Symbol('requested headers');

const escapeRegex = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The regular expressions that allow origins: those of the policy unchanged, the others in a strict notation. */
function patterns({ list = [], under = [], regex = [] }) {
  const below = ({ scheme, host, port }) => `^${scheme}://([a-z0-9_-]+\\.)+${escapeRegex(host)}${port ? `:${port}` : ''}$`;
  return [...list.map((origin) => `^${escapeRegex(origin)}$`), ...under.map(below), ...regex];
}

/** The headers of a policy: on every response, on responses to actual requests, and on responses to preflights. */
function grants(policy) {
  const any = policy.origins.any === true;
  const words = (names) => (names === 'any' ? '*' : names.join(', '));
  const named = (name, names) => (names.length > 0 ? [[`Access-Control-${name}`, words(names)]] : []);
  const always = [['Access-Control-Allow-Origin', any ? '*' : ORIGIN]];
  if (policy.credentials) always.push(['Access-Control-Allow-Credentials', 'true']);
  const preflight = named('Allow-Methods', policy.methods);
  // With credentials a wildcard has no effect, so the requested names are allowed.
  if (policy.headers === 'any' && policy.credentials) preflight.push(['Access-Control-Allow-Headers', REQUESTED]);
  else preflight.push(...named('Allow-Headers', policy.headers));
  if (policy.max_age !== null && policy.max_age !== undefined) preflight.push(['Access-Control-Max-Age', String(policy.max_age)]);
  if (policy.private_network) preflight.push(['Access-Control-Allow-Private-Network', 'true']);
  return { any, always, actual: named('Expose-Headers', policy.expose), preflight };
}

/** The policy of a listener and those of its routes, each with a unique name. The first has no `path`. */
function parts(policy, n) {
  const routes = (policy.routes ?? []).map((route, i) => ({ name: `p${n}_${i}`, path: route.path, policy: route.policy }));
  return [{ name: `p${n}`, policy }, ...routes];
}

// The ports that are tried, below those that systems give to outgoing connections: another process could get one of these between the
// search for a port and the start of the program. Process mode uses the range above.
const FIRST_PORT = 10000;
const PORTS = 10000;

/** Holds a port; undefined if another process has it. */
function held(port) {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.on('error', (error) => { if (error.code === 'EADDRINUSE') resolve(undefined); else reject(error); });
    probe.listen(port, '127.0.0.1', () => resolve(probe));
  });
}

/** Finds free ports. Adapters that start at the same time begin at different ones. */
async function freePorts(count) {
  const probes = [];
  for (let tried = 0; probes.length < count; tried += 1) {
    if (tried === PORTS) throw new Error(`fewer than ${count} of the ports from ${FIRST_PORT} are free`);
    const probe = await held(FIRST_PORT + ((process.pid * 101 + tried) % PORTS));
    if (probe !== undefined) probes.push(probe);
  }
  const ports = probes.map((probe) => probe.address().port);
  await Promise.all(probes.map((probe) => new Promise((resolve) => { probe.close(resolve); })));
  return ports;
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
}

const FOLDERS = ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin'];

/**
 * Runs the protocol. `version` holds the arguments that print the program's version; `check` and `run` return its arguments for a
 * configuration file; `server` creates the part of a policy, `settings` the whole text from the parts.
 */
function serve({ library, debian, version, check, run, server, settings, environment = () => ({}) }) {
  let child;
  let folder;
  let ending = false;
  const remove = () => { if (folder) fs.rmSync(folder, { recursive: true, force: true }); };
  const end = (code) => {
    if (ending) return;
    ending = true;
    const exit = () => { remove(); process.exit(code); };
    if (!child || child.exitCode !== null || child.signalCode !== null) return exit();
    child.once('exit', exit);
    child.kill('SIGTERM');
    setTimeout(() => { child.kill('SIGKILL'); }, ENDING).unref();
  };
  const program = FOLDERS.map((place) => path.join(place, library)).find((file) => fs.existsSync(file));

  function write(line) {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }

  /** Writes a configuration and returns the program's error message, if there is one. */
  function fault(name, texts, env) {
    const file = path.join(folder, name);
    fs.writeFileSync(file, settings(folder, texts));
    const { status, stderr, stdout, error } = spawnSync(program, check(folder, file), { env });
    if (error) throw error;
    return status === 0 ? undefined : `${stderr}${stdout}`.trim();
  }

  async function start({ policies, apps }) {
    if (!program) throw new Error(`${library} is not installed; install the Debian package ${debian}`);
    folder = fs.mkdtempSync(path.join(os.tmpdir(), `crosscheck-${library}-`));
    // The program may drop root privileges, but still has to read and write here.
    fs.chmodSync(folder, 0o777);
    const env = { ...process.env, ...environment(folder) };
    const ports = await freePorts(Object.keys(policies).length);
    const answers = Object.entries(policies).map(([id, policy], n) => (
      { policy: id, port: ports[n], text: server(policy, n, ports[n], apps[id], folder) }));
    const ready = () => answers.filter(({ text }) => text !== undefined);
    const file = `${library}.conf`;
    // Some programs reject a configuration without a server.
    if (ready().length > 0 && fault(file, ready().map(({ text }) => text), env) !== undefined) {
      for (const answer of ready()) {
        answer.refused = fault('alone.conf', [answer.text], env);
        if (answer.refused !== undefined) delete answer.text;
      }
      const still = ready().length > 0 ? fault(file, ready().map(({ text }) => text), env) : undefined;
      if (still !== undefined) throw new Error(still);
    }
    if (ready().length > 0) {
      child = spawn(program, run(folder, path.join(folder, file)), { env, stdio: ['ignore', 'ignore', 'inherit'] });
      child.on('exit', () => end(1));
    }
    for (const { port } of ready()) {
      for (let polls = 0; !(await listens(port)); polls += 1) {
        if (child.exitCode !== null || polls > MOST_POLLS) throw new Error(`${library} does not listen`);
        await new Promise((resolve) => { setTimeout(resolve, POLL); });
      }
    }
    for (const { policy, port, text, refused } of answers) {
      write(text === undefined ? { policy, refused } : { policy, ready: `http://127.0.0.1:${port}` });
    }
    const { stdout, stderr } = spawnSync(program, version, { env });
    write({ done: true, library, version: /[0-9]+\.[0-9]+\.[0-9]+/.exec(`${stdout}${stderr}`)?.[0] ?? '' });
  }

  let started = false;
  const lines = readline.createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (started || line.trim() === '') return;
    started = true;
    start(JSON.parse(line)).catch((error) => {
      process.stderr.write(`${error?.message ?? error}\n`);
      end(1);
    });
  });
  lines.on('close', () => end(0));
}

module.exports = { REQUESTED, ORIGIN, escapeRegex, grants, parts, patterns, serve };
