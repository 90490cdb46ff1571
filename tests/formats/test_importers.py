"""Weights of other CRNN projects: what is made of them computes what they computed."""

import json
import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image
from torch import Tensor

from crnn.alphabet import Alphabet
from crnn.errors import ModelError
from crnn.formats.checkpoint import load_checkpoint, save_checkpoint
from crnn.formats.export import export_onnx
from crnn.formats.importers.convert import Imported, import_weights
from crnn.images.preprocess import preprocess
from tests.formats.foreign_networks import Oracle, crnn_pytorch, deep_text, gitycc, nano_ocr, randomise
from tests.rounding import assert_rounded_alike, rounding, terms_of

LOWER36 = Alphabet.named("lower36")
ABC = Alphabet("abcdefghij")
PROJECTS = {
    "meijieru/crnn.pytorch": (crnn_pytorch, 37, LOWER36, 100),
    "clovaai/deep-text-recognition-benchmark None-VGG-BiLSTM-CTC": (deep_text, 37, LOWER36, 100),
    "GitYCC/crnn-pytorch": (gitycc, 37, None, 100),
    "nano-ocr": (nano_ocr, 66, None, 128),
}

Build = Callable[..., Oracle]


def saved(state: object, path: Path, **options: bool) -> Path:
    torch.save(state, path, **options)
    return path


