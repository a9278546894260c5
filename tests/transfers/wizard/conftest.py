"""The wizard visited by people through Django's client; the house is that of the imports' tests."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.records.visits import Visit, plain
from tests.searching import found_in
from tests.transfers.imports.conftest import (  # noqa: F401  fixtures, used by their names
    _django_db_helper,
    house,
    pytest_collection_modifyitems,
    start,
)
from tresse.jobs import worker
from tresse.transfers.models import Import


class Wizard(Visit):
    """A visit that begins with a file."""

    def upload(self, object_name, content, *, name="x.csv", htmx=False, query=""):
        body = content if isinstance(content, bytes) else content.encode()
        file = SimpleUploadedFile(name, body)
        return self.post(f"/imports/new/{object_name}/{query}", htmx=htmx, file=file)

    @property
    def row(self):
        return Import.objects.latest("id")

    @property
    def at(self):
        return f"/imports/{self.row.pk}/"

    def map(self, object_name, content, **asked):
        """Take a file in and show its columns."""
        self.upload(object_name, content, **asked)
        return self.get(f"{self.at}map/")

    def say(self, position, **said):
        return self.post(f"{self.at}map/{position}/", htmx=True, **said)

    def run_jobs(self):
        """Do what waits in the background, in the thread of the test."""
        worker.run(until_idle=True)
        return self

    def texts(self, pattern):
        """What each match of a pattern reads like."""
        return [plain(each) for each in re.findall(pattern, self.source, re.S)]

    def states(self):
        """Header to state, as the page has it."""
        self.get(f"{self.at}map/")
        bodies = re.findall(r'<tbody class="col.*?</tbody>', self.source, re.S)
        found = {}
        for body in bodies:
            head = found_in(r'col__head">(.*?)</span>', body, re.S)
            tag = found_in(r'<td class="col__state">.*?<span class="tag.*?</span>', body, re.S)
            found[plain(head)] = plain(tag)
        return found


@pytest.fixture
def ada(house):  # noqa: F811
    """The administrator at the wizard."""
    return Wizard(house.ada.user_id)


@pytest.fixture
def at_start(start):  # noqa: F811
    """The administrator, with the records of the worked examples."""
    return Wizard(start.ada.user_id)
