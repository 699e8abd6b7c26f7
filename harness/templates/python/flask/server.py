"""Flask with flask-cors. Crosscheck starts this program once per policy."""

import logging

from flask import Flask, Response, redirect, request
from flask_cors import CORS
from werkzeug.routing import PathConverter
from werkzeug.serving import WSGIRequestHandler, run_simple

from contract import HOST, POLICY, PORT, answer, refuse

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "PROPFIND"]


def options(policy: dict) -> dict:
    """The policy, as the arguments of the extension."""
    origins = policy["origins"]
    chosen = {
        "origins": "*" if origins.get("any") else origins.get("regex") or origins["list"],
        "methods": policy["methods"],
        "allow_headers": "*" if policy["headers"] == "any" else policy["headers"],
        "expose_headers": policy["expose"],
        "supports_credentials": policy["credentials"],
        "allow_private_network": policy["private_network"],
    }
    if policy["max_age"] is not None:
        chosen["max_age"] = policy["max_age"]
    return chosen


class Routed(PathConverter):
    """Every path but one."""

    regex = "(?!missing/?$)[^/].*?"


def view(path=""):
    """The application."""
    reply = answer(request.method, request.path, request.headers.get("Authorization"))
    if reply.throw:
        raise RuntimeError("the handler failed")
    response = redirect(reply.redirect) if reply.redirect else Response(reply.body, reply.status, mimetype="text/plain")
    for name, value in reply.headers:
        response.headers.add(name, value)
    return response


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"


app = Flask(__name__)
app.url_map.converters["routed"] = Routed
# Flask itself answers OPTIONS, except for one path.
for path in "/", "/<routed:path>":
    app.add_url_rule(path, view_func=view, methods=METHODS)
app.add_url_rule("/options", endpoint="options", view_func=view, methods=[*METHODS, "OPTIONS"])
try:
    # Put your own extension here, in place of CORS.
    CORS(app, **options(POLICY))
except Exception as error:
    refuse(error)
logging.disable(logging.CRITICAL)
run_simple(HOST, PORT, app, threaded=True, request_handler=Handler)
