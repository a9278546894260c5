"""Spreadsheets made by hand, so that tests can say what no program writes."""

import zipfile

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text")
)
CALCEXT = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def zipped(path, members):
    """An archive with members by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, kind)
    return path


def xlsx(path, *sheets, texts="", styles="", settings="", **more):
    """A workbook; a sheet is its rows as XML, or a pair of name and rows, or of three with state.

    `texts` are the `<si>` of shared texts, `styles` what stands in the style sheet.
    """
    named = [
        each if isinstance(each, tuple) else (f"S{n}", each) for n, each in enumerate(sheets, 1)
    ]
    listed = "".join(
        f'<sheet name="{each[0]}" sheetId="{n}" r:id="rId{n}"'
        + (f' state="{each[2]}"' if len(each) > 2 else "")
        + "/>"
        for n, each in enumerate(named, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(named) + 1)
    )
    members = {
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{RELATIONS}">{settings}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relations}'
        "</Relationships>",
        **{
            f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{each[1]}'
            "</sheetData></worksheet>"
            for n, each in enumerate(named, 1)
        },
    }
    if texts:
        members["xl/sharedStrings.xml"] = f'<sst xmlns="{SHEET}">{texts}</sst>'
    if styles:
        members["xl/styles.xml"] = f'<styleSheet xmlns="{SHEET}">{styles}</styleSheet>'
    return zipped(path, members | more)


def row(*cells, r=""):
    """A row of XLSX; a text is an inline text cell, a pair is attributes and content."""
    place = f' r="{r}"' if r else ""
    return f"<row{place}>" + "".join(map(cell, cells)) + "</row>"


def cell(content):
    """A cell of XLSX."""
    if isinstance(content, tuple):
        return f"<c {content[0]}>{content[1]}</c>"
    return f'<c t="inlineStr"><is><t>{content}</t></is></c>'


def ods(path, *sheets, **more):
    """A document; a sheet is its rows as XML, or a pair of name and rows."""
    named = [
        each if isinstance(each, tuple) else (f"S{n}", each) for n, each in enumerate(sheets, 1)
    ]
    tables = "".join(
        f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in named
    )
    content = (
        f"<office:document-content {ODF} {CALCEXT}><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped(path, {"mimetype": kind, "content.xml": content} | more)


def ods_row(*cells, times=1):
    """A row of ODS; a text is a text cell, a pair is attributes and content."""
    begin = (
        f'<table:table-row table:number-rows-repeated="{times}">'
        if times > 1
        else ("<table:table-row>")
    )
    return begin + "".join(map(ods_cell, cells)) + "</table:table-row>"


def ods_cell(content):
    """A cell of ODS."""
    if isinstance(content, tuple):
        return f"<table:table-cell {content[0]}>{content[1]}</table:table-cell>"
    return (
        f'<table:table-cell office:value-type="string"><text:p>{content}</text:p>'
        "</table:table-cell>"
    )
