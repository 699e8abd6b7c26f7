"""
django-cors-headers: a process per policy, forked from this one, since the settings of Django belong to the process. Each has a
its own Django with the middleware where the README puts it.
"""

import asyncio
import importlib.metadata
import logging
import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "common" / "python"))

from django.conf import settings
from django.core import checks
from django.core.asgi import get_asgi_application
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import re_path

from asgi import listen
from subject import answer, done, end_with, policies, predicate, start

MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", "django.middleware.common.CommonMiddleware"]


async def view(request):
    reply = answer(request.method, request.path, request.headers.get("authorization"))
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


# The names of three settings before 3.5, and since then.
OLD = ["CORS_ORIGIN_ALLOW_ALL", "CORS_ORIGIN_WHITELIST", "CORS_ORIGIN_REGEX_WHITELIST"]
NEW = ["CORS_ALLOW_ALL_ORIGINS", "CORS_ALLOWED_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES"]
VERSION = [int(part) for part in importlib.metadata.version("django-cors-headers").split(".")[:2]]


def chosen(policy):
    """A policy as settings."""
    origins = policy["origins"]
    everyone, listed, patterns = OLD if VERSION < [3, 5] else NEW
    return {
        everyone: bool(origins.get("any")),
        listed: origins.get("list", []),
        patterns: origins.get("regex", []),
        "CORS_ALLOW_METHODS": policy["methods"],
        "CORS_ALLOW_HEADERS": policy["headers"],
        "CORS_EXPOSE_HEADERS": policy["expose"],
        "CORS_ALLOW_CREDENTIALS": policy["credentials"],
        "CORS_ALLOW_PRIVATE_NETWORK": policy["private_network"],
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
    app = get_asgi_application()
    # As every command of manage.py does first.
    errors = [message for message in checks.run_checks() if message.is_serious()]
    if errors:
        raise ValueError("; ".join(message.msg for message in errors))
    if policy["origins"].get("predicate"):
        from corsheaders.signals import check_request_enabled

        holds = predicate(policy["origins"]["predicate"])
        # The sender keeps only a weak reference.
        configure.receiver = lambda sender, request, **_: holds(request.headers.get("origin", ""))
        check_request_enabled.connect(configure.receiver)
    return app


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
