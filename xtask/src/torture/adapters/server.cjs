// A hostile adapter of a server: the example of the documentation, which misbehaves in the way that its argument names.
'use strict';
const { spawn } = require('node:child_process');
const http = require('node:http');

const { way, send, write, die, stop, closeStdout, wait, flood } = require('./common.cjs');
const detached = () => spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });

/** What happens at the start; `true` if the adapter does nothing else. */
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
  'never-reads-stdin': () => {
    // A plain process: Node reads the stdin that it has opened.
    spawn('sleep', ['60'], { stdio: ['inherit', 'inherit', 'inherit'] });
    wait();
  },
  'says-done-alone': () => send({ done: true, library: 'x', version: '1' }) && wait(),
  'is-deeply-nested': () => send('['.repeat(60000)) && wait(),
  'knows-another-policy': () => send({ policy: 'other', ready: 'http://127.0.0.1:9' }) && wait(),
};

/** What happens beside a right service. */
const beside = {
  'leaves-a-child-in-its-group': () => spawn('sleep', ['60'], { stdio: 'ignore' }),
  'leaves-a-child-elsewhere': detached,
  'leaves-many-children': () => Array.from({ length: 30 }, detached),
  'leaves-a-child-with-its-pipes': () => spawn('sleep', ['60'], { detached: true, stdio: 'inherit' }),
  'ignores-the-end': () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {});
    process.exit = () => {};
    wait();
  },
  'floods-stderr': () => flood(process.stderr, 'x'.repeat(65536)),
  'fills-its-temporary-folder': () => {
    const { mkdtempSync, writeFileSync } = require('node:fs');
    const folder = mkdtempSync(`${require('node:os').tmpdir()}/left-`);
    for (let i = 0; i < 50; i += 1) writeFileSync(`${folder}/${i}`, 'x', { mode: 0o000 });
  },
};

/** What becomes of an answer to the harness. */
const port = (line, value) => ({ ...line, ready: `http://127.0.0.1:${value}` });
const answers = {
  'dies-before-ready': die,
  'stops-before-ready': stop,
  'dies-after-ready': (line) => send(line) && die(),
  'dies-after-done': (line) => send(line) && line.done && setTimeout(die, 0),
  'is-silent-after-ready': (line) => (line.done ? wait() : send(line)),
  'lies-port-closed': (line) => send(line.ready ? port(line, 1) : line),
  'lies-port-0': (line) => send(line.ready ? port(line, 0) : line),
  'lies-port-99999': (line) => send(line.ready ? port(line, 99999) : line),
  'lies-another-host': (line) => send(line.ready ? { ...line, ready: 'http://192.0.2.1:80' } : line),
  'lies-every-address': (line) => send(line.ready ? { ...line, ready: line.ready.replace('127.0.0.1', '0.0.0.0') } : line),
  'lies-no-url': (line) => send(line.ready ? { ...line, ready: 'file:///etc/passwd' } : line),
  'answers-twice': (line) => send(line) && send(line),
  'answers-both': (line) => send(line.ready ? { ...line, refused: 'both' } : line),
  'answers-with-a-long-line': (line) => send({ ...line, refused: 'x'.repeat(200000) }),
  'floods-stdout-after-done': (line) => send(line) && line.done && flood(process.stdout, 'x\n'.repeat(32768)),
  'closes-stdout-after-done': (line) => send(line) && line.done && setTimeout(closeStdout, 0),
};

/** What becomes of a request; a right answer if it returns `true`. */
let requests = 0;
const endless = (response, text) => {
  const push = () => {
    while (!response.socket.destroyed && response.socket.write(text));
    if (!response.socket.destroyed) response.socket.once('drain', push);
  };
  response.socket.on('error', () => {});
  push();
};
const onRequest = {
  'dies-at-a-request': die,
  'dies-at-the-fifth-request': () => (requests < 5 ? true : die()),
  'stops-at-a-request': stop,
  'stops-at-the-fifth-request': () => (requests < 5 ? true : stop()),
  'ends-at-the-fifth-request': () => (requests < 5 ? true : process.exit(0)),
  'closes-at-each-request': (request) => request.socket.destroy(),
  'resets-at-each-request': (request) => request.socket.resetAndDestroy(),
  'never-answers-a-request': () => {},
  'sends-no-http': (request) => request.socket.end('\0\u00ff\r\n\r\n'),
  'sends-endless-headers': (_, response) => endless(response, `${'X: y\r\n'.repeat(1000)}`),
  'sends-endless-interim': (_, response) => endless(response, 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)),
  'sends-an-endless-body': (_, response) => endless(response, `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(65536)}`),
  'sends-a-short-body': (request) => request.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx'),
};

if (onRequest[way] !== undefined) {
  const create = http.createServer;
  http.createServer = (handler) =>
    create((request, response) => {
      requests += 1;
      if (onRequest[way](request, response) === true) handler(request, response);
    });
}
if (answers[way] !== undefined) {
  process.stdout.write = (text) => answers[way](JSON.parse(text));
}
beside[way]?.();
if (atStart[way] !== undefined) atStart[way]();
else require('./adapter.cjs');
