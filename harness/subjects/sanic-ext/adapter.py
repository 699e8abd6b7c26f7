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

# Before 22.9 several origins are one text, of which each part is an expression.
ORIGINS_ARE_TEXT = "--origins-as-text" in sys.argv
# Its router knows no others.
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]


async def handler(request, path=""):
    said = answer(request.method, request.path, request.headers.get("authorization"))
    if said.missing:
        # What its router raises: the rule of the rest takes every path.
        raise NotFound(f"Requested URL {request.path} not found")
    if said.throw:
        raise RuntimeError("the handler failed")
    response = redirect(said.redirect) if said.redirect else text(said.body, said.status)
    for name, value in said.headers:
        response.headers.add(name, value)
    return response


def options(policy):
    """A policy as the settings, which have the names of the decorator's arguments but for one."""
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
    # Without an origin, as an application that sets none: nothing is shared.
    chosen = options(policy) if policy else {"origins": "", "methods": ""}
    chosen["origin"], chosen["allow_methods"] = chosen.pop("origins"), chosen.pop("methods")

    async def own(request):
        return await handler(request)

    return cors(**chosen)(own)


def application(name, policy):
    app = Sanic(f"policy-{name}", configure_logging=False)
    # It rewrites the methods of its classes for one application, and fails for a second one.
    app.config.TOUCHUP = False
    if policy is not None:
        app.config.update({f"CORS_{name.upper()}": value for name, value in options(policy).items()})
    Extend(app)
    for number, route in enumerate(policy["routes"] if policy else []):
        app.add_route(decorated(route["policy"]), route["path"], methods=METHODS, name=f"own{number}")
    # OPTIONS is the extension's to answer, but for one path.
    app.add_route(handler, "/options", methods=[*METHODS, "OPTIONS"], name="options")
    app.add_route(handler, "/", methods=METHODS, name="root")
    app.add_route(handler, "/<path:path>", methods=METHODS, name="rest")
    return app


async def listen(app):
    listener = bound()
    server = await app.create_server(sock=listener, return_asyncio_server=True, access_log=False)
    await server.startup()
    # What the extension does before it starts: it puts the settings and its OPTIONS on every route.
    await server.before_start()
    await server.start_serving()
    await server.after_start()
    return listener.getsockname()[1]


# The tracebacks of /throw are of no use.
logging.disable(logging.CRITICAL)
serve("sanic-ext", application, listen)
