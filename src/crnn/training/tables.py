"""TOML tables <-> frozen dataclasses, with errors that name the key and the nearest known one.

build(cls, table, place)   dict -> cls; every value is checked against its field's type
to_toml(table)             dict -> TOML text that `tomllib` reads back to the same dict
"""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Literal, TypeVar, get_args, get_origin, get_type_hints

from crnn.errors import RecipeError

Table = Mapping[str, object]
Config = TypeVar("Config")


def build(cls: type[Config], table: Table, place: str) -> Config:
    """Make a dataclass of a table; RecipeError names an unknown key or a wrong value."""
    hints = get_type_hints(cls)
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type]
    values = {}
    for key, value in table.items():
        if key not in known:
            raise unknown_key(key, known, place)
        values[key] = _convert(hints[key], value, f"{place}.{key}" if place else key)
    try:
        return cls(**values)
    except TypeError as error:  # a field without a default was left out
        raise RecipeError(f"[{place}]: {error}") from None


def unknown_key(key: str, known: Iterable[str], place: str) -> RecipeError:
    """Say that `key` does not exist, and which known key is nearest."""
    known = list(known)
    near = difflib.get_close_matches(key, known, 1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    where = f"[{place}]" if place else "the recipe"
    return RecipeError(f"{where} has no key '{key}'. {hint}Known: {', '.join(known)}.")


def _convert(hint: object, value: object, place: str) -> object:
    """Return `value` as the type `hint`; RecipeError where it is something else."""
    kind, inner = get_origin(hint), get_args(hint)
    if kind is tuple and isinstance(value, list):
        hints = [inner[0]] * len(value) if inner[-1] is ... else inner
        if len(hints) == len(value):
            pairs = enumerate(zip(hints, value, strict=True))
            return tuple(_convert(each, item, f"{place}[{i}]") for i, (each, item) in pairs)
    elif isinstance(hint, type) and is_dataclass(hint) and isinstance(value, Mapping):
        return build(hint, value, place)
    elif hint is float and type(value) is int:
        return float(value)
    elif type(value) is hint or (kind is Literal and value in inner):
        return value
    raise RecipeError(f"{place} is {value!r}; it must be {_describe(hint)}.")


def _describe(hint: object) -> str:
    """Say a type in the recipe's words."""
    inner = get_args(hint)
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(map(repr, inner))
    if get_origin(hint) is tuple:
        count = "" if inner[-1] is ... else f"{len(inner)} times "
        return f"a list of {count}{_describe(inner[0])}"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
    return words[hint] if isinstance(hint, type) and hint in words else "a table"


def as_table(section: object) -> dict[str, object]:
    """Return a dataclass as a TOML table."""
    return {field.name: plain(getattr(section, field.name)) for field in fields(section)}  # type: ignore[arg-type]


def plain(value: object) -> object:
    """Return a dataclass, or any value inside one, as TOML values."""
    if is_dataclass(value) and not isinstance(value, type):
        return as_table(value)
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def to_toml(table: Mapping[str, Mapping[str, object]]) -> str:
    """Write sections of keys as TOML.

    >>> print(to_toml({"training": {"steps": 10, "precision": "32-true"}}))
    [training]
    steps = 10
    precision = "32-true"
    <BLANKLINE>
    """
    sections = [
        f"[{name}]\n" + "".join(f"{_key(key)} = {_value(value)}\n" for key, value in rows.items())
        for name, rows in table.items()
    ]
    return "\n".join(sections)


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else _value(key)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    # JSON's strings, numbers and truth values are TOML's, but for the one control sign below
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
