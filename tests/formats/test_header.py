"""The JSON that both file formats carry."""

import json
from dataclasses import replace

import pytest

from crnn.alphabet import Alphabet
from crnn.errors import ModelError
from crnn.formats.header import FORMAT_VERSION, Header, parse_header
from crnn.images.preprocess import PreprocessConfig

HEADER = Header(
    model={"convolution": ["pool k2 s2"]},
    alphabet=Alphabet(["é", "note-C4"], name="mixed"),
    preprocess=PreprocessConfig(max_width=256),
    card={"steps": 7},
)


def test_a_header_survives_writing_and_reading() -> None:
    parsed = parse_header(HEADER.to_text(), "a.onnx")
    assert parsed == HEADER
    assert parsed.alphabet.name == "mixed"
    assert parsed.classes == 3


def test_a_header_may_name_a_language() -> None:
    named = replace(HEADER, language="english")
    assert parse_header(named.to_text(), "a.onnx").language == "english"
    assert "language" not in json.loads(HEADER.to_text())


@pytest.mark.parametrize("part", ["model", "alphabet", "preprocess", "card", "format_version"])
def test_a_header_without_a_part_names_the_part_and_the_file(part: str) -> None:
    content = json.loads(HEADER.to_text())
    del content[part]
    with pytest.raises(ModelError, match=rf"^a\.onnx: .*'{part}'"):
        parse_header(json.dumps(content), "a.onnx")


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("alphabet", {"name": "x", "symbols": ["a", "a"]}, "twice"),
        ("alphabet", {"name": "x", "symbols": []}, "empty"),
        ("alphabet", {"symbols": 3}, "stored alphabet"),
        ("preprocess", {"height": 0}, "height"),
        ("preprocess", {"heigth": 32}, "did you mean 'height'"),
        ("model", "small", "'model' in the header"),
        ("card", None, "'card' in the header"),
        ("language", 3, "'language' in the header is 3, not a name"),
        ("format_version", "1", "format_version"),
        ("format_version", True, "format_version"),
    ],
)
def test_a_header_with_a_wrong_part_says_what_is_wrong(part: str, value: object, said: str) -> None:
    content = json.loads(HEADER.to_text())
    content[part] = value
    with pytest.raises(ModelError, match=said):
        parse_header(json.dumps(content), "a.onnx")


def test_a_header_of_a_newer_crnn_says_to_update() -> None:
    content = json.loads(HEADER.to_text())
    content["format_version"] = FORMAT_VERSION + 1
    with pytest.raises(ModelError, match=r"newer(.|\n)*Update: cd .* && git pull"):
        parse_header(json.dumps(content), "a.onnx")


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '"a"', "[" * 100_000])
def test_a_header_that_is_no_json_object_is_a_model_error(text: str) -> None:
    with pytest.raises(ModelError, match=r"^a\.onnx: "):
        parse_header(text, "a.onnx")
