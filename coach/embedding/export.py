"""Makes the fast export of the default model, once: the model's folder -> an ONNX file in the user's cache."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from pathlib import Path

from coach.errors import ModelUnavailable

# Part of the cache key: raised when the export would be made otherwise.
EXPORT_VERSION = 1
_OPSET = 17


def find_export(model: Path, fingerprint: str, cache: Path) -> Path:
    """The export's folder, made now if it is not there: `model.onnx` and `tokenizer.json`.

    Raises:
        ModelUnavailable: the export cannot be written.
    """
    folder = cache / "models" / f"{fingerprint[:16]}-v{EXPORT_VERSION}"
    if (folder / "model.onnx").is_file() and (folder / "tokenizer.json").is_file():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as made:
            _write_export(model, Path(made))
            # Whole or absent: another process may be making the same one.
            if not folder.exists():
                Path(made).rename(folder)
                Path(made).mkdir()
    except OSError as error:
        if not (folder / "model.onnx").is_file():
            raise ModelUnavailable(
                f"The embedding model could not be prepared in {folder.parent} ({error.strerror}). "
                "Free some space there, or choose another folder with COACH_CACHE."
            ) from error
    return folder


def _write_export(model: Path, target: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    loaded = SentenceTransformer(
        str(model), device="cpu", local_files_only=True, model_kwargs={"attn_implementation": "eager"}
    )
    network: torch.nn.Module = loaded[0].get_submodule("auto_model").eval()

    class TokenVectors(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        """The network's last hidden state alone; pooling is done outside."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(
            self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
        ) -> torch.Tensor:
            """Vectors of every token."""
            output = self.network(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
            hidden: torch.Tensor = output.last_hidden_state
            return hidden

    names = ["input_ids", "attention_mask", "token_type_ids"]
    ones = torch.ones(2, 8, dtype=torch.long)
    with warnings.catch_warnings():
        # The exporter warns of its own retirement; the newer one needs more packages and gives a slower graph.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            TokenVectors(),
            (ones, ones, torch.zeros_like(ones)),
            os.fspath(target / "model.onnx"),
            input_names=names,
            output_names=["token_vectors"],
            dynamic_axes={name: {0: "batch", 1: "tokens"} for name in [*names, "token_vectors"]},
            opset_version=_OPSET,
            dynamo=False,
        )
    shutil.copyfile(model / "tokenizer.json", target / "tokenizer.json")
