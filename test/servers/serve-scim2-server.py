"""scim2-server as its own command starts it, but on a free port, which it prints, and without a line for each request."""

import os
import sys
from unittest import mock
from wsgiref import simple_server

from scim2_server.testserver import cli


class Quiet(simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


def make_server(host, port, application, server_class):
    server = simple_server.make_server(host, port, application, server_class, Quiet)
    print(f"listening on {server.server_port}", flush=True)
    return server


sys.argv = ["scim2-server", "--port", "0", "--bearer-token", os.environ["SCIM_TOKEN"]]
with mock.patch.object(cli, "make_server", make_server):
    cli.main()
