// jsdom: a window at the page's URL sends requests with XMLHttpRequest. It has no fetch(); an XMLHttpRequest replaces it where it can
// express the request.
'use strict';
const fs = require('node:fs');
const { Unsupported, byXhr, packages, serve } = require('../client.cjs');
const { CookieJar, JSDOM, VirtualConsole } = packages('jsdom');
const { ProxyAgent } = packages('undici');

/** Why `fetch()` with this request does something that no XMLHttpRequest does. */
function beyondXhr({ url, method = 'GET', mode, credentials, body, redirect, cache, ...rest }) {
  if (mode !== undefined && mode !== 'cors') return `mode ${mode}`;
  if (credentials === 'omit') return 'credentials omit';
  if (redirect !== undefined && redirect !== 'follow') return `redirect ${redirect}`;
  if (cache !== undefined && cache !== 'default') return `cache ${cache}`;
  for (const name of ['referrer', 'referrer_policy', 'integrity']) if (rest[name] !== undefined) return name;
  if (body?.stream) return 'a stream as the body';
  // fetch() rejects these two, and an XMLHttpRequest sends them.
  if (body !== undefined && /^(get|head)$/i.test(method)) return `a ${method} with a body`;
  if (URL.canParse(url) && (new URL(url).username || new URL(url).password)) return 'credentials in the URL';
  return undefined;
}

/** fetch() leaves the author's Content-Type alone, whereas an XMLHttpRequest rewrites its charset if the body is a string. */
function asFetch(request) {
  const typed = request.headers?.some(([name]) => name.toLowerCase() === 'content-type');
  if (!typed || typeof request.body !== 'string') return request;
  return { ...request, body: { hex: Buffer.from(request.body).toString('hex') } };
}

serve({
  client: 'jsdom',
  open({ proxy, ca }) {
    const dispatcher = new ProxyAgent({ uri: proxy, requestTls: { ca: fs.readFileSync(ca) } });
    // Only the cookie jar outlives a page.
    const jars = new Map();
    return {
      async fetch(browser, page, request) {
        const byFetch = request.via === undefined && !request.upload_listener;
        if (!byFetch && (request.via ?? 'xhr') !== 'xhr') throw new Unsupported(`via ${request.via}`);
        const beyond = byFetch ? beyondXhr(request) : undefined;
        if (beyond) throw new Unsupported(`jsdom has no fetch(), and XMLHttpRequest cannot express ${beyond}`);
        if (!jars.has(browser)) jars.set(browser, new CookieJar());
        const { window } = new JSDOM('', {
          url: page.opaque ? 'about:blank' : page.url,
          cookieJar: jars.get(browser),
          resources: { dispatcher },
          // The default console would print every failed request.
          virtualConsole: new VirtualConsole(),
        });
        try {
          return await byXhr(window, page, byFetch ? asFetch(request) : request);
        } finally {
          window.close();
        }
      },
      reset: (browser) => jars.delete(browser),
    };
  },
});
