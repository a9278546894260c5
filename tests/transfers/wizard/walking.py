"""Walks through the wizard in Chromium: a file taken in, its columns answered, checked, run.

Jobs are done in the thread of the test, while the page asks for news by itself.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tresse.jobs import worker
from tresse.transfers.models import Import


@dataclass
class Walk:
    """One person at the wizard; `folder` is where files are written before they are taken in."""

    page: Page
    folder: Path

    @property
    def row(self) -> Import:
        """The import of the walk."""
        return Import.objects.latest("id")

    def take_in(self, objects: str, content: str | bytes, *, name: str = "x.csv") -> Import:
        """Choose a file and read it; ends at the columns."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.page.goto(f"/imports/new/{objects}/")
        self.page.locator("input[type=file]").set_input_files(path)
        self.page.get_by_role("button", name="Next: read the file").click()
        expect(self.page).to_have_url(re.compile(r"/imports/\d+/(file|map)/"))
        if "/file/" in self.page.url:
            self.page.get_by_role("link", name="Next: map columns").click()
        expect(self.page).to_have_url(re.compile(r"/imports/\d+/map/"))
        return self.row

    def check(self) -> Import:
        """From the columns to what the check found."""
        self.page.get_by_role("button", name="Next: check").click()
        expect(self.page.get_by_role("heading", name="Checking the file")).to_be_visible()
        worker.run(until_idle=True)
        expect(self.page.get_by_role("heading", name="What the import will do")).to_be_visible()
        return self.row

    def run(self) -> Import:
        """From the check to the report."""
        self.page.get_by_role("button", name="Run the import").click()
        expect(self.page.get_by_role("heading", name="Waiting for its turn")).to_be_visible()
        worker.run(until_idle=True)
        expect(self.page.get_by_role("heading", name="The import is done")).to_be_visible()
        return self.row

    def through(self, objects: str, content: str | bytes, *, name: str = "x.csv") -> Import:
        """All of it, for a file that asks nothing."""
        self.take_in(objects, content, name=name)
        self.check()
        return self.run()

    def outcomes(self) -> dict[str, int]:
        """Rows by outcome as the page says, those of 0 left out."""
        found = {}
        for each in self.page.locator(".outcome").all():
            label, number = each.locator("dt").inner_text(), each.locator("dd").inner_text()
            found[label.strip().lower()] = int(re.sub(r"\D", "", number))
        return {name: number for name, number in found.items() if number}

    def links(self) -> dict[str, int]:
        """Pairs together as the page says, those of 0 left out; empty without the table."""
        table = self.page.locator("table", has=self.page.get_by_text("Between", exact=True))
        if not table.count():
            return {}
        heads = [text.strip().lower() for text in table.locator("thead th").all_inner_texts()[1:]]
        rows = (
            table.locator("tfoot tr")
            if table.locator("tfoot").count()
            else table.locator("tbody tr")
        )
        numbers = [
            int(re.sub(r"\D", "", text)) for text in rows.last.locator("td").all_inner_texts()
        ]
        return {head: number for head, number in zip(heads, numbers, strict=True) if number}

    def work(self) -> None:
        """Do what waits in the background."""
        worker.run(until_idle=True)

    def answer(self, header: str, answer: str, now: str = "") -> None:
        """Say what a column means, by the list that all columns open.

        `now`: what it is called then, if that is not the answer.
        """
        self.page.get_by_role("button", name=f"{header}:").click()
        self.page.get_by_role("combobox", name="Search properties and relations").fill(answer)
        self.page.get_by_role("option", name=answer).first.click()
        expect(self.page.get_by_role("button", name=f"{header}: {now or answer}")).to_be_visible()
