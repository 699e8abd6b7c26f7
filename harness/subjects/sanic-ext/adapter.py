"""sanic-ext: one application per policy, with a decorator per route where the policy has routes."""

import logging
import re
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common" / "python"))

from sanic import Sanic
from sanic.exceptions import NotFound
from sanic.response import redirect, text
from sanic_ext import Extend, cors

from subject import answer, bound, serve

# Before 22.9, several origins are one string; each of its parts is an expression.
ORIGINS_ARE_TEXT = "--origins-as-text" in sys.argv
# Its router supports no others.
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]


async def handler(request, path=""):
    reply = answer(request.method, request.path, request.headers.get("authorization"))
    if reply.missing:
        # Raised as by its router, because the rule for the rest matches every path.
        raise NotFound(f"Requested URL {request.path} not found")
    if reply.throw:
        raise RuntimeError("the handler failed")
    response = redirect(reply.redirect) if reply.redirect else text(reply.body, reply.status)
    for name, value in reply.headers:
        response.headers.add(name, value)
    return response


def options(policy):
    """A policy as settings. All but one have the names of the decorator's arguments."""
    origins, any_or_list = policy["origins"], lambda names: "*" if names == "any" else names
    several = [re.compile(text) for text in origins.get("regex", [])] or origins.get("list", [])
    if ORIGINS_ARE_TEXT:
        several = ",".join(origins.get("regex", several))
    chosen = {
        "origins": "*" if origins.get("any") else several,
        "methods": any_or_list(policy["methods"]),
        "allow_headers": any_or_list(policy["headers"]),
        "expose_headers": any_or_list(policy["expose"]),
        "supports_credentials": policy["credentials"],
    }
    if policy["max_age"] is not None:
        chosen["max_age"] = policy["max_age"]
    return chosen


def decorated(policy):
    # Without an origin nothing is shared, as in an application that sets none.
    chosen = options(policy) if policy else {"origins": "", "methods": ""}
    chosen["origin"], chosen["allow_methods"] = chosen.pop("origins"), chosen.pop("methods")

    async def own(request):
        return await handler(request)

    return cors(**chosen)(own)


def application(name, policy):
    app = Sanic(f"policy-{name}", configure_logging=False)
    # It rewrites methods of its classes for one application and fails for a second one.
    app.config.TOUCHUP = False
    if policy is not None:
        app.config.update({f"CORS_{name.upper()}": value for name, value in options(policy).items()})
    Extend(app)
    for number, route in enumerate(policy["routes"] if policy else []):
        app.add_route(decorated(route["policy"]), route["path"], methods=METHODS, name=f"own{number}")
    # The extension responds to OPTIONS, except for one path.
    app.add_route(handler, "/options", methods=[*METHODS, "OPTIONS"], name="options")
    app.add_route(handler, "/", methods=METHODS, name="root")
    app.add_route(handler, "/<path:path>", methods=METHODS, name="rest")
    return app


async def listen(app):
    listener = bound()
    server = await app.create_server(sock=listener, return_asyncio_server=True, access_log=False)
    await server.startup()
    # Runs the extension's start step, which adds the settings and OPTIONS to every route.
    await server.before_start()
    await server.start_serving()
    await server.after_start()
    return listener.getsockname()[1]


# Suppresses the tracebacks of /throw.
logging.disable(logging.CRITICAL)
serve("sanic-ext", application, listen)
