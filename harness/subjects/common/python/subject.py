"""What the adapters for Python libraries share: the lines of the protocol, the words of a policy and the answers behind the paths."""

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
    """A named function of a policy, on a whole origin."""
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
    """What the application says behind a path, but for what each framework has a means of its own."""

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
    said = Answer(headers=[("X-Hit", "1"), ("X-Two", "v")])
    said.headers.append(("Cache-Control", "public, max-age=60") if cached else ("Set-Cookie", "s=1; Path=/"))
    status = re.fullmatch(r"/status/([0-9]{3})", below)
    if below == "/missing":
        said.missing = True
    elif below == "/throw":
        said.throw = True
    elif below == "/redirect":
        said.redirect = "/"
    elif below == "/auth" and authorization is None:
        said.status, said.body = 401, "who are you"
        said.headers.append(("WWW-Authenticate", 'Basic realm="crosscheck"'))
    elif below == "/options" and method == "OPTIONS":
        said.status, said.body = 299, "own"
    elif below == "/vary":
        said.headers.append(("Vary", "Accept-Encoding"))
    elif below == "/acao":
        said.headers.append(("Access-Control-Allow-Origin", "https://own.example"))
    elif status:
        said.status = int(status[1])
        if said.status in (204, 304):
            said.body = ""
    return said


def bound() -> socket.socket:
    # Where the protocol is not named, asyncio does not know that it may turn Nagle's algorithm off.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


def say(line: dict) -> None:
    # In one piece: processes that share the pipe do not cut each other's lines.
    os.write(sys.stdout.fileno(), (json.dumps(line) + "\n").encode())


def policies() -> dict:
    return json.loads(sys.stdin.readline())["policies"]


async def start(name: str, policy: Optional[dict], application: Callable, listen: Callable) -> None:
    """Makes the policy an application, serves it, and says what became of it."""
    try:
        port = await listen(application(name, policy))
    except Exception as error:  # whatever it is, the library raised it
        say({"policy": name, "refused": (str(error) or type(error).__name__)[:2000]})
    else:
        say({"policy": name, "ready": f"http://127.0.0.1:{port}"})


def done(package: str) -> None:
    say({"done": True, "library": package, "version": importlib.metadata.version(package)})


def end_with(stream: Any) -> None:
    """Ends this process when the other end of the stream closes. Nothing that still runs has to be told."""
    threading.Thread(target=lambda: (stream.read(), os._exit(0)), daemon=True).start()


def serve(package: str, application: Callable[[str, Optional[dict]], Any], listen: Callable[[Any], Awaitable[int]]) -> None:
    """
    Speaks the protocol. `application` makes a policy an application of the framework, or raises what the library raises;
    `listen` serves it and returns its port.
    """

    async def all_of_them() -> None:
        for name, policy in asked.items():
            await start(name, policy, application, listen)
        done(package)
        await asyncio.Event().wait()

    asked = policies()
    end_with(sys.stdin)
    asyncio.run(all_of_them())
