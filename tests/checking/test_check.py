"""A check finds each problem where it is, and agrees with what training itself would refuse."""

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
from crnn.checking.check import MIN_IMAGES, check, frames_of
from crnn.checking.findings import KINDS
from crnn.checking.images import MIN_SIDE_PX
from crnn.checking.report import Rules
from crnn.data import open_dataset
from crnn.data.dataset import Dataset, Sample
from crnn.errors import LabelError
from crnn.images.preprocess import PreprocessConfig
from crnn.reader.reader import Reader
from crnn.training.labels import check_labels
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
        ("tiny-image", draw("x", (40, MIN_SIDE_PX - 1)), "x", "is 40x7 px"),
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
def test_a_problem_is_a_case_at_its_place(
    dataset: Write, rules: MakeRules, kind: str, image: bytes | None, label: str, detail: str
) -> None:
    report = check([dataset([(None, "fine"), (image, label)])], rules())
    (case,) = report.found(kind)
    assert case.location.endswith("words.tsv:2")
    assert case.key.endswith("2.png")
    assert case.label == label
    assert detail in case.detail


def test_a_valid_set_has_no_finding(
    dataset: Write, rules: MakeRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crnn.checking.check.MIN_IMAGES", 3)
    report = check([dataset([(None, "one"), (None, "two"), (draw("l", (12, 32)), "l")])], rules())
    assert report.findings == ()
    assert report.advice.trains
    assert report.advice.settings == report.advice.reasons == ()
    assert (report.counts.samples, report.counts.learnable) == (3, 3)


def test_copies_and_contradicting_labels_name_the_other_image(dataset: Write, rules: MakeRules) -> None:
    word = draw("Stop")
    copy = draw("Stop", (96, 32), "JPEG")
    report = check([dataset([(word, "Stop"), (None, "other"), (word, "STOP"), (copy, "Stop")])], rules())
    (equal,), (near,), (contra,) = map(
        report.found, ("equal-images", "nearly-equal-images", "contradicting-labels")
    )
    assert (equal.location[-1], equal.detail[-11:]) == ("3", "words.tsv:1")
    assert (near.location[-1], near.detail[:10]) == ("4", "looks like")
    assert re.search(r"'Stop' at .*:1, 'STOP' at .*:3, a difference of case only$", contra.detail)


def test_labels_that_fold_to_the_same_do_not_contradict(dataset: Write, rules: MakeRules) -> None:
    word = draw("Stop")
    data = dataset([(word, "Stop"), (word, "STOP")])
    assert check([data], rules("lower36", fold_case="lower")).found("contradicting-labels") == ()
    assert len(check([data], rules(fold_case="lower")).found("contradicting-labels")) == 1


def test_images_of_both_sets_are_leaks(dataset: Write, rules: MakeRules) -> None:
    train = dataset([(None, "one"), (None, "two"), (None, "three")])
    val = dataset([(draw("three", kind="JPEG"), "three"), (None, "one"), (b"", "void")], "val")
    report = check([train], rules(), against=[val])
    details = [(case.location[-1], case.detail) for case in report.found("leak")]
    assert details == [
        ("1", f"has the bytes of {val.path}:2"),
        ("3", f"looks like {val.path}:1"),
    ]
    (unread,) = report.found("unreadable-in-other-set")
    assert unread.location == f"{val.path}:3"
    assert report.advice.trains
    assert report.counts.samples == 3


def test_a_model_names_the_labels_that_it_would_not_believe(
    dataset: Write, rules: MakeRules, brightness_reader: Reader
) -> None:
    """The reader of the fixture reads one digit for each eighth of the image, by its brightness."""
    strips = np.repeat(np.array([[0, 0, 179, 179, 0, 102, 102, 0]], np.uint8), 12, axis=1).repeat(32, 0)
    image = encoded(Image.fromarray(strips), "PNG")
    assert brightness_reader.read(strips).text == "63"
    data = dataset([(image, "63"), (image, "65"), (image, "hello")])
    report = check([data], rules(), reader=brightness_reader)
    (case,) = report.found("doubtful-label")
    assert (case.location[-1], case.suggestion) == ("2", "63")
    assert (report.counts.compared, report.counts.read, report.counts.only_case) == (2, 1, 0)
    (finding,) = (finding for finding in report.findings if finding.kind.name == "doubtful-label")
    assert finding.effect == "note"  # a model may be sure and wrong


def test_frames_are_those_of_the_network() -> None:
    pytest.importorskip("torch", reason="needs PyTorch (the extra 'train')")
    from crnn.formats.load import load, load_weights

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
        assert not report.advice.trains
    else:
        assert report.advice.trains == any(labels)  # of nothing but empty labels nothing is learnt


class InMemory(Dataset):
    """Samples as they are given."""

    def __init__(self, samples: list[Sample]) -> None:
        self.path = Path("memory")
        self._samples = samples

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Sample:
        return self._samples[index]

    def location(self, index: int) -> str:
        return f"memory:{index}"


@pytest.mark.parametrize(("count", "found"), [(MIN_IMAGES - 1, 1), (MIN_IMAGES, 0)])
def test_too_few_images_are_a_finding_of_the_whole(
    dataset: Write, rules: MakeRules, count: int, found: int
) -> None:
    data = dataset([(None, str(number)) for number in range(count)])
    cases = check([data], rules()).found("too-few-images")
    assert [(case.location, case.key) for case in cases] == [(str(data.path), "")] * found


@pytest.mark.parametrize(("alike", "found"), [(8, []), (9, ["9 of 10 labels are 'LOT'"])])
def test_labels_that_are_nearly_all_the_same_are_a_finding(
    dataset: Write, rules: MakeRules, alike: int, found: list[str]
) -> None:
    data = dataset([(None, label) for label in ["LOT"] * alike + list("abcdefghij")[alike:]])
    assert [case.detail for case in check([data], rules()).found("one-label")] == found


def test_empty_labels_are_no_label_that_is_learnt_alone(dataset: Write, rules: MakeRules) -> None:
    assert check([dataset([(draw("x"), "")] * 9)], rules()).found("one-label") == ()


@pytest.mark.parametrize(
    ("width", "label", "found"),
    [(320, "ab" * 15, 0), (464, "ab" * 15, 0), (480, "ab" * 15, 1), (960, "ab" * 13, 0), (960, "ab" * 14, 1)],
)
def test_an_image_that_is_squeezed_until_few_frames_are_left_is_a_finding(
    dataset: Write, rules: MakeRules, width: int, label: str, found: int
) -> None:
    report = check([dataset([(draw(label, (width, 32)), label)])], rules())
    assert len(report.found("squeezed-image")) == found
    assert report.counts.squeezed == (width / 320,) * (width > 320)


def test_missing_images_are_counted_beside_every_other_problem(tmp_path: Path, rules: MakeRules) -> None:
    for number in range(2):
        (tmp_path / f"{number}.png").write_bytes(draw(str(number)) if number else b"")
    rows = ["0.png\ttorn", "1.png\t\u20ac", "gone.png\tone", "lost.png\t\u20ac"]
    (tmp_path / "words.tsv").write_text("\n".join(rows), encoding="utf-8")
    report = check([open_dataset(tmp_path / "words.tsv", incomplete=True)], rules())
    assert [case.location[-1] for case in report.found("missing-image")] == ["3", "4"]
    assert [case.location[-1] for case in report.found("unreadable-image")] == ["1"]
    assert [case.location[-1] for case in report.found("symbol-outside-alphabet")] == ["2", "4"]
    assert report.advice.reasons[0] == "2 of 4 images missing"
    assert report.advice.needs_clean
    assert report.opened == (1,)


def test_missing_images_of_the_other_set_are_named(tmp_path: Path, dataset: Write, rules: MakeRules) -> None:
    (tmp_path / "val.tsv").write_text("gone.png\tone\n", encoding="utf-8")
    val = open_dataset(tmp_path / "val.tsv", incomplete=True)
    report = check([dataset([(None, "one")])], rules(), against=[val])
    assert len(report.found("unreadable-in-other-set")) == 1
    assert report.advice.trains


def test_letters_of_the_script_that_the_data_are_written_in_are_no_lookalikes(
    dataset: Write, rules: MakeRules
) -> None:
    russian = dataset([(None, "\u043a\u043e\u0442"), (None, "\u0436\u0443\u043a"), (None, "\u0430b")])
    assert [case.location[-1] for case in check([russian], rules()).found("lookalike")] == ["3"]
    english = dataset([(None, "\u0430"), (None, "word")], "english")
    assert len(check([english], rules()).found("lookalike")) == 1


def test_the_labels_that_the_asked_for_folding_changes_are_counted(dataset: Write, rules: MakeRules) -> None:
    data = dataset([(None, "Stop"), (None, "go")])
    assert check([data], rules("lower36", fold_case="lower")).counts.folded == 1
    assert check([data], rules(fold_case="lower")).counts.folded == 0


def test_several_sets_are_numbered_through(dataset: Write, rules: MakeRules) -> None:
    first, second = dataset([(None, "one")], "a"), dataset([(b"", "two"), (None, "three")], "b")
    report = check([first, second], rules())
    assert report.opened == (0, 2)
    assert [sample.label for sample in report.opened_samples()] == ["one", "three"]
    assert report.found("unreadable-image")[0].location == f"{second.path}:1"


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
        "widths_px", "symbols", "empty", "folded", "squeezed", "judged", "read", "only_case",
    ]  # fmt: skip
    assert content["version"] == 1
    assert content["rules"] == {
        "alphabet": {"name": "", "symbols": ["a", "b"]},
        "preprocess": PreprocessConfig().to_json(),
        "fold_case": "keep",
        "fold_accents": False,
        "drop_unreadable": False,
        "alphabet_of": "user",
    }
    assert set(content["verdict"]) == {
        "trains", "reasons", "samples", "learnable", "left_out", "recipe", "initial", "settings", "folds",
        "without", "needs_clean", "needs_validation", "resized", "by_hand", "warnings", "alternatives",
    }  # fmt: skip
    finding, few = content["findings"]
    assert (few["kind"], few["cases"][0]["key"]) == ("too-few-images", "")
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
