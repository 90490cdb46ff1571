"""What is wrong with a data set, before a run finds out: images, labels, copies, doubts.

check(datasets, rules) -> Report: findings, counts, and a verdict with the settings that help
"""
