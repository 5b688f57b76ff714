"""Opens an exported workbook with openpyxl and checks the contracts that people's scripts rely on."""

import sys

from openpyxl import load_workbook

CONTRACT = [
    "task_id",
    "timestamp",
    "direction",
    "message",
    "participant_name",
    "participant_role",
    "participant_userId",
    "participant_aliasId",
]
BUCKETS = [
    "exported",
    "without transcript",
    "still open",
    "filtered out",
    "failed",
    "cancelled",
]


def rows(sheet):
    return list(sheet.iter_rows(values_only=True))


def check(path):
    book = load_workbook(path)
    assert book.sheetnames == ["Summary", "Conversations", "Messages", "Not exported"], book.sheetnames
    labels = {row[0].strip(): row[1] for row in rows(book["Summary"]) if isinstance(row[0], str)}
    found = labels["Conversations found"]
    assert found == sum(labels[bucket] for bucket in BUCKETS), labels
    assert found == labels["The contact center's own count"], labels

    header, *messages = rows(book["Messages"])
    assert list(header[:8]) == CONTRACT, header
    part = header.index("part")
    entries = [row for row in messages if row[part] is None or str(row[part]).startswith("1 of ")]
    assert len(entries) == labels["Entries in the file"] > 0, (len(entries), labels)

    conversations = rows(book["Conversations"])[1:]
    missing = rows(book["Not exported"])[1:]
    assert len(conversations) == labels["exported"], len(conversations)
    assert len(missing) == found - labels["exported"], len(missing)
    ids = [row[0] for row in conversations] + [row[0] for row in missing]
    assert len(ids) == len(set(ids)) == found
    assert {row[0] for row in messages} == {row[0] for row in conversations}

    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (sheet.title, cell.coordinate)
                check_link(book, sheet, cell)
        if sheet.title != "Summary":
            assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref, sheet.title
    print(f"{path}: {found} conversations, {len(entries)} entries, balance and contract hold")


def check_link(book, sheet, cell):
    """Links stay inside the file, and lead from a conversation to its first entry."""
    if cell.hyperlink is None:
        return
    assert cell.hyperlink.target is None, (sheet.title, cell.coordinate)
    name, place = cell.hyperlink.location.rsplit("!", 1)
    target = book[name.strip("'").replace("''", "'")][place]
    above = book[name.strip("'").replace("''", "'")].cell(target.row - 1, 1)
    task_id = sheet.cell(cell.row, 1).value
    assert target.value == task_id != above.value, (sheet.title, cell.coordinate)


if __name__ == "__main__":
    assert len(sys.argv) > 1, "name at least one workbook"
    for name in sys.argv[1:]:
        check(name)
