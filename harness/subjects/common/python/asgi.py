"""ASGI applications, each behind its own uvicorn."""

import asyncio
from typing import Any

import uvicorn

from subject import bound

# The loop keeps only weak references to its tasks.
_servers = []


async def listen(application: Any) -> int:
    listener = bound()
    # h11 accepts any method and any header line that the standard allows.
    config = uvicorn.Config(application, http="h11", ws="none", lifespan="off", log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    _servers.append(asyncio.create_task(server.serve(sockets=[listener])))
    while not server.started:
        await asyncio.sleep(0)
    return listener.getsockname()[1]
