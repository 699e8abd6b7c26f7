// What the hostile adapters of servers and clients share.
'use strict';

const way = process.argv[2];
const send = (line) => write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
const write = process.stdout.write.bind(process.stdout);
const die = () => process.kill(process.pid, 'SIGKILL');
const stop = () => process.kill(process.pid, 'SIGSTOP');
/** Node's own way leaves the descriptor open. */
const closeStdout = () => require('node:fs').closeSync(1);
const wait = () => setInterval(() => {}, 1000);
/** Writes as fast as the reader reads. */
function flood(stream, text) {
  const push = stream.write.bind(stream);
  const fill = () => {
    while (push(text));
    stream.once('drain', fill);
  };
  // Without its reader it ends.
  stream.on('error', () => process.exit(0));
  fill();
}

module.exports = { way, send, write, die, stop, closeStdout, wait, flood };
