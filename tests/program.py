"""A program that calls the API."""

import json


class Program:
    """Calls with a token: `program(method, path, body, **headers)` answers status and JSON."""

    def __init__(self, client, secret):
        self.client, self.secret = client, secret
        self.response = None

    def __call__(self, method, path, body=None, **headers):
        self.response = self.client.generic(
            method,
            f"/api/v1{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}", **headers},
        )
        is_json = "json" in self.response.headers.get("Content-Type", "")
        return self.response.status_code, json.loads(self.response.content) if is_json else None
