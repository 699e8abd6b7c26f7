"""Litestar's CORSConfig: one application per policy."""

import logging
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common" / "python"))

from litestar import Litestar, Request, Response, asgi
from litestar.config.cors import CORSConfig
from litestar.exceptions import NotFoundException
from litestar.response import Redirect
from litestar.types import Receive, Scope, Send

from asgi import listen
from subject import answer, serve



def respond(request: Request) -> Response:
    # A mounted handler gets the rest of the path only, which is none.
    said = answer(request.method, request.scope["raw_path"].decode(), request.headers.get("authorization"))
    if said.missing:
        # What its router raises: a mounted handler takes every path.
        raise NotFoundException()
    if said.throw:
        raise RuntimeError("the handler failed")
    if said.redirect:
        response = Redirect(said.redirect, status_code=302)
    else:
        response = Response(said.body or None, status_code=said.status, media_type="text/plain")
    response.headers.update(said.headers)
    return response


@asgi("/", is_mount=True)
async def handler(scope: Scope, receive: Receive, send: Send) -> None:
    # A handler of this kind takes every method.
    request = Request(scope, receive, send)
    await respond(request).to_asgi_response(app=None, request=request)(scope, receive, send)


def under(entry):
    port = "" if entry["port"] is None else f":{entry['port']}"
    return f"{entry['scheme']}://*.{entry['host']}{port}"


def application(name, policy):
    if policy is None:
        return Litestar(route_handlers=[handler], cors_config=CORSConfig())
    origins, any_or_list = policy["origins"], lambda names: ["*"] if names == "any" else names
    listed = [*origins.get("list", []), *map(under, origins.get("under", []))]
    chosen = {
        "allow_origins": ["*"] if origins.get("any") else listed,
        "allow_methods": any_or_list(policy["methods"]),
        "allow_headers": any_or_list(policy["headers"]),
        "expose_headers": policy["expose"],
        "allow_credentials": policy["credentials"],
    }
    if origins.get("regex"):
        # It takes one pattern only; an alternative is how it takes two.
        chosen["allow_origin_regex"] = "|".join(origins["regex"])
    if policy["max_age"] is not None:
        chosen["max_age"] = policy["max_age"]
    return Litestar(route_handlers=[handler], cors_config=CORSConfig(**chosen))


# The tracebacks of /throw are of no use.
logging.disable(logging.CRITICAL)
serve("litestar", application, listen)
