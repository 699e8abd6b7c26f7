"""Falcon's CORSMiddleware: one application per policy. The methods are those of the resources' responders, as documented."""

import logging
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common" / "python"))

import asyncio.coroutines

# Releases before 3.1 use it from where it was until Python 3.11.
asyncio.coroutines.CoroWrapper = type("CoroWrapper", (), {})

import falcon
import falcon.asgi
from falcon.routing.converters import BaseConverter

from asgi import listen
from subject import answer, serve



class AllButMissing(BaseConverter):
    CONSUME_MULTIPLE_SEGMENTS = True

    def convert(self, value):
        path = "/".join(value)
        return None if path == "missing" else path


def resources(methods):
    async def respond(self, request, response, path=""):
        reply = answer(request.method, request.path, request.get_header("Authorization"))
        if reply.throw:
            raise RuntimeError("the handler failed")
        for name, value in reply.headers:
            response.append_header(name, value)
        if request.method == "OPTIONS":
            # Documented: a custom responder names the methods for the middleware.
            response.set_header("Allow", ", ".join(methods))
        if reply.redirect:
            # The framework's own redirect would drop the headers above.
            response.status, response.location = falcon.HTTP_302, reply.redirect
            return
        response.status, response.text, response.content_type = reply.status, reply.body, "text/plain"

    def resource(responders):
        return type("Resource", (), {f"on_{method.lower()}": respond for method in responders})()

    # Falcon responds to OPTIONS, except for one path.
    return resource([method for method in methods if method != "OPTIONS"]), resource([*methods, "OPTIONS"])


def application(name, policy):
    if policy is None:
        methods, chosen = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"], {}
    else:
        origins, methods, credentials = policy["origins"], policy["methods"], policy["credentials"]
        chosen = {
            "allow_origins": "*" if origins.get("any") else origins["list"],
            "expose_headers": policy["expose"],
            "allow_credentials": credentials["list"] if isinstance(credentials, dict) else "*" if credentials else None,
        }
        if policy["private_network"]:
            # Older releases do not have it.
            chosen["allow_private_network"] = True
    app = falcon.asgi.App(middleware=falcon.CORSMiddleware(**chosen))
    app.router_options.converters["routed"] = AllButMissing
    usual, with_options = resources(methods)
    app.add_route("/", usual)
    app.add_route("/{path:routed}", usual)
    app.add_route("/options", with_options)
    return app


# Suppresses the tracebacks of /throw.
logging.disable(logging.CRITICAL)
serve("falcon", application, listen)
