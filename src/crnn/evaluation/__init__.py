"""How well a model reads: protocol, metrics, and the run that joins them."""
