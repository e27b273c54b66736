"""Archives: every member is an extract, is read in memory, and fails alone."""

import io
import struct
import zipfile

import pytest

from anlan.intake import container
from anlan.intake.container import Unreadable, extracts_of
from anlan.intake.manifest import Manifest
from anlan.intake.original import Original
from anlan.intake.stage import stage_file
from intake_files import AREAS, PSEUDONYMS, contract_with, write_csv, write_xlsx

HEADER = ["日期", "地区", "装备", "数量"]
ROW = ["2020-03-31", "西湖区", "油锯", "3"]
FIELDS = ["as_of_on", "division_code", "equipment_type", "quantity"]
TRICKS = [
    "../a.csv", "/a.csv", "C:a.csv", "C:\\a.csv", "x\\a.csv", "x/../a", "a\tb.csv", "\u202egnp.csv", "a//b",
]  # fmt: skip
LAYOUT = {
    "id": "test",
    "files": ["杭州*"],
    "columns": [
        {"field": name, "from": header}
        for name, header in zip(
            ("as_of_on", "division_code", "equipment_type", "quantity"), HEADER, strict=True
        )
    ],
}


def pack(path, members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def staged(original, inbox):
    (table,) = stage_file(original, contract_with("equipment", LAYOUT), AREAS, PSEUDONYMS, Manifest(inbox))
    return table


def found(path):
    """Names of the members that are extracts, and what is said of each other."""
    items = list(extracts_of(path, path.parent))
    good = [item.member for item in items if isinstance(item, Original)]
    bad = [item.error.message for item in items if isinstance(item, Unreadable)]
    assert not any("\n" in text for text in bad)
    return good, bad


def test_each_member_of_an_archive_is_an_extract_with_the_identity_of_its_bytes(tmp_path):
    csv = write_csv(tmp_path / "杭州.csv", [HEADER, ROW])
    book = write_xlsx(tmp_path / "杭州2.xlsx", {"表": [HEADER, ROW]})
    path = pack(
        tmp_path / "三月.zip",
        [
            ("杭州.csv", csv.read_bytes()),
            ("子/杭州2.xlsx", book.read_bytes()),
            ("__MACOSX/._a", b"x"),
            (".DS_Store", b"x"),
        ],
    )
    before = set(tmp_path.iterdir())
    originals = list(extracts_of(path, tmp_path))
    assert [o.digest() for o in originals] == [Original.of_file(p).digest() for p in (csv, book)]
    for original in originals:
        (table,) = stage_file(
            original, contract_with("equipment", LAYOUT), AREAS, PSEUDONYMS, Manifest(tmp_path)
        )
        assert (table.refusal, table.rows.height) == (None, 1)
        assert table.meta.file_name == f"三月.zip/{original.member}"
    assert set(tmp_path.iterdir()) == before


def test_a_workbook_is_no_archive_of_extracts(tmp_path):
    path = write_xlsx(tmp_path / "f.zip", {"表": [HEADER]})
    assert list(extracts_of(path, tmp_path)) == [Original.of_file(path)]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_names_without_the_flag_for_utf_8_are_read_as_windows_wrote_them(tmp_path, encoding):
    name = "浙江省杭州市.csv"
    raw = name.encode(encoding)
    path = pack(tmp_path / "f.zip", [("x" * len(raw), b"1")])
    path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
    assert found(path) == ([name], [])


@pytest.mark.parametrize(
    "name",
    [
        "../a.csv",
        "/a.csv",
        "C:a.csv",
        "C:\\a.csv",
        "x\\a.csv",
        "x/../../a.csv",
        "a\tb.csv",
        "\u202egnp.csv",
        "a//b.csv",
    ],
)
def test_names_that_play_tricks_are_refused_and_the_others_read(tmp_path, name):
    good, (told,) = found(pack(tmp_path / "f.zip", [(name, b"1"), ("b.csv", b"2")]))
    assert good == ["b.csv"]
    assert "文件名不合规" in told and told.isprintable()


def patch(path, old, new, count=-1):
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, count))


