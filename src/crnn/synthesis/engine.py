"""The synthesis engine: (seed, batch number) -> a batch of word images and their labels.

Every step is arithmetic on the whole batch, on the CPU or a GPU alike. Batches of one number are
equal on every run and for any number of workers (on one kind of device: the generators of CPUs
and GPUs differ).

`SynthesisConfig` is the recipe's `[synthesis]` section.
"""

import logging
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from crnn.alphabet import Alphabet
from crnn.errors import FontError, RecipeError
from crnn.images.preprocess import PreprocessConfig
from crnn.synthesis.atlas import METRICS, build_atlas
from crnn.synthesis.backgrounds import Backgrounds
from crnn.synthesis.choice import FaceChoice, with_usual
from crnn.synthesis.crisp import WORN
from crnn.synthesis.crisp_paint import print_crisp
from crnn.synthesis.degrade import Degradation
from crnn.synthesis.fonts import find_faces
from crnn.synthesis.layout import Glyphs, draw_words
from crnn.synthesis.paint import paint
from crnn.synthesis.plan import BATCHES_PER_PLAN, Boxes, Plan, draw_plan, split_plan, symbol_boxes
from crnn.synthesis.rng import Rng, seed_of
from crnn.synthesis.segments import with_displays
from crnn.synthesis.warp import Pose, sampling_grid
from crnn.synthesis.words import WordsConfig, WordSource


@dataclass(frozen=True, kw_only=True, slots=True)
class SynthesisConfig:
    """Fonts, words and backgrounds, and the seed that fixes every image."""

    seed: int = 0
    """The same seed and batch number give the same batch."""
    fonts: tuple[str, ...] = ("starter",)
    """Folders of .ttf, .otf, .woff files; `starter` is the set in the package."""
    words: tuple[str, ...] = ()
    """Text files, one word a line, mixed into the built-in words."""
    words_share: float = 0.5
    """Share of the words that come from `words` where any are given."""
    backgrounds: tuple[str, ...] = ()
    """Folders of photographs; without any, backgrounds are computed."""
    cap_height_px: int = 24
    """Height at which glyphs are drawn before the warp; about 3/4 of the image height."""
    max_length: int = 24
    """Symbols of the longest word."""

    def __post_init__(self) -> None:
        """Raise RecipeError for a number that is out of range."""
        minimums = {"seed": 0, "cap_height_px": 8, "max_length": 1}
        for name, smallest in minimums.items():
            if getattr(self, name) < smallest:
                raise RecipeError(
                    f"synthesis.{name} is {getattr(self, name)}; it must be at least {smallest}."
                )
        if not 0 <= self.words_share <= 1:
            raise RecipeError(f"synthesis.words_share is {self.words_share}; it must lie between 0 and 1.")


@dataclass(frozen=True, kw_only=True, slots=True)
class GroundTruth:
    """What an engine knows of N images beside their labels."""

    boxes: tuple[Boxes, ...]
    """N arrays (L, 4). A symbol without ink in the image, such as a space, has four NaN."""
    pose: Pose
    """How the words lie."""


logger = logging.getLogger(__name__)

CLUTTERED = 0.15
"""Share of images that show a strip of the line above or below."""

CHECKED_LABELS = 2000
"""Labels drawn at the start to see whether the faces can draw them."""

