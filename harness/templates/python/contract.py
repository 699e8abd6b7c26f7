"""The application that Crosscheck expects behind the middleware, and what Crosscheck passes to the process. No change is needed here."""

import json
import os
import re
import sys
from dataclasses import dataclass, field
from typing import NoReturn, Optional

# The policy, as JSON, and the address to listen at.
POLICY = json.loads(os.environ["CROSSCHECK_POLICY"])
HOST, PORT = os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])


def refuse(error: BaseException) -> NoReturn:
    """Reports that the library rejects the policy."""
    print(str(error) or type(error).__name__, file=sys.stderr)
    sys.exit(65)


@dataclass
class Answer:
    """The response to a request, except where the framework has its own means."""

    status: int = 200
    body: str = "ok"
    headers: list = field(default_factory=list)
    # The framework's own redirect, error, and answer to a path without a route.
    redirect: Optional[str] = None
    throw: bool = False
    missing: bool = False


def answer(method: str, path: str, authorization: Optional[str]) -> Answer:
    cached = re.match(r"/cached(?=/|\Z)", path) is not None
    below = (path[len("/cached") :] or "/") if cached else path
    reply = Answer(headers=[("X-Hit", "1"), ("X-Two", "v")])
    reply.headers.append(("Cache-Control", "public, max-age=60") if cached else ("Set-Cookie", "s=1; Path=/"))
    status = re.fullmatch(r"/status/([0-9]{3})", below)
    if below == "/missing":
        reply.missing = True
    elif below == "/throw":
        reply.throw = True
    elif below == "/redirect":
        reply.redirect = "/"
    elif below == "/auth" and authorization is None:
        reply.status, reply.body = 401, "no credentials"
    elif below == "/options" and method == "OPTIONS":
        reply.status, reply.body = 299, "own"
    elif below == "/vary":
        reply.headers.append(("Vary", "Accept-Encoding"))
    elif below == "/acao":
        reply.headers.append(("Access-Control-Allow-Origin", "https://own.example"))
    elif status:
        reply.status = int(status[1])
        if reply.status in (204, 304):
            reply.body = ""
    return reply
