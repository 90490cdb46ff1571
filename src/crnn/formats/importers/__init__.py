"""Weights that other CRNN projects trained, as model files of ours.

archive.py    a .pth file -> tensors by name, without running code from it
projects.py   which projects are known, each as data: names, layers, preprocessing, alphabet
convert.py    tensors of one of them -> a ModelFile that computes the same log_probs
"""
