"""Data packages: what a hostile archive tries, what an honest one holds, and writing one."""

from __future__ import annotations

import contextlib
import hashlib
import io
import stat
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import (
    FormatRefused,
    MalformedDocument,
    UnsafeDocument,
    UnsupportedVersion,
)
from protocols.formats.data_package import (
    MANIFEST,
    MAX_FILES,
    MAX_UNPACKED,
    DataPackage,
    PackedFile,
    pack,
    unpack,
)

LISTED = (
    '<MissionPackageManifest version="2"><Configuration>'
    '<Parameter name="uid" value="U-1"/><Parameter name="name" value="Túnel"/></Configuration>'
    "<Contents>{}</Contents></MissionPackageManifest>"
)
EVENT = b'<event version="2.0"/>'


def manifest(*names: str, ignore: str = "false") -> bytes:
    entries = (f'<Content ignore="{ignore}" zipEntry="{name}"/>' for name in names)
    return LISTED.format("".join(entries)).encode()


def archive(
    members: list[tuple[str | zipfile.ZipInfo, bytes]],
    method: int = zipfile.ZIP_DEFLATED,
    listed: bytes | None = None,
) -> bytes:
    """A zip archive with a manifest that lists nothing, unless given."""
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", method) as zipped:
        zipped.writestr(MANIFEST, manifest() if listed is None else listed)
        for name, data in members:
            zipped.writestr(name, data)
    return room.getvalue()


def central(data: bytes, name: str) -> int:
    """Where the directory's entry of a member begins."""
    return data.rindex(name.encode()) - 46


def patched(data: bytes, at: int, form: str, value: int) -> bytes:
    room = bytearray(data)
    struct.pack_into(form, room, at, value)
    return bytes(room)


# --- an honest package --------------------------------------------------------------------------


def test_files_are_named_by_their_hash_and_keep_their_own_name() -> None:
    listed = LISTED.format(
        '<Content ignore="false" zipEntry="a1/a1.cot"><Parameter name="uid" value="a1"/></Content>'
        '<Content ignore="true" zipEntry="gone.jpg"/>'
    ).encode()
    package = unpack(archive([("a1/a1.cot", EVENT), ("extra.txt", b"more")], listed=listed))
    assert package.configuration == (("uid", "U-1"), ("name", "Túnel"))
    assert package.name == "Túnel"
    event, extra = package.files
    assert event.digest == hashlib.sha256(EVENT).hexdigest()
    assert (event.name, event.data, event.listed) == ("a1/a1.cot", EVENT, True)
    assert event.parameters == (("uid", "a1"),)
    assert (extra.name, extra.listed) == ("extra.txt", False)


def test_folders_and_stored_members_and_backslashes_are_read() -> None:
    folder = zipfile.ZipInfo("maps/")
    folder.external_attr = (stat.S_IFDIR | 0o755) << 16
    data = archive([(folder, b""), ("maps/a.cot", EVENT)], zipfile.ZIP_STORED)
    assert [file.name for file in unpack(data).files] == ["maps/a.cot"]
    windows = data.replace(b"maps/a.cot", b"maps\\a.cot")
    assert [file.name for file in unpack(windows).files] == ["maps/a.cot"]


def test_an_archive_inside_is_a_file_and_stays_closed() -> None:
    inner = archive([("x", b"y")])
    (file,) = unpack(archive([("inner.zip", inner)])).files
    assert file.data == inner


def test_zip64_is_read() -> None:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr(MANIFEST, manifest())
        with zipped.open("a.cot", "w", force_zip64=True) as member:
            member.write(EVENT)
    data = zip64(room.getvalue(), "a.cot")
    assert unpack(data).files[0].data == EVENT
    with pytest.raises(MalformedDocument, match="zip64"):
        unpack(data.replace(b"PK\x06\x06", b"PK\x06\x08"))


