"""Spreadsheets of one sheet as a stream of XML: how XLSX and ODS write cells and rows.

Written by hand, as the libraries take ten times as long (decision 15).
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from tresse.engine.files.layout import letters
from tresse.transfers.files import cells

LEVEL = 1
"Of compression: a third larger than 6, in a fifth of the time."
_BATCH = 256
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# What XML cannot hold at all; stored texts are free of all but the last two.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARKUP = re.compile("[&<>]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escaped(text: str) -> str:
    """A text within an element."""
    return _MARKUP.sub(lambda found: _ENTITIES[found[0]], text)


def quoted(text: str) -> str:
    """A text within an attribute."""
    return escaped(_NO_XML.sub("", text)).replace('"', "&quot;")


class Workbook(ABC):
    """A zip archive whose one large member is the sheet.

    Cells are asked for as XML: `empty`, `text`, `number`, `boolean`, `day`, `instant`; joined to
    rows by `row` and `header`; written by `write`.
    """

    empty: str
    sheet_member: str

    def __init__(
        self, path: Path, *, sheet: str, columns: int, zone: tzinfo, is_large: bool
    ) -> None:
        self._zone, self._line = zone, 0
        self._archive = ZipFile(path, "w", ZIP_DEFLATED, compresslevel=LEVEL)
        for name, content in self.members(sheet).items():
            method = ZIP_STORED if name == "mimetype" else ZIP_DEFLATED
            self._archive.writestr(name, content, method)
        self._out = self._archive.open(self.sheet_member, "w", force_zip64=is_large)
        self._out.write(self.begin(sheet, columns).encode())

    @abstractmethod
    def members(self, sheet: str) -> dict[str, str]:
        """The small members before the sheet, by name."""

    @abstractmethod
    def begin(self, sheet: str, columns: int) -> str:
        """What stands before the rows."""

    end: str
    "What stands after them."

    @abstractmethod
    def row(self, cells: Sequence[str]) -> str:
        """The next row."""

    @abstractmethod
    def header(self, titles: Sequence[str]) -> str:
        """The next row, of titles."""

    @abstractmethod
    def text(self, value: str) -> str:
        """A cell with a text."""

    @abstractmethod
    def number(self, text: str) -> str:
        """A cell with a number, written with a point."""

    @abstractmethod
    def boolean(self, value: bool) -> str:
        """A cell with true or false."""

    @abstractmethod
    def fault(self, value: str) -> str:
        """A cell with an error such as `#N/A`."""

    @abstractmethod
    def day(self, value: date) -> str:
        """A cell with a date; empty if the format cannot hold it."""

    def instant(self, value: datetime) -> str:
        """A cell with the time a clock of the zone shows; empty if that is not one instant."""
        local = value.astimezone(self._zone)
        shown = local.replace(tzinfo=None)
        if shown.replace(tzinfo=self._zone).astimezone(UTC) != value or local.fold:
            return ""
        return self.moment(shown)

    @abstractmethod
    def moment(self, value: datetime) -> str:
        """A cell with a date and time without zone; empty if the format cannot hold it."""

    def write(self, rows: Iterable[str]) -> None:
        """Write rows as XML."""
        batch: list[str] = []
        for row in rows:
            batch.append(row)
            if len(batch) >= _BATCH:
                self._out.write("".join(batch).encode())
                batch.clear()
        self._out.write("".join(batch).encode())

    def close(self) -> None:
        """End the sheet and the archive."""
        self._out.write(self.end.encode())
        self._out.close()
        self._archive.close()


_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_FIRST_DAY = date(1900, 3, 1)
_COARSE = 65_536
"Days from which on a binary number no longer tells microseconds apart."
_DAY_ZERO, _MOMENT_ZERO = date(1899, 12, 30), datetime(1899, 12, 30)  # noqa: DTZ001  as Excel has it
# In XLSX, `_x000B_` is the character 0B; so such a text itself needs its first `_` written so.
_CODED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")


class Xlsx(Workbook):
    """Excel's format (ECMA-376): texts stand in their cells, days are counted from 1900."""

    empty = ""
    sheet_member = "xl/worksheets/sheet1.xml"
    end = "</sheetData></worksheet>"

    def members(self, sheet: str) -> dict[str, str]:
        """Package, workbook and styles: 1 date, 2 date and time, 3 header, 4 text."""
        name = _NO_SHEET_NAME.sub(" ", sheet).strip("' ")[:31] or "Sheet1"
        return {
            "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
            '<Override PartName="/xl/worksheets/sheet1.xml" '
            f'ContentType="{_TYPES}.worksheet+xml"/></Types>',
            "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
            "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_OFFICE}">'
            f'<sheets><sheet name="{quoted(name)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" '
            'Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/>'
            "</Relationships>",
            "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_SPREADSHEET}"><numFmts count="2">'
            '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
            '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
            '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
            '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
            '<fills count="2"><fill><patternFill patternType="none"/></fill>'
            '<fill><patternFill patternType="gray125"/></fill></fills>'
            "<borders><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
            '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
            '</cellStyleXfs><cellXfs count="5">'
            '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
            '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" '
            'applyNumberFormat="1"/>'
            '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" '
            'applyNumberFormat="1"/>'
            '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
            '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" '
            'applyNumberFormat="1"/></cellXfs>'
            '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
            "</styleSheet>",
        }

    def begin(self, sheet: str, columns: int) -> str:  # noqa: ARG002
        """The first row stays in view; columns are wide enough for a date and time."""
        self._letters = [letters(at) for at in range(columns)]
        return (
            f'{_HEAD}<worksheet xmlns="{_SPREADSHEET}"><sheetViews>'
            '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
            'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<cols><col min="1" max="{max(columns, 1)}" width="20" customWidth="1"/></cols>'
            "<sheetData>"
        )

    def row(self, cells: Sequence[str]) -> str:
        """A row; each cell is told its place."""
        self._line = line = self._line + 1
        names = self._letters
        while len(names) < len(cells):
            names.append(letters(len(names)))
        placed = [
            f'<c r="{name}{line}"{cell}' for name, cell in zip(names, cells, strict=False) if cell
        ]
        return f'<row r="{line}">{"".join(placed)}</row>'

    def header(self, titles: Sequence[str]) -> str:
        """A row of bold texts."""
        return self.row([self.text(title).replace(' s="4"', ' s="3"', 1) for title in titles])

    def text(self, value: str) -> str:
        """A text cell, of the form "text", so that editing it in Excel leaves it a text."""
        if "_x" in value:
            value = _CODED.sub("_x005F_", value)
        if "\r" in value or _NO_XML.search(value):
            value = re.sub("\r|" + _NO_XML.pattern, lambda found: f"_x{ord(found[0]):04X}_", value)
        space = "" if value == value.strip() else ' xml:space="preserve"'
        return f' s="4" t="inlineStr"><is><t{space}>{escaped(value)}</t></is></c>'

    def number(self, text: str) -> str:
        """A number cell."""
        return f"><v>{text}</v></c>"

    def boolean(self, value: bool) -> str:
        """A cell of true or false."""
        return f' t="b"><v>{value:d}</v></c>'

    def fault(self, value: str) -> str:
        """An error cell."""
        return f' t="e"><v>{escaped(value)}</v></c>'

    def day(self, value: date) -> str:
        """Days since the end of 1899; before March 1900 programs disagree on their number."""
        if value < _FIRST_DAY:
            return ""
        return f' s="1"><v>{(value - _DAY_ZERO).days}</v></c>'

    def moment(self, value: datetime) -> str:
        """Days with a fraction; empty if that is not exact to the microsecond, as after 2079."""
        if value.date() < _FIRST_DAY:
            return ""
        since = value - _MOMENT_ZERO
        days = since.days + (since.seconds * 1_000_000 + since.microseconds) / 86_400_000_000
        stored = f"{days:.12f}" if since.microseconds else repr(days)
        is_fine = since.microseconds or since.days >= _COARSE
        if is_fine and cells.dated(stored, cells.MOMENT) != value.isoformat():
            return ""
        return f' s="2"><v>{stored}</v></c>'


