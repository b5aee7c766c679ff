"""Subject lists as people save them: any encoding, any delimiter, with their row numbers."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest

from fieldkit.errors import SubjectError
from fieldkit.io.subjects import parse_subjects, read_subjects
from fieldkit.model.codes import load_codes
from fieldkit.model.register import COLUMNS, check_entries
from fieldkit.resources import data_path

LIST = "id,kind,name_zh,parent\nCN01,county,禾岭县,\n\nTS01,township,枫埠镇,CN01\n"
ROWS = [(2, "CN01"), (4, "TS01")]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_text_in_any_dress(codec: str, delimiter: str, newline: str) -> None:
    text = LIST.replace(",", delimiter).replace("\n", newline)
    found = parse_subjects(text.encode(codec))
    assert [(entry.row, entry.id) for entry in found.entries] == ROWS
    assert found.entries[0].values["name_zh"] == "禾岭县"
    assert found.refused == ()


def test_a_workbook() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "kind", "name_zh", "members_full", "last_election"])
    sheet.append(["BR01", "branch", "支部", 22, dt.datetime(2024, 1, 16)])
    sheet.append([])
    sheet.append(["BR02", "branch", "支部二", 30.0, "2024-02-02"])
    out = io.BytesIO()
    book.save(out)
    found = parse_subjects(out.getvalue())
    assert [(entry.row, entry.id) for entry in found.entries] == [(2, "BR01"), (4, "BR02")]
    assert found.entries[0].values["members_full"] == "22"
    assert found.entries[0].values["last_election"] == "2024-01-16"


def test_the_sheet_named_subjects_is_taken() -> None:
    book = openpyxl.Workbook()
    book.active.append(["remark"])  # type: ignore[union-attr]
    sheet = book.create_sheet("Subjects")
    sheet.append(["id", "kind", "name_zh"])
    sheet.append(["CN01", "county", "禾岭县"])
    out = io.BytesIO()
    book.save(out)
    assert [entry.id for entry in parse_subjects(out.getvalue()).entries] == ["CN01"]


def test_a_name_with_a_comma() -> None:
    found = parse_subjects(b'id,kind,name_en\nLK01,link,"Contact Point, Jiuyaowan"\n')
    assert found.entries[0].values["name_en"] == "Contact Point, Jiuyaowan"


def test_a_row_with_too_many_cells_is_refused_and_the_rest_kept() -> None:
    found = parse_subjects(b"id,kind,name_en\nLK01,link,Contact Point, Jiuyaowan\nCN01,county,Heling\n")
    assert [(row, fault.code) for row, fault in found.refused] == [(2, "SUBJ-004")]
    assert [entry.id for entry in found.entries] == ["CN01"]


def test_an_unknown_column_is_refused_with_its_name_and_not_read() -> None:
    found = parse_subjects("id,kind,name_zh,联系电话\nCN01,county,禾岭县,13812345678\n".encode())
    ((row, fault),) = found.refused
    assert (row, fault.code, fault.column) == (1, "SUBJ-002", "联系电话")
    assert "13812345678" not in str(found.entries)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"name_zh,kind\na,county\n", "SUBJ-003"),
        (b"\x00\x01\x02", "SUBJ-001"),
        (b"PK\x03\x04broken", "SUBJ-001"),
        (b'id,kind,name_zh\nCN01,county,"' + b"x" * (1 << 21), "SUBJ-001"),
    ],
)
def test_a_list_that_cannot_be_read(tmp_path: Path, data: bytes, code: str) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(data)
    with pytest.raises(SubjectError) as caught:
        read_subjects(file)
    assert caught.value.code == code
    assert caught.value.where["file"] == str(file)


def test_an_empty_list_has_no_columns(tmp_path: Path) -> None:
    with pytest.raises(SubjectError) as caught:
        parse_subjects(b"")
    assert caught.value.code == "SUBJ-003"
    with pytest.raises(SubjectError) as missing:
        read_subjects(tmp_path / "none.csv")
    assert missing.value.code == "SUBJ-001"


SAMPLE = Path(__file__).parents[4] / "shared" / "domain" / "samples" / "subjects.csv"


@pytest.mark.skipif(not SAMPLE.is_file(), reason="the sample of the domain is not beside the repository")
def test_the_sample_of_the_domain_is_good() -> None:
    found = read_subjects(SAMPLE)
    assert found.columns == COLUMNS
    codes = load_codes(data_path("codes.tsv").read_text(encoding="utf-8"))
    verdict = check_entries(found.entries, {}, codes)
    assert (len(verdict.accepted), verdict.refused) == (47, ())
