"""What a model file says of the run that made it."""

from crnn.training.devices import Precision, describe_hardware
from crnn.training.recipe import Recipe


def write_card(
    recipe: Recipe, precision: Precision, steps: int, images: int, seconds: float
) -> dict[str, object]:
    """Say how long, on what and from which real words a model was trained; scores come beside it."""
    return {
        "steps": steps,
        "images": images,
        "seconds": round(seconds),
        "hardware": describe_hardware(),
        "precision": precision.name,
        "real_data": [real.path for real in recipe.data.real],
        "protocol": recipe.validation.protocol,
    }
