"""The learning rate as a function of the step alone, so that a resumed run cannot lose it."""

import math

from crnn.training.sections import ScheduleSection


def rate_at(step: int, steps: int, peak: float, section: ScheduleSection) -> float:
    """Return the learning rate of `step` (0 .. steps - 1).

    >>> section = ScheduleSection(warmup_steps=4, decay="linear", final_fraction=0.0)
    >>> [rate_at(step, 8, 1.0, section) for step in range(8)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 0.75, 0.5, 0.25]
    """
    if step < section.warmup_steps:
        return peak * (step + 1) / section.warmup_steps
    done = (step - section.warmup_steps) / max(1, steps - section.warmup_steps)  # 0 .. 1
    left = {
        "cosine": 0.5 * (1 + math.cos(math.pi * min(done, 1.0))),
        "linear": 1 - min(done, 1.0),
        "none": 1.0,
    }[section.decay]
    final = section.final_fraction if section.decay != "none" else 0.0
    return peak * (final + (1 - final) * left)
