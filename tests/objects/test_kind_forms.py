"""How a whole column is written: order of dates, decimal sign (T16, T17)."""

import time

import pytest

from tresse.objects.kinds.forms import DateForm, Form, NumberForm


def told(form, cells, size=2):
    for start in range(0, len(cells), size):
        form.feed(cells[start : start + size])
    return form.result()


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["2026-03-01", "2026-12-31"], Form("ymd")),
        (["2026-03-01 10:00", "2026-12-31T23:59:59+01:00"], Form("ymd")),
        (["03/04/2027", "25/12/2027"], Form("dmy")),
        (["03/04/2027", "12/25/2027"], Form("mdy")),
        (["3.4.27", "", None, "25.12.27"], Form("dmy")),
        (["03-04-2027 14:05", "13-01-2027 2:05 PM"], Form("dmy")),
        (["03/04/2027", "05/05/2027"], Form(None, "date_order_unknown", "03/04/2027")),
        (["03/04/2027 10:00"], Form(None, "date_order_unknown", "03/04/2027 10:00")),
        (["05/05/2027", "5.5.2027"], Form("dmy")),
        (["25/12/2027", "26/12/2027", "12/27/2027", "03/04/2027"], Form("dmy")),
        (["12/25/2027", "12/26/2027", "27/12/2027"], Form("mdy")),
        (["2026-03-01", "03/04/2027"], Form(None, "date_order_unknown", "03/04/2027")),
        (["2026-03-01", "25/04/2027"], Form("dmy")),
        (["1 mars 2026", "March 2, 2026"], Form("dmy")),
        (["hello", "12/2027", "1/2/3/4"], Form("dmy")),
        (["99/99/2027"], Form("dmy")),
        ([], Form("dmy")),
    ],
)
def test_a_column_of_dates_has_one_order(cells, form):
    """T16."""
    assert told(DateForm(), cells) == form


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["12", "13", "-5", "", None], Form(".")),
        (["12.5", "13"], Form(".")),
        (["12,5", "13"], Form(",")),
        (["1,234", "12.50"], Form(".")),
        (["1,234", "12,5"], Form(",")),
        (["1,234", "2,345"], Form(None, "number_form_unknown", "1,234")),
        (["1.234 €"], Form(None, "number_form_unknown", "1.234 €")),
        (["1,234,567"], Form(".")),
        (["1.234.567"], Form(",")),
        (["1 234,567"], Form(",")),
        (["1\u00a0234,50 zł"], Form(",")),
        (["1'234.50"], Form(".")),
        (["(1 234,50)"], Form(",")),
        (["0,125"], Form(",")),
        (["1234.567"], Form(".")),
        (["12 %", "12,5 %"], Form(",")),
        ([",5"], Form(",")),
        (["12.5", "13.5", "14,5"], Form(".")),
        (["hello, world", "a.b"], Form(".")),
    ],
)
def test_a_column_of_numbers_has_one_decimal_sign(cells, form):
    """T17."""
    assert told(NumberForm(), cells) == form


@pytest.mark.parametrize(
    ("form", "cell"), [(DateForm, "2026-03-01"), (DateForm, "25/12/2027"), (NumberForm, "1234")]
)
def test_a_million_plain_cells_are_looked_at_in_no_time(form, cell):
    """T70: it must not be felt beside the import. Ten times the time it takes when idle."""
    cells = [cell] * 20_000
    looking = form()
    begun = time.process_time()
    for _ in range(5):
        looking.feed(cells)
    assert time.process_time() - begun < 0.5


def test_a_hostile_cell_takes_no_time():
    """A column of a million blanks or digits in one cell must not hold the import up."""
    begun = time.process_time()
    for cell in (
        " " * 65_536,
        "1" * 65_536,
        "1 " * 30_000,
        "1,111" * 10_000,
        "x" * 65_536,
        "(" * 65_536,
    ):
        told(DateForm(), [cell])
        told(NumberForm(), [cell])
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("bad", ["soon", "2020-01-01x", "32.13.1999"])
def test_a_bad_date_far_down_takes_no_time(bad):
    """T16: a column of ISO dates, of which one late cell is none."""
    cells = ["2020-01-01", "", "2020-01-02 10:30"] * 5_000
    assert told(DateForm(), [*cells, bad]) == Form("ymd")
