"""The sections of a recipe: every setting, its default and what it means.

`recipe.py` joins them; [model] is `ModelConfig` with an alphabet, [preprocess] `PreprocessConfig`,
[synthesis] `SynthesisConfig`.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class RealData:
    """One data set of labelled word images to learn from."""

    path: str
    """A data set of any layout in docs/data.md; relative to where the run is started."""
    weight: float = 1.0
    """How often an image of this set is drawn, compared with one of weight 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSection:
    """Real words that are mixed into the synthetic ones."""

    real: tuple[RealData, ...] = ()
    """Data sets; none: the run sees synthetic words only."""
    real_share: float = 0.3
    """Share of the steps that read real words, from `real_from` on; 1 draws no synthetic word."""
    real_from: float = 0.0
    """Fraction of the run that passes before the first real words."""
    augment: bool = True
    """Distort, blur and recolour real words a little, differently each time."""
    drop_unreadable: bool = False
    """Leave out words whose label the alphabet or the frames cannot hold; false: an error."""
    unreadable_images: Literal["stop", "skip"] = "stop"
    """skip: an image that cannot be read is named and counted, and others stand in; stop: an error."""
    fold_case: Literal["keep", "lower", "upper"] = "keep"
    """Case of the letters that the alphabet has in the other case only; those that it has stay."""
    fold_accents: bool = False
    """Take accents off the letters of real labels that the alphabet lacks; those that it has stay."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OptimizerSection:
    """How a gradient becomes a step."""

    kind: Literal["adamw", "adadelta"] = "adamw"
    """adadelta is the paper's (§3.2), with rho 0.9 and eps 1e-6."""
    learning_rate: float = 2.5e-3
    """The peak, at the end of the warm-up; the paper's ADADELTA has 1."""
    weight_decay: float = 0.05
    """On matrices and convolutions only, never on biases and norms."""
    betas: tuple[float, float] = (0.9, 0.98)
    """AdamW's forgetting of the gradient and of its square."""
    clip_norm: float = 5.0
    """Longest gradient; longer ones are shortened to it. 0 leaves gradients alone."""
    frozen_layers: int = 0
    """First layers of the trunk that stay as the run found them, batch norm's statistics too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleSection:
    """The learning rate over the run."""

    warmup_steps: int = 500
    """Steps over which the rate rises from 0 in a straight line."""
    decay: Literal["cosine", "linear", "none"] = "cosine"
    """How the rate falls from its peak to `final_fraction` of it."""
    final_fraction: float = 0.01
    """The last rate, as a fraction of the peak."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingSection:
    """The loop itself."""

    steps: int
    """Optimizer steps; each sees one batch on every device."""
    batch_size: int = 256
    """Images of one step on one device."""
    precision: Literal["auto", "32-true", "bf16-mixed"] = "auto"
    """Arithmetic of the forward and backward pass; weights stay float32. auto takes bf16-mixed where
    the GPU, or the processor by AVX-512 BF16 or AMX, computes it, and 32-true elsewhere."""
    average_decay: float = 0.999
    """Memory of the weight average that is validated and saved; 0 saves the raw weights."""
    seed: int = 1
    """Of the initial weights and the order of real words; synthesis has its own."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """auto takes a GPU where there is one."""
    workers: int = 1
    """Processes that prepare batches; 0: the loop does it, and draws on its own device."""
    threads: int = 0
    """CPU threads of the loop; 0: as many as the processes that prepare batches leave cores."""
    log_every: int = 20
    """Steps between two lines of metrics."""
    validate_every: int = 1000
    """Steps between two validations; 0: only at the end."""
    patience: int = 0
    """Validations without a better one after which the run ends early; 0 never ends it."""
    save_every_s: float = 300.0
    """Seconds between two saved states (and at every validation): what a power cut costs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidationSection:
    """What the averaged weights are measured on."""

    data: tuple[str, ...] = ()
    """Data sets; none: what is held back, or else `synthetic` words that training never sees."""
    held_back: float = 0.0
    """Share of the real words kept from training and validated on, where `data` names no set: at
    least 20 words, at most half; chosen by the images' bytes, equal images together."""
    also: tuple[str, ...] = ()
    """Data sets that are read at the end of a run with --init, by the old model and the new one."""
    protocol: Literal["alnum", "exact"] = "alnum"
    """alnum compares 0-9a-z without case, exact every symbol."""
    synthetic: int = 512
    """Synthetic words for validation where no data set is named."""
