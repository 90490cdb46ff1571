"""Reading with an .onnx file: ONNX Runtime on the CPU, no torch (export.py writes the file).

    images     uint8    (N, 1, H, W)   W free, H fixed; N free, or 1 (quantize.py)
    log_probs  float32  (T, N, C)      natural log; class 0 is the blank

The file's metadata holds the same header as a .safetensors file.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crnn.errors import ModelError
from crnn.formats.header import KEY, Header, not_finite, parse_header
from crnn.formats.runtime import onnxruntime
from crnn.language.file import language_of
from crnn.reader.reader import Reader, Recognize

INPUT, OUTPUT = "images", "log_probs"

# Numbers of fields in the messages of onnx.proto, and of the types of float tensors.
_GRAPH, _INITIALIZER, _TYPE, _FLOATS, _NAME, _RAW = 7, 5, 2, 4, 8, 9
_FLOAT_TYPES: dict[int, np.dtype[np.floating]] = {
    1: np.dtype("<f4"),
    10: np.dtype("<f2"),
    11: np.dtype("<f8"),
}


def load_onnx(path: str | Path, threads: int = 1) -> Reader:
    """Open an .onnx file that crnn exported.

    Args:
        path: The file.
        threads: Threads that work on each image.

    Returns:
        A reader with the alphabet, the sizes and the language that the file names.

    Raises:
        ModelError: The file is missing, damaged, not of crnn, keeps weights in other files, or has a
            weight that is NaN or infinite.
    """
    path = Path(path)
    if type(threads) is not int or threads < 1:
        raise ModelError(f"threads is {threads!r:.80}; it must be an integer of 1 or more.")
    session = _session(path, threads)
    text = session.get_modelmeta().custom_metadata_map.get(KEY)
    if text is None:
        raise ModelError(
            f"{path}: an .onnx file, but not one of crnn: its metadata has no {KEY!r} header "
            "(alphabet, preprocessing).\n    Export one: crnn export MODEL.safetensors OUT.onnx"
        )
    header = parse_header(text, str(path))
    _check_shapes(session, header, path)
    _check_finite(path)
    return Reader(
        _recognize(session),
        alphabet=header.alphabet,
        preprocess=header.preprocess,
        language=language_of(header.language, header.alphabet, str(path)),
        card=header.card,
        path=path,
        reopen=partial(load_onnx, path.absolute(), threads),
    )


def _session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    """Start ONNX Runtime on one file."""
    if not path.is_file():
        raise ModelError(f"{path}: no such file.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong arrives as an exception
    # A model is one file. One that points to others would read whatever lies there: no folder
    # can exist below a file, so nothing is found.
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(path.absolute() / "none")
    )
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions have no base of their own
        if "xternal data" in str(error):
            raise ModelError(
                f"{path}: keeps its weights in other files, which crnn does not open.\n"
                "    Export it as one file: crnn export MODEL.safetensors OUT.onnx"
            ) from error
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"{path}: damaged, or no .onnx file ({reason}).") from error


def _check_shapes(session: onnxruntime.InferenceSession, header: Header, path: Path) -> None:
    """Refuse a network whose input or output is not what its header says."""
    ends = [(end.name, end.type, end.shape) for end in (*session.get_inputs(), *session.get_outputs())]
    height, classes = header.preprocess.height, header.classes
    fits = (
        [(name, kind) for name, kind, _ in ends] == [(INPUT, "tensor(uint8)"), (OUTPUT, "tensor(float)")]
        and len(ends[0][2]) == 4
        and ends[0][2][1:3] == [1, height]
        and len(ends[1][2]) == 3
        and ends[1][2][2] == classes
    )
    if not fits:
        raise ModelError(
            f"{path}: takes and gives {ends}, but its header asks for {INPUT} uint8 "
            f"(N, 1, {height}, W) and {OUTPUT} float32 (T, N, {classes}).\n"
            "    Export it again: crnn export MODEL.safetensors OUT.onnx"
        )


def _check_finite(path: Path) -> None:
    """Refuse a file in which a weight is NaN or infinite; ONNX Runtime, which has opened it, does not."""
    for field, graph in _fields(memoryview(path.read_bytes())):
        for part, tensor in _fields(graph) if field == _GRAPH else ():
            if part != _INITIALIZER:
                continue
            values = dict(_fields(tensor))
            kind = _FLOAT_TYPES.get(int.from_bytes(values.get(_TYPE, b""), "little"))
            if kind is None:
                continue
            weights = np.frombuffer(values.get(_RAW, values.get(_FLOATS, b"")), kind)
            if not np.isfinite(weights).all():
                name = bytes(values.get(_NAME, b"")).decode("utf-8", "replace")
                count = int((~np.isfinite(weights)).sum())
                raise ModelError(not_finite(str(path), name, count, weights.size))


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield number and content of the fields of a message of Protocol Buffers, numbers as they are packed."""
    start = 0
    while start < len(message):
        key, start = _number(message, start)
        end = start
        match key & 7:
            case 0:
                _, end = _number(message, start)
            case 1:
                end += 8
            case 2:
                size, start = _number(message, start)
                end = start + size
            case _:
                end += 4
        yield key >> 3, message[start:end]
        start = end


def _number(message: memoryview, start: int) -> tuple[int, int]:
    """Read a number of 7 bits a byte, the lowest first; return it and where it ends."""
    value = 0
    for index, byte in enumerate(message[start : start + 10]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, start + index + 1
    return value, len(message)


def _recognize(session: onnxruntime.InferenceSession) -> Recognize:
    """Wrap a session as numpy in, numpy out; a network whose N is 1 is given images one by one."""

    def recognize(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        log_probs: npt.NDArray[np.float32] = session.run([OUTPUT], {INPUT: images})[0]  # (T, N, C)
        return log_probs

    def one_by_one(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        return np.concatenate([recognize(image[np.newaxis]) for image in images], axis=1)  # (T, N, C)

    return one_by_one if session.get_inputs()[0].shape[0] == 1 else recognize
