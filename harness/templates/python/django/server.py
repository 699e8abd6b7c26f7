"""Django with django-cors-headers. Crosscheck starts this program once per policy."""

import logging

import uvicorn
from django.conf import settings
from django.core import checks
from django.core.asgi import get_asgi_application
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import re_path

from contract import HOST, POLICY, PORT, answer, refuse


def options(policy: dict) -> dict:
    """The policy, as settings."""
    origins = policy["origins"]
    return {
        "CORS_ALLOW_ALL_ORIGINS": bool(origins.get("any")),
        "CORS_ALLOWED_ORIGINS": origins.get("list", []),
        "CORS_ALLOWED_ORIGIN_REGEXES": origins.get("regex", []),
        "CORS_ALLOW_METHODS": policy["methods"],
        "CORS_ALLOW_HEADERS": policy["headers"],
        "CORS_EXPOSE_HEADERS": policy["expose"],
        "CORS_ALLOW_CREDENTIALS": policy["credentials"],
        "CORS_ALLOW_PRIVATE_NETWORK": policy["private_network"],
        # Documented: 0 omits the header.
        "CORS_PREFLIGHT_MAX_AGE": policy["max_age"] or 0,
    }


async def view(request):
    """The application."""
    reply = answer(request.method, request.path, request.headers.get("authorization"))
    if reply.throw:
        raise RuntimeError("the handler failed")
    if reply.missing:
        raise Http404
    if reply.redirect:
        response = HttpResponseRedirect(reply.redirect)
    else:
        response = HttpResponse(reply.body, status=reply.status, content_type="text/plain")
    for name, value in reply.headers:
        response[name] = value
    return response


urlpatterns = [re_path("", view)]
settings.configure(
    ALLOWED_HOSTS=["*"],
    # Put your own application and middleware here, in place of corsheaders.
    INSTALLED_APPS=["corsheaders"],
    MIDDLEWARE=["corsheaders.middleware.CorsMiddleware", "django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="crosscheck",
    **options(POLICY),
)
logging.disable(logging.CRITICAL)
try:
    app = get_asgi_application()
    # As every command of manage.py does first.
    errors = [message.msg for message in checks.run_checks() if message.is_serious()]
except Exception as error:
    refuse(error)
if errors:
    refuse(ValueError("; ".join(errors)))
uvicorn.run(app, host=HOST, port=PORT, http="h11", ws="none", lifespan="off", log_level="critical")
