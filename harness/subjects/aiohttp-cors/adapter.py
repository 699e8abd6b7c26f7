"""aiohttp-cors: one application per policy, with options on each resource."""

import logging
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common" / "python"))

import aiohttp_cors
from aiohttp import web

from subject import answer, bound, serve

# The library rejects a resource with a route for all methods, and registers OPTIONS itself.
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "PROPFIND"]


async def handler(request):
    reply = answer(request.method, request.path, request.headers.get("Authorization"))
    if reply.throw:
        raise RuntimeError("the handler failed")
    if reply.redirect:
        raise web.HTTPFound(reply.redirect, headers=reply.headers)
    return web.Response(text=reply.body, status=reply.status, headers=reply.headers)


def options(policy):
    any_or_list = lambda names: "*" if names == "any" else names
    credentials = policy["credentials"]
    some = [] if isinstance(credentials, bool) else credentials["list"]

    def of(origin):
        return aiohttp_cors.ResourceOptions(
            allow_credentials=origin in some or credentials is True,
            expose_headers=any_or_list(policy["expose"]),
            allow_headers=any_or_list(policy["headers"]),
            allow_methods=any_or_list(policy["methods"]),
            max_age=policy["max_age"],
        )

    origins = ["*", *some] if policy["origins"].get("any") else policy["origins"]["list"]
    return {origin: of(origin) for origin in origins}


def application(name, policy):
    app = web.Application()
    cors = aiohttp_cors.setup(app)

    def resource(path, config, own=None):
        """Adds a resource; `own` has the options of the methods that have some of their own, None for a method without CORS."""
        added = app.router.add_resource(path)
        if config is None and not own:
            added.add_route("*", handler)
            return
        # Options of a resource are added to those of its routes: routes with their own need a resource without any.
        cors.add(added, {} if own else config)
        for method in METHODS:
            route = added.add_route(method, handler)
            if own:
                chosen = own.get(method, own.get("GET", config) if method == "HEAD" else config)
                cors.add(route, chosen or {})

    rest = r"/{path:(?!missing/?$).*}"
    if name == "docs":
        resource(rest, {"*": aiohttp_cors.ResourceOptions(allow_credentials=True, expose_headers="*", allow_headers="*")})
    elif policy is None:
        # The defaults allow no origin.
        resource(rest, {})
    else:
        for path in dict.fromkeys(route["path"] for route in policy["routes"]):
            config, own = options(policy), {}
            for route in (route for route in policy["routes"] if route["path"] == path):
                chosen = options(route["policy"]) if route["policy"] else None
                if "methods" in route:
                    own.update((method, chosen) for method in route["methods"])
                else:
                    config = chosen
            resource(path, config, own)
        resource(rest, options(policy))
    return app


async def listen(app):
    listener = bound()
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    return listener.getsockname()[1]


# Suppresses the tracebacks of /throw.
logging.disable(logging.CRITICAL)
serve("aiohttp-cors", application, listen)
