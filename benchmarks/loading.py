"""How many real words a second one core decodes, augments and batches, from each kind of data set.

    python benchmarks/loading.py [--count 10000]

The words are drawn into a temporary folder as JPEGs, and copied into a zip, a tar and an LMDB.
Every word is decoded anew; the last line keeps decoded images, as training does with sets of up
to a gigabyte. Memory is the resident set after the first batches and after the last. Run twice
where other programs are busy: the ratios hold, the rates suffer.
"""

from machine import describe, keep_to_one_core

keep_to_one_core()

import argparse  # noqa: E402
import io  # noqa: E402
import os  # noqa: E402
import pickle  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
import zipfile  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402

from words import drawn_words  # noqa: E402

from crnn.data import open_dataset, write_folder, write_lmdb, write_webdataset  # noqa: E402
from crnn.data.dataset import Dataset, Sample  # noqa: E402
from crnn.images.preprocess import PreprocessConfig  # noqa: E402
from crnn.training.word_batches import BatchConfig, WordBatches  # noqa: E402

BATCH = 256
WANTED = 3000
MANY = 1_000_000
WARM = 4  # batches before the clock starts


def jpegs(count: int) -> Iterator[Sample]:
    """Draw words and encode them."""
    for number, (image, label) in enumerate(drawn_words(count)):
        encoded = io.BytesIO()
        image.save(encoded, "JPEG", quality=90)
        yield Sample(f"word {number}", encoded.getvalue(), label)


def write_all(folder: Path, count: int) -> dict[str, Path]:
    """Write the same words in every form."""
    paths = {name: folder / name for name in ("folder", "words.zip", "words.tar", "words.lmdb")}
    write_folder(paths["folder"], jpegs(count))
    write_webdataset(paths["words.tar"], open_dataset(paths["folder"]))
    write_lmdb(paths["words.lmdb"], open_dataset(paths["folder"]))
    with zipfile.ZipFile(paths["words.zip"], "w") as packed:
        for file in sorted(paths["folder"].rglob("*.*")):
            packed.write(file, file.relative_to(paths["folder"]))
    return paths


def measure(dataset: Dataset, cache_bytes: int) -> tuple[float, float, float]:
    """Return words a second of this core's time, and MB of memory at the beginning and the end."""
    config = BatchConfig(batch_size=BATCH, seed=1, cache_bytes=cache_bytes)
    batches = WordBatches([(dataset, 1.0)], PreprocessConfig(), config)
    for index in range(WARM):
        batches.batch(index)
    before_mb, start, count = resident_mb(), time.process_time(), 0
    for index in range(WARM, WARM + len(dataset) // BATCH):
        count += len(batches.batch(index).labels)
    return count / (time.process_time() - start), before_mb, resident_mb()


def table_mb(folder: Path) -> float:
    """Open a table that lists one image a million times; return how much it holds, in MB."""
    first, _, _ = (folder / "labels.tsv").read_text("utf-8").partition("\t")
    (folder / "many.tsv").write_text("".join(f"{first}\tword{number}\n" for number in range(MANY)))
    dataset = open_dataset(folder / "many.tsv")
    assert len(dataset) == MANY
    return len(pickle.dumps(dataset)) / 1e6


def resident_mb() -> float:
    """Return what this process holds in memory (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000, help="words to draw")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = write_all(Path(folder), options.count)
        size = sum(file.stat().st_size for file in paths["folder"].rglob("*.jpeg")) / options.count
        print(f"{describe()}; {options.count} JPEGs of {size:,.0f} bytes, batches of {BATCH}, one core")
        print(f"{'source':<16}{'words/s':>9}{'of ' + str(WANTED):>9}{'MB before':>11}{'after':>8}")
        sources = [(name, path, 0) for name, path in paths.items()]
        for name, path, cache_bytes in [*sources, ("folder, kept", paths["folder"], 1 << 30)]:
            rate, before_mb, after_mb = measure(open_dataset(path), cache_bytes)
            print(f"{name:<16}{rate:>9.0f}{rate / WANTED:>9.2f}{before_mb:>11.0f}{after_mb:>8.0f}")
        print(f"a table of {MANY:,} rows: {table_mb(paths['folder']):.0f} MB")


if __name__ == "__main__":
    main()
