"""The stranger's test: break one cell of one extract, load it again, and be told where."""

import polars as pl
import xlsxwriter
from python_calamine import CalamineWorkbook

from anlan.gate.lake import read_ledger, read_quarantine


def test_a_broken_cell_is_named_by_file_sheet_row_column_value_and_rule(demo_copy, run_anlan):
    # The last monthly extract of accidents, as the example wrote it.
    ledger = read_ledger(demo_copy.lake).filter(pl.col("source") == "accidents", status="accepted")
    name = ledger.filter(pl.col("file_name").str.ends_with(".xlsx")).sort("received_at")["file_name"][-1]
    original = demo_copy.inbox / name
    book = CalamineWorkbook.from_path(str(original))
    sheet = book.sheet_names[0]
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    (header, column) = next(
        (r, c) for r, row in enumerate(rows) for c, cell in enumerate(row) if str(cell).startswith("死亡")
    )
    target = next(
        r
        for r in range(header + 1, len(rows))
        if str(rows[r][column]).strip().isdigit() or rows[r][column] == 1.0
    )
    rows[target][column] = "三个人"
    broken = original.with_name("改动_" + original.name)
    with xlsxwriter.Workbook(str(broken)) as workbook:
        worksheet = workbook.add_worksheet(sheet)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                worksheet.write(r, c, str(cell) if cell != "" else None)
    before = read_quarantine(demo_copy.lake)
    printed = run_anlan("load", home=demo_copy.path).stdout

    found = read_quarantine(demo_copy.lake).join(before, on=["extract_id", "row", "rule_id"], how="anti")
    finding = found.filter(value="三个人").row(0, named=True)
    assert finding["file_name"] == broken.relative_to(demo_copy.inbox).as_posix()
    assert finding["sheet_name"] == sheet
    assert finding["row"] == target + 1
    assert finding["column_letter"] == chr(ord("A") + column)
    assert finding["rule_id"] == "type_integer"
    for part in (broken.name, sheet, str(target + 1), finding["column_letter"], "三个人", "type_integer"):
        assert part in printed