PLANNING, PAINTING, TEXTURES, CAMERA = range(4)
"""Purposes that draw from seeds of their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SynthesisBatch:
    """N images of one width and what is written on them."""

    images: Tensor
    """(N, 1, H, W) uint8."""
    labels: tuple[str, ...]


class Engine:
    """Makes batches of word images.

    Args:
        config: Fonts, words, backgrounds and the seed.
        alphabet: What the labels are made of.
        preprocess: Height of the images, and the widths that they may have.
        batch_size: N.
        device: Where the images are made; CPUs and GPUs make different ones of a seed.

    Raises:
        FontError: A source has no fonts, or no face has a symbol of the alphabet.
        DataError: A file of words holds none of the alphabet, or a folder no photographs.

    >>> engine = Engine(SynthesisConfig(), Alphabet.named("digits"), PreprocessConfig(), 8)
    >>> batch = engine.batch(0)
    >>> len(batch.labels), batch.images.shape[:3]
    (8, torch.Size([8, 1, 32]))
    """

    def __init__(
        self,
        config: SynthesisConfig,
        alphabet: Alphabet,
        preprocess: PreprocessConfig,
        batch_size: int = 256,
        device: str | torch.device = "cpu",
    ) -> None:
        self.config = config
        self.alphabet = alphabet
        self.preprocess = preprocess
        self.batch_size = batch_size
        self.device = torch.device(device)
        faces = find_faces(config.fonts)
        atlas = build_atlas([face.files for face in faces], alphabet.symbols, config.cap_height_px)
        weights = {str(face.path): face.weight for face in faces}
        self._faces = FaceChoice(
            torch.from_numpy(atlas.drawn).to(self.device),
            torch.tensor([weights[path] for path in atlas.faces]).to(self.device),
            alphabet,
        )
        self._glyphs = Glyphs(
            columns=torch.from_numpy(atlas.columns).to(self.device),
            **{name: torch.from_numpy(getattr(atlas, name)).long().to(self.device) for name in METRICS},
        )
        self._glyphs = with_displays(with_usual(self._glyphs, atlas), alphabet.symbols, config.cap_height_px)
        self._words = WordSource(
            WordsConfig(files=config.words, files_share=config.words_share, max_length=config.max_length),
            alphabet,
        )
        self._check_faces()
        self._backgrounds = Backgrounds(config.backgrounds, seed_of(config.seed, TEXTURES), self.device)
        self._degrade = Degradation(seed_of(config.seed, CAMERA), self.device)
        self._planned: tuple[int, list[tuple[Plan, int]]] = (-1, [])

    @torch.no_grad()
    def batch(self, index: int) -> SynthesisBatch:
        """Make a batch.

        Args:
            index: Its number, 0 or more; the seed and it decide the images.

        Returns:
            N images of one width and their labels.

        Raises:
            FontError: No face can draw any label of the batch.
        """
        plan, width_px = self._plans(index // BATCHES_PER_PLAN)[index % BATCHES_PER_PLAN]
        rng = Rng(seed_of(self.config.seed, PAINTING, index), self.device)
        size = self.preprocess.height, width_px
        mask, clutter = self._masks(plan, size, rng)
        images = self._show(mask, clutter, plan, rng)
        return SynthesisBatch(images=images.mul(255).round_().to(torch.uint8), labels=plan.labels)

    @torch.no_grad()
    def ground_truth(self, index: int) -> GroundTruth:
        """Find where every symbol stands in the images of a batch; slow, and no part of `batch`.

        Args:
            index: The number of the batch.

        Returns:
            The boxes of the symbols, and how the words lie.
        """
        plan, width_px = self._plans(index // BATCHES_PER_PLAN)[index % BATCHES_PER_PLAN]
        boxes = symbol_boxes(self._glyphs, plan, (self.preprocess.height, width_px))
        return GroundTruth(boxes=boxes, pose=plan.pose)

    def _plans(self, number: int) -> list[tuple[Plan, int]]:
        """Draw the plan of BATCHES_PER_PLAN batches and their widths in px; the last one is kept at hand."""
        if self._planned[0] != number:
            seed = seed_of(self.config.seed, PLANNING, number)
            rng = Rng(seed, self.device)
            words = self._words.words(np.random.default_rng(seed), BATCHES_PER_PLAN * self.batch_size)
            faces = self._faces.choose(words, rng)
            widest = self.preprocess.max_width / self.preprocess.height
            plan = draw_plan(words, self._glyphs, faces, self.alphabet, rng, widest)
            plan = self._drawable(plan, faces)
            self._planned = number, split_plan(plan, self.preprocess, rng)
        return self._planned[1]

    def _drawable(self, plan: Plan, faces: Tensor) -> Plan:
        """Put other words of the plan in the place of labels that their face cannot draw."""
        can = self._faces.can_draw(plan.labels, faces)
        if can.all():
            return plan
        kept = can.nonzero()[:, 0]
        if not len(kept):
            raise FontError(
                f"no face has all symbols of any of {len(plan.labels)} labels, such as {plan.labels[0]!r}. "
                "Add fonts that hold these symbols together, or use a smaller alphabet."
            )
        index = torch.arange(len(can), device=self.device)
        return plan.rows(torch.where(can, index, kept[index % len(kept)]))

    def _check_faces(self) -> None:
        """Say how many labels no face can draw: others take their place."""
        if self._faces.complete:
            return
        labels = self._words.words(np.random.default_rng(0), CHECKED_LABELS)
        faces = self._faces.choose(labels, Rng(0, self.device))
        lost = [labels[i] for i in (~self._faces.can_draw(labels, faces)).nonzero()[:, 0].tolist()]
        if lost:
            logger.warning(
                "%.1f %% of the made labels, such as %r, have symbols that no face has together; "
                "others take their place",
                100 * len(lost) / CHECKED_LABELS,
                lost[0],
            )

    def _masks(self, plan: Plan, size: tuple[int, int], rng: Rng) -> tuple[Tensor, Tensor]:
        """Draw the words and the lines above and below: two masks (N, 1, H, W) in 0..1."""
        canvas = draw_words(self._glyphs, plan.layout)  # (N, X, R)
        box = plan.layout.box.float()
        grid = sampling_grid(plan.pose, plan.crop, box, (canvas.shape[1], canvas.shape[2]), size)
        pixels = canvas[:, None].float().mul_(1 / 255)  # (N, 1, X, R)
        mask = F.grid_sample(pixels, grid, align_corners=False)  # (N, 1, H, W)
        chosen = rng.subset(len(mask), CLUTTERED)
        neighbors = chosen.roll(1)
        moved = grid[chosen]  # a copy: its rows are shifted to look at the neighbouring line
        moved[..., 0] += (_apart(box[chosen], box[neighbors], rng) * 2 / canvas.shape[2])[:, None, None]
        clutter = torch.zeros_like(mask)
        clutter[chosen] = F.grid_sample(pixels[neighbors], moved, align_corners=False)
        return mask, clutter

    def _show(self, mask: Tensor, clutter: Tensor, plan: Plan, rng: Rng) -> Tensor:
        """Show the words as a camera sees them or as crisp print: (N, 1, H, W) in 0..1."""
        worn, crisp = (part.nonzero()[:, 0] for part in (plan.style == WORN, plan.style != WORN))
        images, (height, width) = torch.empty_like(mask), mask.shape[2:]
        if len(worn):
            textures = self._backgrounds.sample(len(worn), height, width, rng)
            images[worn] = self._degrade(paint(mask[worn], clutter[worn], textures, rng), rng)
        if len(crisp):
            printed = print_crisp(mask[crisp], plan.guides[crisp], plan.style[crisp], rng)
            images[crisp] = self._degrade.slightly(printed, rng)
        return images


def _apart(box: Tensor, neighbor_box: Tensor, rng: Rng) -> Tensor:
    """Draw how far down a neighbouring word is looked for so that its ink stands clear of the word's.

    box, neighbor_box   (N, 4)  ink of the word and of the one on the next line, canvas px
    returns             (N,)    above 0 where the neighbour will stand above the word
    """
    top, bottom, neighbor_top, neighbor_bottom = box[:, 2], box[:, 3], neighbor_box[:, 2], neighbor_box[:, 3]
    space = rng.uniform(0.05, 0.5, len(box)) * (bottom - top)
    above = rng.uniform(0, 1, len(box)) < 0.5
    return torch.where(above, neighbor_bottom - top + space, neighbor_top - bottom - space)
