"""FastAPI with a CORS middleware. Crosscheck starts this program once per policy."""

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import PlainTextResponse, RedirectResponse

from contract import HOST, POLICY, PORT, answer, refuse


def options(policy: dict) -> dict:
    """The policy, as the arguments of the middleware."""
    origins = policy["origins"]
    chosen = {
        "allow_methods": ["*"] if policy["methods"] == "any" else policy["methods"],
        "allow_headers": ["*"] if policy["headers"] == "any" else policy["headers"],
        "expose_headers": policy["expose"],
        "allow_credentials": policy["credentials"],
    }
    if origins.get("regex"):
        chosen["allow_origin_regex"] = "|".join(origins["regex"])
    else:
        chosen["allow_origins"] = ["*"] if origins.get("any") else origins["list"]
    if policy["max_age"] is not None:
        chosen["max_age"] = policy["max_age"]
    if policy["private_network"]:
        chosen["allow_private_network"] = True
    return chosen


class Endpoint:
    """The application. A class gets the requests of every method."""

    async def __call__(self, scope, receive, send):
        request = Request(scope, receive)
        reply = answer(request.method, request.url.path, request.headers.get("authorization"))
        if reply.throw:
            raise RuntimeError("the handler failed")
        if reply.missing:
            raise HTTPException(404)
        response = RedirectResponse(reply.redirect, 302) if reply.redirect else PlainTextResponse(reply.body, reply.status)
        for name, value in reply.headers:
            response.headers.append(name, value)
        await response(scope, receive, send)


app = FastAPI(openapi_url=None)
app.router.add_route("/{path:path}", Endpoint())
# Put your own middleware here, in place of CORSMiddleware.
app.add_middleware(CORSMiddleware, **options(POLICY))
try:
    # Creates the middleware now, and not at the first request.
    app.middleware_stack = app.build_middleware_stack()
except Exception as error:
    refuse(error)
uvicorn.run(app, host=HOST, port=PORT, http="h11", lifespan="off", log_level="critical")
