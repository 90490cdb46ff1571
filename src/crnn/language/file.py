"""The file of a language model: `.lm`, and ARPA text (arpa.py) as other programs write it.

.lm    a zip of NumPy arrays, no pickle:
       header     uint8 (B,)   JSON text: format_version, alphabet
       symbols    uint (V,)    the three columns of `transcription.ngrams`
       children   uint (V,)
       costs      float16 (V,)
"""

import io
import json
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, CrnnError, ModelError
from crnn.files import WEIGHTS, write_atomic
from crnn.installation import update_command
from crnn.language.arpa import is_arpa, parse_arpa
from crnn.language.model import Language, Ngrams, rounded_up

FORMAT_VERSION = 1
"""Raised when an older `crnn` could not read a newer file; a reader refuses higher ones."""

_LARGEST = 2_000_000_000
"""Bytes that the columns may unpack to: a small file must not fill the memory."""

_KINDS = {"header": "u", "symbols": "u", "children": "u", "costs": "f"}
"""The columns, and what numbers they hold: unsigned integers, or floats."""

_OTHERS = {b"mmap lm ": "a binary file of KenLM", b"\x1f\x8b": "packed by gzip"}


def save_language(path: str | Path, language: Language) -> None:
    """Write a language model as .lm, whole or not at all; costs are rounded up to 16 bits.

    Raises ModelError where the file cannot be written.
    """
    header = {"format_version": FORMAT_VERSION, "alphabet": language.alphabet.to_json()}
    content = io.BytesIO()
    np.savez_compressed(
        content,
        header=np.frombuffer(json.dumps(header).encode(), dtype=np.uint8),
        symbols=language.ngrams.symbols,
        children=language.ngrams.children,
        costs=rounded_up(language.ngrams.costs),
    )
    write_atomic(path, content.getvalue())


def load_language(path: str | Path, alphabet: Alphabet | None = None) -> Language:
    """Open a .lm or an ARPA file, told apart by their content.

    An .lm file carries its alphabet; where `alphabet` is given too, they must be equal. An ARPA file
    is read in terms of `alphabet`, which it needs. Raises ModelError for a file that is missing,
    torn, foreign or newer than this crnn, AlphabetError for another alphabet than the file's.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}.") from error
    if is_arpa(content):
        if alphabet is None:
            raise AlphabetError(f"{path}: an ARPA file; say the alphabet of the reader that it is for.")
        return parse_arpa(content, alphabet, str(path))
    language = _unpack(content, path)
    if alphabet not in (None, language.alphabet):
        raise AlphabetError(
            f"{path}: spells {language.alphabet!r:.80}, but {alphabet!r:.80} is asked for.\n"
            "    Train one for it: crnn language train WORDS OUT.lm --alphabet ..."
        )
    return language


def find_language(name_or_path: str, alphabet: Alphabet) -> Language:
    """Open a language that comes with the package, by its name, or a file, as `load_language` does.

    ModelError, too, for what is neither.
    """
    names = packaged_languages()
    if name_or_path in names:
        return packaged_language(name_or_path)
    if not Path(name_or_path).exists():
        raise ModelError(
            f"no language {name_or_path!r}: it is neither a file nor one that comes with crnn "
            f"({', '.join(names)}).\n    Make one: crnn language train WORDS OUT.lm"
        )
    return load_language(name_or_path, alphabet)


@lru_cache
def packaged_language(name: str) -> Language:
    """Open a language model that comes with the package; ModelError names those there are."""
    names = packaged_languages()
    if name not in names:
        raise ModelError(
            f"no language {name!r} comes with this crnn ({', '.join(names) or 'none does'}).\n"
            f"    Update: {update_command()}\n    or give a file: crnn language train WORDS OUT.lm"
        )
    return load_language(WEIGHTS / f"{name}.lm")


def packaged_languages() -> list[str]:
    """Name the language models that come with the package."""
    return sorted(path.stem for path in WEIGHTS.glob("*.lm"))


def language_of(name: str | None, alphabet: Alphabet, place: str) -> Language | None:
    """Open the packaged language that the model file `place` names.

    Raises ModelError where the package has none of that name, or one of another alphabet.
    """
    if name is None:
        return None
    language = packaged_language(name)
    if language.alphabet != alphabet:
        raise ModelError(
            f"{place}: reads {alphabet!r:.80}, but its language {name!r} spells {language.alphabet!r:.80}."
        )
    return language


def _unpack(content: bytes, path: Path) -> Language:
    """Read the bytes of an .lm file."""
    try:
        columns = _columns(content)
        header = json.loads(columns.pop("header").tobytes())
        version = header["format_version"]
    except (
        OSError,
        EOFError,
        KeyError,
        RuntimeError,  # a way of packing that this Python lacks
        TypeError,
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        kind = next(
            (name for start, name in _OTHERS.items() if content.startswith(start)), "torn, or foreign"
        )
        raise ModelError(
            f"{path}: no language model of crnn: {kind} ({error}).\n"
            "    Give an .lm file (crnn language train) or a text file in ARPA format."
        ) from error
    if type(version) is not int or not 1 <= version <= FORMAT_VERSION:
        raise ModelError(
            f"{path}: format version {version!r} is not one of 1..{FORMAT_VERSION}, which this crnn reads.\n"
            f"    Update: {update_command()}"
        )
    try:
        alphabet = Alphabet.from_json(header["alphabet"])
        return Language(alphabet, Ngrams(**columns))  # type: ignore[arg-type]  # _columns looked at their kinds
    except (CrnnError, AttributeError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: the language model is wrong: {error}") from error


def _columns(content: bytes) -> dict[str, npt.NDArray[np.number]]:
    """Unpack the arrays; ValueError, BadZipFile and the like where they are not those of an .lm file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(member.file_size for member in archive.infolist())
        if size > _LARGEST:
            raise ValueError(f"unpacks to {size:,} bytes, more than {_LARGEST:,}")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        columns = {name: arrays[name] for name in _KINDS}
    kinds = {name: column.dtype.kind for name, column in columns.items()}
    if kinds != _KINDS:
        raise ValueError(f"columns of the kinds {kinds}")
    return columns
