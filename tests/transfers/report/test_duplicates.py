"""The check says which new records are likely there already (T62)."""

from tresse.jobs.worker import run


def found(row):
    facts = row.plan_facts["duplicates"]
    return facts["number"], [
        (each["line"], each["reason"], each["record_id"], each["other_line"])
        for each in facts["first"]
    ]


def test_new_contacts_with_the_phone_or_the_name_and_company_of_another(start):
    """T62, C66: by the rules of the house, whether or not it looked for duplicates before."""
    start.make("contact", id=54, first_name="Zoé", last_name="Duval", email="z@ex.org")
    start.link("contact", 54, "company", 41)
    start.make("contact", id=55, email="y@ex.org", phone="+33142685300")
    content = (
        "First name,Last name,E-mail,Mobile,Associated Company\n"
        "ZOE,duval,zoe@other.org,,41\n"
        "Zoe,Duval,zoe@third.org,,42\n"
        "Yves,Roy,yves@other.org,01 42 68 53 00,\n"
        "Ann,Lee,ann@a.org,,\n"
        "Ann,LEE,ann.lee@a.org,,\n"
        ",,anna@ex.org,,\n"
    )

    row = start.check("contacts", content)

    assert row.planned["created"] == 5
    assert found(row) == (
        3,
        [
            (2, "name_company", 54, None),
            (4, "phone", 55, None),
            (6, "name_domain", None, 5),
        ],
    )
    assert row.plan_facts["duplicates"]["first"][0]["other"] == "Zoé Duval"
    assert row.plan_facts["duplicates"]["first"][2]["other"] == "Ann Lee"


def test_keys_kept_by_the_house_are_asked_and_those_of_changed_records_worked_out(start):
    """T62: what the job that looks for duplicates kept, and what changed since."""
    start.make("company", id=43, name="Żabka Polska Sp. z o.o.", domain="zabka.pl")
    start.load("products", "Name,SKU\nPen,p1\n")
    start.load("companies", "Name,Domain\nOther,other.pl\n")
    run(until_idle=True)
    start.make("company", id=44, name="Nova GmbH")

    row = start.check("companies", "Name\nZABKA POLSKA\nnova\nQuite new\n", match=["id"])

    assert found(row) == (
        2,
        [(2, "company_name", 43, None), (3, "company_name", 44, None)],
    )


def test_there_is_nothing_to_say_where_nothing_is_new(start):
    """T62: an import that only updates, or only unlinks, looks for none."""
    row = start.check("contacts", "E-mail,First name\nanna@ex.org,Anna\n")
    assert row.plan_facts.get("duplicates") is None
