"""A check finds each fault where it is, and agrees with what training itself would refuse."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from crnn.alphabet import Alphabet
from crnn.checking import KINDS, Rules, check, frames_of
from crnn.checking.pictures import SMALLEST_PX
from crnn.data import Dataset, Sample, open_dataset
from crnn.data.labels import check_labels
from crnn.errors import LabelError
from crnn.preprocess import PreprocessConfig
from crnn.reader import Reader
from tests.checking.conftest import draw
from tests.pictures import encoded

Write = Callable[..., Dataset]
MakeRules = Callable[..., Rules]


def flat(width: int, height: int, grey: int = 200) -> bytes:
    return encoded(Image.new("L", (width, height), grey), "PNG")


@pytest.mark.parametrize(
    ("kind", "image", "label", "detail"),
    [
        ("unreadable-image", b"", "void", "is empty (zero bytes)"),
        ("unreadable-image", b"torn", "torn", "is no image in a known format"),
        ("unreadable-image", draw("cut")[:80], "cut", "torn or damaged"),
        ("blank-image", flat(96, 32), "blank", "differ by 0.0 of 255"),
        ("tiny-image", draw("x", (40, SMALLEST_PX - 1)), "x", "is 40x7 px"),
        ("huge-image", draw("x", (1300, 800)), "x", "is 1300x800 px"),
        ("tall-image", draw("Ab", (24, 36)), "Ab", "is 24x36 px for 2 symbols"),
        ("empty-label", draw("word"), "", "is empty"),
        ("symbol-outside-alphabet", None, "caf\u00e9", "'\u00e9' (U+00E9 LATIN SMALL LETTER E WITH ACUTE)"),
        ("label-too-long", None, "a" * 13, "needs 25 frames; an image 96 px wide gives 24"),
        ("stray-space", None, " word", "a space at the beginning"),
        ("control-character", None, "a\u200bb", "U+200B"),
        ("lookalike", None, "it\u2019s", 'looks like "\'"'),
    ],
)
def test_a_fault_is_a_case_at_its_place(
    dataset: Write, rules: MakeRules, kind: str, image: bytes | None, label: str, detail: str
) -> None:
    report = check([dataset([(None, "fine"), (image, label)])], rules())
    (case,) = report.found(kind)
    assert case.place.endswith("words.tsv:2")
    assert case.key.endswith("2.png")
    assert case.label == label
    assert detail in case.detail


def test_a_sound_set_has_no_finding(dataset: Write, rules: MakeRules) -> None:
    report = check([dataset([(None, "one"), (None, "two"), (draw("l", (12, 32)), "l")])], rules())
    assert report.findings == ()
    assert report.verdict.trains
    assert report.verdict.settings == report.verdict.reasons == ()
    assert (report.counts.samples, report.counts.learnable) == (3, 3)


def test_copies_and_contradicting_labels_name_their_twin(dataset: Write, rules: MakeRules) -> None:
    word = draw("Stop")
    copy = draw("Stop", (96, 32), "JPEG")
    report = check([dataset([(word, "Stop"), (None, "other"), (word, "STOP"), (copy, "Stop")])], rules())
    (equal,), (near,), (contra,) = map(
        report.found, ("equal-images", "nearly-equal-images", "contradicting-labels")
    )
    assert (equal.place[-1], equal.detail[-11:]) == ("3", "words.tsv:1")
    assert (near.place[-1], near.detail[:10]) == ("4", "looks like")
    assert re.search(r"'Stop' at .*:1, 'STOP' at .*:3, a difference of case only$", contra.detail)


def test_labels_that_fold_to_the_same_do_not_contradict(dataset: Write, rules: MakeRules) -> None:
    word = draw("Stop")
    data = dataset([(word, "Stop"), (word, "STOP")])
    assert check([data], rules(fold_case="lower")).found("contradicting-labels") == ()


def test_images_of_both_sets_are_leaks(dataset: Write, rules: MakeRules) -> None:
    train = dataset([(None, "one"), (None, "two"), (None, "three")])
    val = dataset([(draw("three", kind="JPEG"), "three"), (None, "one"), (b"", "void")], "val")
    report = check([train], rules(), against=[val])
    details = [(case.place[-1], case.detail) for case in report.found("leak")]
    assert details == [
        ("1", f"has the bytes of {val.path}:2"),
        ("3", f"looks like {val.path}:1"),
    ]
    (unread,) = report.found("unreadable-in-other-set")
    assert unread.place == f"{val.path}:3"
    assert report.verdict.trains
    assert report.counts.samples == 3


def test_a_model_names_the_labels_that_it_would_not_believe(
    dataset: Write, rules: MakeRules, brightness_reader: Reader
) -> None:
    """The reader of the fixture reads one digit for each eighth of the image, by its brightness."""
    strips = np.repeat(np.array([[0, 0, 179, 179, 0, 102, 102, 0]], np.uint8), 12, axis=1).repeat(32, 0)
    image = encoded(Image.fromarray(strips), "PNG")
    assert brightness_reader.read(strips).text == "63"
    data = dataset([(image, "63"), (image, "65"), (image, "hello")])
    report = check([data], rules(), judge=brightness_reader)
    (case,) = report.found("doubtful-label")
    assert (case.place[-1], case.suggestion) == ("2", "63")
    assert (report.counts.judged, report.counts.only_case) == (2, 0)


def test_frames_are_those_of_the_network() -> None:
    pytest.importorskip("torch")
    from crnn.formats.models import load, load_weights

    frames = frames_of(load("tiny"))
    network = load_weights("tiny").model
    assert [frames(width_px) for width_px in (96, 144, 320)] == [
        network.frames(width_px) for width_px in (96, 144, 320)
    ]


LABELS = st.text(alphabet="abAé ", max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(labels=st.lists(LABELS, min_size=1, max_size=6), case=st.sampled_from(["keep", "lower"]))
def test_check_and_training_agree_on_what_can_be_learnt(
    rules: MakeRules, labels: list[str], case: str
) -> None:
    checked = rules(Alphabet("ab"), fold_case=case)
    data = InMemory([Sample(f"{i}", draw("ab"), label) for i, label in enumerate(labels)])
    report = check([data], checked)
    folded = InMemory([Sample(f"{i}", draw("ab"), checked.fold(label)) for i, label in enumerate(labels)])
    try:
        check_labels(folded, checked.alphabet, checked.preprocess, checked.frames)
    except LabelError:
        assert not report.verdict.trains
    else:
        assert report.verdict.trains


class InMemory(Dataset):
    """Samples as they are given."""

    def __init__(self, samples: list[Sample]) -> None:
        self.path = Path("memory")
        self._samples = samples

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Sample:
        return self._samples[index]

    def place(self, index: int) -> str:
        return f"memory:{index}"


def test_several_sets_are_numbered_through(dataset: Write, rules: MakeRules) -> None:
    first, second = dataset([(None, "one")], "a"), dataset([(b"", "two"), (None, "three")], "b")
    report = check([first, second], rules())
    assert report.opened == (0, 2)
    assert [sample.label for sample in report.opened_samples()] == ["one", "three"]
    assert report.found("unreadable-image")[0].place == f"{second.path}:1"


def test_progress_adds_up_to_both_sets(dataset: Write, rules: MakeRules) -> None:
    steps: list[int] = []
    check(
        [dataset([(None, "one"), (b"", "two")])],
        rules(),
        against=[dataset([(None, "x")], "val")],
        on_samples=steps.append,
    )
    assert sum(steps) == 3


def test_the_json_has_every_key_that_programs_rely_on(dataset: Write, rules: MakeRules) -> None:
    val = dataset([(None, "b")], "val")
    report = check([dataset([(None, "\u00e9"), (None, "ab")])], rules(Alphabet("ab")), against=[val])
    content = json.loads(json.dumps(report.to_json()))
    assert list(content) == [
        "version", "datasets", "against", "rules", "verdict", "findings", "outside", "lengths",
        "widths_px", "symbols", "judged", "only_case",
    ]  # fmt: skip
    assert content["version"] == 1
    assert content["rules"] == {
        "alphabet": {"name": "", "symbols": ["a", "b"]},
        "preprocess": PreprocessConfig().to_json(),
        "fold_case": "keep",
        "fold_accents": False,
        "drop_unreadable": False,
    }
    assert set(content["verdict"]) == {
        "trains", "reasons", "samples", "learnable", "left_out", "settings", "without", "needs_clean",
        "needs_validation", "resized", "alternatives",
    }  # fmt: skip
    (finding,) = content["findings"]
    assert (finding["kind"], finding["effect"], finding["n"]) == ("symbol-outside-alphabet", "fails", 1)
    assert set(finding) == {"kind", "effect", "statement", "remedy", "n", "cases"}
    assert set(finding["cases"][0]) == {"place", "key", "label", "detail", "suggestion"}
    assert set(content["outside"][0]) == {"symbol", "code", "name", "count", "first", "fold", "lookalike"}
    assert (content["lengths"], content["widths_px"]) == ({"1": 1, "2": 1}, {"96": 2})


def test_the_guide_has_a_paragraph_on_each_kind_and_no_other(root: Path) -> None:
    guide = (root / "docs" / "check.md").read_text(encoding="utf-8")
    assert re.findall(r"^\*\*`([a-z-]+)`\*\*", guide, re.MULTILINE) == [kind.name for kind in KINDS]


def test_real_words_are_checked_without_a_word_lost(validation_data: Path, rules: MakeRules) -> None:
    report = check([open_dataset(validation_data / "svt" / "val.tsv")], rules())
    assert report.counts.samples == sum(report.counts.lengths.values()) == 90
    assert sum(report.counts.widths_px.values()) == 90
