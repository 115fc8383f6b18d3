"""Any model that sentence-transformers can load: texts -> unit vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coach.embedding import Vectors
from coach.embedding.fingerprint import fingerprint_folder
from coach.errors import ModelUnavailable

_SPECIAL = 2
_BATCH = 8


class SentenceTransformerEmbedder:
    """A model by name or folder. Nothing is downloaded unless the person allowed it."""

    def __init__(self, name: str, cache: Path, threads: int = 0) -> None:
        import torch
        from huggingface_hub import snapshot_download
        from sentence_transformers import SentenceTransformer

        if threads:
            torch.set_num_threads(threads)
        self.name = name
        try:
            folder = Path(name).expanduser() if Path(name).expanduser().is_dir() else Path(snapshot_download(name))
            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise ModelUnavailable(
                f"The embedding model {name!r} cannot be loaded ({type(error).__name__}). Give a folder that holds it, unset "
                "COACH_EMBEDDING for the one that comes with Coach, or set COACH_ALLOW_DOWNLOAD=1 to let it be fetched."
            ) from error
        self.fingerprint = fingerprint_folder(folder, cache)
        self.dimensions = int(self._model.get_embedding_dimension() or 0)
        self.window = int(self._model.max_seq_length or 512) - _SPECIAL

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens left out."""
        if not texts:
            return []
        encoded = self._model.tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 for each text."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        vectors = self._model.encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)
