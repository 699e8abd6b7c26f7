"use strict";
// Works correctly, but writes megabytes: to stderr before it is ready and with each request, and to stdout, without a line end,
// after it is done.
const http = require("node:http");
const readline = require("node:readline");
const noise = "x".repeat(1 << 20);
readline.createInterface({ input: process.stdin }).once("line", async (line) => {
  for (let i = 0; i < 16; i += 1) process.stderr.write(noise);
  for (const policy of Object.keys(JSON.parse(line).policies)) {
    const server = http.createServer((_, answer) => {
      process.stderr.write(noise);
      process.stdout.write(noise);
      answer.setHeader("X-Hit", "1");
      answer.end("ok");
    });
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    console.log(JSON.stringify({ policy, ready: `http://127.0.0.1:${server.address().port}` }));
  }
  console.log(JSON.stringify({ done: true, library: "floods", version: "1" }));
});
process.stdin.on("end", () => process.exit(0));
