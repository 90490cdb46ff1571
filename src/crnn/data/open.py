"""Open a data set of any known layout, found by looking inside, in this order.

names:PATH     labels in the names of the images
a folder       LMDB's data.mdb; a label file; shards (.tar, .parquet); the only folder in it;
               label files beside the images
a file         a zip or tar (then as a folder); Parquet; a label file
PATH in a zip  a folder or label file inside an archive: words.zip/train.tsv
a pattern      shards: words-{000..011}.tar, words-*.parquet
               (WebDataset's and Hugging Face's data sets in several files of one kind)
"""

import re
from collections.abc import Sequence
from pathlib import Path

from crnn.data.archives import COMPRESSED, TarTree, ZipTree
from crnn.data.dataset import ConcatDataset, Dataset, Listing
from crnn.data.label_files import (
    LABEL_FILES,
    PREFIX,
    has_pairs,
    label_file_reader,
    label_files,
    read_names,
    read_pairs,
)
from crnn.data.lmdb import LmdbDataset
from crnn.data.parquet import MAGIC as PARQUET_MAGIC
from crnn.data.parquet import ParquetDataset
from crnn.data.trees import FileTree, Folder
from crnn.errors import DataError
from crnn.images.load import is_image

PREFERRED = ("labels.tsv",)
"""Of several label files in a folder, the one that is meant."""

_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")

_SHARDS = (*_TARS, ".parquet")

_MAX_DEPTH = 8  # folders within folders that are gone through for the data


def open_dataset(path: str | Path, *, incomplete: bool = False) -> Dataset:
    """Open a data set of any known layout.

    Args:
        path: A folder, archive, LMDB, Parquet or label file, a path inside an archive, a pattern of
            several, or names:PATH for labels in the names of the images.
        incomplete: Whether to open it although images that it names are not there: reading such a
            sample fails then, and `Dataset.is_missing` tells which they are.

    Returns:
        The samples in a fixed order.

    Raises:
        DataError: It is not there, of no known layout, has an error in a line (which is named), or
            lacks images.
        MissingExtra: It is a Parquet file, and pyarrow is not installed.
    """
    dataset = _open(str(path), Path(path))
    if not incomplete:
        dataset.check_complete()
    return dataset


def _open(text: str, path: Path) -> Dataset:
    if path.is_dir():
        return _open_tree(Folder(path))
    if path.is_file():
        return _open_file(path)
    if text.startswith(PREFIX):
        return _open_names(Path(text.removeprefix(PREFIX)))
    archive = next((parent for parent in path.parents if parent.is_file()), None)
    if archive is not None and (tree := _archive(archive)):
        return _open_inside(tree, path.relative_to(archive).as_posix())
    if shards := matching(text):
        return ConcatDataset([_open_file(shard) for shard in shards], path)
    raise DataError(f"{path}: there is no such file or folder.")


def _open_file(path: Path) -> Dataset:
    if tree := _archive(path):
        return _open_tree(tree)
    if _head(path).startswith(PARQUET_MAGIC):
        return ParquetDataset(path)
    if path.name == "data.mdb":
        return LmdbDataset(path.parent)
    return _open_label_file(Folder(path.parent), path.name)


def _open_label_file(tree: FileTree, name: str) -> Listing:
    path = tree.path / name
    read = label_file_reader(tree, name)
    if read is None:
        what = "is an image, and no data set" if is_image(name) else "is no data set that is known"
        raise DataError(
            f"{path} {what}: an archive (.zip, .tar) or .parquet begins otherwise, "
            f"and a label file's first line is one of\n{LABEL_FILES}"
        )
    return Listing(path, tree, read(tree, name))


def _open_names(path: Path) -> Listing:
    if path.is_dir():
        tree: FileTree | None = Folder(path)
    else:
        tree = _archive(path) if path.is_file() else None
    if tree is None:
        raise DataError(f"{PREFIX}{path}: there is no such folder, zip or tar.")
    return Listing(path, tree, read_names(tree))


