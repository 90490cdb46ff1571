"""TOML tables <-> frozen dataclasses, with errors that name the key and the nearest known one.

    build(cls, table, place)   dict -> cls; every value is checked against its field's type
    to_toml(table)             dict -> TOML text that `tomllib` reads back to the same dict
"""

import difflib
import json
import types
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

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


def _convert(hint: Any, value: object, place: str) -> object:  # noqa: PLR0911 - one line a type
    """Return `value` as the type `hint`; RecipeError where it is something else."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _convert_union(inner, value, place)
    if origin is Literal and value in inner:
        return value
    if origin is tuple and isinstance(value, list | tuple):
        kinds = [inner[0]] * len(value) if inner[1:] == (...,) else list(inner)
        if len(kinds) == len(value):
            pairs = zip(kinds, value, strict=True)
            return tuple(_convert(kind, v, f"{place}[{i}]") for i, (kind, v) in enumerate(pairs))
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(value, Mapping):
        return build(hint, value, place)
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        if isinstance(value, Mapping):
            return dict(value)
    if hint is float and type(value) in (int, float):
        return float(value)  # type: ignore[arg-type]
    if hint is Path and isinstance(value, str):
        return Path(value)
    if isinstance(hint, type) and type(value) is hint:
        return value
    raise RecipeError(f"{place} is {value!r}; it must be {_describe(hint)}.")


def _convert_union(kinds: tuple[Any, ...], value: object, place: str) -> object:
    if value is None and type(None) in kinds:
        return None
    choices = [kind for kind in kinds if kind is not type(None)]
    for kind in choices:
        try:
            return _convert(kind, value, place)
        except RecipeError:
            if len(choices) == 1:
                raise
    raise RecipeError(f"{place} is {value!r}; it must be {' or '.join(map(_describe, choices))}.")


def _describe(hint: Any) -> str:
    """Say a type in the recipe's words."""
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(map(repr, get_args(hint)))
    if get_origin(hint) is tuple:
        kinds = [kind for kind in get_args(hint) if kind is not ...]
        return f"a list of {_describe(kinds[0])}"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
    return words.get(hint, "a table" if is_dataclass(hint) else str(hint))


def plain(value: object) -> Any:
    """Return a dataclass, or any value inside one, as TOML values; None is left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain({field.name: getattr(value, field.name) for field in fields(value)})
    if isinstance(value, Mapping):
        return {str(key): plain(v) for key, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return str(value) if isinstance(value, Path) else value


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
