// undici's fetch, which Node uses: it has no page and no CORS, so the page of a case is ignored.
'use strict';
const fs = require('node:fs');
const { Unsupported, byFetch, packages, serve } = require('../client.cjs');
const undici = packages('undici');

const platform = { Blob, URLSearchParams, ReadableStream, FormData: undici.FormData, fetch: undici.fetch };

serve({
  client: 'undici',
  open({ proxy, ca }) {
    undici.setGlobalDispatcher(new undici.ProxyAgent({ uri: proxy, requestTls: { ca: fs.readFileSync(ca) } }));
    return {
      fetch(_browser, _page, request) {
        if (request.via !== undefined || request.upload_listener) throw new Unsupported('it has fetch() only');
        // Its fetch sends the header, but its proxy agent rejects it.
        const named = request.headers?.some(([name]) => name.toLowerCase() === 'proxy-authorization');
        if (named) throw new Unsupported('its ProxyAgent refuses Proxy-Authorization');
        return byFetch(platform, request);
      },
      reset() {},
    };
  },
});
