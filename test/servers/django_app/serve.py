"""Serves the app on a free port, which it prints: python -m django_app.serve"""

import os
from types import SimpleNamespace
from wsgiref import simple_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application


def sign_in(get_response):
    def respond(request):
        known = request.headers.get("Authorization") == f"Bearer {os.environ['SCIM_TOKEN']}"
        request.user = SimpleNamespace(is_authenticated=known)
        return get_response(request)

    return respond


class Quiet(simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


if __name__ == "__main__":
    settings.configure(
        SECRET_KEY="of a test",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="django_app.urls",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_scim", "django_app"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        AUTH_USER_MODEL="django_app.User",
        LOGGING_CONFIG=None,
        MIDDLEWARE=["django_app.serve.sign_in", "django_scim.middleware.SCIMAuthCheckMiddleware"],
        SCIM_SERVICE_PROVIDER={
            "NETLOC": "127.0.0.1",
            "GROUP_MODEL": "django_app.models.Group",
            "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "Bearer", "description": "A token"}],
        },
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    with simple_server.make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as server:
        print(f"listening on {server.server_port}", flush=True)
        server.serve_forever()
