"""One file, one result: sent twice, at once by two, in any encoding (T91 b, h, i)."""

import codecs
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from tests.transfers.imports.house import codes, links, numbers
from tresse.transfers import changes
from tresse.transfers.models import Import

ROOT = Path(__file__).parents[3]
PEOPLE = [("Zoé", "Müller", "Zürich"), ("Łukasz", "Wójcik", "Łódź"), ("Anaïs", "Lefèvre", "Nîmes")]


def contacts(*, spelt=str):
    lines = ["E-mail,First name,Last name,City,Associated Company"]
    for number in range(40):
        first, last, city = PEOPLE[number % 3]
        lines.append(f"{spelt(f'p{number}@ex.org')},{first},{last},{city},Acme")
    return "\n".join(lines) + "\n"


def test_the_same_contacts_twice(world):
    """T91 b: 0 created the second time, with e-mails in other case and spacing."""
    row = world.load("contacts", contacts())
    assert numbers(row) == {"rows": 40, "created": 40}

    row = world.load("contacts", contacts(spelt=lambda text: f"  {text.upper()}\u00a0"))

    assert numbers(row) == {"rows": 40, "unchanged": 40}
    assert links(row) == {"asked": 40, "existing": 40}
    assert len(world.values("contact", "email")) == 43


TEXTS = {
    "cp1252": "E-mail;Prénom;Nom;Ville\n"
    "zoe@ex.org;Zoé;Lefèvre;Nîmes\nana@ex.org;Anaïs;Müller;Uzès\n",
    "cp1250": "E-mail;Imię;Nazwisko;Miasto\n"
    "lw@ex.org;Łukasz;Wójcik;Łódź\nza@ex.org;Żaneta;Ćwik;Sącz\n",
}


@pytest.mark.parametrize("single", TEXTS)
def test_every_encoding_gives_one_result(world, single):
    """T91 i: cp1250 or cp1252, UTF-16 and UTF-8 with and without mark: the same records."""
    text = TEXTS[single]
    marked = {
        "utf-16-le": codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        "utf-16-be": codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        "utf-16 without mark": text.encode("utf-16-le"),
        "utf-8": text.encode(),
        "utf-8-sig": text.encode("utf-8-sig"),
        single: text.encode(single),
    }
    results = {}
    names = ("email", "first_name", "last_name", "city")
    for name, content in marked.items():
        row = world.load("contacts", content, name=f"{name}.csv")
        assert row.state == "done", (name, row.error)
        told = [each for each in codes(row) if each[1] != "same_file_before"]
        found = [values for values in world.values("contact", *names).values() if values[1]]
        results[name] = (sorted(found), told)
    assert len({repr(result) for result in results.values()}) == 1, results
    assert len(results["utf-8"][0]) == 2
    assert results["utf-8"][1] == []


RUN = """
import sys, time
import django
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from tresse.jobs.models import Job
from tresse.jobs.worker import run_here
time.sleep(max(0, float(sys.argv[3]) - time.time()))
run_here(Job.objects.get(pk=int(sys.argv[2])), show=None)
"""


def test_two_equal_files_at_once(world, settings):
    """T68, T91 h: two processes run the same contacts at once: each contact is there once."""
    content = "E-mail,First name,Associated Company\n"
    content += "".join(f"t{number}@ex.org,T{number},Acme\n" for number in range(400))
    made = [world.check("contacts", content, name=f"{number}.csv") for number in (1, 2)]
    jobs = [changes.run_import(row, actor=world.ada)[1] for row in made]
    begin = str(time.time() + 6)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tresse.config.settings",
        "TRESSE_HOME": str(settings.HOME),
    }
    name = str(connection.settings_dict["NAME"])
    if "memory" in name:
        pytest.skip("A database in memory is seen by one process only.")
    running = [
        subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-c", RUN, name, str(job.pk), begin], env=environment, cwd=ROOT
        )
        for job in jobs
    ]
    assert [each.wait(timeout=120) for each in running] == [0, 0]

    rows = [Import.objects.get(pk=row.pk) for row in made]
    assert {row.state for row in rows} == {"done"}
    emails = [e for e in world.values("contact", "email").values() if str(e).startswith("t")]
    assert (len(emails), len(set(emails))) == (400, 400)
    assert sum(row.counters["created"] for row in rows) == 400
    assert len([pair for pair in world.links("contact", "company") if pair[1] == 41]) == 400
    for row in rows:
        found = numbers(row)
        assert found["rows"] == 400
        assert found.get("created", 0) + found.get("unchanged", 0) + found.get("updated", 0) == 400
