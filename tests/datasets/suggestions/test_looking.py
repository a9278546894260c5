"""A look for suggestions: into the review, never merged by itself (D64, D60)."""

from typing import Any

import pytest

from tests.datasets.builds.conftest import home  # noqa: F401  a fixture
from tests.datasets.builds.worlds import built, day, golden
from tests.datasets.standing import standing
from tresse.accounts.actor import SYSTEM
from tresse.datasets.changes.datasets import add_dataset
from tresse.datasets.changes.decisions import decide
from tresse.datasets.changes.reviews import decide_reviews
from tresse.datasets.changes.suggestions import ask_for_suggestions
from tresse.datasets.models import Decision
from tresse.datasets.reviewing import reviews
from tresse.datasets.suggestions import looking, model
from tresse.jobs.worker import run_here
from tresse.kernel.errors import TresseError

FIELDS = ("first_name", "last_name", "email", "birth_date")
COLUMNS: list[Any] = ["id", *({"name": name, "type": "text", "semantic": name} for name in FIELDS)]
TWICE = (
    ("a1", "Zoé", "Lefèvre", "zoe.lefevre@x.fr", "1984-02-11"),
    ("a2", "Zoe", "Lefevre", "zlefevre@y.fr", "1984-02-11"),
    ("b1", "Amédée", "Bonnefoy", "amedee@x.fr", "1971-07-30"),
    ("b2", "Amédée", "Bonnefoy", "amedee@y.fr", "1971-07-31"),
)


def rows():
    """A hundred persons, and two who are there twice."""
    others = [
        (
            f"p{n}",
            f"prenom{n % 31}",
            f"nom{n % 43}",
            f"mail{n}@x.fr",
            f"19{60 + n % 37}-01-{10 + n % 9}",
        )
        for n in range(100)
    ]
    return [
        {"id": key, **dict(zip(FIELDS, values, strict=True)), "_first_read_at": day(1)}
        for key, *values in (*others, *TWICE)
    ]


@pytest.fixture
def people(home):  # noqa: ARG001, F811  it stands there
    """A dataset tied by e-mail alone, built."""
    standing("shop", COLUMNS, rows())
    dataset = add_dataset(
        {
            "name": "people",
            "entity": "contacts",
            "sources": [{"source": "shop"}],
            "identity": {"keys": [["email"]]},
        },
        actor=SYSTEM,
    )
    assert built(dataset).state == "published"
    return dataset


def looked(dataset, **asked):
    """The result of a look, and what is open then."""
    job = ask_for_suggestions(dataset, actor=SYSTEM, **asked)
    run_here(job, show=lambda _progress: None)
    job.refresh_from_db()
    assert job.state == "done", job.error
    return job.result, {(item.a, item.b): item for item in reviews(dataset, kind="suggestion")}


def test_likely_duplicates_enter_the_review_and_nothing_is_merged(people):
    """D64: an accepted suggestion is a must-link; one denied is not suggested again."""
    before = golden(people)

    result, found = looked(people)

    assert golden(people) == before
    pairs = {("shop/a1", "shop/a2"), ("shop/b1", "shop/b2")}
    assert pairs <= set(found)
    assert result["new"] == len(found)
    assert result["pairs"] == sum(result["rules"].values())
    item = found["shop/a1", "shop/a2"]
    assert item.score >= 0.9
    assert item.facts["rule"] == "last_name_birth_date"
    levels = {each["comparison"]: each for each in item.facts["levels"]}
    assert levels["last_name"]["level"] == "the same"
    assert levels["last_name"]["weight"] > 0
    assert "Lef" not in str(item.facts)

    decide_reviews(people, [item], "same", actor=SYSTEM)
    decide_reviews(people, [found["shop/b1", "shop/b2"]], "different", actor=SYSTEM)
    built(people)
    assert ["shop/a1", "shop/a2"] in [row["_keys"] for row in golden(people)]
    _, again = looked(people)
    assert not pairs & set(again)


def test_a_suggestion_is_gone_when_its_records_became_one(people):
    """D64: whatever made them one."""
    looked(people)
    decide(people, Decision.LINK, "shop/a1", "shop/a2", actor=SYSTEM, reason="x")

    built(people)

    gone = reviews(people, state="gone", kind="suggestion")
    assert ("shop/a1", "shop/a2") in list(gone.values_list("a", "b"))


def test_too_many_pairs_are_refused_before_any_is_made(people, monkeypatch):
    """D64: counted first; the sentence names the rule and the number."""
    monkeypatch.setattr(looking, "MOST_PAIRS", 1)
    job = ask_for_suggestions(people, actor=SYSTEM)

    run_here(job, show=lambda _progress: None)

    job.refresh_from_db()
    assert (job.state, job.error_code) == ("failed", "too_many_pairs")
    assert "pairs would be compared" in job.error


def test_what_cannot_be_looked_at_is_refused(people, mia, monkeypatch):
    """D64."""
    bare = add_dataset({"name": "bare", "entity": "contacts"}, actor=SYSTEM)

    def refused(dataset=people, actor=SYSTEM, **asked):
        with pytest.raises(TresseError) as found:
            ask_for_suggestions(dataset, actor=actor, **asked)
        return found.value

    assert refused(actor=mia).code == "not_permitted"
    assert refused(bare).code == "not_built"
    assert "not 0.2" in str(refused(threshold=0.2))
    monkeypatch.setattr(model, "SPLINK", "no_such_package")
    assert "pip install tresse[suggestions]" in str(refused())
