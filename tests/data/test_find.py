"""Files are found by their release names, at any reasonable depth, in archives too, and never by guess."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from stepstone.core.errors import UserError
from stepstone.core.pattern import expand
from stepstone.core.place import Place
from stepstone.core.task import Files, Task
from stepstone.data.find import describe_missing, find_split_files
from stepstone.data.formats import unpacked

from .conftest import DataFolder


def declare(*patterns: str, **options: object) -> Task:
    return Task(
        name="made",
        title="Made up",
        family="classification",
        metric="accuracy",
        definition="corrected",
        languages={"test": ("de",)},
        sources=(Files(reader="tsv", files={"test": patterns}, options=dict(options)),),
    )


def names(task: Task, place: Place) -> list[str]:
    found = find_split_files(task, "test", "de", place)
    return [] if found is None else [path.name for group in found.groups for path in group]


def test_patterns_name_languages_in_every_way() -> None:
    assert expand("{language}/{iso3}/{english_name}/{corpus}", "sw", corpus="x") == "sw/swh/swahili/x"
    assert expand("{unknown}", "sw") == "{unknown}"


@pytest.mark.parametrize("below", ["", "xnli/", "a/b/c/"])
def test_a_release_lies_at_the_top_or_below(data: DataFolder, below: str) -> None:
    data.write(f"{below}release/de.tsv", "x")
    assert names(declare("release/{language}.tsv"), data.place) == ["de.tsv"]


def test_the_nearest_is_taken_and_two_as_near_are_refused(data: DataFolder) -> None:
    data.write("a/b/de.tsv", "x")
    data.write("a/de.tsv", "x")
    found = find_split_files(declare("de.tsv"), "test", "de", data.place)
    assert found is not None and found.groups[0][0].parent.name == "a"
    data.write("c/de.tsv", "x")
    with pytest.raises(UserError, match=r'"de\.tsv" is found twice'):
        find_split_files(declare("de.tsv"), "test", "de", data.place)


def test_patterns_are_tried_in_order_and_folders_before_that(data: DataFolder, tmp_path: Path) -> None:
    data.write("stripped.tsv", "x")
    task = declare("labelled.tsv", "stripped.tsv")
    assert names(task, data.place) == ["stripped.tsv"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "labelled.tsv").write_text("x")
    assert names(task, Place(folders=(data.folder, other), cache=tmp_path / "cache")) == ["stripped.tsv"]
    assert names(task, Place(folders=(other, data.folder), cache=tmp_path / "cache")) == ["labelled.tsv"]


@pytest.mark.parametrize("packed", [False, True])
def test_two_versions_side_by_side_are_refused_and_not_read_as_one(data: DataFolder, packed: bool) -> None:
    one, other = "JGLUE/set-v1.1/train-v1.1.tsv", "JGLUE/set-v1.3/train-v1.3.tsv"
    task = declare("set-v1.*/train-v1.*.tsv")
    data.write(*zipped("a.zip", one) if packed else (one, "x"))
    assert names(task, data.place) == ["train-v1.1.tsv"]
    data.write(*zipped("a.zip", one, other) if packed else (other, "x"))
    with pytest.raises(UserError, match=r"is found twice, in \S*set-v1\.1 and in \S*set-v1\.3\n.*keep one of them"):
        names(task, data.place)


def zipped(name: str, *members: str) -> tuple[str, bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for member in members:
            packed.writestr(member, "x")
    return name, buffer.getvalue()


def test_rounds_and_corpora_in_folders_of_their_own_are_read_together(data: DataFolder) -> None:
    for name in ("set-v1/R1/de.tsv", "set-v1/R2/de.tsv"):
        data.write(name, "x")
    assert names(declare("set-v*/R?/{language}.tsv"), data.place) == ["de.tsv", "de.tsv"]
    assert names(declare("set-v1/{corpus}/{language}.tsv"), data.place) == ["de.tsv", "de.tsv"]


def test_a_companion_may_lie_in_the_folder_above(data: DataFolder) -> None:
    data.write("set/mentions/de.tsv", "x")
    data.write("set/all.tsv", "x")
    assert names(declare("mentions/{language}.tsv", beside=["../all.tsv"]), data.place) == ["de.tsv", "all.tsv"]


def test_shards_come_in_order_and_hidden_names_are_passed_over(data: DataFolder) -> None:
    for name in ("part_2", "part_1", ".part_0", "_aside/part_3", "__MACOSX/part_1"):
        data.write(name, "x")
    assert names(declare("part_*"), data.place) == ["part_1", "part_2"]


def test_companions_are_found_beside_or_told(data: DataFolder) -> None:
    data.write("x/de.txt", "x")
    task = declare("{language}.txt", beside=["en.txt"], may_beside=["gold"])
    with pytest.raises(UserError, match=r"en\.txt \(made test, de\): is read together with de\.txt, but is missing"):
        find_split_files(task, "test", "de", data.place)
    data.write("x/en.txt", "x")
    assert names(task, data.place) == ["de.txt", "en.txt"]
    data.write("x/gold", "x")
    assert names(task, data.place) == ["de.txt", "en.txt", "gold"]


def test_a_folder_that_is_not_there_is_told(data: DataFolder) -> None:
    with pytest.raises(UserError, match="nowhere: is not a folder"):
        find_split_files(declare("x"), "test", "de", Place(folders=(data.folder / "nowhere",)))


# Archives


def pack(path: Path, **members: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as opened:
            for name, text in members.items():
                opened.writestr(name, text)
        return
    with tarfile.open(path, f"w:{path.suffix[1:] if path.suffix != '.tar' else ''}") as packed:
        for name, text in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            packed.addfile(entry, io.BytesIO(text.encode()))


@pytest.mark.parametrize("name", ["all.zip", "all.tar", "all.tar.gz", "below/all.tar.xz", "below/all.tar.bz2"])
def test_members_of_archives_are_found(data: DataFolder, name: str) -> None:
    pack(data.folder / name, **{"top/release/de.tsv": "inside", "__MACOSX/release/de.tsv": "junk"})
    for _ in range(2):
        found = find_split_files(declare("release/{language}.tsv"), "test", "de", data.place)
        assert found is not None and found.groups[0][0].read_text() == "inside"


def test_the_archives_own_name_counts_as_a_folder(data: DataFolder) -> None:
    pack(data.folder / "de.tar.gz", train="train", test="test")
    pack(data.folder / "fr.tar.gz", train="train", test="test")
    assert names(declare("{language}.tar.gz/test"), data.place) == ["test"]


def test_a_star_in_an_archive_does_not_cross_folders(data: DataFolder) -> None:
    pack(data.folder / "all.zip", **{"a/b1.tsv": "", "a/b2.tsv": "", "a/c/b3.tsv": ""})
    assert names(declare("a/b*.tsv"), data.place) == ["b1.tsv", "b2.tsv"]


def test_plain_files_go_before_archives_and_deep_archives_are_not_opened(data: DataFolder) -> None:
    pack(data.folder / "all.zip", **{"de.tsv": "packed"})
    pack(data.folder / "a/b/deep.zip", **{"fr.tsv": "packed"})
    data.write("de.tsv", "plain")
    found = find_split_files(declare("de.tsv"), "test", "de", data.place)
    assert found is not None and found.groups[0][0].read_text() == "plain"
    assert names(declare("fr.tsv"), data.place) == []


@pytest.mark.parametrize("member", ["../out.tsv", "/abs/out.tsv", "a/../../out.tsv", "C:/out.tsv", "a\\..\\out.tsv"])
@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_member_that_leads_out_refuses_the_archive(data: DataFolder, member: str, kind: str) -> None:
    pack(data.folder / f"bad.{kind}", **{member: "x", "de.tsv": "x"})
    with pytest.raises(UserError, match="leads out of the archive"):
        find_split_files(declare("de.tsv"), "test", "de", data.place)
    assert not list(data.folder.parent.rglob("out.tsv"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_refuse_the_archive(data: DataFolder, kind: bytes) -> None:
    with tarfile.open(data.folder / "bad.tar", "w") as packed:
        entry = tarfile.TarInfo("de.tsv")
        entry.type, entry.linkname = kind, "/etc/passwd"
        packed.addfile(entry)
    with pytest.raises(UserError, match="is a link or a device"):
        find_split_files(declare("de.tsv"), "test", "de", data.place)


def test_a_link_in_a_zip_refuses_it(data: DataFolder) -> None:
    with zipfile.ZipFile(data.folder / "bad.zip", "w") as opened:
        entry = zipfile.ZipInfo("de.tsv")
        entry.external_attr = 0o120777 << 16
        opened.writestr(entry, "/etc/passwd")
    with pytest.raises(UserError, match="is a link"):
        find_split_files(declare("de.tsv"), "test", "de", data.place)


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_bomb_is_refused_before_it_is_unpacked(data: DataFolder, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacked, "ALWAYS_ALLOWED", 2**20)
    with zipfile.ZipFile(data.folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("de.tsv", b"\0" * 2**23)
    if kind == "tar.gz":
        (data.folder / "bomb.zip").unlink()
        pack(data.folder / "bomb.tar.gz", **{"de.tsv": "0" * 2**23})
    with pytest.raises(UserError, match=r"would unpack .* bytes to 8,388,608"):
        find_split_files(declare("de.tsv"), "test", "de", data.place)
    assert not list(data.place.cache.rglob("de.tsv"))


@pytest.mark.parametrize("name", ["cut.tar.gz", "cut.tar.xz"])
def test_a_truncated_archive_is_told(data: DataFolder, name: str) -> None:
    cut(data.folder / name)
    with pytest.raises(UserError, match=rf"{name} \(made test, de\): cannot be unpacked"):
        find_split_files(declare("de.tsv"), "test", "de", data.place)


def test_one_whose_list_is_cut_off_is_named_beside_what_is_missing(data: DataFolder) -> None:
    cut(data.folder / "cut.zip")
    assert find_split_files(declare("de.tsv"), "test", "de", data.place) is None
    said = describe_missing(declare("de.tsv"), "test", "de", data.place)
    assert f"passed over: {data.folder / 'cut.zip'}: cannot be unpacked (File is not a zip file)" in said


def cut(path: Path) -> None:
    pack(path, **{"de.tsv": "".join(map(str, range(20_000)))})
    path.write_bytes(path.read_bytes()[:-300])


def test_a_changed_archive_is_unpacked_anew(data: DataFolder) -> None:
    task = declare("de.tsv")
    for text in ("first", "second one"):
        pack(data.folder / "all.zip", **{"de.tsv": text})
        found = find_split_files(task, "test", "de", data.place)
        assert found is not None and found.groups[0][0].read_text() == text
