"""Batches by number, from engine and real words."""

import pickle
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest
import torch
from PIL import Image

from crnn.data import open_dataset, write_lmdb, write_parquet, write_webdataset
from crnn.errors import RecipeError, TrainingError
from crnn.training.monitor import Meter
from crnn.training.recipe import Recipe
from crnn.training.state import Progress
from crnn.training.stream import Batch, Mixture, Stream, interrupts_wait, next_batch
from crnn.training.word_batches import BatchConfig

Recipes = Callable[..., Recipe]


def frames(width_px: int) -> int:
    return width_px // 4


def test_a_share_of_three_tenths_is_three_of_every_ten() -> None:
    mixture = Mixture(share=Fraction(3, 10), start=7)
    picks = [mixture.pick(index) for index in range(107)]
    assert all(name == "synthetic" for name, _ in picks[:7])
    for first in range(7, 97):
        assert [name for name, _ in picks[first : first + 10]].count("real") == 3
    for source in ("synthetic", "real"):  # no batch is left out, none comes twice
        numbers = [number for name, number in picks if name == source]
        assert numbers == list(range(len(numbers)))


@pytest.mark.parametrize(("share", "source"), [(0, "synthetic"), (1, "real")])
def test_a_share_of_all_or_nothing_is_one_source(share: int, source: str) -> None:
    mixture = Mixture(share=Fraction(share), start=0)
    assert [mixture.pick(index) for index in range(3)] == [(source, 0), (source, 1), (source, 2)]


def test_a_batch_depends_on_its_number_alone(recipe: Recipes, words: Callable[..., Path]) -> None:
    settings = recipe(f'data.real=[{{path="{words("ab", "ca", "bc")}"}}]', "data.real_share=0.5")
    forward, backward = Stream(settings, frames), Stream(settings, frames)
    wanted = [forward[index] for index in range(6)]
    for index in reversed(range(6)):
        batch = backward[index]
        assert batch.source == wanted[index].source
        assert batch.images.equal(wanted[index].images)
        assert batch.classes == wanted[index].classes
    assert {batch.source for batch in wanted} == {"synthetic", "real"}


def test_processes_share_the_stream_without_overlap(recipe: Recipes) -> None:
    settings = recipe("training.steps=3")
    stream = Stream(settings, frames, world=2)
    ranks = [list(stream.batches(1, 2, rank, 0)) for rank in range(2)]
    assert [len(batches) for batches in ranks] == [2, 2]
    for rank, batches in enumerate(ranks):
        for step, batch in enumerate(batches, start=1):
            assert batch.images.equal(stream[2 * step + rank].images)


def test_words_too_long_for_their_width_are_left_out_and_counted(recipe: Recipes) -> None:
    batch = Stream(recipe(), lambda _: 1)[0]
    assert (len(batch.images), len(batch.classes), batch.too_long) == (0, 0, 8)


def test_an_images_weight_counts_not_its_sets(recipe: Recipes, words: Callable[..., Path]) -> None:
    large, small = words(*["ab"] * 30), words(*["c"] * 10)
    settings = recipe(f'data.real=[{{path="{large}"}}, {{path="{small}", weight=2}}]', "data.real_share=1")
    stream = Stream(settings, frames)
    labels = [tuple(label) for index in range(200) for label in stream[index].classes]
    assert labels.count((3,)) / len(labels) == pytest.approx(2 * 10 / (30 + 2 * 10), abs=0.03)


def test_real_labels_are_folded_as_the_recipe_says(recipe: Recipes, words: Callable[..., Path]) -> None:
    settings = recipe(f'data.real=[{{path="{words("Áb", "CA")}"}}]', "data.real_share=1",
                      "data.fold_case=lower", "data.fold_accents=true")  # fmt: skip
    batch = Stream(settings, frames)[0]
    assert {tuple(label) for label in batch.classes} == {(1, 2), (3, 1)}


def test_folding_leaves_alone_what_the_alphabet_has(recipe: Recipes, words: Callable[..., Path]) -> None:
    settings = recipe(f'data.real=[{{path="{words("áÁ", "aé")}"}}]', "data.real_share=1",
                      "model.alphabet=aáe", "data.fold_case=lower", "data.fold_accents=true")  # fmt: skip
    batch = Stream(settings, frames)[0]
    assert {tuple(label) for label in batch.classes} == {(2, 2), (1, 3)}


