"""Warp: the crop of a word as a camera sees it: bent, sheared, turned, in perspective.

A `Pose` says how each word lies. Canvas coordinates (px, centred on the label's ink, y down) go
forward to crop coordinates to find the crop's size, and backward to sample the image:

    canvas --bend on a circle--> --shear, turn--> crop, with margins --perspective--> image

The image shows the whole crop: where perspective narrows it, what stands around it comes into view.
"""

from dataclasses import dataclass, fields, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from crnn.synthesis.rng import Rng

MESH = (9, 33)
"""Points of the control mesh, (down, across), that is stretched into the sampling grid."""
STRAIGHT = 1e-3
"""Bend angles below this, rad, are drawn as this."""
EDGE_POINTS = 17
"""Points on the upper and on the lower edge of the ink whose positions bound the crop."""
CUT_SHARE = 0.08
"""Share of the ink's width or height that a margin below 0 may cut off on a side."""
TIGHT, TIGHT_CUT = 0.2, 0.13
"""Share of words cut out too closely, as boxes drawn by hand are, and of the height they may lose."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pose:
    """How N words lie; all (N,) but `margin`."""

    half_width: Tensor
    """Half the label's ink, canvas px."""
    half_height: Tensor
    angle: Tensor
    """Turn, rad, clockwise."""
    shear: Tensor
    """Slant, px across for a px down."""
    bend: Tensor
    """Half the angle, rad, of the arc that the word lies on; above 0 it bulges upwards."""
    tilt: Tensor
    """(N, 2) perspective across and down."""
    margin: Tensor
    """(N, 4) left, right, top, bottom of the crop around the ink, canvas px."""

    def rows(self, index: Tensor) -> "Pose":
        """Take the words at `index`."""
        return Pose(**{field.name: getattr(self, field.name)[index] for field in fields(self)})

    def straightened(self, chosen: Tensor) -> "Pose":
        """Lay the words where `chosen` (N,) is True flat, with no tilt."""
        return replace(
            self,
            angle=self.angle.masked_fill(chosen, 0),
            bend=self.bend.masked_fill(chosen, 0),
            tilt=self.tilt.masked_fill(chosen[:, None], 0),
        )

    def flat(self, chosen: Tensor, margin: Tensor) -> "Pose":
        """Lay the words where `chosen` (N,) is True flat, unslanted, with the margins (N, 4) given."""
        return replace(
            self.straightened(chosen),
            shear=self.shear.masked_fill(chosen, 0),
            margin=torch.where(chosen[:, None], margin, self.margin),
        )

    @property
    def radius(self) -> Tensor:
        """(N,) radius of the arc, px, with the sign of the bend."""
        sign = torch.where(self.bend < 0, -1.0, 1.0)
        return self.half_width / (self.bend.abs().clamp(min=STRAIGHT) * sign)


def draw_poses(half_width: Tensor, half_height: Tensor, rng: Rng) -> Pose:
    """Draw a pose for each word; about a third lie straight as scanned text does."""
    count = len(half_width)
    slim = half_height / half_width  # short words turn further than long ones
    lying = (rng.uniform(0, 1, count) > 0.33).float()
    steep = (rng.uniform(0, 1, count) < 0.18).float()
    angle = rng.normal(0.06, count) * (1 + slim.clamp(max=1)) * (1 + 3 * steep) * lying
    limit = torch.atan(1.3 * slim) + 0.1  # the text keeps about 40 % of the crop's height
    arched = rng.uniform(0, 1, count) < 0.12
    bend = torch.where(arched, rng.uniform(-1.1, 1.1, count), rng.normal(0.04, count) * lying)
    # The arc's radius stays past the letters, and its rise leaves them 40 % of the height too.
    max_bend = torch.minimum(half_width / (1.5 * half_height), 6 * slim)
    margins = rng.uniform(-0.06, 0.35, count, 4) * rng.uniform(0.3, 1.3, count, 1)
    tight = rng.uniform(0, 1, count, 1) < TIGHT
    margins = torch.where(tight, rng.uniform(-TIGHT_CUT, 0.08, count, 4), margins)
    margins = margins * (2 * half_height)[:, None]
    ink = 2 * torch.stack([half_width, half_width, half_height, half_height], 1)
    cut = torch.where(
        tight, torch.tensor([CUT_SHARE, CUT_SHARE, TIGHT_CUT, TIGHT_CUT], device=ink.device), CUT_SHARE
    )
    return Pose(
        half_width=half_width,
        half_height=half_height,
        angle=torch.clamp(angle, -limit, limit),
        shear=rng.normal(0.12, count) * lying,
        bend=torch.clamp(bend, -max_bend, max_bend),
        tilt=rng.normal(0.10, count, 2) * lying[:, None],
        margin=torch.maximum(margins, -cut * ink),  # else half of an l or a ] were cut off
    )


