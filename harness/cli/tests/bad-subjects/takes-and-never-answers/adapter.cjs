"use strict";
// Accepts every connection and never answers.
const net = require("node:net");
const readline = require("node:readline");
readline.createInterface({ input: process.stdin }).once("line", async (line) => {
  for (const policy of Object.keys(JSON.parse(line).policies)) {
    const server = net.createServer(() => {});
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    console.log(JSON.stringify({ policy, ready: `http://127.0.0.1:${server.address().port}` }));
  }
  console.log(JSON.stringify({ done: true, library: "mute", version: "1" }));
});
process.stdin.on("end", () => process.exit(0));
