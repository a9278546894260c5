"""A webhook, and a server that takes or refuses what it is sent."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.connections.servers import (  # noqa: F401  fixtures
    authority,
    ftpd,
    line,
    speaker,
    sshd,
    sshd_of_session,
)
from tests.connections.store import bucket, s3_of_session  # noqa: F401  fixtures
from tests.records.conftest import make, noon, side, visit  # noqa: F401  fixtures
from tresse.accounts.changes import change_settings
from tresse.connections.changes import add_webhook
from tresse.records import following


@pytest.fixture(autouse=True)
def by_event(monkeypatch):
    """A test is one open transaction, which nobody follows on PostgreSQL: count events instead."""
    monkeypatch.setattr(following, "vendor", lambda: "sqlite")


class Receiver:
    """A real HTTP server; `answers`: statuses to give in turn, the last one for ever."""

    def __init__(self):
        self.taken: list[tuple[dict[str, str], str]] = []
        self.answers = [200]
        self.says = b"Thank you"
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.taken.append((dict(self.headers), body))
                left = receiver.answers
                status = left.pop(0) if len(left) > 1 else left[0]
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1/elsewhere")
                self.end_headers()
                self.wfile.write(receiver.says)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?from=tresse"

    def events(self):
        return [event for _, body in self.taken for event in json.loads(body)["events"]]


@pytest.fixture
def receiver():
    here = Receiver()
    thread = threading.Thread(target=here.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield here
    here.server.shutdown()
    thread.join()
    here.server.server_close()


@pytest.fixture
def hook(model, ada, receiver):
    """A webhook to the receiver, of all events."""
    change_settings({"private_addresses": True}, actor=ada)
    row, _ = add_webhook(url=receiver.url, label="Shop", model=model, actor=ada)
    return row