def crop_boxes(pose: Pose) -> Tensor:
    """Find the crops: (N, 4) left, right, top, bottom in crop coordinates, margins included."""
    across = torch.linspace(-1, 1, EDGE_POINTS, device=pose.angle.device)
    x = (pose.half_width[:, None, None] * across).expand(-1, 2, -1)  # (N, 2, 17)
    y = pose.half_height[:, None, None] * across[[0, -1], None]  # (N, 2, 1)
    radius = pose.radius[:, None, None]
    turn = x / radius
    bent_x, bent_y = (radius - y) * torch.sin(turn), radius - (radius - y) * torch.cos(turn)
    bent_x = bent_x - pose.shear[:, None, None] * bent_y
    cos, sin = torch.cos(pose.angle)[:, None, None], torch.sin(pose.angle)[:, None, None]
    crop_x = (cos * bent_x - sin * bent_y).flatten(1)  # (N, 34)
    crop_y = (sin * bent_x + cos * bent_y).flatten(1)
    edges = [crop_x.amin(1), crop_x.amax(1), crop_y.amin(1), crop_y.amax(1)]
    outward = torch.tensor([-1.0, 1.0, -1.0, 1.0], device=pose.angle.device)
    return torch.stack(edges, 1) + pose.margin * outward


def sampling_grid(
    pose: Pose, crop: Tensor, box: Tensor, canvas: tuple[int, int], size: tuple[int, int]
) -> Tensor:
    """Map image pixels to canvas positions: (N, H, W, 2) in [-1, 1], as `grid_sample` wants them.

    A position is (row, column), because the canvas lies transposed.

    crop     (N, 4)  from `crop_boxes`
    box      (N, 4)  the label's ink in the canvas, from the layout
    canvas   (X, R)  size in px;   size  (H, W) of the image
    """
    device = pose.angle.device
    v = torch.linspace(-1, 1, MESH[0], device=device).view(1, -1, 1)
    u = torch.linspace(-1, 1, MESH[1], device=device).view(1, 1, -1)
    left, right, top, bottom = (edge[:, None, None] for edge in crop.unbind(1))
    u, v = _perspective(pose.tilt, u, v)
    x = (right + left) / 2 + (right - left) / 2 * u  # (N, 9, 33)
    y = (bottom + top) / 2 + (bottom - top) / 2 * v
    cos, sin = torch.cos(pose.angle)[:, None, None], torch.sin(pose.angle)[:, None, None]
    x, y = cos * x + sin * y, cos * y - sin * x
    x = x + pose.shear[:, None, None] * y
    radius = pose.radius[:, None, None]
    sign = radius.sign()
    bent_x = radius * torch.atan2(x * sign, (radius - y) * sign)
    bent_y = radius - sign * torch.hypot(x, radius - y)
    middle = (box[:, :2].sum(1) / 2)[:, None, None], (box[:, 2:].sum(1) / 2)[:, None, None]
    columns, rows = canvas
    mesh = torch.stack(
        [(bent_y + middle[1]) * (2 / rows) - 1, (bent_x + middle[0]) * (2 / columns) - 1], 1
    )  # (N, 2, 9, 33)
    grid = F.interpolate(mesh, size=size, mode="bilinear", align_corners=True)
    return grid.permute(0, 2, 3, 1)  # (N, H, W, 2)


def _perspective(tilt: Tensor, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """Tilt the square [-1, 1] x [-1, 1] so that its picture covers it: (N, 9, 33) each.

    Without the shift the far side of the square would leave the picture, and with it the last
    letter of a word; the stretch does the same for the corners.
    """
    across, down = (each[:, None, None] for each in tilt.unbind(1))
    depth = 1 + across * u + down * v
    stretch_u = 1 + down.abs() / (1 - across.abs())
    stretch_v = 1 + across.abs() / (1 - down.abs())
    return (u + across) / depth * stretch_u, (v + down) / depth * stretch_v
