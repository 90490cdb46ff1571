"""Every layout that a data set of two words may have, as the files of a folder."""

import base64
import json
from collections.abc import Callable

LABELS = ["PRIVATE", "ÉTÉ"]
NAMES = ["w/a_PRIVATE_1.png", "w/b_ÉTÉ_2.png"]

# Written by scipy.io.savemat with compression: a 1x2 struct of ImgName, GroundTruth and a cell smallLexi.
MATLAB = b"MATLAB 5.0 MAT-file".ljust(116) + base64.b64decode(
    "AAAAAAAAAAAAAUlNDwAAALgAAAB4nONjYGDoYGJgYAPSHEAMZIIBK5TPCBUD0ZxAXFKUmJmXkliSCFfHwsADlVcBYs/cdL/E3FSwnHtR"
    "fmleSkhRaUkGQ3FuYk6OT2pFJlQfHxA7MCDsZcFiLzeUBgEBKB9sv76hXkFeOtwcCwLmsKOZA+IHBHmGOYa4gvXPQNLPiEU/E5I4SL0B"
    "AfsYGZDtY2RwJFOfE8XhZERSODGjmQOSO9wZcrgTqj+BQDghu58c/zoDaQBzkiII"
)


def listed(form: str, start: str = "") -> bytes:
    lines = [form.format(name, label) for name, label in zip(NAMES, LABELS, strict=True)]
    return (start + "".join(f"{line}\n" for line in lines)).encode()


def beside(suffix: str, write: Callable[[str], str] = str) -> dict[str, bytes | None]:
    pairs = zip(NAMES, LABELS, strict=True)
    files: dict[str, bytes | None] = dict.fromkeys(NAMES)
    return files | {name.removesuffix(".png") + suffix: write(label).encode() for name, label in pairs}


def with_images(name: str, content: bytes) -> dict[str, bytes | None]:
    return dict.fromkeys(NAMES) | {name: content}


JSON_LINES = "".join(
    json.dumps({"split": "train", "file_name": name, "text": label}) + "\n"
    for name, label in zip(NAMES, LABELS, strict=True)
).encode()

LAYOUTS: dict[str, dict[str, bytes | None]] = {
    "tsv": with_images("labels.tsv", listed("{}\t{}")),
    "csv": with_images("list.csv", listed("{},{}")),
    "imagefolder csv": with_images("metadata.csv", listed("{},x,{}", "file_name,split,label\n")),
    "imagefolder jsonl": with_images("metadata.jsonl", JSON_LINES),
    "json lines called txt": with_images("anything.txt", JSON_LINES),
    "windows": with_images("labels.txt", listed(".\\{}\t{}").replace(b"/", b"\\").replace(b"\n", b"\r\n")),
    "icdar": with_images("gt.txt", b"\xef\xbb\xbf" + listed('{}, "{}"').replace(b"\n", b"\r\n")),
    "mjsynth": with_images("annotation_train.txt", listed("./{0} 7")) | {"lexicon.txt": b"private\n"},
    "paddle": with_images("rec_gt_train.txt", listed("{}\t{}")),
    "paddle lists": with_images("rec_gt_train.txt", listed('["{}"]\t{}')),
    "doctr": {f"images/{name}": None for name in NAMES}
    | {"labels.json": json.dumps(dict(zip(NAMES, LABELS, strict=True)), indent=1).encode()},
    "doctr on one line": {f"images/{name}": None for name in NAMES}
    | {"labels.json": json.dumps(dict(zip(NAMES, LABELS, strict=True))).encode()},
    "tesseract": beside(".gt.txt", "{}\n".format),
    "webdataset txt": beside(".txt"),
    "webdataset json": beside(".json", lambda label: json.dumps({"id": 1, "label": label})),
    "iiit5k": {"train/1.png": None, "train/2.png": None, "traindata.mat": MATLAB},
    "with a readme": with_images("labels.txt", listed("{}\t{}")) | {"README.txt": b"Words, and more.\n"},
    "deep inside": {f"set/words/{name}": content for name, content in beside(".gt.txt").items()},
}
"""Layout -> name of a file -> what it holds; None: an image."""
