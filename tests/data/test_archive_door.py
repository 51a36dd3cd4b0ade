"""Archives that a stranger made: none takes memory, disk or time beyond its size, or ends in a traceback."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import resource
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.example import TextExample
from stepstone.data import archive, gate
from stepstone.data.formats import unpacked
from stepstone.data.formats.log import DataFileError
from stepstone.data.load import NoData, load_examples

from .conftest import DataFolder

GIB = 2**30


def header(name: bytes = b"a.csv", size: int | bytes = 3, kind: bytes = b"0", magic: bytes = b"ustar\x0000") -> bytes:
    """One header of a tar archive, whatever its fields may be, with a checksum that is right."""
    told = size if isinstance(size, bytes) else b"%011o\0" % size
    fields = (name, 100), (b"0000644\0" + b"0000000\0" * 2, 24), (told, 12), (b"0" * 11, 12), (b" " * 8, 8)
    block = b"".join(field.ljust(width, b"\0") for field, width in fields) + kind + b"\0" * 100 + magic
    block = block.ljust(512, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def body(content: bytes) -> bytes:
    return content + b"\0" * (-len(content) % 512)


def pax(name: str, value: bytes) -> bytes:
    """One record of an extended header: its own length, a name, a value."""
    rest = f" {name}=".encode() + value + b"\n"
    length = next(num for num in range(len(rest), len(rest) + 9) if num == len(str(num)) + len(rest))
    return str(length).encode() + rest


def extended(*records: tuple[str, bytes]) -> bytes:
    """An extended header before a file of three bytes."""
    said = b"".join(pax(name, value) for name, value in records)
    return header(b"h", len(said), b"x") + body(said) + header() + body(b"abc")


TARS: dict[str, tuple[bytes, str]] = {
    "an extended header that claims 3 GB": (header(b"h", 3 * GIB, b"x") + b"a" * 4096, "asks for 3,221,225,472 bytes"),
    "a global header that claims 3 GB": (header(b"h", 3 * GIB, b"g") + b"a" * 4096, "asks for 3,221,225,472 bytes"),
    "a long name that claims 3 GB": (header(b"h", 3 * GIB, b"L") + b"a" * 4096, "asks for 3,221,225,472 bytes"),
    "a long link that claims 3 GB": (header(b"h", 3 * GIB, b"K") + b"a" * 4096, "asks for 3,221,225,472 bytes"),
    "digits that are searched for long": (extended(("size", b"9" * 50_000)), "more than a hundred digits"),
    "a name that is not UTF-8": (header(b"\xff\xfe.csv") + body(b"abc"), "has a name that is not UTF-8"),
    "the same by its extended header": (
        extended(("hdrcharset", b"BINARY"), ("path", b"\xff\xfe")),
        "has a name that is not UTF-8",
    ),
    "a long name": (extended(("path", b"d/" * 2000 + b"a")), "too long for a file"),
    "a long part of a name": (extended(("path", b"a" * 300)), "too long for a file"),
    "a NUL in a name": (extended(("path", b"a\0b")), "leads out of the archive"),
    "a negative size": (header(size=b"\xff" * 12), "has a negative size"),
    "a negative size of whole blocks": (header(size=b"\xff" * 10 + b"\xfc\x00"), "has a negative size"),
    "a negative size by its extended header": (extended(("size", b"-5")), "has a negative size"),
    "a size without end": (header(size=b"\x80" + b"\xff" * 11), "would unpack"),
    "8 GB claimed by a few bytes": (header(size=8 * GIB - 1), "would unpack 1,536 bytes to 8,589,934,591"),
    "holes": (header(kind=b"S", magic=b"ustar  \0") + body(b"abc"), "has holes"),
    "holes by a map": (extended(("GNU.sparse.map", b"0,1,3"), ("GNU.sparse.size", b"10")), "has holes"),
    "a map of holes that is none": (extended(("GNU.sparse.map", b"0,x,3")), "cannot be unpacked"),
    "a map of holes that breaks off": (
        extended(("GNU.sparse.major", b"1"), ("GNU.sparse.minor", b"0")),
        "cannot be unpacked",
    ),
    "holes that never end": (
        header(kind=b"S", magic=b"ustar  \0")[:482] + b"\1" + header()[483:],
        "cannot be unpacked",
    ),
    "thousands of headers": ((header(b"h", 10, b"x") + body(b"10 path=a\n")) * 3000 + header(), "too many headers"),
    "a record of no length": (header(b"h", 9, b"x") + body(b"0 path=a\n") + header(), "cannot be unpacked"),
    "a file that is a folder": (
        header(b"a") + body(b"abc") + header(b"a/b") + body(b"abc"),
        "is a file and a folder",
    ),
    "a second header that is spoilt": (header() + body(b"abc") + b"\1" + header(b"b.csv"), "a header in it is spoilt"),
    "a body that is cut": (header(size=5000) + b"x" * 600, "cannot be unpacked"),
    "nothing": (b"", "cannot be unpacked"),
}


@pytest.fixture(autouse=True)
def _little_memory() -> Iterator[None]:
    """A gigabyte more than there is now: what asks for three fails."""
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (held + GIB, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def refusal(path: Path) -> str:
    with pytest.raises(DataFileError) as caught:
        archive.unpack(path, path.parent / "cache")
    assert caught.value.remedy and caught.value.path == path
    assert not list((path.parent / "cache").rglob("partial"))
    return str(caught.value)


@pytest.mark.parametrize("kind", TARS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_tar_is_refused(kind: str, pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    content, word = TARS[kind]
    ends = b"" if kind in ("nothing", "a body that is cut") else b"\0" * 1024
    path = tmp_path / "a.tar"
    path.write_bytes(pack(content + ends))
    said = refusal(path)
    assert word in said or (pack is not bytes and "cannot be unpacked" in said) or "would unpack" in said, said


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("claimed", [3, 2**21])
def test_what_is_unpacked_is_counted(
    pack: Callable[[bytes], bytes], claimed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a member says that it is large or what stands behind the members is."""
    monkeypatch.setattr(unpacked, "ALWAYS_ALLOWED", 2**20)
    monkeypatch.setattr(unpacked, "MAX_RATIO", 1)
    path = tmp_path / "a.tar.xz"
    path.write_bytes(pack(header(size=claimed) + body(b"abc") + b"\0" * 2**22))
    assert "unpack" in refusal(path)


