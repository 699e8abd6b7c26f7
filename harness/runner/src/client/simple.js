// The page for browsers without frames and windows, or without newer JavaScript: ES5, XMLHttpRequest for its own messages and in place
// of a missing fetch(). It reports what the browser has no interface for as unsupported.
// The server writes the variables PAGE and BASE (the origin of the harness; empty for the page's own origin) before this script.
(function () {
  'use strict';

  function post(what, value, then) {
    var xhr = new XMLHttpRequest();
    xhr.open('POST', BASE + '/~/' + what);
    xhr.onload = function () {
      then(JSON.parse(xhr.responseText));
    };
    xhr.send(JSON.stringify(value));
  }
  function base64(buffer) {
    var bytes = new Uint8Array(buffer);
    var text = '';
    for (var i = 0; i < bytes.length; i += 1) text += String.fromCharCode(bytes[i]);
    return btoa(text);
  }
  function unhex(hex) {
    var bytes = new Uint8Array(hex.length / 2);
    for (var i = 0; i < bytes.length; i += 1) bytes[i] = parseInt(hex.substr(2 * i, 2), 16);
    return bytes;
  }
  function failed(error) {
    return { type: 'error', name: String((error && error.name) || error) };
  }
  function unsupported(what) {
    return { type: 'error', unsupported: 'the browser has no ' + what };
  }
  function each(object, work) {
    for (var name in object) {
      if (Object.prototype.hasOwnProperty.call(object, name)) work(name, object[name]);
    }
  }
  function pairs(fields) {
    var parts = [];
    each(fields, function (name, value) {
      parts.push(form(name) + '=' + form(value));
    });
    return parts.join('&');
  }
  // A text in application/x-www-form-urlencoded.
  function form(text) {
    return encodeURIComponent(text)
      .replace(/[!'()~]/g, function (c) {
        return '%' + c.charCodeAt(0).toString(16).toUpperCase();
      })
      .replace(/%20/g, '+');
  }
  // The body for fetch() and XMLHttpRequest; undefined if the browser has no interface for it.
  function body(value) {
    if (typeof value === 'string') return value;
    if (value.hex !== undefined) return unhex(value.hex).buffer;
    if (value.urlencoded) {
      if (window.URLSearchParams) return new URLSearchParams(pairs(value.urlencoded));
      return undefined;
    }
    if (value.form) {
      if (!window.FormData) return undefined;
      var data = new FormData();
      each(value.form, function (name, text) {
        data.append(name, text);
      });
      return data;
    }
    if (value.blob) {
      var text = value.blob.text;
      try {
        return new Blob([typeof text === 'string' ? text : unhex(text.hex)], { type: value.blob.type });
      } catch (error) {
        return undefined;
      }
    }
    return undefined;
  }

  function viaFetch(request, done) {
    var init = {};
    ['method', 'mode', 'credentials', 'redirect', 'referrer', 'cache', 'integrity', 'headers'].forEach(function (key) {
      if (request[key] !== undefined) init[key] = request[key];
    });
    if (request.referrer_policy !== undefined) init.referrerPolicy = request.referrer_policy;
    if (request.body !== undefined) {
      init.body = body(request.body);
      if (init.body === undefined) return done(unsupported('such bodies'));
    }
    window.fetch(request.url, init).then(
      function (response) {
        var outcome = {
          type: response.type === 'default' ? 'basic' : response.type,
          status: response.status,
          statusText: response.statusText,
          headers: [],
          redirected: response.redirected,
          url: response.url,
          body: '',
        };
        response.headers.forEach(function (value, name) {
          outcome.headers.push([name, value]);
        });
        response.arrayBuffer().then(
          function (buffer) {
            outcome.body = base64(buffer);
            done(outcome);
          },
          function (error) {
            outcome.name = 'body: ' + error.name;
            done(outcome);
          }
        );
      },
      function (error) {
        done(failed(error));
      }
    );
  }

  // An XMLHttpRequest has no interface for these parts of a request.
  function isOfFetch(request) {
    var keys = ['redirect', 'referrer', 'referrer_policy', 'cache', 'integrity'];
    return (
      (request.mode !== undefined && request.mode !== 'cors') ||
      request.credentials === 'omit' ||
      keys.some(function (key) {
        return request[key] !== undefined;
      })
    );
  }

  function viaXhr(request, done) {
    var xhr = new XMLHttpRequest();
    var content = null;
    if (request.body !== undefined) {
      content = body(request.body);
      if (content === undefined) return done(unsupported('such bodies'));
    }
    xhr.open(request.method || 'GET', request.url);
    xhr.responseType = 'arraybuffer';
    xhr.withCredentials = request.credentials === 'include';
    (request.headers || []).forEach(function (header) {
      xhr.setRequestHeader(header[0], header[1]);
    });
    if (request.upload_listener) xhr.upload.addEventListener('progress', function () {});
    function end(type, name) {
      var lines = (xhr.getAllResponseHeaders() || '').split('\r\n');
      var url = xhr.responseURL || '';
      done({
        type: type,
        name: name,
        status: xhr.status,
        statusText: xhr.statusText,
        headers: lines
          .filter(function (line) {
            return line !== '';
          })
          .map(function (line) {
            var colon = line.indexOf(':');
            return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
          }),
        url: url,
        body: xhr.response ? base64(xhr.response) : '',
      });
    }
    xhr.onerror = function () {
      end('error', 'NetworkError');
    };
    xhr.onload = function () {
      var link = document.createElement('a');
      link.href = xhr.responseURL || request.url;
      var same = link.protocol === 'data:' || link.protocol + '//' + link.host === location.protocol + '//' + location.host;
      end(same ? 'basic' : 'cors', '');
    };
    xhr.send(content);
  }

  function viaElement(name, request, done) {
    var element = document.createElement(name);
    if (request.mode === 'cors') element.crossOrigin = request.credentials === 'include' ? 'use-credentials' : 'anonymous';
    if (request.referrer_policy !== undefined) element.referrerPolicy = request.referrer_policy;
    if (request.integrity !== undefined) element.integrity = request.integrity;
    function end(outcome) {
      if (element.parentNode) element.parentNode.removeChild(element);
      done(outcome);
    }
    element.onload = function () {
      end({ type: request.mode === 'cors' ? 'cors' : 'opaque' });
    };
    element.onerror = function () {
      end({ type: 'error', name: 'Event' });
    };
    element.src = request.url;
    document.documentElement.appendChild(element);
  }

  function viaWebSocket(request, done) {
    if (!window.WebSocket) return done(unsupported('WebSocket'));
    var socket = new WebSocket(request.url.replace(/^http/i, 'ws'));
    socket.onopen = function () {
      done({ type: 'basic' });
      socket.close();
    };
    socket.onerror = function () {
      done({ type: 'error', name: 'Event' });
    };
  }

  function run(leg, done) {
    var request = leg.request;
    try {
      switch (request.via || (request.upload_listener ? 'xhr' : 'fetch')) {
        case 'xhr':
          return viaXhr(request, done);
        case 'img':
        case 'script':
          return viaElement(request.via, request, done);
        case 'form':
        case 'navigate':
          return done(unsupported('windows for this page'));
        case 'websocket':
          return viaWebSocket(request, done);
        default:
          if (window.fetch) return viaFetch(request, done);
          if (isOfFetch(request)) return done(unsupported('fetch()'));
          return viaXhr(request, done);
      }
    } catch (error) {
      return done(failed(error));
    }
  }

  function runFetch(leg, limit, then) {
    var isOver = false;
    var timer = setTimeout(function () {
      end({ type: 'error', name: 'Timeout', hung: true });
    }, limit);
    function send(outcome) {
      post('result', { page: PAGE, n: leg.n, leg: leg.leg, outcome: outcome }, function (answer) {
        then(answer.leg);
      });
    }
    function end(outcome) {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (!leg.control || outcome.type !== 'error' || !window.fetch) return send(outcome);
      window.fetch(leg.control, { mode: 'no-cors', cache: 'no-store' }).then(
        function () {
          outcome.control = true;
          send(outcome);
        },
        function () {
          outcome.control = false;
          send(outcome);
        }
      );
    }
    run(leg, end);
  }

  // Runs the fetches, as many at a time as there are lanes; a fetch that waits frees its lane.
  function start(answer) {
    var legs = answer.legs;
    var open = 0;
    function isEnd() {
      if (open > 0 || legs.length > 0) return;
      post('next', { page: PAGE }, function (next) {
        location.replace(next.url);
      });
    }
    function follow(leg, then) {
      if (!leg) return then();
      if (leg.wait > 0) {
        open += 1;
        setTimeout(function () {
          leg.wait = 0;
          follow(leg, function () {
            open -= 1;
            isEnd();
          });
        }, leg.wait);
        return then();
      }
      runFetch(leg, answer.limit, function (next) {
        follow(next, then);
      });
    }
    function work() {
      var leg = legs.shift();
      if (!leg) {
        open -= 1;
        return isEnd();
      }
      follow(leg, work);
    }
    open = answer.lanes;
    for (var i = 0; i < answer.lanes; i += 1) work();
  }

  function begin() {
    post('legs', { page: PAGE }, start);
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin);
  else begin();
})();
