// The self-driving page: gets its list of fetches from the harness, runs them, reports the outcomes, and goes on to the next page.
// The server writes the constants PAGE, BASE (the origin of the harness; empty for the page's own origin) and FRAMED before this script.
(async () => {
  'use strict';
  const own = globalThis.fetch.bind(globalThis);
  const post = async (what, value) => {
    const answer = await own(`${BASE}/~/${what}`, { method: 'POST', body: JSON.stringify(value), credentials: 'omit', cache: 'no-store' });
    return answer.json();
  };
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const base64 = (buffer) => {
    const bytes = new Uint8Array(buffer);
    let text = '';
    for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
    return btoa(text);
  };
  const unhex = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
  const part = (value) => (typeof value === 'string' ? new TextEncoder().encode(value) : unhex(value.hex));
  const body = (value) => {
    if (typeof value === 'string') return value;
    if ('hex' in value) return unhex(value.hex).buffer;
    if (value.urlencoded) return new URLSearchParams(value.urlencoded);
    if (value.form) {
      const form = new FormData();
      for (const [name, text] of Object.entries(value.form)) form.append(name, text);
      return form;
    }
    if (value.blob) {
      const text = value.blob.text;
      return new Blob([typeof text === 'string' ? text : unhex(text.hex)], { type: value.blob.type });
    }
    const chunks = value.stream.map(part);
    return new ReadableStream({
      pull(controller) {
        if (chunks.length) controller.enqueue(chunks.shift());
        else controller.close();
      },
    });
  };
  const failed = (error) => ({ type: 'error', name: String((error && error.name) || error) });

  const viaFetch = async (request) => {
    const init = {};
    for (const key of ['method', 'mode', 'credentials', 'redirect', 'referrer', 'cache', 'integrity', 'headers']) {
      if (request[key] !== undefined) init[key] = request[key];
    }
    if (request.referrer_policy !== undefined) init.referrerPolicy = request.referrer_policy;
    if (request.body !== undefined) {
      init.body = body(request.body);
      if (request.body.stream) init.duplex = 'half';
    }
    const response = await own(request.url, init);
    const outcome = {
      type: response.type === 'default' ? 'basic' : response.type,
      status: response.status,
      statusText: response.statusText,
      headers: [...response.headers],
      redirected: response.redirected,
      url: response.url,
      body: '',
    };
    // The body of an opaque response is null, and reads as empty.
    try {
      outcome.body = base64(await response.arrayBuffer());
    } catch (error) {
      outcome.name = `body: ${error.name}`;
    }
    return outcome;
  };

  const viaXhr = (request) =>
    new Promise((done) => {
      const xhr = new XMLHttpRequest();
      xhr.open(request.method || 'GET', request.url);
      xhr.responseType = 'arraybuffer';
      xhr.withCredentials = request.credentials === 'include';
      for (const [name, value] of request.headers || []) xhr.setRequestHeader(name, value);
      if (request.upload_listener) xhr.upload.addEventListener('progress', () => {});
      // All that the page can read, after an error too: each line is a name, a colon, a space and a value, which is not trimmed.
      const facets = () => ({
        status: xhr.status,
        statusText: xhr.statusText,
        headers: (xhr.getAllResponseHeaders() || '')
          .split('\r\n')
          .filter(Boolean)
          .map((line) => {
            const colon = line.indexOf(':');
            return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
          }),
        url: xhr.responseURL,
        body: base64(xhr.response || new ArrayBuffer(0)),
      });
      xhr.onerror = () => done({ type: 'error', name: 'NetworkError', ...facets() });
      xhr.onload = () => {
        let same = false;
        try {
          const url = new URL(xhr.responseURL || request.url);
          same = url.origin === self.origin || url.protocol === 'data:';
        } catch {}
        done({ type: same ? 'basic' : 'cors', ...facets() });
      };
      xhr.send(request.body === undefined ? null : body(request.body));
    });

  const viaElement = (name, request) =>
    new Promise((done) => {
      const element = document.createElement(name);
      if (request.mode === 'cors') element.crossOrigin = request.credentials === 'include' ? 'use-credentials' : 'anonymous';
      if (request.referrer_policy !== undefined) element.referrerPolicy = request.referrer_policy;
      if (request.integrity !== undefined) element.integrity = request.integrity;
      const end = (outcome) => {
        element.remove();
        done(outcome);
      };
      element.onload = () => end({ type: request.mode === 'cors' ? 'cors' : 'opaque' });
      element.onerror = () => end({ type: 'error', name: 'Event' });
      element.src = request.url;
      document.documentElement.appendChild(element);
    });

  // Forms and navigations target a new window, because http in a frame of an https page is mixed content. Where the page cannot open
  // a window, as in a sandbox, they target a frame. Only their requests are judged: the page waits until all of them have arrived.
  let windows = 0;
  let patience = 0;
  const inNewWindow = async (send, leg) => {
    const name = `w${leg.n}-${windows++}`;
    let close;
    let opened = null;
    try {
      opened = window.open('about:blank', name);
    } catch {
      // In a sandbox, some engines throw where others return null.
    }
    // The location of a document of another origin is not readable.
    const isThere = () => {
      try {
        return opened.location.href !== 'about:blank';
      } catch {
        return true;
      }
    };
    if (opened) close = () => opened.close();
    else {
      const frame = document.createElement('iframe');
      frame.name = name;
      document.documentElement.appendChild(frame);
      close = () => frame.remove();
    }
    send(name);
    // Ends well before the harness treats the page itself as hung, however slow the machine is.
    for (const end = Date.now() + patience; Date.now() < end; ) {
      await sleep(50);
      if ((await post('complete', { page: PAGE, n: leg.n, leg: leg.leg })).complete) break;
    }
    // Closing a window between its request and its document may also end the process of this page.
    for (let i = 0; opened && i < 40 && !isThere(); i++) await sleep(50);
    close();
    return { type: 'opaque' };
  };

  const viaForm = (request, leg) =>
    inNewWindow((target) => {
      const meta = document.createElement('meta');
      meta.name = 'referrer';
      meta.content = request.referrer_policy || '';
      if (request.referrer_policy) document.head.appendChild(meta);
      const form = document.createElement('form');
      form.method = request.method || 'GET';
      form.action = request.url;
      form.target = target;
      let fields = {};
      const value = request.body;
      if (value && value.urlencoded) fields = value.urlencoded;
      else if (value && value.form) {
        fields = value.form;
        form.enctype = 'multipart/form-data';
      } else if (typeof value === 'string') {
        // In text/plain, a field with an empty value is sent as `name=`: the only way for a form to send a plain text.
        form.enctype = 'text/plain';
        const at = value.indexOf('=');
        fields = at < 0 ? { [value]: '' } : { [value.slice(0, at)]: value.slice(at + 1).replace(/\r\n$/, '') };
      }
      for (const [name, text] of Object.entries(fields)) {
        const input = document.createElement('input');
        input.type = 'hidden';
        input.name = name;
        input.value = text;
        form.appendChild(input);
      }
      document.documentElement.appendChild(form);
      form.submit();
      form.remove();
      meta.remove();
    }, leg);

  const viaNavigate = (request, leg) =>
    request.method && request.method.toUpperCase() !== 'GET'
      ? viaForm(request, leg)
      : inNewWindow((target) => {
          const link = document.createElement('a');
          link.href = request.url;
          link.target = target;
          if (request.referrer_policy !== undefined) link.referrerPolicy = request.referrer_policy;
          document.documentElement.appendChild(link);
          link.click();
          link.remove();
        }, leg);

  const viaWebSocket = (request) =>
    new Promise((done) => {
      const socket = new WebSocket(request.url.replace(/^http/i, 'ws'));
      socket.onopen = () => {
        done({ type: 'basic' });
        socket.close();
      };
      socket.onerror = () => done({ type: 'error', name: 'Event' });
    });

  const run = async (leg) => {
    const { request } = leg;
    try {
      switch (request.via || (request.upload_listener ? 'xhr' : 'fetch')) {
        case 'xhr':
          return await viaXhr(request);
        case 'img':
        case 'script':
          return await viaElement(request.via, request);
        case 'form':
          return await viaForm(request, leg);
        case 'navigate':
          return await viaNavigate(request, leg);
        case 'websocket':
          return await viaWebSocket(request);
        default:
          return await viaFetch(request);
      }
    } catch (error) {
      return failed(error);
    }
  };

  const runFetch = async (leg, limit) => {
    const hung = sleep(limit).then(() => ({ type: 'error', name: 'Timeout', hung: true }));
    const outcome = await Promise.race([run(leg), hung]);
    if (leg.control && outcome.type === 'error') {
      outcome.control = await own(leg.control, { mode: 'no-cors', cache: 'no-store' }).then(
        () => true,
        () => false,
      );
    }
    return (await post('result', { page: PAGE, n: leg.n, leg: leg.leg, outcome })).leg;
  };

  // A case that has to wait frees its worker for the other cases.
  const waiting = [];
  const follow = async (leg, limit) => {
    while (leg) {
      if (leg.wait > 0) {
        const later = leg;
        waiting.push(sleep(later.wait).then(() => follow({ ...later, wait: 0 }, limit)));
        return;
      }
      leg = await runFetch(leg, limit);
    }
  };
  const worker = async (legs, limit) => {
    for (let leg = legs.shift(); leg; leg = legs.shift()) await follow(leg, limit);
  };

  if (document.readyState === 'loading') await new Promise((done) => addEventListener('DOMContentLoaded', done));
  const { legs, lanes, limit } = await post('legs', { page: PAGE });
  patience = limit / 2;
  await Promise.all(Array.from({ length: lanes }, () => worker(legs, limit)));
  while (waiting.length) await waiting.shift();
  const { url } = await post('next', { page: PAGE });
  if (FRAMED) parent.postMessage({ go: url }, '*');
  else location.replace(url);
})();
