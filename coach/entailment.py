"""An entailment model that a person configured: pairs of premise and hypothesis in, probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from coach.errors import ModelUnavailable

_ENTAILS = ("entailment", "entail", "entailed", "supported", "supports", "consistent", "factual")


class Entailment(Protocol):
    """Says how likely one text follows from another."""

    def estimate(self, pairs: Sequence[tuple[str, str]]) -> tuple[float, ...]:
        """For each premise and hypothesis the probability, 0 to 1, that the second follows from the first."""
        ...


def load_entailment(name: str, threads: int = 0) -> Entailment:
    """A model for pairs of texts, by name or folder: one with a label for entailment, or with a single output.

    Nothing is downloaded unless the person allowed it: what the environment forbids, sentence-transformers does not do.

    Raises:
        ModelUnavailable: there is no such model, or it is of another kind.
    """
    return CrossEncoderEntailment(name, threads)


class CrossEncoderEntailment:
    """A sequence classifier through sentence-transformers: softmax at the label for entailment, or the sigmoid of one output."""

    def __init__(self, name: str, threads: int = 0) -> None:
        import torch
        from huggingface_hub import snapshot_download
        from sentence_transformers import CrossEncoder

        if threads:
            torch.set_num_threads(threads)
        try:
            given = Path(name).expanduser()
            folder = given if given.is_dir() else Path(snapshot_download(name))
            self._model: Any = CrossEncoder(
                str(folder), device="cpu", local_files_only=True, activation_fn=torch.nn.Identity()
            )
        except (OSError, ValueError, KeyError) as error:
            raise ModelUnavailable(
                f"The entailment model {name!r} cannot be loaded ({type(error).__name__}). Give a folder that holds it, "
                "leave it out, or set COACH_ALLOW_DOWNLOAD=1 to let it be fetched."
            ) from error
        self._label = find_label(dict(self._model.config.id2label), name)

    def estimate(self, pairs: Sequence[tuple[str, str]]) -> tuple[float, ...]:
        """For each premise and hypothesis the probability that the second follows from the first."""
        if not pairs:
            return ()
        logits = np.asarray(self._model.predict(list(pairs), show_progress_bar=False), dtype=np.float64)
        if self._label is None:
            return tuple((1 / (1 + np.exp(-np.clip(logits.reshape(-1), -30, 30)))).tolist())
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        return tuple((shares[:, self._label] / shares.sum(axis=1)).tolist())


def find_label(labels: dict[int, str], name: str) -> int | None:
    """Which of a model's outputs says that the hypothesis follows; None where there is but one.

    Raises:
        ModelUnavailable: none of them says so.
    """
    if len(labels) == 1:
        return None
    for place, label in labels.items():
        if label.casefold().replace("-", "_").strip() in _ENTAILS:
            return int(place)
    raise ModelUnavailable(
        f"The model {name!r} has no output for entailment: its outputs are {', '.join(labels.values())}. Choose a model "
        "for natural language inference, or one with a single output."
    )
