"""The trunk: its notation, the paper's Table 1, and the frames that it promises."""

import pytest
import torch
from torch import nn

from crnn.errors import ModelError
from crnn.model.convolution import AUTHORS, BASE, PAPER, SMALL, TINY, Convolution, Layer

TRUNKS = {"paper": PAPER, "authors": AUTHORS, "tiny": TINY, "small": SMALL, "base": BASE}


def modules_of(trunk: tuple[str, ...]) -> Convolution:
    torch.manual_seed(7)
    return Convolution(trunk, 32).eval()


def test_the_papers_trunk_is_table_1_of_the_paper() -> None:
    # Type, #maps, k, s, p as printed, bottom row first. A pool's window is printed as
    # "1 x 2, s: 2" and means height 2, width 1: 32 px must become 1 row, and 100 px 24 frames.
    table = [
        ("conv", 64, (3, 3), (1, 1), (1, 1), False),
        ("pool", None, (2, 2), (2, 2), (0, 0), False),
        ("conv", 128, (3, 3), (1, 1), (1, 1), False),
        ("pool", None, (2, 2), (2, 2), (0, 0), False),
        ("conv", 256, (3, 3), (1, 1), (1, 1), False),
        ("conv", 256, (3, 3), (1, 1), (1, 1), False),
        ("pool", None, (2, 1), (2, 1), (0, 0), False),
        ("conv", 512, (3, 3), (1, 1), (1, 1), True),
        ("conv", 512, (3, 3), (1, 1), (1, 1), True),
        ("pool", None, (2, 1), (2, 1), (0, 0), False),
        ("conv", 512, (2, 2), (1, 1), (0, 0), False),
    ]
    layers = [Layer.parse(line) for line in PAPER]
    assert [
        ("conv" if layer.channels else "pool", layer.channels, *pairs(layer), layer.norm) for layer in layers
    ] == table


def pairs(layer: Layer) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    return layer.kernel, layer.stride, layer.padding


def test_the_authors_trunk_differs_from_table_1_in_norms_and_pools_alone() -> None:
    different = [
        (row, theirs) for row, (ours, theirs) in enumerate(zip(PAPER, AUTHORS, strict=True)) if ours != theirs
    ]
    assert different == [
        (4, "conv 256 k3 s1 p1 norm"),
        (6, "pool k2 s2x1 p0x1"),
        (8, "conv 512 k3 s1 p1"),
        (9, "pool k2 s2x1 p0x1"),
        (10, "conv 512 k2 s1 p0 norm"),
    ]


def test_an_image_100_px_wide_gives_24_frames_in_the_paper_and_26_in_the_authors_code() -> None:
    assert modules_of(PAPER).frames(100) == 24  # 100 -> 50 -> 25 -> 25 -> 25 -> 24
    assert modules_of(AUTHORS).frames(100) == 26  # T = W / 4 + 1
    assert [modules_of(AUTHORS).frames(width) for width in (96, 128, 320)] == [25, 33, 81]


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUNKS)
def test_frames_equals_the_real_number_of_frames_at_every_width(name: str) -> None:
    trunk = modules_of(TRUNKS[name])
    widths = [*range(1, 40), 95, 96, 97, 100, 127, 160, 319, 320]
    assert [trunk.frames(width) for width in widths] == [real_frames(trunk, width) for width in widths]


@torch.no_grad()
def real_frames(trunk: Convolution, width_px: int) -> int:
    """Frames that come out; 0 where torch refuses an image as too narrow."""
    try:
        features = trunk(torch.zeros(1, 1, 32, width_px))
    except RuntimeError as error:
        assert "too small" in str(error) or "greater than actual input size" in str(error)  # noqa: PT017
        return 0
    assert features.shape[:3] == (1, trunk.channels, 1)
    return int(features.shape[3])


@pytest.mark.slow
def test_an_image_narrower_than_a_window_gives_no_frame() -> None:
    # Two pools of the authors' code pad the width: they must not make frames out of nothing.
    assert [modules_of(AUTHORS).frames(width) for width in range(6)] == [0, 0, 0, 0, 2, 2]
    assert [modules_of(PAPER).frames(width) for width in range(10)] == [0] * 8 + [1, 1]


def test_a_convolution_with_norm_leaves_its_bias_to_the_norm() -> None:
    with_norm, without = modules_of(("conv 8 k32 s1 norm",)), modules_of(("conv 8 k32 s1",))
    assert [type(module) for module in with_norm] == [nn.Conv2d, nn.BatchNorm2d, nn.ReLU]
    assert [type(module) for module in without] == [nn.Conv2d, nn.ReLU]
    assert with_norm[0].bias is None
    assert without[0].bias is not None


def test_a_layer_line_gives_height_before_width() -> None:
    layer = Layer.parse("conv 192 k2x3 s1x2 p0x1 norm")
    assert layer == Layer(channels=192, kernel=(2, 3), stride=(1, 2), padding=(0, 1), norm=True)
    assert layer.size(2, 80) == (1, 40)
    assert Layer.parse("pool k2 s2").padding == (0, 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("conv 8", "is not understood"),
        ("conv k3 s1", "is not understood"),
        ("Conv 8 k3 s1 p1", "is not understood"),
        ("conv 8 k3 s1 p1 relu", "is not understood"),
        ("conv -8 k3 s1 p1", "is not understood"),
        ("pool 8 k2 s2", "is not understood"),
        ("", "is not understood"),
        ("conv 0 k3 s1 p1", "has a zero"),
        ("conv 8 k3x0 s1 p1", "has a zero"),
        ("pool k2 s0x1", "has a zero"),
        ("pool k2 s2 norm", "only a convolution has a batch norm"),
        ("pool k2 s2 p2", "pads by more than half"),
    ],
)
def test_a_line_that_is_no_layer_is_a_model_error_that_quotes_it(line: str, said: str) -> None:
    with pytest.raises(ModelError) as error:
        Convolution(("conv 8 k3 s1 p1", line), 32)
    assert repr(line) in str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize(("height_px", "rows"), [(64, 3), (48, 2), (16, 0)])
def test_a_height_that_does_not_end_in_one_row_is_a_model_error_that_names_it(
    height_px: int, rows: int
) -> None:
    with pytest.raises(ModelError, match=rf"{height_px} px high leaves the convolution {rows} rows"):
        Convolution(PAPER, height_px)
