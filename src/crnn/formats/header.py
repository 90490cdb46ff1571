"""What a model file says about itself: the JSON text that both formats store under `crnn`.

    {"format_version": 1,
     "model":      {...}                          the architecture, ModelConfig.to_json()
     "alphabet":   {"name": ..., "symbols": [...]}
     "preprocess": {"height": 32, ...}
     "card":       {...}                          what it was trained on, its scores
     "language":   "english"}                     a packaged language that it reads with, or nothing

Needs no torch, so that an .onnx file reads without it; hence the architecture stays JSON here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from crnn.alphabet import Alphabet
from crnn.errors import CrnnError, ModelError
from crnn.images.preprocess import PreprocessConfig
from crnn.installation import update_command

KEY = "crnn"
"""The metadata key in a .safetensors or .onnx file."""

FORMAT_VERSION = 1
"""Raised when an older `crnn` could not read a newer file; a reader refuses higher ones."""

_PARTS = ("model", "alphabet", "preprocess", "card")


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """Everything about a model but its weights."""

    model: Mapping[str, object]
    """The architecture, as `ModelConfig.to_json` gives it."""
    alphabet: Alphabet
    preprocess: PreprocessConfig
    card: Mapping[str, object] = field(default_factory=dict)
    """Free JSON: training data, steps, hardware, date, scores."""
    language: str | None = None
    """Name of the packaged language model that texts are weighed by where nothing else is asked for."""

    @property
    def classes(self) -> int:
        """Count the network's classes: every symbol, and the blank."""
        return len(self.alphabet) + 1

    def to_text(self) -> str:
        """Write the header as the JSON text that a model file stores."""
        parts = {
            "format_version": FORMAT_VERSION,
            "model": dict(self.model),
            "alphabet": self.alphabet.to_json(),
            "preprocess": self.preprocess.to_json(),
            "card": dict(self.card),
        }
        language = {} if self.language is None else {"language": self.language}
        return json.dumps(parts | language, ensure_ascii=False)


def parse_header(text: str, place: str) -> Header:
    """Read the JSON text of a header; `place` names the file in errors.

    Raises ModelError for broken JSON, a newer format, and a missing or wrong part (naming it).
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{place}: the header is not JSON ({error}); the file is damaged.") from error
    if not isinstance(content, dict):
        raise ModelError(f"{place}: the header is a {type(content).__name__}, not an object.")
    _check_version(content.get("format_version"), place)
    parts = {name: _part(content, name, place) for name in _PARTS}
    try:
        alphabet = Alphabet.from_json(parts["alphabet"])
        preprocess = PreprocessConfig.from_json(parts["preprocess"])
    except (CrnnError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{place}: the header is wrong: {error}") from error
    language = content.get("language")
    if not isinstance(language, str | None):
        raise ModelError(f"{place}: 'language' in the header is {language!r:.60}, not a name.")
    return Header(
        model=parts["model"], alphabet=alphabet, preprocess=preprocess, card=parts["card"], language=language
    )


def not_finite(place: str, tensor: str, count: int, total: int) -> str:
    """Say that weights are NaN or infinite; `place` names the file."""
    return (
        f"{place}: {count:,} of the {total:,} weights in {tensor} are NaN or infinite: the file is damaged, "
        "or the training that made it diverged.\n    Fetch or export it again, or take an older one."
    )


def _check_version(version: object, place: str) -> None:
    """Refuse a header without a version, and one that a newer `crnn` wrote."""
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ModelError(f"{place}: the header has no 'format_version' (found {version!r}).")
    if version > FORMAT_VERSION:
        raise ModelError(
            f"{place}: format version {version} is newer than {FORMAT_VERSION}, the newest that "
            f"this crnn reads.\n    Update: {update_command()}"
        )


def _part(content: Mapping[str, object], name: str, place: str) -> dict[str, object]:
    """Return one of the header's objects, or say that it is missing."""
    if name not in content:
        raise ModelError(
            f"{place}: the header has no {name!r}; a model is read only with "
            f"{', '.join(_PARTS)}.\n    Save it again with crnn (save_checkpoint or crnn export)."
        )
    part = content[name]
    if not isinstance(part, dict):
        raise ModelError(f"{place}: {name!r} in the header is {part!r:.60}, not an object.")
    return part
