"""quart-cors: one application per policy, with a decorator per route where the policy has routes."""

import logging
import re
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common" / "python"))

import quart_cors
from quart import Quart, Response, redirect, request
from quart_cors import cors, route_cors
from werkzeug.routing import PathConverter

from asgi import listen
from subject import answer, serve


METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "PROPFIND"]


class AllButMissing(PathConverter):
    regex = "(?!missing/?$)[^/].*?"


def view_of():
    # The library marks functions, so each route has its own function.
    async def view(path=""):
        reply = answer(request.method, request.path, request.headers.get("Authorization"))
        if reply.throw:
            raise RuntimeError("the handler failed")
        response = redirect(reply.redirect) if reply.redirect else Response(reply.body, reply.status, mimetype="text/plain")
        for name, value in reply.headers:
            response.headers.add(name, value)
        return response

    return view


def options(policy):
    origins, any_or_list = policy["origins"], lambda names: ["*"] if names == "any" else names
    patterns = [re.compile(text) for text in origins.get("regex", [])]
    return {
        "allow_origin": ["*"] if origins.get("any") else patterns or origins["list"],
        "allow_methods": any_or_list(policy["methods"]),
        "allow_headers": any_or_list(policy["headers"]),
        "expose_headers": any_or_list(policy["expose"]),
        "allow_credentials": policy["credentials"],
        "max_age": policy["max_age"],
    }


def application(name, policy):
    app = Quart(name)
    app.url_map.converters["routed"] = AllButMissing

    # Quart responds to OPTIONS, except for one path.
    def route(path, view, methods=METHODS):
        app.add_url_rule(path, endpoint=path, view_func=view, methods=methods)

    for path in "/", "/<routed:path>":
        route(path, view_of())
    route("/options", view_of(), [*METHODS, "OPTIONS"])
    if policy is None:
        return cors(app)
    for own in policy["routes"]:
        # Exempt from the application's policy, and with its own policy if it has one.
        view = view_of()
        if own["policy"]:
            view = route_cors(**options(own["policy"]))(view)
        # Releases without it get no policies with routes.
        route(own["path"], quart_cors.cors_exempt(view))
    return cors(app, **options(policy))


# Suppresses the tracebacks of /throw.
logging.disable(logging.CRITICAL)
serve("quart-cors", application, listen)
