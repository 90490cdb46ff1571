"""How well a model reads: protocol, metrics, and the run that joins them."""

from crnn.evaluation.protocol import PROTOCOLS, Protocol, protocol_named
from crnn.evaluation.run import Evaluation, Outcome, dataset_name, evaluate

__all__ = ["PROTOCOLS", "Evaluation", "Outcome", "Protocol", "dataset_name", "evaluate", "protocol_named"]
