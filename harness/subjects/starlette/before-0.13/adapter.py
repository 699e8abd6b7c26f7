"""Starlette before 0.13, whose middleware and routes are added to an existing application."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "common" / "python"))

from starlette.applications import Starlette
from starlette.convertors import CONVERTOR_TYPES, PathConvertor
from starlette.endpoints import HTTPEndpoint
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse, RedirectResponse

from asgi import listen
from subject import answer, serve



class AllButMissing(PathConvertor):
    # With a slash too, otherwise the router redirects there.
    regex = "(?!missing/?$).*"


CONVERTOR_TYPES["routed"] = AllButMissing()


async def respond(self, request):
    reply = answer(request.method, request.url.path, request.headers.get("authorization"))
    if reply.throw:
        raise RuntimeError("the handler failed")
    response = RedirectResponse(reply.redirect, 302) if reply.redirect else PlainTextResponse(reply.body, reply.status)
    for name, value in reply.headers:
        response.raw_headers.append((name.lower().encode(), value.encode()))
    return response


# It supports the methods for which it has a function.
METHODS = ["get", "head", "post", "put", "delete", "patch", "options", "propfind"]
Endpoint = type("Endpoint", (HTTPEndpoint,), {method: respond for method in METHODS})


def options(policy):
    origins, any_or_list = policy["origins"], lambda names: ["*"] if names == "any" else names
    chosen = {
        "allow_methods": any_or_list(policy["methods"]),
        "allow_headers": any_or_list(policy["headers"]),
        "expose_headers": policy["expose"],
        "allow_credentials": policy["credentials"],
    }
    if origins.get("regex"):
        # It accepts one pattern only, so two patterns become one alternation.
        chosen["allow_origin_regex"] = "|".join(origins["regex"])
    else:
        chosen["allow_origins"] = ["*"] if origins.get("any") else origins["list"]
    if policy["max_age"] is not None:
        chosen["max_age"] = policy["max_age"]
    return chosen


def application(name, policy):
    app = Starlette()
    app.add_route("/{path:routed}", Endpoint)
    if name == "defaults":
        app.add_middleware(CORSMiddleware)
    elif name == "docs":
        app.add_middleware(CORSMiddleware, allow_origins=["*"])
    else:
        app.add_middleware(CORSMiddleware, **options(policy))
    return app


serve("starlette", application, listen)
