"""Encodings of files of sources, found over the whole file or set (S87, S102)."""

import pytest

from tests.sources.formats.reading import read, refused, written

FRENCH, POLISH = "prénom,ville\nZoë,Orléans à côté\n", "imię,miasto\nŻółw,Ślęża ąęść\n"


@pytest.mark.parametrize(
    ("text", "codec", "found"),
    [
        (FRENCH, "utf-8", "UTF-8"),
        (FRENCH, "utf-8-sig", "UTF-8"),
        (FRENCH, "utf-16", "UTF-16LE"),
        (FRENCH, "utf-16-le", "UTF-16LE"),
        (FRENCH, "utf-16-be", "UTF-16BE"),
        (FRENCH, "utf-32", "UTF-32LE"),
        (FRENCH, "cp1252", "Windows-1252"),
        (POLISH, "cp1250", "Windows-1250"),
        (POLISH, "iso8859-2", "ISO-8859-2"),
        (FRENCH + "Sœur,5 €\n", "iso8859-15", "ISO-8859-15"),
        (FRENCH + "Sœur,5 €\n", "cp1252", "Windows-1252"),
        # The same bytes read the same.
        (FRENCH, "iso8859-1", "Windows-1252"),
    ],
)
def test_the_encoding_is_found(tmp_path, text, codec, found):
    """S87: UTF-8 with or without mark, UTF-16, Windows-1252 and -1250, ISO 8859-2 and -15."""
    got = read(written(tmp_path, text, encoding=codec))
    assert got.form.encoding == found
    assert [",".join(row) for row in got.rows] == text.splitlines()[1:]
    assert got.lines == list(range(2, len(got.rows) + 2))


@pytest.mark.parametrize("chosen", ["iso-8859-1", "ISO 8859-1".replace(" ", "-"), "latin1"])
def test_the_encoding_can_be_set(tmp_path, chosen):
    """S87: found over the whole file or set."""
    got = read(written(tmp_path, FRENCH, encoding="latin-1"), encoding=chosen)
    assert (got.form.encoding, got.rows) == ("ISO-8859-1", [("Zoë", "Orléans à côté")])
    code, message = refused(written(tmp_path, "a\n1\n"), encoding="klingon")
    assert code == "wrong_value"
    assert "UTF-16LE" in message


def test_the_whole_file_is_looked_at(tmp_path):
    """S87: over the whole file: the only letter that tells may be on the last line."""
    text = "a,b\n" + "x,y\n" * 600_000 + "é,z\n"
    assert read(written(tmp_path, text, encoding="cp1252")).rows[-1] == ("é", "z")
    assert read(written(tmp_path, text)).rows[-1] == ("é", "z")


def test_a_letter_may_stand_where_a_block_ends(tmp_path, monkeypatch):
    """S87: characters of several bytes are whole wherever a block ends."""
    monkeypatch.setattr("tresse.sources.formats.opening.HEAD", 7)
    text = "ab,c\n" + "é€😀,ł\n" * 40
    assert read(written(tmp_path, text)).rows == [("é€😀", "ł")] * 40


def test_a_byte_that_does_not_fit_rejects_its_line(tmp_path):
    """S87: never silently: `undecodable_text`, on its line, whatever else is well."""
    lines = [b"id,name", *[f"é{at},è".encode() for at in range(50)]]
    lines[10], lines[20] = b"9,Ren\xe9", b'19,"two\nlines \xff\xfe"'
    got = read(written(tmp_path, b"\n".join(lines)))
    assert got.form.encoding == "UTF-8"
    assert got.told == [(11, "undecodable_text"), (21, "undecodable_text")]
    assert got.rejected[0].message == "Line 11: byte E9 is no text in UTF-8."
    assert got.rejected[1].message == "Line 22: byte FF is no text in UTF-8."
    assert [each.raw for each in got.rejected] == ["9,Ren\\xE9", '19,"two\nlines \\xFF\\xFE"']
    assert len(got.rows) == 48


@pytest.mark.parametrize(
    ("encoding", "bad", "byte"),
    [
        ("Windows-1252", b"\x81", "81"),
        ("Windows-1250", b"\x83", "83"),
        ("UTF-8", b"\xc3", "C3"),
        ("UTF-16LE", b"\x00\xd8", "00"),
        ("UTF-16BE", b"\xdc\x00", "DC"),
    ],
)
def test_each_encoding_has_bytes_that_do_not_fit(tmp_path, encoding, bad, byte):
    """S87: in every encoding that has such bytes; a picked column or not."""
    codec = {"Windows-1252": "cp1252", "Windows-1250": "cp1250"}.get(encoding, encoding)
    content = "a,b\n1,".encode(codec) + bad + "\n2,3\n".encode(codec)
    got = read(written(tmp_path, content), ("a",), encoding=encoding)
    assert got.rows == [("2",)]
    assert got.told == [(2, "undecodable_text")]
    assert got.rejected[0].details["byte"] == byte


def test_half_a_character_at_the_end_is_told(tmp_path):
    """S87: a file that breaks off within a character."""
    content = "a,b\né,è\nx,y".encode("utf-16-le") + b"z"
    got = read(written(tmp_path, content), encoding="utf-16le")
    assert (got.rows, got.told) == ([("é", "è")], [(3, "undecodable_text")])


def test_many_broken_bytes_are_told_apart_in_good_time(tmp_path):
    """S87: set to what it is not, a file of many blocks is rejected line by line."""
    text = "nom,ville\n" + "é è à ù ç,ô î ï ë ê\n" * 60_000
    got = read(written(tmp_path, text, encoding="cp1252"), encoding="utf-8")
    assert len(got.rejected) == 60_000
    assert got.rejected[-1].line == 60_001


def test_nul_stays_for_the_type_to_count(tmp_path):
    """S52: `\\u0000` is removed and counted by the type, not lost on the way."""
    got = read(written(tmp_path, b"a,b\nx\x00y,1\n"))
    assert got.rows == [("x\x00y", "1")]
