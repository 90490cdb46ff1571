"""Training: a recipe and fonts (and real words, if any) -> a run folder with a model that reads.

Read `loop.py` first; `recipe.py` says what can be set, `record.py` what a run folder holds.
"""
