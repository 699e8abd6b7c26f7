"""django-cors-headers before 3.3, with a Django release of that time: the same processes, older names of the settings, and WSGI."""

import asyncio
import collections
import collections.abc
import importlib.metadata
import logging
import os
import pathlib
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "common" / "python"))

from django.conf import settings
from django.core import checks
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import re_path
from werkzeug.serving import WSGIRequestHandler, make_server

from subject import answer, done, end_with, policies, predicate, start

# The oldest of these releases import it from where it was until Python 3.10.
collections.Sequence = collections.abc.Sequence

MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", "django.middleware.common.CommonMiddleware"]
# Until then an origin was a host and a port, as in the README.
HOSTS_ONLY = int(importlib.metadata.version("django-cors-headers").split(".")[0]) < 3


def view(request):
    reply = answer(request.method, request.path, request.META.get("HTTP_AUTHORIZATION"))
    if reply.throw:
        raise RuntimeError("the handler failed")
    if reply.redirect:
        response = HttpResponseRedirect(reply.redirect)
    else:
        response = HttpResponse(reply.body, status=reply.status, content_type="text/plain")
    for name, value in reply.headers:
        response[name] = value
    return response


# The root of the routes: this module, as in settings.ROOT_URLCONF.
urlpatterns = [re_path(r"^(?!missing/?$)", view)]


def entry(origin):
    return origin.split("://")[-1] if HOSTS_ONLY else origin


def chosen(policy):
    """A policy as settings."""
    origins = policy["origins"]
    return {
        "CORS_ORIGIN_ALLOW_ALL": bool(origins.get("any")),
        "CORS_ORIGIN_WHITELIST": [entry(origin) for origin in origins.get("list", [])],
        "CORS_ORIGIN_REGEX_WHITELIST": origins.get("regex", []),
        "CORS_ALLOW_METHODS": policy["methods"],
        "CORS_ALLOW_HEADERS": policy["headers"],
        "CORS_EXPOSE_HEADERS": policy["expose"],
        "CORS_ALLOW_CREDENTIALS": policy["credentials"],
        # Documented: 0 omits the header.
        "CORS_PREFLIGHT_MAX_AGE": policy["max_age"] or 0,
    }


def configure(name, policy):
    settings.configure(
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=["corsheaders"],
        MIDDLEWARE=MIDDLEWARE,
        ROOT_URLCONF=__name__,
        SECRET_KEY="crosscheck",
        **chosen(policy),
    )
    app = get_wsgi_application()
    # As every command of manage.py does first.
    errors = [message for message in checks.run_checks() if message.is_serious()]
    if errors:
        raise ValueError("; ".join(message.msg for message in errors))
    if policy["origins"].get("predicate"):
        from corsheaders.signals import check_request_enabled

        holds = predicate(policy["origins"]["predicate"])
        # The sender keeps only a weak reference.
        configure.receiver = lambda sender, request, **_: holds(request.META.get("HTTP_ORIGIN", ""))
        check_request_enabled.connect(configure.receiver)
    return app


class Handler(WSGIRequestHandler):
    """The handler of Werkzeug's server, without a log line per request."""

    def log(self, *_):
        pass


async def listen(app):
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def main():
    (life, ours), (ready, report) = os.pipe(), os.pipe()
    for name, policy in policies().items():
        if os.fork() == 0:
            # The child ends when its parent closes the other end of `life`. It closes `report` after its answer.
            os.close(ours)
            end_with(os.fdopen(life))
            asyncio.run(child(name, policy, report))
    os.close(report)
    os.read(ready, 1)
    done("django-cors-headers")
    sys.stdin.read()


async def child(name, policy, report):
    await start(name, policy, configure, listen)
    os.close(report)
    await asyncio.Event().wait()


# Suppresses the tracebacks of refused policies and of /throw.
logging.disable(logging.CRITICAL)
main()
