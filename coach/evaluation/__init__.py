"""Evaluation sets: a trainer's questions in; scored runs, comparisons, agreement of raters and reports out."""
