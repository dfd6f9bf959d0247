"""Configuration files: TOML into strict structs, and a typo is named with what was meant.

`load(path, Type)` reads the file into a `msgspec.Struct`. Keys the struct does not know, wrong
types and values out of range raise `ConfigurationError` with file, line and key. Defaults and
ranges (`Annotated[int, msgspec.Meta(ge=1)]`) stand in the struct, nowhere else.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from protocols.errors import ConfigurationError

T = TypeVar("T")


def load(path: Path | str, kind: type[T]) -> T:
    """The file at `path` as a `kind`; raises `ConfigurationError`."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigurationError(f"{path} cannot be read: {reason}") from error
    return parse(text, kind, str(path))


def parse(text: str, kind: type[T], name: str = "configuration") -> T:
    """TOML text as a `kind`; `name` is what errors call it. Raises `ConfigurationError`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{name}: not valid TOML: {error}") from error
    for place, key, known in _unknown(document, msgspec.inspect.type_info(kind), ""):
        guess = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        meant = f"did you mean {guess[0]!r}?" if guess else f"known are {', '.join(sorted(known))}"
        where = f"{place}.{key}" if place else key
        raise ConfigurationError(f"{_at(name, text, where)}: unknown key {where!r}; {meant}")
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        message, _, tail = str(error).partition(" - at `$")
        where = tail.rstrip("`").lstrip(".")
        missing = re.search(r"missing required field `(\w+)`", message)
        if missing:
            where = f"{where}.{missing[1]}".lstrip(".")
            raise ConfigurationError(f"{name}: the key {where!r} is missing") from error
        raise ConfigurationError(f"{_at(name, text, where)}: {where!r}: {message}") from error


def resolve(config: Path | str, value: str) -> Path:
    """A path in a configuration file, relative to the file's own folder."""
    return Path(config).parent / Path(value).expanduser()


def _unknown(
    document: Mapping[str, Any], kind: msgspec.inspect.Type, place: str
) -> Iterator[tuple[str, str, list[str]]]:
    """(table, key, known keys) of every key that the struct does not have."""
    if not isinstance(kind, msgspec.inspect.StructType):
        return
    fields = {field.encode_name: field.type for field in kind.fields}
    for key, value in document.items():
        if key not in fields:
            yield place, key, list(fields)
            continue
        below = f"{place}.{key}" if place else key
        yield from _unknown_value(value, fields[key], below)


def _unknown_value(
    value: Any, kind: msgspec.inspect.Type, place: str
) -> Iterator[tuple[str, str, list[str]]]:
    """The same, into nested tables, lists of tables, maps of tables and optional ones."""
    if isinstance(kind, msgspec.inspect.UnionType):
        structs = [one for one in kind.types if isinstance(one, msgspec.inspect.StructType)]
        if len(structs) == 1 and isinstance(value, dict):
            yield from _unknown(value, structs[0], place)
    elif isinstance(kind, msgspec.inspect.DictType) and isinstance(value, dict):
        for key, one in value.items():
            yield from _unknown_value(one, kind.value_type, f"{place}.{key}")
    elif isinstance(kind, msgspec.inspect.CollectionType) and isinstance(value, list):
        for index, one in enumerate(value):
            yield from _unknown_value(one, kind.item_type, f"{place}[{index}]")
    elif isinstance(value, dict):
        yield from _unknown(value, kind, place)


def _at(name: str, text: str, where: str) -> str:
    """`name:line` of the key at a dotted path, as far as the text can be followed."""
    steps = re.findall(r"[^.\[\]]+|\[\d+\]", where)
    keys = [step for step in steps if not step.startswith("[")]
    lines = text.splitlines()
    number = 0
    table = keys[:-1]
    if table:
        heading = re.compile(r"\s*\[{1,2}\s*" + r"\s*\.\s*".join(map(re.escape, table)) + r"\s*\]")
        number = next((at for at, line in enumerate(lines) if heading.match(line)), 0)
    if keys:
        entry = re.compile(
            rf"\s*[\"']?{re.escape(keys[-1])}[\"']?\s*[=.]|\s*\[{{1,2}}.*\b{re.escape(keys[-1])}\s*\]"
        )
        for at in range(number, len(lines)):
            if entry.match(lines[at]):
                return f"{name}:{at + 1}"
    return name
