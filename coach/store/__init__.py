"""The database of record: people, documents, pages, passages and vectors, behind one class."""
