"""TAK data packages: one zip file in, its files out, each named by its hash; and the way back.

A package is a zip archive with `MANIFEST/manifest.xml` (MissionPackageManifest, version 2), which
names the package and lists its contents. Nothing is written anywhere: a file is a value with its
SHA-256 as its name and its own name beside it. Archives inside are files like others, not opened.

What is trusted is counted, never what a header claims: at most 100 files and 20 MiB unpacked, no
file more than 50 times its packed size, and every byte of the archive belongs to one member at
most (PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5).
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import unicodedata
import zipfile
import zlib
from typing import Final, NamedTuple

import msgspec
from lxml import etree

from protocols.errors import MalformedDocument, UnsafeDocument, UnsupportedVersion
from protocols.formats.xml import legal, local, malformed, parse, serialise

MAX_FILES: Final = 100
MAX_UNPACKED: Final = 20 * 1024 * 1024
MAX_PACKED: Final = MAX_UNPACKED
MAX_RATIO: Final = 50
SMALL: Final = 4096
"""Bytes that any member may unpack to, whatever its ratio: they harm nobody."""
MAX_NAME: Final = 255
MAX_LEVELS: Final = 8
MANIFEST: Final = "MANIFEST/manifest.xml"

_STEP: Final = 64 * 1024
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_ENCRYPTED: Final = 0x2041
"""Flag bits 0, 6 and 13: encryption, strong encryption, masked headers."""
_UTF8: Final = 0x0800
_STORED, _DEFLATED = 0, 8
_FILE_TYPE, _REGULAR, _FOLDER = 0xF000, 0x8000, 0x4000
_DRIVE = re.compile(r"[A-Za-z]:")


class PackedFile(msgspec.Struct, frozen=True):
    """One file: `digest` (SHA-256 in hex) is its name here, `name` what the package calls it."""

    digest: str
    name: str
    data: bytes
    parameters: tuple[tuple[str, str], ...] = ()
    """Names and values that the manifest gives it."""
    ignored: bool = False
    """The manifest says that a reader need not open it."""
    listed: bool = True
    """Whether the manifest lists it at all."""

    @classmethod
    def of(cls, name: str, data: bytes, parameters: tuple[tuple[str, str], ...] = ()) -> PackedFile:
        """A file to pack."""
        return cls(hashlib.sha256(data).hexdigest(), name, data, parameters)


class DataPackage(msgspec.Struct, frozen=True):
    """What a package holds; `configuration` are the manifest's own parameters (uid, name, ...)."""

    files: tuple[PackedFile, ...]
    configuration: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """What the package is called, or nothing."""
        return dict(self.configuration).get("name", "")


class _Member(NamedTuple):
    """What the central directory says of a member, checked but for its contents."""

    name: str
    raw_name: bytes
    method: int
    crc: int
    packed: int
    unpacked: int
    offset: int


# --- reading ------------------------------------------------------------------------------------


def unpack(data: bytes) -> DataPackage:
    """The files of a data package.

    Raises `UnsafeDocument` for what no package may hold (limits, names that lead elsewhere, links,
    encryption, overlapping members) and `MalformedDocument` for what is not a whole zip archive
    with a manifest, both with the member; `UnsupportedVersion` for another manifest.
    """
    if len(data) > MAX_PACKED:
        raise UnsafeDocument(f"The package has {len(data)} bytes; {MAX_PACKED} are allowed.")
    directory, end, count = _directory(data)
    members = _members(data[directory:end], count)
    spans = _spans(data, members, directory)
    left, contents = MAX_UNPACKED, {}
    for member in members:
        contents[member.name] = _contents(member, data[slice(*spans[member.name])], left)
        left -= len(contents[member.name])
    manifest = next((name for name in contents if name.lower() == MANIFEST.lower()), None)
    if manifest is None:
        raise MalformedDocument(f"The package has no {MANIFEST}.", where=MANIFEST)
    return _listed(contents.pop(manifest), contents)


