"""Reads a workbook with openpyxl, and each of its parts with expat, and prints as JSON what it found."""

import json
import sys
import zipfile
from datetime import datetime, time, timedelta
from xml.parsers import expat

from openpyxl import load_workbook


def plain(value):
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, time):
        return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second).total_seconds()
    return value


def describe(sheet):
    cells = [cell for row in sheet.iter_rows() for cell in row]
    return {
        "name": sheet.title,
        "rows": [[plain(cell.value) for cell in row] for row in sheet.iter_rows()],
        "formulas": [cell.coordinate for cell in cells if cell.data_type == "f"],
        "links": [
            {"ref": cell.coordinate, "target": cell.hyperlink.target, "location": cell.hyperlink.location}
            for cell in cells
            if cell.hyperlink
        ],
        "freeze": sheet.freeze_panes,
        "filter": sheet.auto_filter.ref,
        "printTitles": sheet.print_title_rows,
        "merged": [str(ref) for ref in sheet.merged_cells.ranges],
        "conditionalFormats": len(sheet.conditional_formatting),
    }


def parse_parts(path):
    with zipfile.ZipFile(path) as package:
        damaged = package.testzip()
        assert damaged is None, damaged
        for name in package.namelist():
            expat.ParserCreate().Parse(package.read(name), True)
        return package.namelist()


path = sys.argv[1]
book = load_workbook(path)
print(
    json.dumps(
        {
            "parts": parse_parts(path),
            "sheets": [describe(sheet) for sheet in book],
            "title": book.properties.title,
            "creator": book.properties.creator,
            "created": plain(book.properties.created),
        }
    )
)
