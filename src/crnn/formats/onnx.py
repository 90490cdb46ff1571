"""Reading with an .onnx file: ONNX Runtime on the CPU, no torch (export.py writes the file).

    images     uint8    (N, 1, H, W)   W free, H fixed; N free, or 1 (quantize.py)
    log_probs  float32  (T, N, C)      natural log; class 0 is the blank

The file's metadata holds the same header as a .safetensors file.
"""

from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crnn.errors import ModelError
from crnn.formats.header import KEY, Header, parse_header
from crnn.formats.runtime import onnxruntime
from crnn.language.file import language_of
from crnn.reader.reader import Reader, Recognize

INPUT, OUTPUT = "images", "log_probs"


def load_onnx(path: str | Path, threads: int = 1) -> Reader:
    """Open an .onnx file that crnn exported; `threads` work on each image.

    Raises ModelError for a file that is missing, torn, foreign, or keeps weights in other files.
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
        raise ModelError(f"{path}: torn, or no .onnx file ({reason}).") from error


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


def _recognize(session: onnxruntime.InferenceSession) -> Recognize:
    """Wrap a session as numpy in, numpy out; a network whose N is 1 is given images one by one."""

    def recognize(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        log_probs: npt.NDArray[np.float32] = session.run([OUTPUT], {INPUT: images})[0]  # (T, N, C)
        return log_probs

    def one_by_one(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        return np.concatenate([recognize(image[np.newaxis]) for image in images], axis=1)  # (T, N, C)

    return one_by_one if session.get_inputs()[0].shape[0] == 1 else recognize
