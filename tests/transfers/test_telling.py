"""Cells that tell the form of a column are those of its rows, read by a shorter way (T16, T17)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tresse.kernel.errors import TresseError
from tresse.transfers.files import Reading, rows, sniff, telling

CELLS = st.sampled_from(
    [
        "",
        "a",
        "12,5",
        "1.234",
        "03/04/2027",
        '"x"',
        '"a,b"',
        '"two\nlines"',
        "'=1",
        "'-5",
        '"open',
        " ",
    ]
)
LINES = st.lists(st.lists(CELLS, min_size=1, max_size=4).map(",".join), min_size=1, max_size=40)


@settings(deadline=None)
@given(lines=LINES, end=st.sampled_from(["\n", "\r\n", "\r"]), guarded=st.booleans())
def test_cells_that_tell_are_those_of_the_rows(tmp_path_factory, lines, end, guarded):
    """Whatever is quoted, open, guarded, or has too many cells; blank ones tell nothing."""
    path = tmp_path_factory.mktemp("telling") / "x.csv"
    path.write_text(end.join(["one,two,three", *lines, "1,2,3"]) + end, newline="")
    try:
        form = sniff(path, reading=Reading(header=True, delimiter=",", takes_off_guard=guarded))
    except TresseError:
        return

    positions = range(0, form.width, 2)
    told: list[list[str]] = [[] for _ in positions]
    for piece in telling(path, form, positions):
        for column, cells in zip(told, piece, strict=True):
            column += cells

    whole: list[list[str]] = [[] for _ in positions]
    for chunk in rows(path, form):
        for column, position in zip(whole, positions, strict=True):
            column += chunk.columns[position]
    assert list(map(given_ones, told)) == list(map(given_ones, whole))


def given_ones(cells):
    return [cell for cell in cells if cell.strip()]