_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_NAMES = " ".join(
    f'xmlns:{name}="{_ODF}:{long}:1.0"'
    for name, long in {
        "office": "office",
        "table": "table",
        "text": "text",
        "style": "style",
        "number": "datastyle",
        "fo": "xsl-fo-compatible",
    }.items()
)
_NAMES += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
_OWN_ERROR = 'calcext:value-type="error"'
_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_BLANKS = re.compile("(?:^ | {2,}| $)")


class Ods(Workbook):
    """OpenDocument (ISO/IEC 26300): dates as ISO 8601, texts as paragraphs."""

    empty = "<table:table-cell/>"
    sheet_member = "content.xml"
    end = "</table:table></office:spreadsheet></office:body></office:document-content>"

    def members(self, sheet: str) -> dict[str, str]:  # noqa: ARG002
        """Its type first and unpacked, so that a look at the first bytes tells it."""
        return {
            "mimetype": _ODS_TYPE,
            "META-INF/manifest.xml": f'{_HEAD}<manifest:manifest xmlns:manifest="{_ODF}:manifest'
            ':1.0" manifest:version="1.2"><manifest:file-entry manifest:full-path="/" '
            f'manifest:version="1.2" manifest:media-type="{_ODS_TYPE}"/><manifest:file-entry '
            'manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
            "</manifest:manifest>",
        }

    def begin(self, sheet: str, columns: int) -> str:
        """Styles d (date), i (date and time), h (header), t (text); then the columns."""
        two = 'number:style="long"'
        day = (
            f"<number:year {two}/>{_text('-')}<number:month {two}/>{_text('-')}<number:day {two}/>"
        )
        time = (
            f"{_text(' ')}<number:hours {two}/>{_text(':')}<number:minutes {two}/>"
            f"{_text(':')}<number:seconds {two}/>"
        )
        cell = '<style:style style:family="table-cell" style:name='
        return (
            f'{_HEAD}<office:document-content {_NAMES} office:version="1.2">'
            '<office:automatic-styles><style:style style:family="table-column" style:name="c">'
            '<style:table-column-properties style:column-width="4cm"/></style:style>'
            f'<number:date-style style:name="nd">{day}</number:date-style>'
            f'<number:date-style style:name="ni">{day}{time}</number:date-style>'
            '<number:text-style style:name="nt"><number:text-content/></number:text-style>'
            f'{cell}"d" style:data-style-name="nd"/>{cell}"i" style:data-style-name="ni"/>'
            f'{cell}"t" style:data-style-name="nt"/>'
            f'{cell}"h"><style:text-properties fo:font-weight="bold"/></style:style>'
            "</office:automatic-styles><office:body><office:spreadsheet>"
            f'<table:table table:name="{quoted(sheet)}"><table:table-column '
            f'table:style-name="c" table:number-columns-repeated="{max(columns, 1)}"/>'
        )

    def row(self, cells: Sequence[str]) -> str:
        """A row; its cells stand one after the other."""
        return f"<table:table-row>{''.join(cells) or self.empty}</table:table-row>"

    def header(self, titles: Sequence[str]) -> str:
        """A row of bold texts."""
        return self.row([self.text(title).replace('"t"', '"h"', 1) for title in titles])

    def text(self, value: str) -> str:
        """A text cell with a paragraph per line; blanks that XML would join are counted."""
        if _NO_XML.search(value):
            value = _NO_XML.sub("", value)
        value = escaped(value)
        if "\t" in value:
            value = value.replace("\t", "<text:tab/>")
        if " " in value and "\n" not in value and not _BLANKS.search(value):
            lines = value
        else:
            lines = "</text:p><text:p>".join(
                _BLANKS.sub(_counted, line) for line in value.split("\n")
            )
        return _cell("string", 't"', f"<text:p>{lines}</text:p>")

    def number(self, text: str) -> str:
        """A number cell, with what it shows."""
        return f'<table:table-cell office:value-type="float" office:value="{text}"/>'

    def boolean(self, value: bool) -> str:
        """A cell of true or false."""
        said = "true" if value else "false"
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{said}"/>'

    def fault(self, value: str) -> str:
        """A text to others, an error to LibreOffice, which made up this way."""
        return _cell("string", f't" {_OWN_ERROR}', f"<text:p>{escaped(value)}</text:p>")

    def day(self, value: date) -> str:
        """A date cell."""
        return _cell("date", f'd" office:date-value="{value.isoformat()}"')

    def moment(self, value: datetime) -> str:
        """A date cell with a time."""
        return _cell("date", f'i" office:date-value="{value.isoformat()}"')


def _cell(kind: str, rest: str, content: str = "") -> str:
    begin = f'<table:table-cell office:value-type="{kind}" table:style-name="{rest}'
    return f"{begin}>{content}</table:table-cell>" if content else f"{begin}/>"


def _counted(found: "re.Match[str]") -> str:
    return f'<text:s text:c="{len(found[0])}"/>'


def _text(text: str) -> str:
    return f"<number:text>{text}</number:text>"
