"""Starlette's CORSMiddleware: one application per policy, the middleware where its documentation puts it."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common" / "python"))

from starlette.applications import Starlette
from starlette.convertors import CONVERTOR_TYPES, PathConvertor
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Mount, Route

from asgi import listen
from subject import answer, serve



class AllButMissing(PathConvertor):
    # With a slash too, otherwise the router redirects there.
    regex = "(?!missing/?$).*"


# The function that registers one is new in 0.19.
CONVERTOR_TYPES["routed"] = AllButMissing()


class Endpoint:
    """An ASGI application gets every method; a function would have to list them."""

    async def __call__(self, scope, receive, send):
        request = Request(scope, receive)
        reply = answer(request.method, request.url.path, request.headers.get("authorization"))
        if reply.throw:
            raise RuntimeError("the handler failed")
        response = RedirectResponse(reply.redirect, 302) if reply.redirect else PlainTextResponse(reply.body, reply.status)
        for name, value in reply.headers:
            response.headers.append(name, value)
        await response(scope, receive, send)


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
    if policy["private_network"]:
        # Older releases do not have it.
        chosen["allow_private_network"] = True
    return chosen


def middleware(policy):
    return [Middleware(CORSMiddleware, **options(policy))]


def application(name, policy):
    rest = [Route("/{path:routed}", Endpoint())]
    if name == "defaults":
        app = Starlette(routes=rest, middleware=[Middleware(CORSMiddleware)])
    elif name == "docs":
        app = Starlette(routes=rest, middleware=[Middleware(CORSMiddleware, allow_origins=["*"])])
    else:
        if policy["routes"]:
            own = [Route(r["path"], Endpoint(), middleware=r["policy"] and middleware(r["policy"])) for r in policy["routes"]]
            app = Starlette(routes=[*own, Mount("/", routes=rest, middleware=middleware(policy))])
        else:
            app = Starlette(routes=rest, middleware=middleware(policy))
    # Otherwise it builds its middleware at the first request, too late to report a refusal.
    app.middleware_stack = app.build_middleware_stack()
    return app


serve("starlette", application, listen)
