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
    # A mounted handler gets only the rest of the path, which is empty.
    reply = answer(request.method, request.scope["raw_path"].decode(), request.headers.get("authorization"))
    if reply.missing:
        # Raised as by its router, because a mounted handler serves every path.
        raise NotFoundException()
    if reply.throw:
        raise RuntimeError("the handler failed")
    if reply.redirect:
        response = Redirect(reply.redirect, status_code=302)
    else:
        response = Response(reply.body or None, status_code=reply.status, media_type="text/plain")
    response.headers.update(reply.headers)
    return response


@asgi("/", is_mount=True)
async def handler(scope: Scope, receive: Receive, send: Send) -> None:
    # This kind of handler accepts every method.
    request = Request(scope, receive, send)
    await respond(request).to_asgi_response(app=None, request=request)(scope, receive, send)


def under(entry):
    port = "" if entry["port"] is None else f":{entry['port']}"
    return f"{entry['scheme']}://*.{entry['host']}{port}"


def application(name, policy):
    if policy is None:
        return Litestar(route_handlers=[handler], cors_config=CORSConfig())
    origins, any_or_list = policy["origins"], lambda names: ["*"] if names == "any" else names
    listed = [*origins.get("list", []), *map(under, origins.get("under", [])), *origins.get("glob", [])]
    chosen = {
        "allow_origins": ["*"] if origins.get("any") else listed,
        "allow_methods": any_or_list(policy["methods"]),
        "allow_headers": any_or_list(policy["headers"]),
        "expose_headers": policy["expose"],
        "allow_credentials": policy["credentials"],
    }
    if origins.get("regex"):
        # It accepts one pattern only, so two patterns become one alternation.
        chosen["allow_origin_regex"] = "|".join(origins["regex"])
    if policy["max_age"] is not None:
        chosen["max_age"] = policy["max_age"]
    return Litestar(route_handlers=[handler], cors_config=CORSConfig(**chosen))


# Suppresses the tracebacks of /throw.
logging.disable(logging.CRITICAL)
serve("litestar", application, listen)
