// Runs an adapter and records both directions of its lines. Arguments: the file of the record, then the adapter's command.
'use strict';
const fs = require('node:fs');
const { spawn } = require('node:child_process');
const readline = require('node:readline');

const [record, program, ...words] = process.argv.slice(2);
const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
const forward = (mark, from, to) =>
  readline.createInterface({ input: from }).on('line', (line) => {
    fs.appendFileSync(record, `${mark} ${line}\n`);
    to.write(`${line}\n`);
  });
forward('>', process.stdin, child.stdin).on('close', () => child.stdin.end());
forward('<', child.stdout, process.stdout);
child.on('exit', (code) => process.exit(code ?? 1));
