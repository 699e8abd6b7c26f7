"""flask-cors: one application per policy. The extension covers the whole application, with options per resource if the policy has routes."""

import logging
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common" / "python"))

import collections
import collections.abc
import importlib.metadata
import re
import threading

from flask import Flask, Response, redirect, request
from flask_cors import CORS
from werkzeug.routing import PathConverter
from werkzeug.serving import WSGIRequestHandler, make_server

from subject import answer, serve


# Releases before 3 import it from where it was until Python 3.10. One of them uses an attribute that applications had until Flask 1.
collections.Iterable = collections.abc.Iterable
Flask.logger_name = property(lambda app: app.name)

VERSION = [int(part) for part in importlib.metadata.version("flask-cors").split(".")]
# The names of one option since 1.10.2 and before.
ALLOW_HEADERS = "allow_headers" if VERSION >= [1, 10, 2] else "headers"

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "PROPFIND"]


class AllButMissing(PathConverter):
    regex = "(?!missing/?$)[^/].*?"


def view(path=""):
    reply = answer(request.method, request.path, request.headers.get("Authorization"))
    if reply.throw:
        raise RuntimeError("the handler failed")
    response = redirect(reply.redirect) if reply.redirect else Response(reply.body, reply.status, mimetype="text/plain")
    for name, value in reply.headers:
        response.headers.add(name, value)
    return response


def header(name):
    """A name, or a pattern as the expression that the library takes in its place."""
    return re.escape(name).replace(r"\*", ".*") if "*" in name else name


def options(policy):
    origins = policy["origins"]
    chosen = {
        "origins": "*" if origins.get("any") else origins.get("regex") or origins["list"],
        "methods": policy["methods"],
        ALLOW_HEADERS: "*" if policy["headers"] == "any" else [header(name) for name in policy["headers"]],
        "expose_headers": policy["expose"],
        "supports_credentials": policy["credentials"],
        "allow_private_network": policy["private_network"],
    }
    if policy["max_age"] is not None:
        chosen["max_age"] = policy["max_age"]
    return chosen


def application(name, policy):
    app = Flask(name)
    app.url_map.converters["routed"] = AllButMissing
    # Flask responds to OPTIONS, except for one path.
    for path in "/", "/<routed:path>":
        app.add_url_rule(path, view_func=view, methods=METHODS)
    app.add_url_rule("/options", endpoint="options", view_func=view, methods=[*METHODS, "OPTIONS"])
    if policy is None:
        CORS(app)
    elif policy["routes"]:
        own = {route["path"]: options(route["policy"]) for route in policy["routes"] if route["policy"]}
        off = "|".join(re.escape(route["path"]) + "$" for route in policy["routes"] if not route["policy"])
        CORS(app, resources={**own, f"(?!{off})/.*" if off else "/.*": options(policy)})
    else:
        CORS(app, **options(policy))
    return app


class Handler(WSGIRequestHandler):
    """The handler of the development server, without a log line per request."""

    def log(self, *_):
        pass


async def listen(app):
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


# Suppresses the tracebacks of /throw.
logging.disable(logging.CRITICAL)
serve("flask-cors", application, listen)