def _directory(data: bytes) -> tuple[int, int, int]:
    """Where the central directory begins and ends, and how many members it lists."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - _END.size - 0xFFFF))
    if at < 0 or at + _END.size > len(data):
        raise MalformedDocument("The package is not a zip archive: it has no directory.")
    _, disk, start_disk, here, count, size, offset, comment = _END.unpack_from(data, at)
    if at + _END.size + comment != len(data):
        raise MalformedDocument(f"Byte {at}: the archive does not end where its directory says.")
    if count == 0xFFFF or size == 0xFFFFFFFF or offset == 0xFFFFFFFF:
        at, disk, start_disk, here, count, size, offset = _directory64(data, at)
    if disk or start_disk or here != count:
        raise MalformedDocument(f"Byte {at}: the archive is in several parts.")
    if offset + size != at:
        raise MalformedDocument(f"Byte {at}: the directory does not stand where the archive says.")
    if count > 2 * MAX_FILES:
        raise UnsafeDocument(f"The package lists {count} members; {MAX_FILES} files are allowed.")
    return offset, at, count


def _directory64(data: bytes, end: int) -> tuple[int, int, int, int, int, int, int]:
    """The same from a zip64 archive's own end record (APPNOTE 4.3.14 and 4.3.15)."""
    locator = end - _LOCATOR.size
    if locator < 0 or data[locator : locator + 4] != b"PK\x06\x07":
        raise MalformedDocument(f"Byte {end}: the zip64 directory is missing.")
    _, _, at, _ = _LOCATOR.unpack_from(data, locator)
    if at + _END64.size != locator or data[at : at + 4] != b"PK\x06\x06":
        raise MalformedDocument(f"Byte {locator}: the zip64 directory is not where it should be.")
    _, _, _, _, disk, start_disk, here, count, size, offset = _END64.unpack_from(data, at)
    return at, disk, start_disk, here, count, size, offset


def _members(directory: bytes, count: int) -> list[_Member]:
    """Every file of the directory, with names, kinds and claimed sizes checked."""
    members: list[_Member] = []
    seen: set[str] = set()
    at = 0
    for _ in range(count):
        if at + _ENTRY.size > len(directory) or directory[at : at + 4] != b"PK\x01\x02":
            raise MalformedDocument(f"The directory is broken at its byte {at}.")
        member, at, folder = _member(directory, at)
        key = unicodedata.normalize("NFC", member.name).casefold().rstrip("/")
        if key in seen:
            raise UnsafeDocument(f"{_quoted(member.name)}: the name stands twice.")
        seen.add(key)
        if not folder:
            members.append(member)
    if at != len(directory):
        raise MalformedDocument(f"The directory goes on after its last member, at its byte {at}.")
    if len(members) > MAX_FILES:
        raise UnsafeDocument(f"The package has {len(members)} files; {MAX_FILES} are allowed.")
    return members


def _member(directory: bytes, at: int) -> tuple[_Member, int, bool]:
    """One entry of the directory, where the next begins, and whether it is only a folder."""
    (
        _, _, _, flags, method, _, _, crc, packed, unpacked, name_size, extra_size, comment_size,
        disk, _, attributes, offset,
    ) = _ENTRY.unpack_from(directory, at)  # fmt: skip
    after_name = at + _ENTRY.size + name_size
    end = after_name + extra_size + comment_size
    if end > len(directory):
        raise MalformedDocument(f"The directory is broken at its byte {at}.")
    raw = directory[at + _ENTRY.size : after_name]
    name = _name(raw, bool(flags & _UTF8))
    extra = directory[after_name : after_name + extra_size]
    unpacked, packed, offset = _sizes64(extra, name, unpacked, packed, offset)
    folder = name.endswith("/")
    kind = attributes >> 16 & _FILE_TYPE
    if kind not in (0, _FOLDER if folder else _REGULAR):
        raise UnsafeDocument(f"{_quoted(name)}: it is a link or a device, not a file.")
    if flags & _ENCRYPTED:
        raise UnsafeDocument(f"{_quoted(name)}: it is encrypted.")
    if method not in (_STORED, _DEFLATED):
        raise UnsafeDocument(f"{_quoted(name)}: it is packed by method {method}, not by deflate.")
    if disk:
        raise MalformedDocument(f"{_quoted(name)}: it is in another part of the archive.")
    if folder and (packed > 2 or unpacked):
        raise MalformedDocument(f"{_quoted(name)}: a folder has no contents.")
    return _Member(name, raw, method, crc, packed, unpacked, offset), end, folder


