// A stack of two subjects with the same policies: a configured server in front of a library's application, each started by its own
// adapter. Arguments: the adapter of the first, then the command of the second.
'use strict';
const { spawn } = require('node:child_process');
const path = require('node:path');
const readline = require('node:readline');

// Normalizes the paths, because a folder before a `..` may not exist: the stack itself has no installation.
const [front, ...behind] = process.argv.slice(2).map((word) => (path.isAbsolute(word) ? path.normalize(word) : word));

const children = [];
let ending = false;
async function end(code) {
  if (ending) return;
  ending = true;
  await Promise.all(children.map((child) => new Promise((resolve) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', resolve);
    return child.stdin.end();
  })));
  process.exit(code);
}

/** Starts an adapter and waits for its answers. Returns the answers by policy id, and the last line. */
function start([program, ...words], document) {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return new Promise((resolve, reject) => {
    const answers = {};
    child.on('error', reject);
    child.stdin.on('error', reject);
    child.on('exit', (code, signal) => {
      reject(new Error(`${[program, ...words].join(' ')} ended: ${signal ?? code}`));
      // The stack cannot work with one adapter only.
      end(1);
    });
    readline.createInterface({ input: child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line);
      if (answer.done) resolve({ answers, done: answer });
      else answers[answer.policy] = answer;
    });
    child.stdin.write(`${JSON.stringify(document)}\n`);
  });
}

async function run({ crosscheck, policies }) {
  const inner = await start(behind, { crosscheck, policies });
  const ready = Object.keys(policies).filter((id) => inner.answers[id].ready);
  const pick = (from) => Object.fromEntries(ready.map((id) => [id, from(id)]));
  const outer = await start(['node', front], {
    crosscheck, policies: pick((id) => policies[id]), apps: pick((id) => inner.answers[id].ready),
  });
  const both = (key) => `${outer.done[key]}+${inner.done[key]}`;
  const answers = Object.keys(policies).map((id) => outer.answers[id] ?? inner.answers[id]);
  for (const answer of [...answers, { done: true, library: both('library'), version: both('version') }]) {
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

let started = false;
const lines = readline.createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (started || line.trim() === '') return;
  started = true;
  run(JSON.parse(line)).catch((error) => {
    process.stderr.write(`${error?.message ?? error}\n`);
    end(1);
  });
});
lines.on('close', () => end(0));
