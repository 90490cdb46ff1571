"""What is wrong with a data set, before a run finds out: images, labels, copies.

check(datasets, rules) -> Report: findings, counts, and advice: the settings that help
"""