def _sizes64(
    extra: bytes, name: str, unpacked: int, packed: int, offset: int
) -> tuple[int, int, int]:
    """Sizes and offset, from the zip64 extra field where the entry has no room (APPNOTE 4.5.3)."""
    wanted = [value == 0xFFFFFFFF for value in (unpacked, packed, offset)]
    if not any(wanted):
        return unpacked, packed, offset
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == 1 and size >= 8 * sum(wanted) and at + 4 + size <= len(extra):
            found = iter(struct.unpack_from(f"<{sum(wanted)}Q", extra, at + 4))
            return (
                next(found) if wanted[0] else unpacked,
                next(found) if wanted[1] else packed,
                next(found) if wanted[2] else offset,
            )
        at += 4 + size
    raise MalformedDocument(f"{_quoted(name)}: its zip64 sizes are missing.")


def _name(raw: bytes, utf8: bool) -> str:
    """A member's name, which must lead nowhere but below the package."""
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        if utf8:
            raise MalformedDocument(f"A member's name is not UTF-8: {raw[:40]!r}.") from None
        name = raw.decode("cp437")
    return checked_name(name.replace("\\", "/"))


def checked_name(name: str) -> str:
    """The name of a member, if it is a safe one. Raises `UnsafeDocument`."""
    parts = name.removesuffix("/").split("/")
    if not 0 < len(name) <= MAX_NAME or len(parts) > MAX_LEVELS:
        raise UnsafeDocument(
            f"{_quoted(name)}: a name has 1 to {MAX_NAME} characters and {MAX_LEVELS} levels."
        )
    astray = name.startswith("/") or _DRIVE.match(name) or "\\" in name
    if astray or any(part in ("", ".", "..") for part in parts):
        raise UnsafeDocument(f"{_quoted(name)}: the name leads out of the package.")
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in name):
        raise UnsafeDocument(f"{_quoted(name)}: the name has characters that cannot be seen.")
    return name


def _quoted(name: str) -> str:
    return f"member {name[:80]!a}"


def _spans(data: bytes, members: list[_Member], directory: int) -> dict[str, tuple[int, int]]:
    """Where the packed bytes of each member stand; no two may share a byte."""
    spans: dict[str, tuple[int, int]] = {}
    last = 0
    for member in sorted(members, key=lambda one: one.offset):
        if member.offset < last:
            raise UnsafeDocument(f"{_quoted(member.name)}: it overlaps another member.")
        start = _after_local_header(data, member)
        last = start + member.packed
        if last > directory:
            raise MalformedDocument(f"{_quoted(member.name)}: it ends after the archive does.")
        spans[member.name] = (start, last)
    return spans


def _after_local_header(data: bytes, member: _Member) -> int:
    """Where a member's packed bytes begin; its own header must agree with the directory."""
    at = member.offset
    if at + _LOCAL.size > len(data) or data[at : at + 4] != b"PK\x03\x04":
        raise MalformedDocument(f"{_quoted(member.name)}: it has no header at byte {at}.")
    _, _, flags, method, _, _, _, _, _, name_size, extra_size = _LOCAL.unpack_from(data, at)
    start = at + _LOCAL.size
    same_name = data[start : start + name_size] == member.raw_name
    if not same_name or method != member.method or flags & _ENCRYPTED:
        raise UnsafeDocument(f"{_quoted(member.name)}: its header says otherwise.")
    return int(start + name_size + extra_size)


def _contents(member: _Member, packed: bytes, left: int) -> bytes:
    """The unpacked bytes of a member, stopped at the first byte too many."""
    limit = min(left, max(SMALL, MAX_RATIO * len(packed)))
    contents = packed if member.method == _STORED else _inflated(member, packed, limit)
    if len(contents) > left:
        raise UnsafeDocument(
            f"{_quoted(member.name)}: the package unpacks to more than {MAX_UNPACKED} bytes."
        )
    if len(contents) > limit:
        raise UnsafeDocument(
            f"{_quoted(member.name)}: it unpacks to more than {MAX_RATIO} times its size."
        )
    if len(contents) != member.unpacked or zlib.crc32(contents) != member.crc:
        raise MalformedDocument(f"{_quoted(member.name)}: its size or checksum is not as stated.")
    return contents