def noise(width: int, count: int = 3) -> Tensor:
    random = torch.Generator().manual_seed(1)
    blocks = torch.randint(0, 256, (count, 1, 8, -(-width // 4)), generator=random)
    return blocks.repeat_interleave(4, 2).repeat_interleave(4, 3)[..., :width].float()  # (N, 1, 32, W)


def assert_reads_alike(imported: Imported, oracle: Oracle, pictures: Tensor) -> None:
    theirs = oracle.log_probs(pictures)
    assert theirs.std(0).mean() > 0.05  # frames differ, or the comparison says nothing
    assert_rounded_alike(imported.file.model(pictures), theirs, terms_of(oracle))


@pytest.mark.slow
@pytest.mark.parametrize("name", PROJECTS)
def test_the_import_computes_what_the_project_computed(name: str, tmp_path: Path) -> None:
    build, classes, alphabet, width = PROJECTS[name]
    oracle = randomise(build(classes))
    imported = import_weights(saved(oracle.state_dict(), tmp_path / "their.pth"), alphabet=alphabet)
    assert imported.project == name
    assert imported.notes == ()
    assert imported.file.preprocess.min_width == imported.file.preprocess.max_width == width
    assert_reads_alike(imported, oracle, noise(width))


@pytest.mark.slow
@pytest.mark.parametrize("name", PROJECTS)
def test_a_picture_is_resized_as_the_project_resizes_it(name: str, tmp_path: Path) -> None:
    build, classes, alphabet, width = PROJECTS[name]
    oracle = randomise(build(classes))
    imported = import_weights(saved(oracle.state_dict(), tmp_path / "their.pth"), alphabet=alphabet)
    picture = np.random.default_rng(2).integers(0, 256, (47, 171), dtype=np.uint8)
    how = Image.Resampling.BICUBIC if "clovaai" in name else Image.Resampling.BILINEAR
    theirs = np.asarray(Image.fromarray(picture).resize((width, 32), how))
    ours = preprocess(picture, imported.file.preprocess)
    assert np.array_equal(ours, theirs)
    batch: npt.NDArray[np.uint8] = ours[None, None]
    log_probs = imported.file.reader().recognize(batch)
    expected = oracle.log_probs(torch.from_numpy(theirs.astype(np.float32))[None, None])
    assert_rounded_alike(log_probs, expected, terms_of(oracle))


def test_a_model_file_and_an_onnx_file_of_it_read_the_same(tmp_path: Path) -> None:
    oracle = randomise(deep_text(11, maps=64, hidden=16))
    imported = import_weights(saved(oracle.state_dict(), tmp_path / "their.pth"), alphabet=ABC)
    save_checkpoint(tmp_path / "ours.safetensors", imported.file)
    file = load_checkpoint(tmp_path / "ours.safetensors")
    assert file.preprocess.resample == "bicubic"
    assert file.model.config.pixels == "symmetric"
    pictures = noise(100)
    assert torch.equal(file.model(pictures), imported.file.model(pictures))
    parity = export_onnx(file, tmp_path / "ours.onnx")
    assert parity.equal_texts == parity.images
    assert parity.max_difference < rounding(file.model(pictures), terms_of(oracle))


@pytest.mark.slow
def test_other_sizes_are_read_from_the_file(tmp_path: Path) -> None:
    for index, oracle in enumerate(
        [
            deep_text(11, maps=128, hidden=48),
            crnn_pytorch(11, hidden=24),
            gitycc(11, hidden=20),
            nano_ocr(11, 32),
        ]
    ):
        path = saved(randomise(oracle).state_dict(), tmp_path / f"{index}.pth")
        imported = import_weights(path, alphabet=ABC, width_px=160)
        assert imported.file.preprocess.width_px(10, 500) == 160
        assert_reads_alike(imported, oracle, noise(160))


@pytest.mark.slow
@pytest.mark.parametrize("build", [crnn_pytorch, deep_text, gitycc, nano_ocr])
def test_a_colour_network_reads_grey_as_it_did_and_a_note_says_so(build: Build, tmp_path: Path) -> None:
    oracle = randomise(build(11, hidden=16, colours=3))
    imported = import_weights(saved(oracle.state_dict(), tmp_path / "their.pth"), alphabet=ABC)
    assert_reads_alike(imported, oracle, noise(100))
    assert "colours" in imported.notes[0]
    assert imported.file.card["notes"] == list(imported.notes)


def test_a_blank_that_stands_last_becomes_class_0(tmp_path: Path) -> None:
    oracle = randomise(deep_text(11, maps=64, hidden=16))
    path = saved(oracle.state_dict(), tmp_path / "their.pth")
    imported = import_weights(path, alphabet=ABC, blank="last")
    theirs, ours = oracle.log_probs(noise(100)), imported.file.model(noise(100)).detach()
    assert_rounded_alike(ours, theirs.roll(1, -1), terms_of(oracle))
    assert imported.notes == ("The blank was moved from class 10 to class 0.",)


def test_wrappers_and_precision_make_no_difference(tmp_path: Path) -> None:
    state = randomise(deep_text(11, maps=64, hidden=16)).state_dict()
    wanted = import_weights(saved(state, tmp_path / "plain.pth"), alphabet=ABC).file.model(noise(100))
    parallel = {f"module.{name}": tensor for name, tensor in state.items()}
    uncounted = {name: tensor for name, tensor in state.items() if "num_batches" not in name}
    forms: list[object] = [
        parallel,
        uncounted,  # as torch before 0.4.1 saved it
        {
            name: torch.nn.Parameter(tensor, requires_grad=tensor.is_floating_point())
            for name, tensor in state.items()
        },
        {name: tensor.double() for name, tensor in state.items()},
        {"epoch": 3, "state_dict": parallel, "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]}},
    ]
    for form in forms:
        path = saved(form, tmp_path / "form.pth")
        assert torch.equal(import_weights(path, alphabet=ABC).file.model(noise(100)), wanted)
    old = saved(state, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    assert torch.equal(import_weights(old, alphabet=ABC).file.model(noise(100)), wanted)


def test_the_card_names_where_the_weights_came_from(tmp_path: Path) -> None:
    path = saved(randomise(gitycc(37, hidden=16)).state_dict(), tmp_path / "their.pth")
    card = import_weights(path).file.card
    assert (card["imported_from"], card["source"]) == ("GitYCC/crnn-pytorch", "their.pth")
    assert len(str(card["source_sha256"])) == 64
    json.dumps(card)


def test_an_alphabet_that_the_file_lacks_is_asked_for_and_a_wrong_one_refused(tmp_path: Path) -> None:
    free = saved(deep_text(37, maps=64, hidden=16).state_dict(), tmp_path / "free.pth")
    with pytest.raises(ModelError, match=r"free\.pth.*36 symbols.*perhaps --alphabet lower36"):
        import_weights(free)
    with pytest.raises(
        ModelError, match=r"36 symbols and the blank, but the alphabet .the one given. has 10"
    ):
        import_weights(free, alphabet=ABC)
    other = saved(gitycc(41, hidden=16).state_dict(), tmp_path / "other.pth")
    with pytest.raises(ModelError, match=r"that of GitYCC/crnn-pytorch. has 36 symbols; name the 40"):
        import_weights(other)


def test_an_unknown_network_is_told_what_each_project_would_need(tmp_path: Path) -> None:
    state = deep_text(37, maps=64, hidden=16).state_dict()
    del state["Prediction.weight"], state["Prediction.bias"]
    state["Prediction.attention_cell.i2h.weight"] = torch.zeros(4, 4)
    with pytest.raises(ModelError) as caught:
        import_weights(saved(state, tmp_path / "attention.pth"), alphabet=LOWER36)
    lines = str(caught.value).splitlines()
    assert lines[0].endswith("its 43 tensors are those of no project that crnn import knows (nearest first):")
    assert lines[1] == (
        "    clovaai/deep-text-recognition-benchmark None-VGG-BiLSTM-CTC: it misses Prediction.weight, "
        "Prediction.bias and has the unknown Prediction.attention_cell.i2h.weight."
    )
    assert len(lines) == 1 + len(PROJECTS)
    assert all("more and has the unknown" in line for line in lines[2:])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("cnn.conv0.weight", (64, 2, 3, 3)),
        ("cnn.conv3.weight", (256, 128, 3, 3)),
        ("cnn.conv5.bias", (4,)),
        ("cnn.conv6.weight", (512, 512)),
        ("cnn.batchnorm5.running_mean", (1,)),
        ("rnn2.weight_hh_l0_reverse", (4, 4)),
        ("rnn1.weight_hh_l0", (64,)),
        ("rnn1.weight_ih_l0", (64,)),
        ("map_to_seq.weight", (64, 1536)),  # images 64 px high
        ("map_to_seq.bias", (1,)),
        ("dense.bias", ()),
        ("dense.weight", (37, 8)),
    ],
)
def test_tensors_that_do_not_fit_each_other_are_refused(
    name: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
    state = gitycc(37, hidden=16).state_dict()
    state[name] = torch.zeros(shape)
    with pytest.raises(ModelError, match=r"their\.pth: "):
        import_weights(saved(state, tmp_path / "their.pth"))


def test_a_width_without_a_frame_is_refused(tmp_path: Path) -> None:
    path = saved(gitycc(37, hidden=16).state_dict(), tmp_path / "their.pth")
    with pytest.raises(ModelError, match="images 4 px wide give this network no frame"):
        import_weights(path, width_px=4)


def _torchscript() -> bytes:
    buffer = BytesIO()
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)), buffer)
    return buffer.getvalue()


class _Trap:
    """A pickle of it makes a folder when it is loaded with Python's own unpickler."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def test_code_in_a_file_is_refused_and_not_run(tmp_path: Path) -> None:
    made = tmp_path / "made"
    state = gitycc(37, hidden=16).state_dict()
    hidden = saved({**state, "trap": _Trap(made)}, tmp_path / "trap.pth")
    with pytest.raises(ModelError, match=r"trap\.pth: holds more than numbers .posix.mkdir"):
        import_weights(hidden)
    assert not made.exists()
    torch.load(hidden, weights_only=False)  # it does bite where it is let
    assert made.exists()


def test_whole_networks_and_objects_are_refused_by_name(tmp_path: Path) -> None:
    whole = saved(torch.nn.Linear(2, 2), tmp_path / "whole.pth")
    with pytest.raises(ModelError, match=r"torch.nn.modules.linear.Linear.*\n.*state_dict"):
        import_weights(whole)
    best = saved({"model": {}, "best": np.float64(1)}, tmp_path / "best.pth")
    with pytest.raises(ModelError, match=r"holds more than numbers .numpy"):
        import_weights(best)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TorchScript is on its way out
def test_torchscript_is_refused(tmp_path: Path) -> None:
    (tmp_path / "script.pth").write_bytes(_torchscript())
    with pytest.raises(ModelError, match=r"holds more than numbers .TorchScript"):
        import_weights(tmp_path / "script.pth")


@pytest.mark.parametrize("content", [b"", b"no pickle", b"PK\x03\x04" * 20, b"\x80\x02}q\x00."])
def test_what_is_no_pth_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.pth").write_bytes(content)
    with pytest.raises(ModelError, match=r"bad\.pth: is no \.pth file, or a damaged one"):
        import_weights(tmp_path / "bad.pth")


def test_a_torn_file_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    path = saved(gitycc(37, hidden=16).state_dict(), tmp_path / "damaged.pth")
    path.write_bytes(path.read_bytes()[:-5000])
    for place in (path, tmp_path / "none.pth", tmp_path):
        with pytest.raises(ModelError, match=str(place)):
            import_weights(place)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1, 2], "a list"),
        ({}, "a dict of nothing"),
        ({"epoch": 3, "lr": 0.1}, "a dict of 'epoch', 'lr'"),
        ({"a": {"w": torch.zeros(1)}, "b": {"w": torch.zeros(1)}}, "a dict of 'a', 'b'"),
        (torch.zeros(3), "a Tensor"),
    ],
)
def test_what_holds_no_state_dict_is_described(content: object, said: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"holds no state dict .names with tensors., but {said}"):
        import_weights(saved(content, tmp_path / "other.pth"))


def test_odd_tensors_are_refused(tmp_path: Path) -> None:
    for tensor in (torch.eye(3).to_sparse(), torch.zeros(3, dtype=torch.complex64)):
        with pytest.raises(ModelError, match="w is no plain tensor of real numbers"):
            import_weights(saved({"w": tensor}, tmp_path / "odd.pth"))
