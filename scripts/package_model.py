"""Put a trained model into the package: weights, ONNX and a card with what was measured.

    python scripts/package_model.py runs/small small --data ../data/ic15/val.tsv ... --trained-on "..."

Takes the run's last weights (not the best-validated ones: that would choose on the sets that the
card reports), calibrates their confidence by one temperature (`crnn calibrate`), stores them as
float16, exports them, and measures the files as users get them. With --int8 the model is packaged
once more under NAME-int8, in 8-bit integers scaled to words of those training sets.
"""

import argparse
import json
import platform
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median
from time import process_time

from crnn.cli.export import quantize
from crnn.data import open_dataset
from crnn.evaluation.calibrate import calibrate
from crnn.evaluation.evaluate import dataset_name, evaluate
from crnn.files import WEIGHTS
from crnn.formats.checkpoint import CARD_KEY, ModelFile, load_checkpoint, save_checkpoint, scale_temperature
from crnn.formats.export import export_onnx
from crnn.formats.onnx import load_onnx
from crnn.images.load import load_image
from crnn.reader.reader import Reader

TIMED = {"ic15/val", "ic03/val", "svt/val"}
"""The sets of which the card's time is, as in the table of docs/benchmarks.md."""
ROUNDS = 3


def main() -> None:
    """Package one run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path, help="run folder")
    parser.add_argument("name", help="name in the package")
    parser.add_argument("--data", nargs="+", required=True, help="validation sets for the card")
    parser.add_argument("--trained-on", nargs="+", required=True, help="one line a source, for the card")
    parser.add_argument("--note", default="", help="how synthetic and real words were mixed, say")
    parser.add_argument("--int8", nargs="*", type=Path, default=[], help="training sets to scale integers to")
    options = parser.parse_args()

    file = load_checkpoint(options.run / "last.safetensors")
    calibration = calibrate(
        file.reader(), [(dataset_name(Path(path)), open_dataset(path)) for path in options.data]
    )
    file = scale_temperature(file, calibration.temperature, calibration.record())
    WEIGHTS.mkdir(exist_ok=True)
    target = WEIGHTS / options.name
    parity = export_onnx(file, target.with_suffix(".onnx"), half=True)
    said = {**describe(file, options), CARD_KEY: file.card[CARD_KEY]}
    card = {
        **said,
        **measured(target.with_suffix(".onnx"), options.data),
        "float16_difference": parity.max_difference,
    }
    packaged = replace(file, card=card)
    save_checkpoint(target.with_suffix(".safetensors"), packaged, half=True)
    export_onnx(packaged, target.with_suffix(".onnx"), half=True)
    write_card(target, card)
    if options.int8:
        target = WEIGHTS / f"{options.name}-int8"
        parity = quantize(replace(file, card=said), target.with_suffix(".onnx"), options.int8)
        card = {
            **load_onnx(target.with_suffix(".onnx")).card,
            "name": target.name,
            **measured(target.with_suffix(".onnx"), options.data),
            "same_text": round(100 * parity.equal_texts / parity.images, 1),
        }
        write_card(target, card)


def measured(path: Path, data: list[str]) -> dict[str, object]:
    """Measure an .onnx file as users get it."""
    reader = load_onnx(path)
    return {
        "scores": {dataset_name(Path(name)): score(reader, name) for name in data},
        "ms_per_word": round(milliseconds(reader, data), 2),
        "ms_per_word_of": "processor time, one core, one image a call, from the decoded image to the text; "
        f"mean over the words of {', '.join(map(dataset_name, map(Path, timed(data))))}; {processor()}",
    }


def write_card(target: Path, card: Mapping[str, object]) -> None:
    """Write the card beside the model, and show it."""
    text = json.dumps(card, indent=1)
    target.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    print(text)


def describe(file: ModelFile, options: argparse.Namespace) -> dict[str, object]:
    """Say what the model is and what it has seen, from the run folder."""
    recipe = tomllib.loads((options.run / "recipe.toml").read_text(encoding="utf-8"))
    steps, batch = int(str(file.card["steps"])), recipe["training"]["batch_size"]
    where = Path(__file__).parent
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=where, capture_output=True, text=True, check=True
    )
    return {
        "name": options.name,
        "alphabet": file.alphabet.name,
        "parameters": sum(weights.numel() for weights in file.model.parameters()),
        "trained_on": options.trained_on,
        "note": options.note,
        "images": steps * batch,
        "steps": steps,
        "hours": round(float(str(file.card["seconds"])) / 3600, 2),
        "hardware": file.card["hardware"],
        "commit": commit.stdout.strip(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def score(reader: Reader, path: str) -> dict[str, object]:
    """Measure one data set by the default protocol, to the last symbol, and by the best path alone."""
    greedy = reader.decoder(language=None)
    result, exact = (evaluate(reader, open_dataset(path), protocol) for protocol in ("alnum", "exact"))
    best_path = evaluate(reader, open_dataset(path), decode=lambda log_probs, _: greedy(log_probs))
    return {
        "n": result.n,
        "accuracy": round(result.accuracy, 2),
        "cer": round(result.cer, 2),
        "exact_accuracy": round(exact.accuracy, 2),
        "best_path_accuracy": round(best_path.accuracy, 2),
    }


def timed(data: list[str]) -> list[str]:
    """Choose the sets that benchmarks/peers.py times, or else the first."""
    return [name for name in data if dataset_name(Path(name)) in TIMED] or data[:1]


def milliseconds(reader: Reader, data: list[str]) -> float:
    """Return what benchmarks/peers.py does: the mean over the words of the median over the rounds, in ms."""
    images = [load_image(sample.image) for name in timed(data) for sample in open_dataset(name)]
    rounds = []
    for _ in range(ROUNDS):
        times = []
        for image in images:
            started = process_time()
            reader.read(image)
            times.append(1000 * (process_time() - started))
        rounds.append(times)
    return mean(median(times) for times in zip(*rounds, strict=True))


def processor() -> str:
    """Name the processor, for the card."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
