"""A real inference server with random weights: a folder in, the address of `transformers serve` with a tiny model out.

What it writes is nonsense, which is what it is for: a protocol that nobody here wrote, and a reply that no check may pass.
Nothing is downloaded.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LONGEST_START = 120
_WORDS = 2000
_TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>\n{{ message.content }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers."""

    address: str
    """The base URL of its OpenAI protocol."""
    model: str
    process: subprocess.Popen[bytes]


def build_random_model(folder: Path, texts: Sequence[str], most_words: int = 120) -> None:
    """Write a tiny Llama with random weights, whose word pieces are those of some texts.

    Args:
        folder: for the model; made if need be.
        texts: from which its word pieces are learnt, so that its nonsense is made of their words.
        most_words: pieces of one reply.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=_WORDS, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet, show_progress=False
    )
    pieces.train_from_iterator(texts, trainer)
    ends = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=pieces, **ends)  # type: ignore[no-untyped-call]
    tokenizer.chat_template = _TEMPLATE
    torch.manual_seed(7)
    shape = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=16_384, bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip
    model = LlamaForCausalLM(shape)
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=most_words, bos_token_id=0, eos_token_id=1, pad_token_id=1, do_sample=False
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@contextmanager
def serve_random_model(folder: Path) -> Iterator[Served]:
    """Run `transformers serve` with the model of a folder, in a process of its own, for the time of the block.

    Raises:
        RuntimeError: it does not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = "import sys; from transformers.cli.transformers import main; sys.exit(main())"
    arguments = ["serve", str(folder), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "OMP_WAIT_POLICY": "passive"}
    log = folder / "server.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments], stdout=file, stderr=subprocess.STDOUT, env=environment
        )
    try:
        _wait_until_it_answers(process, port, log)
        yield Served(f"http://127.0.0.1:{port}/v1", str(folder), process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + _LONGEST_START
    while time.monotonic() < end and process.poll() is None:
        try:
            with opener.open(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"The server did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
