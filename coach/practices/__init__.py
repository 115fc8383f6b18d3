"""Practices that grew from the documents' words: YAML files in, checked against the library, those that fit a question out."""
