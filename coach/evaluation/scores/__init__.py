"""Scores with no language model: an item, its answer and what was found in, measures with reasons out."""
