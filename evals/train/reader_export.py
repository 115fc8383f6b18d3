"""Writes a trained reader: the network in; ONNX in 8 bits, its tokenizer, and a record of where it came from, out."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from coach.settings import DEFAULT_EMBEDDING
from evals.train.reader_data import LICENCES, SPLIT_RULE

_OPSET = 17
_INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
_OUTPUTS = ["answers", "starts", "ends"]


def export_float(model: torch.nn.Module, base: Path, folder: Path) -> Path:
    """A folder that `load_cross_encoder` opens, in single precision."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = torch.ones(2, 8, dtype=torch.long)
    with warnings.catch_warnings():
        # The exporter warns of its own retirement; the newer one gives a slower graph.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (ids, ids, ids),
            os.fspath(folder / "reader.onnx"),
            input_names=_INPUTS,
            output_names=_OUTPUTS,
            dynamic_axes={
                **{name: {0: "batch", 1: "tokens"} for name in [*_INPUTS, *_OUTPUTS[1:]]},
                "answers": {0: "batch"},
            },
            opset_version=_OPSET,
            dynamo=False,
        )
    shutil.copyfile(base / "tokenizer.json", folder / "tokenizer.json")
    write_record(folder, {})
    return folder


def export_quantized(single: Path, folder: Path) -> Path:
    """The same in 8 bits: matrices by channel, and the table of words."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    folder.mkdir(parents=True, exist_ok=True)
    prepared = single / "prepared.onnx"
    quant_pre_process(str(single / "reader.onnx"), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(
        str(prepared),
        str(folder / "reader.onnx"),
        op_types_to_quantize=["MatMul", "Gather"],
        per_channel=True,
        # Seven bits: processors without VNNI add two products in 16 bits, and eight would overflow there.
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )
    prepared.unlink()
    shutil.copyfile(single / "tokenizer.json", folder / "tokenizer.json")
    write_record(folder, {})
    return folder


def write_record(folder: Path, provenance: Mapping[str, object]) -> None:
    """`reader.json`: the hash by which a damaged model is told, and where the model came from."""
    value = {"sha256": hash_file(folder / "reader.onnx"), **provenance}
    (folder / "reader.json").write_text(json.dumps(value, indent=2) + "\n", "utf-8")


def describe(
    files: Sequence[Path], base: Path, settings: Mapping[str, object], figures: Mapping[str, object]
) -> dict[str, object]:
    """Where a model came from, as far as anyone needs it to make it again or to leave out what it has seen."""
    return {
        "script": "evals/train/train_reader.py",
        "base": {
            "name": DEFAULT_EMBEDDING,
            "model": "all-MiniLM-L6-v2",
            "licence": "Apache-2.0",
            "sha256": hash_file(base / "model.safetensors"),
        },
        "data": [{"file": path.name, "origin": LICENCES[path.stem], "sha256": hash_file(path)} for path in files],
        "split": SPLIT_RULE,
        "training": dict(settings),
        "held_out": figures,
    }


def hash_file(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
