"""A test double for language models: scripts in, the OpenAI chat protocol over HTTP out."""