def test_words_that_cannot_be_learnt_are_left_out_counted_and_named(
    recipe: Recipes, words: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    path = words("ab", "x", "bc", "y")
    with caplog.at_level("INFO"):
        Stream(recipe(f'data.real=[{{path="{path}"}}]', "data.unusable_labels=skip"), frames)
    assert "2 words left out" in caplog.text
    assert "words.tsv:2: label 'x'" in caplog.text
    assert "2 words, 100 % of the real ones" in caplog.text


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_an_image_that_is_torn_stops_the_run_by_name_or_others_stand_in(
    recipe: Recipes, words: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr("crnn.training.real.BatchConfig", partial(BatchConfig, cache_bytes=0))
    path = words("ab", "bc", "ca", "ab")
    Image.effect_noise((64, 32), 90).save(path.parent / "1.png", "JPEG")
    file = path.parent / "1.png"
    file.write_bytes(file.read_bytes()[:-200])  # its header is whole
    settings = [f'data.real=[{{path="{path}"}}]', "data.real_share=1"]
    skipping = Stream(recipe(*settings, "data.unreadable_images=skip"), frames)
    batch = next_batch(skipping.batches(0, 1, 0, workers), Path("run"))
    assert len(batch.images) == len(batch.classes) == 8
    assert (2, 3) not in {tuple(label) for label in batch.classes}
    assert set(map(type, batch.unreadable)) == {str}
    stopping = Stream(recipe(*settings), frames)
    with pytest.raises(
        TrainingError, match=r"^[^\n]*words\.tsv:2: .*torn[^\n]*\n.*unreadable_images=skip\n.*--resume"
    ):
        next_batch(stopping.batches(0, 1, 0, workers), Path("run"))


def test_unreadable_images_are_counted_in_every_line_and_named_once(caplog: pytest.LogCaptureFixture) -> None:
    meter = Meter(Progress(), steps=9, images_per_step=8)
    for _ in range(2):
        meter.learnt(1.0, 0, ("a.png is torn", "b.png is torn"))
    assert meter.read(2).unreadable == 4
    meter.learnt(1.0, 0, ("a.png is torn",))
    assert meter.read(3).unreadable == 1
    assert caplog.text.count("a.png is torn") == caplog.text.count("b.png is torn") == 1


def dying(message: str) -> Iterator[Batch]:
    raise RuntimeError(message)
    yield  # what makes this a generator


def test_a_dead_worker_is_explained() -> None:
    with pytest.raises(TrainingError, match="memory ran out"):
        next_batch(dying("DataLoader worker (pid 7) is killed by signal: Killed."), Path("run"))
    with pytest.raises(RuntimeError, match="else"):
        next_batch(dying("something else"), Path("run"))


def test_another_seed_draws_other_words(recipe: Recipes) -> None:
    settings = recipe()
    other = settings.model_copy(update={"synthesis": replace(settings.synthesis, seed=5)})
    assert not torch.equal(Stream(settings, frames)[0].images, Stream(other, frames)[0].images)


def test_separated_symbols_are_learnt_from_images_alone(recipe: Recipes, words: Callable[..., Path]) -> None:
    notes = ['model.alphabet=["a", "b"]', 'model.separator=" "', "validation.protocol=exact"]
    with pytest.raises(RecipeError, match="give images to learn from"):
        Stream(recipe(*notes), frames)
    table = words("a b", "b a b")
    stream = Stream(recipe(f'data.real=[{{path="{table}"}}]', "data.real_share=0.5", *notes), frames)
    assert {stream[number].source for number in range(4)} == {"real"}


def test_a_worker_that_ends_by_itself_is_not_said_to_lack_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "DataLoader worker (pid(s) 7) exited unexpectedly"
    monkeypatch.setattr("multiprocessing.get_start_method", lambda: "spawn")
    with pytest.raises(TrainingError, match=r'has ended(.|\n)*if __name__ == "__main__":') as caught:
        next_batch(dying(message), Path("run"))
    assert "memory" not in str(caught.value)
    monkeypatch.setattr("multiprocessing.get_start_method", lambda: "fork")
    with pytest.raises(TrainingError, match="stderr says why") as caught:
        next_batch(dying(message), Path("run"))
    assert "__main__" not in str(caught.value)


@pytest.mark.parametrize("layout", ["table", "zip", "lmdb", "tar", "parquet"])
def test_a_stream_can_be_sent_to_a_worker_that_is_not_forked(
    recipe: Recipes, words: Callable[..., Path], tmp_path: Path, layout: str
) -> None:
    path = table = words("ab", "bc", "ca", "ac")
    if layout == "zip":
        path = Path(shutil.make_archive(str(tmp_path / "words"), "zip", table.parent))
    elif layout != "table":
        if layout == "parquet":
            pytest.importorskip("pyarrow", reason="needs pyarrow (the extra 'parquet')")
        write = {"lmdb": write_lmdb, "tar": write_webdataset, "parquet": write_parquet}[layout]
        path = tmp_path / f"words.{layout}"
        write(path, open_dataset(table))
    stream = Stream(recipe(f'data.real=[{{path="{path}"}}]', "data.real_share=0.5"), frames)
    sent = pickle.loads(pickle.dumps(stream))  # noqa: S301 - our own bytes
    for index in range(4):
        assert sent[index].images.equal(stream[index].images)
        assert sent[index].classes == stream[index].classes


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no masks of signals")
def test_ctrl_c_waits_until_workers_have_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multiprocessing.get_start_method", lambda: "spawn")
    with interrupts_wait():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


class Failing:
    """A DataLoader whose workers do not start."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __iter__(self) -> Iterator[Batch]:
        raise self.error


@pytest.mark.parametrize(
    "error", [BrokenPipeError(), EOFError(), RuntimeError("DataLoader worker (pid 7) ...")]
)
def test_a_worker_that_cannot_be_started_is_explained(
    recipe: Recipes, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr("crnn.training.stream.DataLoader", lambda *_, **__: Failing(error))
    with pytest.raises(TrainingError, match="could not be started"):
        Stream(recipe(), frames).batches(0, 1, 0, 1)
