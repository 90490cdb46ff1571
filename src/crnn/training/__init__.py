"""Training: a recipe and fonts (and real words, if any) -> a run folder with a model that reads.

Read `loop.py` first; `recipe.py` says what can be set, `run_folder.py` what a run folder holds.
"""