def _open_inside(tree: FileTree, name: str) -> Dataset:
    """Open a label file or a folder inside an archive."""
    if tree.find(name):
        folder, _, file = name.rpartition("/")
        return _open_label_file(tree.subfolder(folder) if folder else tree, file)
    inside = tree.subfolder(name)
    if next(inside.names(), None) is None:
        raise DataError(f"{tree.path}: holds no file or folder {name!r}.")
    return _open_tree(inside)


def _open_tree(tree: FileTree) -> Dataset:
    found = _search(tree, _MAX_DEPTH)
    if found is not None:
        return found
    parts = {folder: label_files(tree.subfolder(folder)) for folder in tree.root()[1]}
    inside = [str(tree.path / folder / name) for folder, names in parts.items() for name in names]
    if inside:
        raise DataError(
            f"{tree.path} holds several data sets: give the path of one of them: {', '.join(inside)}."
        )
    images = sum(map(is_image, tree.names()))
    way_out = (
        f"\n    It holds {images} images. If their names are the labels: {PREFIX}{tree.path}"
        if images
        else ""
    )
    raise DataError(
        f"{tree.path} is no data set that is known. Looked for: LMDB's data.mdb, shards (.tar, .parquet), "
        "a label beside every image (a.gt.txt, a.txt, a.json), and a label file (.tsv, .csv, .txt, "
        f".json, .jsonl, .mat) that begins with one of\n{LABEL_FILES}{way_out}"
    )


def _search(tree: FileTree, depth: int) -> Dataset | None:
    """Look for data in a folder, and in the only folder inside it."""
    files, folders = tree.root()
    if isinstance(tree, Folder) and "data.mdb" in files:
        return LmdbDataset(tree.path)
    found = label_files(tree)
    preferred = next((name for name in PREFERRED if name in found), None)
    if len(found) > 1 and preferred is None:
        names = ", ".join(str(tree.path / name) for name in found)
        raise DataError(f"{tree.path} holds several label files: give the path of one of them: {names}.")
    if found:
        name = preferred or next(iter(found))
        return Listing(tree.path / name, tree, found[name](tree, name))
    shards = [name for name in files if name.lower().endswith(_SHARDS)]
    if isinstance(tree, Folder) and shards:
        check_alike(tree.path, shards)
        return ConcatDataset([_open_file(tree.path / name) for name in shards], tree.path)
    if len(folders) == 1 and depth and (inside := _search(tree.subfolder(folders[0]), depth - 1)):
        return inside
    return Listing(tree.path, tree, read_pairs(tree)) if has_pairs(tree) else None


def _archive(path: Path) -> FileTree | None:
    """Open a zip or tar; None for any other file."""
    head = _head(path)
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return ZipTree(path)
    is_tar = head[257:262] == b"ustar" or path.name.lower().endswith(_TARS)
    return TarTree(path) if is_tar or head.startswith(tuple(COMPRESSED)) else None


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(512)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}.") from error


_BRACES = re.compile(r"\{(\d+)\.\.(\d+)\}")

_MAX_SHARDS = 100_000


def matching(pattern: str) -> list[Path]:
    """List the files of `words-{000..011}.tar` or `words-*.tar`; DataError for one that is missing."""
    braces = _BRACES.search(pattern)
    if braces is None:
        path = Path(pattern)
        return sorted(path.parent.glob(path.name)) if "*" in path.name else []
    first, last = braces.groups()
    numbers = range(int(first), int(last) + 1)
    if not 0 < len(numbers) <= _MAX_SHARDS:
        raise DataError(
            f"{pattern}: {braces[0]} counts {len(numbers)} files; it must count upwards, as in {{000..011}}."
        )
    files = [Path(pattern.replace(braces[0], f"{number:0{len(first)}d}")) for number in numbers]
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise DataError(f"{pattern}: {missing[0]} is missing, and {len(missing) - 1} more of {len(files)}.")
    return files


def check_alike(path: Path, names: Sequence[str]) -> None:
    """Raise DataError where file names differ in more than digits: train and test are not one set."""
    kinds = {re.sub(r"\d+", "*", name): name for name in names}
    if len(kinds) > 1:
        raise DataError(
            f"{path} holds shards of several sets: give the pattern of one of them: "
            + ", ".join(str(path / kind) for kind in sorted(kinds))
            + "."
        )