def test_a_checksum_behind_the_last_member_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "a.tgz"
    whole = gzip.compress(header() + body(b"abc") + b"\0" * 1024)
    path.write_bytes(whole[:-8] + b"\0" * 8)
    assert "cannot be unpacked" in refusal(path)
    path.write_bytes(whole)
    assert (archive.unpack(path, tmp_path / "cache") / "a.csv").read_bytes() == b"abc"


def zipped(path: Path, *members: tuple[str, bytes], pack: int = zipfile.ZIP_DEFLATED) -> bytes:
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(path, "w", pack) as opened:
        for name, content in members:
            opened.writestr(name, content)
    return path.read_bytes()


def test_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    for name, word in (("a" * 300, "too long"), ("d/" * 3000 + "a", "too long"), ("../a", "leads out")):
        zipped(path, (name, b"x"))
        assert word in refusal(path)
    zipped(path, ("a", b"x"), ("a/b", b"x"))
    assert "is a file and a folder" in refusal(path)
    path.write_bytes(zipped(path, ("é.csv", b"x")).replace("é".encode(), b"\xff\xfe"))
    assert "cannot be unpacked" in refusal(path)
    path.write_bytes(zipped(path, ("a.csv", b"x" * 99)).replace(b"\x63\x00\x00\x00", b"\x03\x00\x00\x00"))
    assert "larger than it claims" in refusal(path) or "cannot be unpacked" in refusal(path)
    for pack in (zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        content = bytearray(zipped(path, ("a.csv", bytes(range(256)) * 9), pack=pack))
        content[60:90] = b"\xff" * 30
        path.write_bytes(content)
        assert "cannot be unpacked" in refusal(path)


# An archive that nobody needs


def spoilt(data: DataFolder, *names: str) -> Path:
    """A tar whose members have these names, and whose last one leads out."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as packed:
        for name in (*names, "../out"):
            packed.addfile(tarfile.TarInfo(name))
    return data.write("other.tar", content.getvalue())


def test_an_archive_that_nobody_needs_stops_nothing(data: DataFolder) -> None:
    spoilt(data, "notes.txt")
    data.write("pawsx/dev-de.tsv", "A\tB\t1\n")
    expected = [TextExample("0", "A", "B", "1")]
    assert load_examples(BUILT_IN.task("pawsx"), "dev", "de", data.place) == expected
    (data.folder / "pawsx/dev-de.tsv").unlink()
    zipped(data.folder / "z.zip", ("pawsx/dev-de.tsv", b"A\tB\t1\n"))
    assert load_examples(BUILT_IN.task("pawsx"), "dev", "de", data.place) == expected


def test_one_in_which_the_data_was_seen_is_told_and_any_other_beside_what_is_missing(data: DataFolder) -> None:
    path = spoilt(data, "notes.txt")
    with pytest.raises(NoData) as caught:
        load_examples(BUILT_IN.task("pawsx"), "dev", "de", data.place)
    assert f'passed over: {path}: its member "../out" leads out of the archive' in str(caught.value)
    spoilt(data, "notes.txt", "pawsx/dev-de.tsv")
    zipped(data.folder / "z.zip", ("pawsx/dev-de.tsv", b"A\tB\t1\n"))
    with pytest.raises(UserError, match=r'other.tar \(pawsx dev, de\): its member "../out" leads out of the archive'):
        load_examples(BUILT_IN.task("pawsx"), "dev", "de", data.place)


def test_a_refusal_by_the_system_is_not_remembered(
    data: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data.folder / "a.zip"
    zipped(path, ("a", b"x"))
    opened = zipfile.ZipFile

    def refused(*given: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(zipfile, "ZipFile", refused)
    assert "Permission denied" in archive.list_archive(path, tmp_path / "cache").refusal
    monkeypatch.setattr(zipfile, "ZipFile", opened)
    assert archive.list_archive(path, tmp_path / "cache") == archive.ArchiveListing((gate.ArchiveMember("a", 1),))


def test_a_note_that_is_none_is_written_anew(data: DataFolder, tmp_path: Path) -> None:
    path = data.folder / "a.zip"
    zipped(path, ("a", b"x"))
    found = archive.list_archive(path, tmp_path / "cache")
    (note,) = (tmp_path / "cache").rglob("members.json")
    for spoilt_note in ("", "[]", "{}", "[[1], 2, 3]", "\ud800".encode("utf-8", "surrogatepass")):
        note.write_bytes(spoilt_note if isinstance(spoilt_note, bytes) else spoilt_note.encode())
        assert archive.list_archive(path, tmp_path / "cache") == found
