"""The file of a language model: what is written is what is read, and nothing else is."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, ModelError
from crnn.language.file import (
    find_language,
    language_of,
    load_language,
    packaged_language,
    packaged_languages,
    save_language,
)
from crnn.language.learn import train_language
from crnn.language.model import Language

ALPHABET = Alphabet("acrt", name="cats")


@pytest.fixture
def language() -> Language:
    return train_language({"cat": 3, "car": 1, "cart": 2}, ALPHABET, order=4)


@pytest.fixture
def file(tmp_path: Path, language: Language) -> Path:
    save_language(tmp_path / "en.lm", language)
    return tmp_path / "en.lm"


def arrays(file: Path) -> dict[str, np.ndarray]:
    with np.load(file) as content:
        return dict(content)


def test_a_saved_model_scores_exactly_as_before(file: Path, language: Language) -> None:
    loaded = load_language(file)
    assert loaded.alphabet == ALPHABET
    assert loaded.alphabet.name == "cats"
    assert loaded.order == language.order
    for word in ("cat", "tacr", "", "rrrrrrr"):
        assert loaded.log_prob(word) == language.log_prob(word)
    assert load_language(file, ALPHABET).log_prob("cat") == language.log_prob("cat")


def test_the_same_model_gives_the_same_bytes(tmp_path: Path, file: Path, language: Language) -> None:
    save_language(tmp_path / "other.lm", language)
    assert (tmp_path / "other.lm").read_bytes() == file.read_bytes()


def test_the_file_holds_plain_numbers_and_a_readable_header(file: Path) -> None:
    content = arrays(file)
    header = json.loads(content.pop("header").tobytes())
    assert header == {"format_version": 1, "alphabet": {"name": "cats", "symbols": list("acrt")}}
    assert {name: column.dtype.str for name, column in content.items()} == {
        "symbols": "|u1",
        "children": "|u1",
        "costs": "<f2",
    }


def test_a_full_disk_leaves_the_old_file(
    file: Path, full_disk: Callable[[], None], language: Language
) -> None:
    before = file.read_bytes()
    full_disk()
    with pytest.raises(ModelError, match=r"en\.lm: cannot write .* No space left"):
        save_language(file, language)
    assert file.read_bytes() == before


def test_a_model_of_another_alphabet_is_refused(file: Path) -> None:
    with pytest.raises(AlphabetError, match=r"en\.lm: spells .*cats.* but Alphabet\('abc'\) is asked for"):
        load_language(file, Alphabet("abc"))


@pytest.mark.parametrize("keep", [0, 1, 10, 0.3, 0.5, 0.9, 0.99])
def test_a_torn_file_is_a_model_error_that_names_it(file: Path, keep: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(keep if keep >= 1 else keep * len(content))])
    with pytest.raises(ModelError, match=r"en\.lm: no language model of crnn: torn, or foreign"):
        load_language(file)


def test_any_changed_byte_of_the_columns_is_noticed(file: Path, language: Language) -> None:
    content = file.read_bytes()
    for place in range(0, len(content), 7):
        file.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            loaded = load_language(file)
        except ModelError:
            continue
        assert loaded.log_prob("cart") == language.log_prob("cart")  # a byte that says nothing


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "torn, or foreign"),
        (b"word\nlist\n", "torn, or foreign"),
        (b"\x1f\x8b\x08" + bytes(50), "packed by gzip"),
        (b"mmap lm http://kheafield.com/code format version 5\n", "a binary file of KenLM"),
    ],
)
def test_a_foreign_file_is_a_model_error_that_says_what_to_give(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "x.lm").write_bytes(content)
    with pytest.raises(ModelError, match=rf"x\.lm: no language model of crnn: {message}(.|\n)*ARPA"):
        load_language(tmp_path / "x.lm")


def test_a_file_that_is_not_there_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.lm: cannot be read: No such file"):
        load_language(tmp_path / "none.lm")


def rewrite(path: Path, **changed: np.ndarray) -> None:
    content = arrays(path) | changed
    with path.open("wb") as file:
        np.savez(file, **content)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            {"format_version": 2, "alphabet": {}},
            "format version 2 is not one of 1..1(.|\n)*Update: cd .* && git pull",
        ),
        ({"format_version": "1", "alphabet": {}}, "format version '1'"),
        ({"alphabet": {}}, "torn, or foreign"),
        ([1], "torn, or foreign"),
        ({"format_version": 1}, "is wrong"),
        (
            {"format_version": 1, "alphabet": {"name": "", "symbols": ["a"]}},
            "is wrong: the numbers of children",
        ),
        ({"format_version": 1, "alphabet": {"name": "", "symbols": ["a", "a"]}}, "is wrong: 'a' is in the"),
        ({"format_version": 1, "alphabet": 7}, "is wrong"),
    ],
)
def test_a_wrong_header_is_a_model_error(file: Path, header: object, message: str) -> None:
    rewrite(file, header=np.frombuffer(json.dumps(header).encode(), np.uint8))
    with pytest.raises(ModelError, match=message):
        load_language(file)


def test_columns_of_another_kind_are_refused(file: Path) -> None:
    rewrite(file, children=arrays(file)["children"].astype(float))
    with pytest.raises(ModelError, match="columns of the kinds"):
        load_language(file)


def test_a_file_with_python_objects_runs_nothing(file: Path) -> None:
    rewrite(file, costs=np.array([print], dtype=object))
    with pytest.raises(ModelError, match="no language model of crnn"):
        load_language(file)


def test_a_small_file_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crnn.language.file._LARGEST", 1_000_000)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("costs.npy", bytes(1_000_001))
    (tmp_path / "bomb.lm").write_bytes(content.getvalue())
    with pytest.raises(ModelError, match="unpacks to 1,000,001 bytes, more than 1,000,000"):
        load_language(tmp_path / "bomb.lm")


def test_english_comes_with_the_package_and_finds_words_likelier_than_what_is_none() -> None:
    assert packaged_languages() == ["english"]
    english = packaged_language("english")
    assert english.alphabet == Alphabet.named("print94")
    assert english.order == 6
    for word, other in (("Bakery", "Bqkery"), ("STREET", "5TREET"), ("$4.99", "$A.g9")):
        assert english.log_prob(word) > english.log_prob(other) + 5


def test_a_language_is_found_by_its_name_or_its_file(file: Path) -> None:
    assert find_language("english", Alphabet.named("print94")) is packaged_language("english")
    assert find_language(str(file), ALPHABET).alphabet == ALPHABET


def test_what_is_neither_a_name_nor_a_file_is_refused() -> None:
    with pytest.raises(ModelError, match=r"no language 'klingon': it is neither a file nor .* \(english\)"):
        find_language("klingon", ALPHABET)


def test_a_name_that_no_language_has_says_which_there_are() -> None:
    with pytest.raises(ModelError, match=r"no language 'klingon' comes with this crnn \(english\)"):
        packaged_language("klingon")


def test_a_model_whose_language_spells_another_alphabet_is_refused() -> None:
    assert language_of(None, ALPHABET, "a.onnx") is None
    with pytest.raises(ModelError, match=r"a\.onnx: reads .*'cats'.* its language 'english' spells"):
        language_of("english", ALPHABET, "a.onnx")
