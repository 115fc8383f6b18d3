"""The web page: the assistant's answers, seen in a browser."""
