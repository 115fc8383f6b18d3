"""The version of what readers make of bytes, apart from the readers so that naming it loads none of them."""

# Raised whenever a reader would make something else of the same bytes, so that libraries are read anew.
READER_VERSION = 2
