"""A server with CORS in Python's standard library, started once per policy: see "Process mode" in the reference of `subject.yaml`."""
import json, os, re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

policy = json.loads(os.environ["CROSSCHECK_POLICY"])
allowed = policy["origins"]["list"]


class Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A response is one write.
    wbufsize = -1

    def cors(self):
        """The code under test: the headers of a response, and whether the request is a preflight."""
        origin = self.headers.get("Origin")
        headers = [("Vary", "Origin")]
        preflight = self.command == "OPTIONS" and origin and self.headers.get("Access-Control-Request-Method")
        if origin in allowed:
            headers.append(("Access-Control-Allow-Origin", origin))
            if policy["credentials"]:
                headers.append(("Access-Control-Allow-Credentials", "true"))
            if preflight:
                headers.append(("Access-Control-Allow-Methods", ", ".join(policy["methods"])))
                headers.append(("Access-Control-Allow-Headers", ", ".join(policy["headers"])))
            elif policy["expose"]:
                headers.append(("Access-Control-Expose-Headers", ", ".join(policy["expose"])))
        return headers, preflight

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers, preflight = self.cors()
        status, own = (204, []) if preflight else self.application()
        body = b"" if status == 204 else b"ok"
        self.send_response(status)
        replaced = [name for name, _ in own if name != "Vary"]
        for name, value in [(name, value) for name, value in headers if name not in replaced] + own:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def application(self):
        """The application contract of Crosscheck."""
        path = self.path.split("?")[0]
        is_cached = path == "/cached" or path.startswith("/cached/")
        path = path.removeprefix("/cached") or "/" if is_cached else path
        if path in ("/missing", "/throw"):
            return (404 if path == "/missing" else 500), []
        own = [("X-Hit", "1"), ("X-Two", "v")]
        own.append(("Cache-Control", "public, max-age=60") if is_cached else ("Set-Cookie", "s=1; Path=/"))
        if path == "/auth" and "Authorization" not in self.headers:
            return 401, own
        if path == "/redirect":
            return 302, own + [("Location", "/")]
        if path == "/vary":
            own.append(("Vary", "Accept-Encoding"))
        if path == "/acao":
            own.append(("Access-Control-Allow-Origin", "https://own.example"))
        named = re.fullmatch(r"/status/([0-9]{3})", path)
        return int(named[1]) if named else 299 if (path, self.command) == ("/options", "OPTIONS") else 200, own

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def log_message(self, *_):
        """Prints nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Application).serve_forever()
