// Shared by the adapters for Node.js clients: the adapter protocol, and the request of a case as arguments of `fetch()` and as calls
// on an `XMLHttpRequest`.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { createRequire } = require('node:module');

// The outcome of a rejected call and of a failed fetch: a page sees nothing more.
const ERROR = { type: 'error', name: 'TypeError' };

/** The client cannot express the request, which is not a deviation. */
class Unsupported extends Error {}

/** `require` in the installation folder that the harness passes, which contains the packages. */
const packages = createRequire(path.join(path.resolve(process.argv[2] ?? path.dirname(process.argv[1])), 'package.json'));

const bytes = (value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.hex, 'hex'));

/** Creates the body of a request with the classes of `window`. */
function body(value, window) {
  if (value === undefined || typeof value === 'string') return value;
  if (value.hex !== undefined) return new Uint8Array(bytes(value));
  if (value.urlencoded) return new window.URLSearchParams(value.urlencoded);
  if (value.blob) return new window.Blob([new Uint8Array(bytes(value.blob.text))], { type: value.blob.type });
  if (value.form) {
    const form = new window.FormData();
    for (const [name, text] of Object.entries(value.form)) form.append(name, text);
    return form;
  }
  const chunks = value.stream.map((chunk) => new Uint8Array(bytes(chunk)));
  return new window.ReadableStream({
    pull(controller) {
      if (chunks.length > 0) controller.enqueue(chunks.shift());
      else controller.close();
    },
  });
}

/** The outcome of `fetch()`. */
async function byFetch(window, request) {
  const { url, method, mode, credentials, headers, redirect, referrer, referrer_policy: referrerPolicy, cache, integrity } = request;
  const init = { method, mode, credentials, headers, redirect, referrer, referrerPolicy, cache, integrity };
  init.body = body(request.body, window);
  if (request.body?.stream) init.duplex = 'half';
  // Some libraries treat an undefined member differently from a missing one.
  for (const name of Object.keys(init)) if (init[name] === undefined) delete init[name];
  const response = await window.fetch(url, init);
  return {
    type: response.type,
    status: response.status,
    statusText: response.statusText,
    headers: [...response.headers],
    body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    redirected: response.redirected,
    url: response.url,
  };
}

/** The outcome of an `XMLHttpRequest`. The type and `redirected`, which it does not report, are derived from its URL. */
async function byXhr(window, page, request) {
  const xhr = new window.XMLHttpRequest();
  xhr.open(request.method ?? 'GET', request.url);
  xhr.responseType = 'arraybuffer';
  // Set between open() and send(), as usual.
  xhr.withCredentials = request.credentials === 'include';
  for (const [name, value] of request.headers ?? []) xhr.setRequestHeader(name, value);
  if (request.upload_listener) xhr.upload.addEventListener('progress', () => {});
  const end = await new Promise((resolve) => {
    for (const type of ['load', 'error', 'abort', 'timeout']) xhr.addEventListener(type, () => resolve(type));
    xhr.send(body(request.body, window) ?? null);
  });
  const lines = (xhr.getAllResponseHeaders() ?? '').split('\r\n').filter((line) => line !== '');
  // What the page can read, after an error too. A line is a name, a colon, a space and a value, which is not trimmed.
  const seen = {
    status: xhr.status,
    statusText: xhr.statusText,
    headers: lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).replace(/^ /, '')]),
    body: Buffer.from(xhr.response ?? []).toString('base64'),
    url: xhr.responseURL,
  };
  if (end !== 'load') {
    process.stderr.write(`${request.url}: ${end}\n`);
    return { ...ERROR, ...seen };
  }
  const bare = (url) => new URL(url).href.split('#')[0];
  const url = bare(xhr.responseURL || request.url);
  const home = new URL(url).origin === page.origin || url.startsWith('data:');
  return { type: home ? 'basic' : 'cors', ...seen, redirected: url !== bare(request.url) };
}

/**
 * Runs the protocol. `open` gets the first line of the harness and returns two functions: `fetch(browser, page, request)` returns an
 * outcome or throws, `reset(browser)` drops the state of that browser.
 */
function serve({ client, open }) {
  const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
  // The needs are listed once, in the description.
  const description = fs.readFileSync(path.join(path.dirname(process.argv[1]), 'subject.yaml'), 'utf8');
  const lacks = [...description.matchAll(/need: ([a-z-]+)/g)].map(([, word]) => word);
  let opened;
  const handle = async (line) => {
    if (line.crosscheck !== undefined) {
      opened = Promise.resolve(open(line));
      await opened;
      return write({ ready: true, client, version: packages(`${client}/package.json`).version, lacks });
    }
    const { fetch, reset } = await opened;
    if (line.reset !== undefined) return reset(line.reset);
    const { id, browser, page, request } = line;
    try {
      write({ id, outcome: await fetch(browser, page, request) });
    } catch (error) {
      if (error instanceof Unsupported) return write({ id, unsupported: error.message });
      // A page does not see the reason, but the log should show it.
      process.stderr.write(`${id}: ${error}${error?.cause ? `: ${error.cause}` : ''}\n`);
      write({ id, outcome: ERROR });
    }
  };
  const lines = readline.createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    handle(JSON.parse(line)).catch((error) => {
      process.stderr.write(`${error?.stack ?? error}\n`);
      process.exit(1);
    });
  });
  lines.on('close', () => process.exit(0));
}

module.exports = { Unsupported, byFetch, byXhr, packages, serve };
