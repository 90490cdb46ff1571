"""Putting a temperature into a network: every log_prob that the file gives is then calibrated.

The last linear layer makes the scores, and scores / t are the same as its weights and bias / t. So
reading costs nothing more, .safetensors and .onnx files agree, and no decoder needs to know.
`evaluation/calibrate.py` finds the temperature.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from math import inf

import torch

from crnn.errors import ModelError
from crnn.formats.checkpoint import ModelFile

CARD_KEY = "calibration"
"""The part of a card that says which temperature was put in, and what was measured."""


def temper(file: ModelFile, temperature: float, record: Mapping[str, object]) -> ModelFile:
    """Return a copy of `file` whose scores are divided by `temperature`; `record` goes on its card.

    The card's `calibration.temperature` is the product of all temperatures ever put in: divide by
    nothing but it to have the network as it was trained. Raises ModelError unless 0 < temperature.
    """
    if not 0 < temperature < inf:
        raise ModelError(f"the temperature is {temperature}; it must be a number above 0.")
    model = deepcopy(file.model)
    with torch.no_grad():
        for weights in model.score.parameters():
            weights.div_(temperature)
    total = temperature * temperature_of(file.card)
    return replace(file, model=model, card={**file.card, CARD_KEY: {"temperature": total, **record}})


def temperature_of(card: Mapping[str, object]) -> float:
    """Return the temperature that a model's card says is in its weights; 1 where it says nothing.

    >>> temperature_of({}), temperature_of({"calibration": {"temperature": 1.1}})
    (1.0, 1.1)
    """
    record = card.get(CARD_KEY, {})
    temperature = record.get("temperature", 1.0) if isinstance(record, dict) else None
    if not isinstance(temperature, int | float) or not 0 < temperature < inf:
        raise ModelError(f"the card's {CARD_KEY} is {record!r:.80}; it must hold a temperature above 0.")
    return float(temperature)