def zip64(data: bytes, name: str) -> bytes:
    """The archive with the last member's sizes, and the directory's, told as zip64 tells them."""
    end = data.rindex(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<HLL", data, end + 10)
    entry = central(data, name)
    packed, unpacked = struct.unpack_from("<LL", data, entry + 20)
    head = bytearray(data[entry:end])
    struct.pack_into("<LL", head, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", head, 30, 20)
    told = bytes(head) + struct.pack("<2H2Q", 1, 16, unpacked, packed)
    directory = data[offset:entry] + told
    at = offset + len(directory)
    end64 = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(directory), offset
    )
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    last = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert size
    return data[:offset] + directory + end64 + locator + last


# --- hostile ones -------------------------------------------------------------------------------


def test_a_bomb_is_stopped_at_the_ratio() -> None:
    with pytest.raises(UnsafeDocument, match=r"bomb.*50 times"):
        unpack(archive([("bomb", bytes(8 * 1024 * 1024))]))


def test_a_bomb_that_lies_about_its_size_is_stopped_all_the_same() -> None:
    data = archive([("bomb", bytes(8 * 1024 * 1024))])
    with pytest.raises(UnsafeDocument, match="bomb"):
        unpack(patched(data, central(data, "bomb") + 24, "<L", 100))


def test_the_whole_package_has_one_limit() -> None:
    block = b"".join(hashlib.sha256(bytes([i])).digest() + bytes(300) for i in range(256))
    members = [(f"{i}.bin", block * 90) for i in range(3)]
    data = archive(members)
    assert len(data) < MAX_UNPACKED < sum(len(block) for _, block in members)
    with pytest.raises(UnsafeDocument, match=r"2\.bin.*more than 20971520"):
        unpack(data)


def test_too_many_files() -> None:
    assert len(unpack(archive([(f"{i}", b"") for i in range(MAX_FILES - 1)])).files) == 99
    with pytest.raises(UnsafeDocument, match="101 files"):
        unpack(archive([(f"{i}", b"") for i in range(MAX_FILES)]))
    with pytest.raises(UnsafeDocument, match="lists 301 members"):
        unpack(archive([(f"{i}/", b"") for i in range(300)]))


def test_too_large_an_archive_is_not_looked_into() -> None:
    with pytest.raises(UnsafeDocument, match="allowed"):
        unpack(bytes(MAX_UNPACKED + 1))


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../up.cot",
        "a/../../up.cot",
        "a/./b",
        "a//b",
        "C:/windows",
        "..\\up.cot",
        "/".join("abcdefghi"),
        "x" * 256,
        "a\u202egpj.exe",
        "a\nb",
    ],
)
def test_a_name_that_leads_elsewhere(name: str) -> None:
    with pytest.raises(UnsafeDocument, match="member"):
        unpack(archive([(name, b"x")]))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices(kind: int) -> None:
    link = zipfile.ZipInfo("link")
    link.create_system = 3
    link.external_attr = (kind | 0o777) << 16
    with pytest.raises(UnsafeDocument, match=r"'link'.*link or a device"):
        unpack(archive([(link, b"/etc/passwd")]))


