"""The public API: what `crnn` hands out, with every parameter and default.

CONTRIBUTING.md says what may change in which release. Where a change is meant:

    python -m tests.test_public_names > tests/public_api.txt
"""

import dataclasses
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import crnn
import crnn.errors

PINNED = Path(__file__).with_name("public_api.txt")


def parameters(function: object) -> str:
    """Names, kinds and defaults, without types."""
    signature = inspect.signature(function)  # type: ignore[arg-type]
    bare = [one.replace(annotation=inspect.Parameter.empty) for one in signature.parameters.values()]
    return re.sub("<factory>|<[^>]* at 0x[^>]*>", "...", str(inspect.Signature(bare)))


def described(name: str) -> Iterator[str]:
    value = getattr(crnn, name)
    if not inspect.isclass(value):
        yield f"{name}{parameters(value)}"
        return
    if issubclass(value, Exception):
        yield f"class {name}"
        return
    yield f"class {name}{parameters(value)}"
    fields = {field.name for field in dataclasses.fields(value)} if dataclasses.is_dataclass(value) else set()
    for member in sorted(vars(value)):
        found = inspect.getattr_static(value, member)
        if member in fields or (member.startswith("_") and member != "__call__"):
            continue
        if isinstance(found, classmethod | staticmethod):
            found = found.__func__
        if inspect.isfunction(found):
            yield f"    {member}{parameters(found)}"
        elif not inspect.ismemberdescriptor(found):
            yield f"    {member}"


def api() -> str:
    return "".join(f"{line}\n" for name in sorted(crnn.__all__) for line in described(name))


def test_names_parameters_and_defaults_are_those_that_are_pinned() -> None:
    assert api() == PINNED.read_text("utf-8")


def test_every_error_is_in_crnn_errors_under_one_base() -> None:
    errors = {name: value for name, value in vars(crnn.errors).items() if isinstance(value, type)}
    assert all(issubclass(value, crnn.CrnnError) for value in errors.values())
    assert set(errors) & set(crnn.__all__) == {"CrnnError"}


@pytest.mark.parametrize(
    ("former", "current"), [("ImageError", "ImageError"), ("DecodeError", "OptionError")]
)
def test_errors_that_stood_at_the_top_are_still_found_with_a_warning(former: str, current: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"crnn.{former} is crnn.errors.{current} now"):
        assert getattr(crnn, former) is getattr(crnn.errors, current)


def test_a_name_that_there_never_was_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        crnn.Nothing  # noqa: B018


def test_import_crnn_warns_of_nothing() -> None:
    code = "import crnn; from crnn import *"
    subprocess.run([sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", code], check=True)


def test_models_lists_the_packaged_ones_smallest_first() -> None:
    sizes = [model.bytes for model in crnn.models()]
    assert sizes == sorted(sizes)
    assert {"tiny", "small"} <= {model.name for model in crnn.models()}


def test_load_opens_the_default_model_and_says_which_cores_it_takes() -> None:
    reader = crnn.load(threads=2)
    assert reader.path is not None
    assert reader.path.stem == "small"
    with pytest.raises(crnn.errors.ModelError, match="threads is 0"):
        crnn.load("tiny", threads=0)


def test_every_public_class_shows_itself_in_one_line() -> None:
    reader = crnn.load("tiny")
    reading = reader.read("examples/sign.png")
    shown = [
        reader,
        reading,
        reading.candidates[0],
        reading.frames,
        reading.candidates[0].spans[0],
        reader.alphabet,
        reader.preprocess,
        reader.language,
        crnn.Lexicon(["stop"] * 2, reader.alphabet),
        crnn.DecodeOptions(lexicon=["stop"] * 1000),
        *crnn.models(),
    ]
    for value in shown:
        assert "\n" not in repr(value)
        assert " object at 0x" not in repr(value)
        assert len(repr(value)) < 400


if __name__ == "__main__":
    sys.stdout.write(api())
