"""Writes the rows of workbook-rows.mjs with a Python library and prints what that took.

Arguments: the library, the number of rows, the path, a file with the material of the rows. Without rows it
only tells whether the library is there.
"""

import json
import resource
import sys
from datetime import datetime, timedelta
from time import perf_counter

library, count, path, material_path = sys.argv[1], int(sys.argv[2]), *sys.argv[3:5]
module = __import__(library)
if count == 0:
    print(json.dumps({"version": module.__version__}))
    sys.exit()

with open(material_path, encoding="utf-8") as file:
    material = json.load(file)
columns = material["columns"]
kinds = [column["kind"] for column in columns]
entries, pool = material["entries"], material["pool"]
task_ids, timestamps, messages = (material[key] for key in ("taskIds", "timestamps", "messages"))
user_ids, aliases = material["userIds"], material["aliases"]
names, queues = material["names"], material["queues"]
dates = [
    datetime(1970, 1, 1) + timedelta(milliseconds=material["firstMs"] + index * material["stepMs"])
    for index in range(pool)
]
durations = [timedelta(seconds=index) for index in range(1000)]


def make_row(index):
    at = index % pool
    conversation = index // entries
    by_customer = index % 2 == 0
    return [
        task_ids[conversation % pool],
        timestamps[at],
        "INBOUND" if by_customer else "OUTBOUND",
        messages[at],
        names[(conversation if by_customer else conversation * 3 + 1) % 8],
        "CUSTOMER" if by_customer else "AGENT",
        user_ids[conversation % pool if by_customer else conversation % 8],
        None if by_customer else aliases[at],
        dates[at],
        index % entries + 1,
        "customer" if by_customer else "agent",
        queues[conversation % 4],
        "chat",
        "message",
        names[(conversation * 3 + 1) % 8],
        durations[at % 1000],
    ]


def with_xlsxwriter():
    # What its manual names for many rows, and its methods for one kind of value, which are the fastest.
    book = module.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("Messages")
    formats = {
        "dateTime": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"}),
        "duration": book.add_format({"num_format": "[h]:mm:ss"}),
    }
    for column, kind in enumerate(kinds):
        sheet.write_string(0, column, columns[column]["header"])
    write_string, write_number, write_datetime = (
        sheet.write_string,
        sheet.write_number,
        sheet.write_datetime,
    )
    for index in range(count):
        for column, value in enumerate(make_row(index)):
            if value is None:
                continue
            kind = kinds[column]
            if kind == "text":
                write_string(index + 1, column, value)
            elif kind == "integer":
                write_number(index + 1, column, value)
            else:
                write_datetime(index + 1, column, value, formats[kind])
    book.close()


def with_openpyxl():
    book = module.Workbook(write_only=True)
    sheet = book.create_sheet("Messages")
    sheet.append([column["header"] for column in columns])
    for index in range(count):
        sheet.append(make_row(index))
    book.save(path)


started = perf_counter()
{"xlsxwriter": with_xlsxwriter, "openpyxl": with_openpyxl}[library]()
ms = (perf_counter() - started) * 1000


def read_peak_mb():
    """Where Linux tells it: what getrusage says can be the peak of the process that started this one."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            peak = next(line for line in status if line.startswith("VmHWM"))
            return int(peak.split()[1]) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


print(json.dumps({"ms": ms, "peakMb": read_peak_mb()}))
