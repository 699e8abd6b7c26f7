// Needs nothing but Node.js. `CROSSCHECK` names the program, if it is not on the PATH.
'use strict';
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const test = require('node:test');

test('the server shares what its policy promises', () => {
  const program = process.env.CROSSCHECK ?? 'crosscheck';
  const ran = spawnSync(program, ['run', '--format', 'json'], { cwd: __dirname, encoding: 'utf8', maxBuffer: 64 << 20 });
  assert.ifError(ran.error);
  assert.ok(ran.status === 0 || ran.status === 1, ran.stderr);
  const causes = JSON.parse(ran.stdout).subjects.flatMap((subject) => subject.causes);
  assert.deepEqual(causes, []);
  assert.equal(ran.status, 0, ran.stdout);
});
