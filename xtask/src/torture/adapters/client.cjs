// A hostile adapter of a client: the example of the documentation, which misbehaves in the way that its argument names.
'use strict';
const { spawn } = require('node:child_process');

const { way, send, write, die, stop, closeStdout, wait, flood } = require('./common.cjs');

/** What happens at the start, instead of the protocol. */
const atStart = {
  'ends-at-once': () => process.exit(0),
  'fails-at-once': () => process.exit(7),
  'dies-at-once': die,
  'stops-at-once': stop,
  'never-answers': () => wait(),
  'floods-stdout-without-a-line-end': () => flood(process.stdout, 'x'.repeat(65536)),
  'floods-stdout-with-lines': () => flood(process.stdout, 'x\n'.repeat(32768)),
  'floods-stderr-and-never-answers': () => flood(process.stderr, 'x'.repeat(65536)),
  'writes-binary': () => write(Buffer.from([0, 255, 10, 27, 91, 50, 74, 10])) && wait(),
  'closes-stdout': () => {
    closeStdout();
    wait();
  },
  'is-deeply-nested': () => send('['.repeat(1000000)) && wait(),
};

/** What happens beside the protocol. */
const beside = {
  'leaves-a-child-in-its-group': () => spawn('sleep', ['60'], { stdio: 'ignore' }),
  'leaves-a-child-elsewhere': () => spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }),
  'leaves-a-child-with-its-pipes': () => spawn('sleep', ['60'], { detached: true, stdio: 'inherit' }),
  'ignores-the-end': () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {});
    process.exit = () => {};
    wait();
  },
  'floods-stderr': () => flood(process.stderr, 'x'.repeat(65536)),
};

/** What becomes of an answer. */
let lines = 0;
const outcome = (line, value) => send(line.ready ? line : { id: line.id, outcome: value });
const nothing = { type: 'error', name: 'TypeError' };
const answers = {
  'dies-before-ready': die,
  'stops-before-ready': stop,
  'dies-after-ready': (line) => send(line) && die(),
  'dies-at-the-fifth-fetch': (line) => (lines < 6 ? send(line) : die()),
  'stops-at-the-fifth-fetch': (line) => (lines < 6 ? send(line) : stop()),
  'ends-at-the-fifth-fetch': (line) => (lines < 6 ? send(line) : process.exit(0)),
  'never-answers-a-fetch': (line) => line.ready && send(line),
  'answers-another-id': (line) => send(line.ready ? line : { ...line, id: line.id + 1000 }),
  'answers-twice': (line) => send(line) && send(line),
  'answers-without-an-outcome': (line) => send(line.ready ? line : { id: line.id }),
  'answers-with-wrong-types': (line) => outcome(line, { type: 'cors', status: 'x', headers: 1, body: {} }),
  'answers-with-an-unknown-type': (line) => outcome(line, { type: 'fast' }),
  'answers-with-a-bad-body': (line) => outcome(line, { type: 'cors', status: 200, headers: [], body: '%%%' }),
  'answers-with-a-long-line': (line) => outcome(line, { type: 'cors', status: 200, headers: [], body: 'A'.repeat(20 << 20) }),
  'floods-stdout-after-ready': (line) => send(line) && line.ready && flood(process.stdout, 'x\n'.repeat(32768)),
  'closes-stdout-after-ready': (line) => send(line) && setTimeout(closeStdout, 0),
};

/** What becomes of a line of the harness: an answer without a request. */
const invented = {
  'invents-errors': nothing,
  'invents-responses': { type: 'cors', status: 200, statusText: 'OK', headers: [], body: '', redirected: false, url: '' },
};

if (answers[way] !== undefined) {
  process.stdout.write = (text) => {
    lines += 1;
    return answers[way](JSON.parse(text));
  };
}
beside[way]?.();
if (atStart[way] !== undefined) {
  atStart[way]();
} else if (invented[way] !== undefined) {
  const reader = require('node:readline').createInterface({ input: process.stdin });
  reader.on('line', (text) => {
    const line = JSON.parse(text);
    if (line.crosscheck !== undefined) send({ ready: true, client: 'x', version: '1', lacks: [] });
    else if (line.reset === undefined) send({ id: line.id, outcome: { ...invented[way], url: line.request.url } });
  });
  reader.on('close', () => process.exit(0));
} else {
  require('./adapter.cjs');
}