def test_a_member_that_is_damaged_locked_or_doubled_fails_alone(tmp_path):
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("坏.csv", b"content that is damaged")
        archive.writestr("锁.csv", b"2")
        archive.writestr("好.csv", b"3")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("两.csv", b"4")
            archive.writestr("两.csv", b"5")
        link = zipfile.ZipInfo("链.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, b"/etc/hostname")
    patch(path, b"that is damaged", b"that is DAMAGED", 1)
    entry = path.read_bytes().rindex("锁.csv".encode()) - 46
    content = bytearray(path.read_bytes())
    content[entry + 8] |= 1
    path.write_bytes(content)
    good, bad = found(path)
    assert good == ["好.csv"]
    for text, (name, reason) in zip(
        bad, [("坏", "已损坏"), ("锁", "有密码"), ("两", "2 个同名文件"), ("链", "是一个链接")], strict=True
    ):
        assert f"f.zip/{name}.csv：" in text and reason in text


def test_what_unfolds_beyond_reason_is_refused_by_its_directory_and_while_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(container, "_SUSPECT_BYTES", 1 << 20)
    bomb = b"\0" * (4 << 20)
    path = pack(tmp_path / "f.zip", [("a.csv", bomb), ("b.csv", b"1")])
    good, (told,) = found(path)
    assert (good, "声称展开后有 4 MB" in told) == (["b.csv"], True)
    # The directory lies about the size; the bytes are counted as they come.
    patch(path, struct.pack("<L", len(bomb)), struct.pack("<L", 1 << 19))
    good, (told,) = found(path)
    assert good == ["b.csv"] and "f.zip/a.csv：" in told
    path = pack(tmp_path / "g.zip", [("a.csv", bomb), ("b.csv", b"1")])
    monkeypatch.setattr(container, "_check", lambda *_: None)
    good, (told,) = found(path)
    assert good == ["b.csv"] and "疑为异常文件" in told


def test_an_archive_of_too_many_members_or_of_none_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(container, "_MOST_MEMBERS", 3)
    assert (
        "4 个文件，超过 3 个" in found(pack(tmp_path / "f.zip", [(f"{i}.csv", b"1") for i in range(4)]))[1][0]
    )
    assert "压缩包内没有文件" in found(pack(tmp_path / "g.zip", [(".hidden", b"1")]))[1][0]
    assert "压缩包内没有文件" in found(pack(tmp_path / "h.zip", []))[1][0]


def test_all_members_together_have_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(container, "_MOST_BYTES_IN_ALL", 5)
    good, bad = found(pack(tmp_path / "f.zip", [("a", b"123"), ("b", b"456"), ("c", b"78")]))
    assert (good, len(bad)) == (["a", "c"], 1)


def test_an_archive_in_an_archive_and_one_cut_short_are_refused(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.csv", b"1")
    path = pack(tmp_path / "f.zip", [("内.zip", inner.getvalue())])
    (original,) = extracts_of(path, tmp_path)
    assert "f.zip/内.zip：是压缩包中的压缩包" in str(staged(original, tmp_path).refusal)
    path.write_bytes(path.read_bytes()[:-40])
    assert "打不开" in found(path)[1][0]


def test_links_out_of_the_inbox_and_what_is_no_file_are_told(tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    outside = tmp_path / "a.csv"
    outside.write_bytes(b"1")
    (inbox / "b.csv").write_bytes(b"1")
    (inbox / "出.csv").symlink_to(outside)
    (inbox / "夹").symlink_to(tmp_path)
    (inbox / "断.csv").symlink_to(tmp_path / "gone")
    (inbox / "内.csv").symlink_to(inbox / "b.csv")
    said = {p.name: next(extracts_of(p, inbox)) for p in inbox.iterdir()}
    assert {n for n, item in said.items() if isinstance(item, Original)} == {"b.csv", "内.csv"}
    assert "指向 inbox 之外的链接" in said["夹"].error.message
