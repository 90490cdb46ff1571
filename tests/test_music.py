"""The example that reads notes: labels are what is engraved, and the recipe learns from them."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from crnn.data import open_dataset
from crnn.errors import LabelError
from crnn.evaluation.evaluate import evaluate
from crnn.formats.load import load
from crnn.training.finetune import resolve_auto
from crnn.training.real import OpenSets
from crnn.training.recipe import read_tables
from crnn.training.train import run_training as train

pytest.importorskip("verovio", reason="needs the extra 'music'")

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("untrained_networks_read")]
NAMES = ("disturb", "engrave", "melody", "picture", "sets", "table")


@pytest.fixture
def music(root: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    monkeypatch.syspath_prepend(str(root / "examples/music"))
    modules = {name: import_module(name) for name in NAMES}
    for name in NAMES:
        monkeypatch.delitem(sys.modules, name)
    return modules


def test_a_label_is_the_pitches_that_sound(music: dict[str, ModuleType]) -> None:
    engrave = music["engrave"].engrave
    # In D major; a natural holds for the bar and its own octave, and a tied note sounds as it did.
    code = "@clef:G-2\n@keysig:xFC\n@data:'4FnFF''F/'F2C+/CE\n"
    assert engrave(code).label == "F#4 F4 F4 F#5 F#4 C#4 C#4 E4"


def test_melodies_have_so_many_notes_and_a_seed_decides_them(music: dict[str, ModuleType]) -> None:
    melody, engrave = music["melody"].melody, music["engrave"].engrave
    codes = [melody(np.random.default_rng(seed), 3, 12) for seed in range(40)]
    assert codes == [melody(np.random.default_rng(seed), 3, 12) for seed in range(40)]
    lengths = {len(engrave(code).label.split()) for code in codes}
    assert min(lengths) >= 3
    assert max(lengths) <= 12
    assert len(lengths) > 5


def test_what_was_read_is_engraved_as_it_was_read(music: dict[str, ModuleType]) -> None:
    engrave, code_for = music["engrave"].engrave, music["picture"].code_for
    for text in ("Eb4 D4 E4 Eb4 A5", "F#2 G3 Gb3", "C4"):
        assert engrave(code_for(text)).label == text
    assert engrave(code_for("")).label == ""


def test_every_set_is_written_once_and_holds_what_its_name_says(
    music: dict[str, ModuleType], tmp_path: Path
) -> None:
    music["sets"].write_sets(tmp_path, count=3, tested=4)
    sizes = {name: len(open_dataset(tmp_path / name)) for name in ("train", "clean", "synthesized", "camera")}
    assert sizes == {"train": 3 * 4, "clean": 4, "synthesized": 4, "camera": 4}
    labels = {name: [sample.label for sample in open_dataset(tmp_path / name)] for name in sizes}
    assert labels["clean"] == labels["synthesized"] != labels["camera"]
    written = (tmp_path / "train/labels.tsv").stat().st_mtime_ns
    music["sets"].write_sets(tmp_path, count=3, tested=4)
    assert (tmp_path / "train/labels.tsv").stat().st_mtime_ns == written


def test_the_recipe_learns_notes_and_the_model_reads_them(
    music: dict[str, ModuleType], root: Path, tmp_path: Path
) -> None:
    music["sets"].write_sets(tmp_path, count=6, tested=4)
    narrow = ['model.convolution=["conv 16 k3 s2 p1 norm", "pool k2 s2", "conv 64 k8x3 s1 p0x1 norm"]']
    changes = [
        f'data.real=[{{path="{tmp_path / "train"}"}}]',
        f'validation.data=["{tmp_path / "train"}"]',  # the test of the machinery, not of the model
        "training.steps=60", "training.batch_size=8", "training.workers=0", "model.hidden=48",
        "training.validate_every=0", "schedule.warmup_steps=5", "optimizer.learning_rate=5e-3",
        *narrow,
    ]  # fmt: skip
    recipe = resolve_auto(
        read_tables(root / "examples/music/music.toml", changes), None, tmp_path / "w", OpenSets()
    ).recipe
    lines: list[dict[str, object]] = []
    train(recipe, tmp_path / "run", on_metrics=lambda line: lines.append(line.to_json()))
    losses = [float(str(line["loss"])) for line in lines if "loss" in line]
    assert losses[-1] < losses[0] / 2
    reader = load(tmp_path / "run")
    assert reader.alphabet.separator == " "
    evaluation = evaluate(reader, open_dataset(tmp_path / "clean"), "exact")
    assert evaluation.n == 4
    read, edits = music["table"].measure(reader, tmp_path / "clean")
    assert (read, edits >= 0) == (evaluation.accuracy, True)
    image, known = open_dataset(tmp_path / "clean")[0].image, " ".join(reader.alphabet.symbols[:3])
    assert reader.read(image, lexicon=[known]).text == known
    with pytest.raises(LabelError, match="'X9', not in alphabet"):
        reader.read(image, lexicon=["X9"])
