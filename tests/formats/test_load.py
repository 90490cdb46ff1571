"""Finding a model by name, file or run folder."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from crnn.alphabet import Alphabet
from crnn.errors import MissingExtra, ModelError
from crnn.formats import load as models
from crnn.formats.checkpoint import ModelFile, save_checkpoint
from crnn.formats.export import export_onnx
from crnn.formats.load import Score, load, load_weights, packaged
from crnn.language.file import packaged_language
from tests.rounding import assert_rounded_alike, terms_of

MakeFile = Callable[..., ModelFile]
CARD = {
    "name": "small",
    "alphabet": "digits",
    "parameters": 2_300_000,
    "trained_on": ["synthetic"],
    "images": 10,
    "note": "synthetic only",
    "steps": 5,
    "hours": 1.5,
    "hardware": "one core",
    "commit": "abc",
    "date": "2025-01-01",
    "scores": {"ic15": {"n": 200, "accuracy": 60.5}},
    "ms_per_word": 2.5,
}


@pytest.fixture
def weights(tmp_path: Path, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A packaged model called small, in place of those of this installation."""
    folder = tmp_path / "weights"
    folder.mkdir()
    file = make_file()
    save_checkpoint(folder / "small.safetensors", file, half=True)
    export_onnx(file, folder / "small.onnx", half=True)
    (folder / "small.json").write_text(json.dumps(CARD))
    monkeypatch.setattr(models, "WEIGHTS", folder)
    return folder


@pytest.mark.usefixtures("weights")
def test_a_packaged_name_loads_that_model_even_beside_a_folder_of_the_same_name(
    tmp_path: Path, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small").mkdir()
    save_checkpoint("small/best.safetensors", make_file("xyz"))
    assert load("small").alphabet == load_weights("small").alphabet == Alphabet("0123456789")
    assert load("./small").alphabet == load_weights("./small").alphabet == Alphabet("xyz")
    assert load(Path("small")).alphabet == Alphabet("xyz")


def test_a_run_folder_means_its_best_weights_and_else_its_last(tmp_path: Path, make_file: MakeFile) -> None:
    save_checkpoint(tmp_path / "last.safetensors", make_file("abc"))
    assert load(tmp_path).alphabet == Alphabet("abc")
    save_checkpoint(tmp_path / "best.safetensors", make_file("xyz"))
    assert load(str(tmp_path)).alphabet == Alphabet("xyz")


def test_both_kinds_of_file_load_by_path(tmp_path: Path, make_file: MakeFile) -> None:
    save_checkpoint(tmp_path / "a.safetensors", make_file())
    export_onnx(make_file(), tmp_path / "a.onnx")
    image = np.full((32, 100), 200, np.uint8)
    assert load(tmp_path / "a.safetensors").read(image).text == load(tmp_path / "a.onnx").read(image).text


@pytest.mark.usefixtures("weights")
def test_an_unknown_name_lists_the_names_and_the_nearest() -> None:
    with pytest.raises(ModelError, match=r"no model 'smal'.*\(small\).*Did you mean 'small'\?"):
        load("smal")


def test_a_folder_without_weights_says_which_files_it_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"without best\.safetensors or last\.safetensors"):
        load(tmp_path)


def test_another_kind_of_file_and_a_missing_one_are_model_errors(tmp_path: Path) -> None:
    (tmp_path / "a.pt").touch()
    with pytest.raises(ModelError, match=r"a\.pt: a model file ends in \.onnx or \.safetensors"):
        load(tmp_path / "a.pt")
    for missing in ("a.onnx", "a.safetensors"):
        with pytest.raises(ModelError, match=missing):
            load(tmp_path / missing)


def test_an_onnx_file_has_no_weights_to_train_on(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"a\.onnx: an \.onnx file is for reading only"):
        load_weights(tmp_path / "a.onnx")


def test_a_safetensors_file_without_torch_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "crnn.formats.checkpoint", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r"needs PyTorch(.|\n)*pip install -e '\.\[train\]'"):
        load(tmp_path / "a.safetensors")


def test_the_packaged_models_are_listed_with_their_cards(weights: Path) -> None:
    (model,) = packaged()
    assert (model.name, model.alphabet, model.parameters) == ("small", "digits", 2_300_000)
    assert model.bytes == (weights / "small.onnx").stat().st_size
    assert model.scores == (Score(dataset="ic15", n=200, accuracy=60.5),)
    assert model.trained_on == ("synthetic",)
    assert model.card["hardware"] == "one core"


@pytest.mark.slow
@pytest.mark.parametrize("card", ["", "[]", json.dumps({**CARD, "scores": 3}), "{}"])
def test_a_broken_card_is_a_model_error_that_names_it(weights: Path, card: str) -> None:
    (weights / "small.json").write_text(card)
    with pytest.raises(ModelError, match=r"small\.json: the card of a packaged model is broken"):
        packaged()


def test_every_model_in_this_package_opens_and_reads_as_its_weights_do() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 1, 32, 128), dtype=np.uint8)
    for model in packaged():
        reader, base = load(model.name), load_weights(model.name.removesuffix("-int8"))
        assert reader.alphabet == base.alphabet == Alphabet.named(model.alphabet)
        assert sum(weights.numel() for weights in base.model.parameters()) == model.parameters
        ours, theirs = reader.recognize(images), base.reader().recognize(images)
        if base.card["name"] == model.name:
            assert_rounded_alike(ours, theirs, terms_of(base.model))
        else:  # in integers
            assert np.abs(ours - theirs).mean() < 1, model.name


@pytest.mark.slow
def test_every_packaged_model_reads_with_english_and_so_do_its_exports(tmp_path: Path) -> None:
    english = packaged_language("english")
    assert [load(model.name).language for model in packaged()] == [english] * 4
    export_onnx(load_weights("tiny"), tmp_path / "copy.onnx")
    assert load(tmp_path / "copy.onnx").language is english


def test_a_packaged_model_in_integers_says_what_to_train_on_instead(weights: Path) -> None:
    for suffix in (".onnx", ".json"):
        shutil.copy(weights / f"small{suffix}", weights / f"small-int8{suffix}")
    assert load("small-int8").alphabet == load("small").alphabet
    with pytest.raises(ModelError, match="small-int8 is for reading only; train on 'small'"):
        load_weights("small-int8")
