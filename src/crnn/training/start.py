"""How a run begins: with another model's weights, and with layers that stay as they are."""

import logging
from pathlib import Path

from torch import nn

from crnn.alphabet import Alphabet
from crnn.errors import RecipeError
from crnn.formats.models import load_weights
from crnn.formats.transfer import Transfer, transfer
from crnn.model.crnn import CRNN

logger = logging.getLogger(__name__)

_MANY = 12  # symbols that a line of the log names


def begin_with(initial: str | Path, network: CRNN, alphabet: Alphabet) -> bool:
    """Fill `network` from the model `initial`; log what it knows already and what not.

    Returns whether it knows most of the symbols: such a network reads from its first step on.
    """
    taken = transfer(load_weights(initial), network, alphabet)
    logger.info("%s: %s", initial, describe(taken))
    return len(taken.fresh) < len(alphabet) / 2


def describe(taken: Transfer) -> str:
    """Say what a network took over.

    >>> describe(Transfer(tensors=58, symbols=36, twins=(("Ä", "A"), (" ", "")), fresh=("京",)))
    "took over 58 tensors and the rows of 36 symbols; 2 start as lookalikes: Ä from A, ' ' from the blank; \
1 start fresh: 京"
    """
    twins = [f"{new if new != ' ' else repr(new)} from {old or 'the blank'}" for new, old in taken.twins]
    text = f"took over {taken.tensors} tensors and the rows of {taken.symbols} symbols"
    for names, how in ((twins, "lookalikes: "), (taken.fresh, "fresh: ")):
        if names:
            shown = ", ".join(names[:_MANY]) + (", ..." if len(names) > _MANY else "")
            text += f"; {len(names)} start {'as ' if names is twins else ''}{how}{shown}"
    return text


def freeze(network: CRNN, layers: int) -> None:
    """Take the first `layers` layers of the trunk out of learning.

    RecipeError where the trunk has fewer.
    """
    for module in frozen(network, layers):
        module.requires_grad_(requires_grad=False)


def hold_norms(network: CRNN, layers: int) -> None:
    """Keep the norms of the first `layers` layers at their statistics; after `network.train()`."""
    for module in frozen(network, layers):
        module.eval()


def frozen(network: CRNN, layers: int) -> list[nn.Module]:
    """Return the modules of the first `layers` layers: convolutions, norms, pools and all."""
    trunk = network.convolution
    if layers > len(trunk.layers):
        raise RecipeError(
            f"optimizer.frozen_layers is {layers}, but the trunk has {len(trunk.layers)} layers."
        )
    starts = [i for i, module in enumerate(trunk) if isinstance(module, nn.Conv2d | nn.MaxPool2d)]
    end = starts[layers] if layers < len(starts) else len(trunk)
    return list(trunk)[:end]
