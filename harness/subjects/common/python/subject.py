"""Shared by the adapters for Python libraries: the protocol, the values of a policy, and the responses for the paths."""

import asyncio
import importlib.metadata
import json
import os
import re
import socket
import sys
import threading
from dataclasses import dataclass, field
from typing import Any, Awaitable, Callable, Optional


def predicate(text: str) -> Callable[[str], bool]:
    """A named predicate of a policy, on a whole origin."""
    name, _, argument = text.partition(":")

    def host(origin: str) -> Optional[str]:
        _, found, rest = origin.partition("://")
        return re.sub(r":[0-9]+\Z", "", rest) if found else None

    return {
        "host-ends-with": lambda origin: (host(origin) or "").endswith(argument),
        "host-equals": lambda origin: host(origin) == argument,
        "scheme-is": lambda origin: "://" in origin and origin.partition("://")[0] == argument,
        "origin-in": lambda origin: origin != "null" and origin in argument.split(","),
        "never": lambda origin: False,
        "always": lambda origin: True,
    }[name]


@dataclass
class Answer:
    """The response of the application for a path, except where a framework has its own means."""

    status: int = 200
    body: str = "ok"
    headers: list = field(default_factory=list)
    # A redirect, an error and a path without a route are made by the framework.
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
        reply.status, reply.body = 401, "who are you"
        reply.headers.append(("WWW-Authenticate", 'Basic realm="crosscheck"'))
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


def is_alone() -> bool:
    """Whether this process serves one policy, which is in its environment."""
    return "CROSSCHECK_POLICY" in os.environ


def bound() -> socket.socket:
    # asyncio disables Nagle's algorithm only if the protocol is given explicitly.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", int(os.environ["PORT"]) if is_alone() else 0))
    listener.listen(128)
    return listener


def write_line(line: dict) -> None:
    # One write per line, so that processes that share the pipe do not mix their lines.
    os.write(sys.stdout.fileno(), (json.dumps(line) + "\n").encode())


def policies() -> dict:
    return json.loads(sys.stdin.readline())["policies"]


async def start(name: str, policy: Optional[dict], application: Callable, listen: Callable) -> None:
    """Creates the application of a policy, serves it, and reports the result."""
    try:
        port = await listen(application(name, policy))
    except Exception as error:  # the library may raise any exception
        write_line({"policy": name, "refused": (str(error) or type(error).__name__)[:2000]})
    else:
        write_line({"policy": name, "ready": f"http://127.0.0.1:{port}"})


def done(package: str) -> None:
    write_line({"done": True, "library": package, "version": importlib.metadata.version(package)})


def end_with(stream: Any) -> None:
    """Ends this process at once when the other end of the stream closes."""
    threading.Thread(target=lambda: (stream.read(), os._exit(0)), daemon=True).start()


def serve(package: str, application: Callable[[str, Optional[dict]], Any], listen: Callable[[Any], Awaitable[int]]) -> None:
    """
    Runs the protocol. `application` creates the framework's application of a policy, or raises the library's exception;
    `listen` serves it and returns its port.
    """

    async def all_of_them() -> None:
        for name, policy in requested.items():
            await start(name, policy, application, listen)
        done(package)
        await asyncio.Event().wait()

    if is_alone():
        asyncio.run(serve_alone(application, listen))
        return
    requested = policies()
    end_with(sys.stdin)
    asyncio.run(all_of_them())


async def serve_alone(application: Callable, listen: Callable) -> None:
    """Serves one policy in process mode: exit code 65 is the library's refusal."""
    try:
        await listen(application(os.environ["CROSSCHECK_POLICY_ID"], json.loads(os.environ["CROSSCHECK_POLICY"])))
    except Exception as error:  # the library may raise any exception
        sys.stderr.write(str(error) or type(error).__name__)
        sys.exit(65)
    await asyncio.Event().wait()