def _inflated(member: _Member, packed: bytes, limit: int) -> bytes:
    """Deflated bytes, up to one more than `limit`."""
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    parts: list[bytes] = []
    size, waiting = 0, packed
    try:
        while size <= limit and not engine.eof:
            part = engine.decompress(waiting, min(_STEP, limit + 1 - size))
            waiting = engine.unconsumed_tail
            if not part and not waiting:
                break
            parts.append(part)
            size += len(part)
    except zlib.error as fault:
        raise MalformedDocument(f"{_quoted(member.name)}: {fault}.") from None
    if size <= limit and (not engine.eof or engine.unused_data):
        raise MalformedDocument(
            f"{_quoted(member.name)}: its packed bytes do not end where stated."
        )
    return b"".join(parts)


# --- manifest -----------------------------------------------------------------------------------


def _listed(manifest: bytes, contents: dict[str, bytes]) -> DataPackage:
    """The package that a manifest describes."""
    root = parse(manifest)
    if local(root) != "MissionPackageManifest" or root.get("version", "2") != "2":
        raise UnsupportedVersion(f"{MANIFEST}: it is not a MissionPackageManifest of version 2.")
    files: dict[str, PackedFile] = {}
    for entry in root.iterfind("{*}Contents/{*}Content"):
        name = (entry.get("zipEntry") or "").replace("\\", "/")
        ignored = entry.get("ignore", "").strip().lower() == "true"
        if name in contents and name not in files:
            made = PackedFile.of(name, contents[name], _parameters(entry))
            files[name] = msgspec.structs.replace(made, ignored=ignored)
        elif name in files or not ignored:
            said = "stands twice" if name in files else "is not in the package"
            raise malformed(entry, f"{name[:80]!r} {said}", "@zipEntry")
    for name, data in contents.items():
        if name not in files:
            files[name] = msgspec.structs.replace(PackedFile.of(name, data), listed=False)
    configuration = root.find("{*}Configuration")
    return DataPackage(
        tuple(files.values()), () if configuration is None else _parameters(configuration)
    )


def _parameters(parent: etree._Element) -> tuple[tuple[str, str], ...]:
    found = parent.iterfind("{*}Parameter")
    return tuple((one.get("name", ""), one.get("value", "")) for one in found)


# --- writing ------------------------------------------------------------------------------------


def pack(package: DataPackage) -> bytes:
    """The bytes of a package, the same for the same package; `unpack` reads them.

    Raises `UnsafeDocument` for names and sizes that `unpack` would refuse.
    """
    names = [checked_name(file.name) for file in package.files]
    folded = {unicodedata.normalize("NFC", name).casefold() for name in (*names, MANIFEST)}
    if len(folded) != len(names) + 1 or any(name.endswith("/") for name in names):
        raise UnsafeDocument("Two files of the package have the same name, or one is a folder.")
    manifest = _manifest(package)
    total = len(manifest) + sum(len(file.data) for file in package.files)
    if len(names) >= MAX_FILES or total > MAX_UNPACKED:
        raise UnsafeDocument(
            f"{len(names) + 1} files of {total} bytes; {MAX_FILES} and {MAX_UNPACKED} are allowed."
        )
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as archive:
        for name, data in ((MANIFEST, manifest), *((one.name, one.data) for one in package.files)):
            info = zipfile.ZipInfo(name)
            info.external_attr = (_REGULAR | 0o644) << 16
            fits = len(data) <= SMALL or len(zlib.compress(data)) * MAX_RATIO > len(data) * 1.1
            info.compress_type = zipfile.ZIP_DEFLATED if fits else zipfile.ZIP_STORED
            archive.writestr(info, data)
    return room.getvalue()


def _manifest(package: DataPackage) -> bytes:
    root = etree.Element("MissionPackageManifest", version="2")
    _add_parameters(etree.SubElement(root, "Configuration"), package.configuration)
    contents = etree.SubElement(root, "Contents")
    for file in package.files:
        if file.listed:
            ignored = "true" if file.ignored else "false"
            entry = etree.SubElement(contents, "Content", ignore=ignored, zipEntry=file.name)
            _add_parameters(entry, file.parameters)
    return serialise(root)


def _add_parameters(parent: etree._Element, parameters: tuple[tuple[str, str], ...]) -> None:
    for name, value in parameters:
        etree.SubElement(parent, "Parameter", name=legal(name), value=legal(value))
