"""Runs held against each other and against a gate: runs in, paired changes with intervals and verdicts out."""
