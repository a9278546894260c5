"""Visits of pages through Django's client: what works without scripts."""

import html
import json
import re
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.test import Client

from tests.searching import found_in
from tresse.accounts.models import User

HTMX = {"HX-Request": "true"}


class Visit:
    """One person's visits; an answer is kept with its text as people read it."""

    def __init__(self, user_id):
        self.client = Client()
        user = User.objects.get(pk=user_id)
        self.client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])

    def get(self, address, htmx=False, **query):
        path = f"{address}?{urlencode(query, doseq=True)}" if query else address
        return self._kept(self.client.get(path, headers=HTMX if htmx else {}))

    def post(self, address, htmx=False, **data):
        return self._kept(self.client.post(address, data, headers=HTMX if htmx else {}))

    def _kept(self, answer):
        self.answer = answer
        self.status = answer.status_code
        self.source = answer.content.decode()
        self.text = plain(self.source)
        self.to = answer.headers.get("Location", "")
        return self

    def found(self, pattern, flags=0):
        """What the pattern finds in the source, or its group, as a browser reads it."""
        return html.unescape(found_in(pattern, self.source, flags))

    @property
    def filter(self):
        return json.loads(parse_qs(urlsplit(self.to).query)["filter"][0])

    def rows(self):
        """Cells of the table, as texts; the boxes that select rows apart."""
        return [
            [
                plain(cell)
                for cell in re.findall(r"<td.*?</td>", row, re.S)
                if 'name="ids"' not in cell
            ]
            for row in re.findall(r"<tr><td>.*?</tr>", self.source, re.S)
        ]

    def names(self):
        return [re.sub(r"^\S+ ", "", row[0]) for row in self.rows()]

    def heads(self):
        found = re.findall(r"<th scope.*?</th>", self.source, re.S)
        return [plain(head) for head in found if "check-all" not in head]


def plain(source):
    text = re.sub(r"<(script|style|template|svg).*?</\1>", " ", source, flags=re.S)
    text = html.unescape(re.sub(r"<[^>]+>", " ", text)).replace("\xa0", " ")
    return re.sub(r"\s+", " ", text).strip()
