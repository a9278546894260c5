"""A program that calls the API."""

import json
from typing import Any


class Program:
    """Calls with a token: `program(method, path, body, **headers)` answers status and JSON."""

    def __init__(self, client, secret):
        self.client, self.secret = client, secret
        self.response: Any = None

    def __call__(self, method, path, body=None, **headers):
        response = self.client.generic(
            method,
            f"/api/v1{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}", **headers},
        )
        return self._answered(response)

    def send(self, path, **parts):
        """Post a form with files in it."""
        headers = {"Authorization": f"Bearer {self.secret}"}
        return self._answered(self.client.post(f"/api/v1{path}", parts, headers=headers))

    def _answered(self, response):
        self.response = response
        is_json = "json" in response.headers.get("Content-Type", "")
        return response.status_code, json.loads(
            response.content
        ) if is_json and response.content else None
