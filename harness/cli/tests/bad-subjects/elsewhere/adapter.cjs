"use strict";
// Listens on one port and announces another, on which nothing listens any more.
const http = require("node:http");
const readline = require("node:readline");
readline.createInterface({ input: process.stdin }).once("line", (line) => {
  const gone = http.createServer().listen(0, "127.0.0.1", () => {
    const { port } = gone.address();
    gone.close(() => {
      http.createServer((_, answer) => answer.end("ok")).listen(0, "127.0.0.1", () => {
        for (const policy of Object.keys(JSON.parse(line).policies)) {
          console.log(JSON.stringify({ policy, ready: `http://127.0.0.1:${policy === "any" ? port : port - 1}` }));
        }
        console.log(JSON.stringify({ done: true, library: "elsewhere", version: "1" }));
      });
    });
  });
});
process.stdin.on("end", () => process.exit(0));
