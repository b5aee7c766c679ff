"""Files of any kind: read by their bytes, within bounds, never with a traceback."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import openpyxl
import pytest

from fieldkit.errors import FormError
from fieldkit.forms import compile_xform
from fieldkit.io import workbook_xlsx
from fieldkit.io.sheets import column_letter
from fieldkit.io.workbook import read_bytes
from fieldkit.io.xlsform import convert, convert_bytes
from tests.builders.workbooks import markdown, with_part, xlsx

FORM = """
| survey   |         |      |       |
|          | type    | name | label |
|          | integer | a    | A     |
|          | text    | b    | B     |
| settings |         |         |
|          | form_id | version |
|          | f1      | 3       |
"""
CSV = '"survey"\n,"type","name","label"\n,"integer","a","A, b"\n"settings"\n,"form_id"\n,"f1"\n'


def code_of(data: bytes) -> str:
    conversion = convert_bytes(data)
    assert conversion.xform is None
    return conversion.problems[0].code


def test_the_same_form_from_every_kind_of_file(tmp_path: Path) -> None:
    contents = {
        "form.bin": xlsx(FORM),
        "form.xls": markdown(FORM),
        "form.txt": CSV.encode(),
        "gb.csv": CSV.encode("gb18030"),
    }
    for name, data in contents.items():
        file = tmp_path / name
        file.write_bytes(data)
        conversion = convert(file)
        assert conversion.problems == (), name
        assert conversion.form_id == "f1"
    assert read_bytes(contents["form.bin"]).kind == "xlsx"
    assert read_bytes(contents["form.xls"]).kind == "md"
    assert read_bytes(contents["form.txt"]).kind == "csv"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_in_any_encoding(codec: str) -> None:
    conversion = convert_bytes(
        "| survey |  |  |  |\n| | type | name | label |\n| | text | a | 村党支部 |\n".encode(codec)
    )
    assert conversion.xform is not None
    assert "村党支部" in conversion.xform.decode("utf-8")


def test_an_xform_goes_through_as_it_is() -> None:
    xform = convert_bytes(markdown(FORM)).xform
    assert xform is not None
    assert convert_bytes(b"\xef\xbb\xbf\n" + xform).xform == b"\xef\xbb\xbf\n" + xform


@pytest.mark.parametrize("codec", ["iso-8859-1", "utf-16", "gb18030"])
def test_an_xform_in_another_encoding_is_written_again(codec: str) -> None:
    xform = convert_bytes("| survey |  |  |  |\n| | type | name | label |\n| | text | a | caf\xe9 |\n".encode()).xform
    assert xform is not None
    text = xform.decode("utf-8").replace('<?xml version="1.0"?>', f'<?xml version="1.0" encoding="{codec}"?>')
    found = convert_bytes(text.encode(codec)).xform
    assert found is not None
    assert "café" in found.decode("utf-8")
    assert compile_xform(found).questions == 1


def test_cells_become_the_text_that_is_meant() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "survey"
    sheet.append(["type", "name", "label", "relevant", "appearance"])
    sheet.append(["text", "a\xa0", 12.0, True, 1.5])
    out = io.BytesIO()
    book.save(out)
    (row,) = read_bytes(out.getvalue()).sheets[0].rows
    assert list(row.cells.values()) == ["text", "a", "12", "TRUE", "1.5"]


class TestFormattingToTheLastRow:
    def formatted(self, *, value_at: int = 0) -> bytes:
        """A workbook whose formatting reaches row 1,048,576."""
        data = xlsx(FORM)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            part = archive.read("xl/worksheets/sheet1.xml").decode()
        rows = "".join(f'<row r="{number}" s="1"><c r="B{number}" s="1"/></row>' for number in range(4, 1_048_577, 8))
        if value_at:
            rows = f'<row r="{value_at}"><c r="B{value_at}" t="inlineStr"><is><t>text</t></is></c></row>'
        return with_part(data, "xl/worksheets/sheet1.xml", part.replace("</sheetData>", rows + "</sheetData>").encode())

    def test_it_is_not_walked_through(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # The limit of the blank run would hide a walk; without it the last row with content alone must end the reading.
        monkeypatch.setattr(workbook_xlsx, "MAX_BLANK_RUN", 1 << 30)
        (survey, __) = read_bytes(self.formatted()).sheets
        assert [row.number for row in survey.rows] == [2, 3]
        assert survey.cut_at == 0

    def test_a_lone_cell_far_below_is_said(self) -> None:
        conversion = convert_bytes(self.formatted(value_at=1_048_576))
        assert conversion.xform is not None
        assert [problem.code for problem in conversion.problems] == ["FORM-215"]


def test_blank_rows_between_keep_the_row_numbers() -> None:
    conversion = convert_bytes(xlsx(FORM.replace("integer", "colour"), blank_rows={"survey": 99}))
    assert conversion.problems[0].row == 101


class TestRefused:
    def test_nothing_at_all(self) -> None:
        assert code_of(b"") == "FORM-201"

    def test_no_workbook(self) -> None:
        assert code_of(b"\x00\x01\x02\x03") == "FORM-201"
        assert code_of("一段话".encode()) == "FORM-201"

    def test_another_archive(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("readme.txt", "hello")
        assert code_of(out.getvalue()) == "FORM-201"

    @pytest.mark.parametrize("part", ["content.xml", "xl/workbook.bin", "Index/Document.iwa"])
    def test_other_spreadsheets(self, part: str) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(part, "hello")
        assert code_of(out.getvalue()) == "FORM-205"

    def test_a_truncated_workbook(self) -> None:
        data = xlsx(FORM)
        for share in (0.2, 0.5, 0.9, 0.99):
            assert code_of(data[: int(len(data) * share)]) == "FORM-202"

    def test_a_damaged_part(self) -> None:
        assert code_of(with_part(xlsx(FORM), "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row")) == "FORM-202"
        assert code_of(with_part(xlsx(FORM), "xl/workbook.xml", b"")) == "FORM-202"

    def test_a_protected_workbook(self) -> None:
        ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le") + bytes(512)
        assert code_of(ole) == "FORM-204"

    def test_a_damaged_old_workbook(self) -> None:
        assert code_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + os.urandom(2000)) == "FORM-202"

    def test_entities(self) -> None:
        bomb = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'
        assert code_of(with_part(xlsx(FORM), "xl/worksheets/sheet1.xml", bomb)) == "FORM-202"

    def test_an_archive_bomb(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbook_xlsx, "MAX_UNPACKED_BYTES", 3_000_000)
        assert code_of(with_part(xlsx(FORM), "xl/media/image1.png", bytes(4_000_000))) == "FORM-203"

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        assert convert(tmp_path / "none.xlsx").problems[0].code == "FORM-200"
        assert convert(tmp_path).problems[0].code == "FORM-200"

    def test_a_file_that_is_too_large(self, tmp_path: Path) -> None:
        file = tmp_path / "large.xlsx"
        with file.open("wb") as out:
            out.truncate(65 * 1024 * 1024)
        assert convert(file).problems[0].code == "FORM-203"

    def test_a_csv_with_an_open_quote_of_a_megabyte(self) -> None:
        assert code_of(b'survey\n,type,name\n,"' + b"x" * (1 << 21)) == "FORM-202"


def test_every_refusal_has_a_next_step() -> None:
    for data in (b"", b"\x00", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        with pytest.raises(FormError) as caught:
            read_bytes(data)
        assert caught.value.hint


@pytest.mark.parametrize(("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (0, "")])
def test_letters_of_columns(number: int, letters: str) -> None:
    assert column_letter(number) == letters


def test_attachments_are_found_beside_the_form(tmp_path: Path) -> None:
    form = tmp_path / "form.md"
    form.write_bytes(
        b"| survey |  |  |  | |\n| | type | name | label | calculation |\n"
        b"| | select_one_from_file villages.csv | a | A | |\n"
        b"| | calculate | b | | pulldata('towns', 'x', 'y', ${a}) |\n"
        b"| | select_one_from_file missing.csv | c | C | |\n"
    )
    (tmp_path / "villages.csv").write_bytes(b"name,label\n")
    (tmp_path / "towns.csv").write_bytes(b"x,y\n")
    assert set(convert(form).media) == {"villages.csv", "towns.csv"}
    folder = tmp_path / "form-media"
    folder.mkdir()
    (folder / "villages.csv").write_bytes(b"name,label\nv1,One\n")
    assert convert(form).media["villages.csv"] == b"name,label\nv1,One\n"
    assert convert(form, media_dir=folder).media.keys() == {"villages.csv"}
