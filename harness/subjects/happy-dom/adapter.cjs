// happy-dom: a page at the page's URL sends requests with its fetch() and its XMLHttpRequest.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const tls = require('node:tls');
const { pathToFileURL } = require('node:url');
const { Unsupported, byFetch, byXhr, packages, serve } = require('../client.cjs');

/**
 * happy-dom has no setting for a proxy or an authority. For every request it creates an agent of the global agent's class, so a
 * tunnelling class in that place is sufficient; the library is unchanged.
 */
function tunnel({ proxy, ca }) {
  const { hostname, port } = new URL(proxy);
  const direct = new http.Agent();
  const authority = fs.readFileSync(ca);
  const through = (secure) =>
    function createConnection(options, done) {
      const target = `${net.isIPv6(options.host) ? `[${options.host}]` : options.host}:${options.port}`;
      const connect = http.request({ host: hostname, port, method: 'CONNECT', path: target, agent: direct });
      connect.on('error', done);
      connect.on('connect', (response, socket) => {
        if (response.statusCode !== 200) done(new Error(`the proxy responded with ${response.statusCode}`));
        else done(null, secure ? tls.connect({ ...options, socket, ca: authority }) : socket);
      });
      connect.end();
    };
  http.globalAgent = new (class extends http.Agent {
    createConnection = through(false);
  })();
  https.globalAgent = new (class extends https.Agent {
    createConnection = through(true);
  })();
}

serve({
  client: 'happy-dom',
  async open(hello) {
    tunnel(hello);
    const { Browser } = await import(pathToFileURL(packages.resolve('happy-dom')));
    const browsers = new Map();
    return {
      async fetch(number, page, request) {
        const xhr = request.via === 'xhr' || request.upload_listener;
        if (!xhr && request.via !== undefined) throw new Unsupported(`via ${request.via}`);
        if (!browsers.has(number)) browsers.set(number, new Browser());
        const tab = browsers.get(number).newPage();
        // Sets the URL without a navigation: there is nothing to load.
        if (!page.opaque) tab.url = page.url;
        const window = tab.mainFrame.window;
        try {
          return await (xhr ? byXhr(window, page, request) : byFetch(window, request));
        } finally {
          await tab.close();
        }
      },
      async reset(number) {
        const browser = browsers.get(number);
        // Deleted first, because the next request of that number may already be waiting.
        browsers.delete(number);
        await browser?.close();
      },
    };
  },
});