@pytest.mark.parametrize("names", [("a.cot", "a.cot"), ("a.cot", "A.COT"), ("é", "e\u0301")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice(names: tuple[str, str]) -> None:
    with pytest.raises(UnsafeDocument, match="twice"):
        unpack(archive([(name, b"x") for name in names]))


@pytest.mark.parametrize("flag", [0x0001, 0x0040, 0x2000])
def test_encryption(flag: int) -> None:
    data = archive([("a.cot", EVENT)])
    with pytest.raises(UnsafeDocument, match=r"a\.cot.*encrypted"):
        unpack(patched(data, central(data, "a.cot") + 8, "<H", flag))


def test_another_packing_method() -> None:
    with pytest.raises(UnsafeDocument, match="method 14"):
        unpack(archive([("a.cot", EVENT)], zipfile.ZIP_LZMA))


def test_members_that_overlap() -> None:
    data = archive([("a.cot", EVENT), ("b.cot", EVENT)])
    offset = struct.unpack_from("<L", data, central(data, "a.cot") + 42)[0]
    with pytest.raises(UnsafeDocument, match=r"overlaps|otherwise"):
        unpack(patched(data, central(data, "b.cot") + 42, "<L", offset))
    packed = struct.unpack_from("<L", data, central(data, "a.cot") + 20)[0]
    with pytest.raises(UnsafeDocument, match=r"b\.cot.*overlaps"):
        unpack(patched(data, central(data, "a.cot") + 20, "<L", packed + 10))


@pytest.mark.parametrize(
    ("at", "form", "value"),
    [
        (24, "<L", 5),
        (16, "<L", 1),
        (20, "<L", 3),
        (20, "<L", 10**6),
        (42, "<L", 10**6),
        (34, "<H", 1),
    ],
)
def test_a_directory_that_lies(at: int, form: str, value: int) -> None:
    data = archive([("a.cot", EVENT * 9)])
    with pytest.raises(MalformedDocument, match=r"a\.cot"):
        unpack(patched(data, central(data, "a.cot") + at, form, value))


def test_a_header_that_contradicts_the_directory() -> None:
    data = archive([("a.cot", EVENT)])
    with pytest.raises(UnsafeDocument, match="otherwise"):
        unpack(data.replace(b"a.cot", b"b.cot", 1))


def test_broken_deflate() -> None:
    data = archive([("a.cot", bytes(range(200)))])
    packed = zlib.compressobj(wbits=-15)
    whole = packed.compress(bytes(range(200))) + packed.flush()
    with pytest.raises(MalformedDocument, match=r"a\.cot"):
        unpack(data.replace(whole, b"\xff" * len(whole)))


@pytest.mark.parametrize("cut", [0, 1, 10, 60, 200])
def test_a_torn_archive(cut: int) -> None:
    data = archive([("a.cot", EVENT)])
    with pytest.raises(MalformedDocument):
        unpack(data[: len(data) - cut - 1])


def test_something_before_or_after() -> None:
    data = archive([("a.cot", EVENT)])
    for wrong in (b"MZ" + data, data + b"x", b"", b"PK\x05\x06"):
        with pytest.raises(MalformedDocument):
            unpack(wrong)


def test_the_manifest_is_read_as_all_xml_here() -> None:
    with pytest.raises(UnsafeDocument, match="entities"):
        unpack(archive([], listed=b"<!DOCTYPE x><MissionPackageManifest/>"))
    with pytest.raises(UnsupportedVersion):
        unpack(archive([], listed=b'<MissionPackageManifest version="3"/>'))
    with pytest.raises(MalformedDocument, match="zipEntry"):
        unpack(archive([], listed=manifest("missing.cot")))
    with pytest.raises(MalformedDocument, match="twice"):
        unpack(archive([("a", b"")], listed=manifest("a", "a")))


def test_no_manifest() -> None:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as zipped:
        zipped.writestr("a.cot", EVENT)
    with pytest.raises(MalformedDocument, match="manifest"):
        unpack(room.getvalue())


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_one_changed_byte_is_read_or_refused_by_name(at: int, byte: int) -> None:
    data = bytearray(archive([("a.cot", EVENT * 3), ("b/c.jpg", b"\xff\xd8" * 40)]))
    data[at % len(data)] = byte
    with contextlib.suppress(FormatRefused):
        assert unpack(bytes(data)).files


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_anything_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(FormatRefused):
        unpack(data)


# --- writing ------------------------------------------------------------------------------------


NAMES = st.from_regex(r"[a-zA-Zéñ0-9 ]{1,8}(/[a-z]{1,8}){0,3}\.cot", fullmatch=True)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(NAMES, st.binary(max_size=60)), max_size=5, unique_by=lambda p: p[0].casefold()
    )
)
def test_what_is_packed_is_unpacked(files: list[tuple[str, bytes]]) -> None:
    package = DataPackage(
        tuple(PackedFile.of(name, data, (("uid", "U"),)) for name, data in files),
        (("uid", "U-1"), ("name", "Túnel & más")),
    )
    assert unpack(pack(package)) == package
    assert pack(package) == pack(package)


def test_what_packs_too_well_is_stored() -> None:
    package = DataPackage((PackedFile.of("zeros.bin", bytes(100_000)),))
    assert unpack(pack(package)) == package


@pytest.mark.parametrize(
    "names", [("../x",), ("a", "A"), ("manifest/MANIFEST.xml",), ("a/",), ("a\\b",)]
)
def test_no_package_is_written_that_would_be_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(UnsafeDocument):
        pack(DataPackage(tuple(PackedFile.of(name, b"") for name in names)))


def test_a_package_has_limits_when_written_too() -> None:
    many = tuple(PackedFile.of(str(index), b"") for index in range(MAX_FILES))
    with pytest.raises(UnsafeDocument, match="101 files"):
        pack(DataPackage(many))
