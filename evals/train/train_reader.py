"""Trains the reader: questions with passages that answer them or just do not, in; a small ONNX model with provenance out.

    python evals/train/train_reader.py --data FOLDER --out FOLDER   (layout of the development data: answerability/)

The network is the embedding model's own, read once more with question and passage together. Two numbers for each token
say how likely an answer starts and ends there; what they amount to over the whole passage, with a little from the first
token, is the logit that the passage answers at all. So a passage is believed because of a place in it, and the same
numbers rank its sentences and mark the answer. Variants are compared with --dev, on training articles set aside; the
figures on held-out articles are printed once, for the model that is written.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertModel

from coach.cross_encoder import OnnxCrossEncoder
from coach.embedding.onnx import find_default_model
from coach.privacy import silence_libraries
from evals.train.reader_data import Case, Row, draw_cases, load_rows, split_rows
from evals.train.reader_export import describe, export_float, export_quantized, write_record
from evals.train.reader_scores import measure_rows

SEED = 20261121
LONGEST = 256
_BATCH = 8
_MASKED = -1e4


class Reader(torch.nn.Module):
    """Token ids of question and passage -> the logit that it answers, and where the answer starts and ends."""

    def __init__(self, folder: Path, *, apart: bool = False) -> None:
        super().__init__()
        self.share = 0.0 if apart else 1.0
        self.network = BertModel.from_pretrained(str(folder), add_pooling_layer=False, attn_implementation="eager")
        width = self.network.config.hidden_size
        self.whole = torch.nn.Linear(width, 1)
        self.places = torch.nn.Linear(width, 2)
        self.places.bias.data.fill_(-3.0)  # nearly every token is no answer
        # Half of all weights, and most words of a library never occur in training.
        self.network.embeddings.word_embeddings.weight.requires_grad = False

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits: (batch), (batch, tokens), (batch, tokens). Tokens outside the passage get a very low one."""
        hidden = self.network(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        following = torch.cat([token_type_ids[:, 1:], torch.zeros_like(token_type_ids[:, :1])], dim=1)
        inside = (token_type_ids * following).unsqueeze(-1)  # the passage's last token is a separator
        logits = self.places(hidden) * inside + _MASKED * (1 - inside)
        starts, ends = logits[:, :, 0], logits[:, :, 1]
        evidence = (torch.logsumexp(starts, 1) + torch.logsumexp(ends, 1)) / 2
        return self.share * evidence + self.whole(hidden[:, 0]).squeeze(-1), starts, ends


def main() -> int:
    """Train, export, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rate", type=float, default=8e-5)
    parser.add_argument("--span", type=float, default=0.5, help="weight of the loss on where the answer stands")
    parser.add_argument("--swap", type=float, default=0.0, help="share of questions asked again with a name exchanged")
    parser.add_argument("--apart", action="store_true", help="variant: the first token alone says whether it answers")
    parser.add_argument("--minutes", type=float, default=math.inf, help="training ends by then, for a busy machine")
    # Threads that wait for each other cost ten times what they save when anything else runs (measured).
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--dev", action="store_true", help="set training articles aside, report on them, write no model"
    )
    arguments = parser.parse_args()
    files = [arguments.data / "answerability" / f"{name}.jsonl" for name in ("squad2", "clapnq")]
    for path in files:
        if not path.is_file():
            print(f"{path} is not there. Give the folder that holds answerability/{path.name} as --data.")
            return 1
    silence_libraries()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    train, dev, held_out = split_rows([row for path in files for row in load_rows(path)], with_dev=arguments.dev)
    folder = find_default_model()
    tokenizer = open_tokenizer(folder)
    model = Reader(folder, apart=arguments.apart)
    steps = fit(model, tokenizer, train, dev, arguments)
    if not arguments.dev:
        settings = {name: getattr(arguments, name) for name in ("seed", "epochs", "rate", "span", "swap", "apart")}
        write_model(model, arguments.out, files, held_out, {**settings, "batch": _BATCH, "steps": steps})
    return 0


def write_model(
    model: Reader, out: Path, files: Sequence[Path], held_out: Sequence[Row], settings: dict[str, object]
) -> None:
    """The model in 8 bits with its record, once it is measured beside single precision."""
    base = find_default_model()
    single = export_float(model.eval(), base, out / "single")
    small = export_quantized(single, out / "reader")
    figures = {folder.name: measure_rows(held_out, OnnxCrossEncoder(folder)) for folder in (single, small)}
    print(f"{'held out':<28}{'single':>8}{'8 bits':>8}{'change':>8}")
    for name, before in figures["single"].items():
        after = figures["reader"][name]
        print(f"{name:<28}{before:>8.3f}{after:>8.3f}{after - before:>+8.3f}")
    write_record(small, describe(files, base, settings, {"int8": figures["reader"], "single": figures["single"]}))
    print(f"{sum(path.stat().st_size for path in small.iterdir()) / 1e6:.1f} MB in {small.name}")


def open_tokenizer(folder: Path) -> Tokenizer:
    """The base model's, cutting passages and never questions."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST, strategy="only_second")
    return tokenizer


def fit(
    model: Reader, tokenizer: Tokenizer, train: Sequence[Row], dev: Sequence[Row], arguments: argparse.Namespace
) -> int:
    """The training itself: new pairs each epoch, a checkpoint after each. Gives the steps that were made."""
    chance = random.Random(arguments.seed)  # noqa: S311 - a repeatable draw
    heads = [*model.whole.parameters(), *model.places.parameters()]
    body = [parameter for parameter in model.network.parameters() if parameter.requires_grad]
    groups = [{"params": body, "lr": arguments.rate}, {"params": heads, "lr": 5 * arguments.rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    drawn = draw_cases(train, random.Random(0), arguments.swap)  # noqa: S311 - as above
    steps: int = arguments.epochs * math.ceil(len(drawn) / _BATCH)
    began, made = time.monotonic(), 0

    def plan(step: int) -> float:
        done: float = max(step / steps, (time.monotonic() - began) / 60 / arguments.minutes)
        return min((step + 1) / (0.1 * steps), max(0.0, (1 - done) / 0.9))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, plan)
    for epoch in range(1, arguments.epochs + 1):
        model.train()
        losses = []
        for batch in draw_batches(draw_cases(train, chance, arguments.swap), tokenizer, chance):
            loss = measure_loss(model, batch, arguments.span)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_([*body, *heads], 1.0)
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
            losses.append(loss.item())
            made += 1
            if plan(0) <= 0:
                break
            if len(losses) % 50 == 0:
                recent = sum(losses[-50:]) / 50
                print(f"  {len(losses)} steps: loss {recent:.3f}, {time.monotonic() - began:.0f} s", flush=True)
        print(f"epoch {epoch}: loss {sum(losses) / len(losses):.3f}, {time.monotonic() - began:.0f} s", flush=True)
        torch.save(model.state_dict(), arguments.out / "checkpoint.pt")
        if dev and epoch == arguments.epochs:
            single = export_float(model.eval(), find_default_model(), arguments.out / "single")
            print(json.dumps(measure_rows(dev, OnnxCrossEncoder(single))), flush=True)
        if plan(0) <= 0:
            break
    return made


Batch = dict[str, torch.Tensor]


def draw_batches(cases: Sequence[Case], tokenizer: Tokenizer, chance: random.Random) -> Iterator[Batch]:
    """Batches of about the same length, in random order."""
    encodings = tokenizer.encode_batch([(case.question, case.text) for case in cases])
    order = sorted(range(len(cases)), key=lambda index: len(encodings[index].ids) + 12 * chance.random())
    starts = list(range(0, len(order), _BATCH))
    chance.shuffle(starts)
    for start in starts:
        chosen = order[start : start + _BATCH]
        yield make_batch([cases[index] for index in chosen], [encodings[index] for index in chosen])


def make_batch(cases: Sequence[Case], encodings: Sequence[object]) -> Batch:
    """Padded tensors; `first` and `last` mark the tokens at which an answer may start and end."""
    shape = (len(cases), max(len(encoding.ids) for encoding in encodings))  # type: ignore[attr-defined]
    names = ("input_ids", "attention_mask", "token_type_ids", "first", "last")
    batch = {name: torch.zeros(shape, dtype=torch.long) for name in names}
    for index, (case, encoding) in enumerate(zip(cases, encodings, strict=True)):
        length = len(encoding.ids)  # type: ignore[attr-defined]
        batch["input_ids"][index, :length] = torch.tensor(encoding.ids)  # type: ignore[attr-defined]
        batch["attention_mask"][index, :length] = 1
        batch["token_type_ids"][index, :length] = torch.tensor(encoding.type_ids)  # type: ignore[attr-defined]
        places = zip(encoding.type_ids, encoding.offsets, strict=True)  # type: ignore[attr-defined]
        for token, (kind, (start, end)) in enumerate(places):
            if kind == 0 or start == end:
                continue
            for first, last in case.ranges:
                if first <= start and end <= last:
                    batch["first"][index, token] |= int(start == first or not case.exact)
                    batch["last"][index, token] |= int(end == last or not case.exact)
    batch["answers"] = torch.tensor([float(case.answers) for case in cases])
    return batch


def measure_loss(model: Reader, batch: Batch, span: float) -> torch.Tensor:
    """Whether it answers, and, where it does, how much of the belief lies on the places where it does."""
    with torch.autocast("cpu", torch.bfloat16):
        answers, starts, ends = model(batch["input_ids"], batch["attention_mask"], batch["token_type_ids"])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(answers.float(), batch["answers"])
    for logits, marks in ((starts.float(), batch["first"]), (ends.float(), batch["last"])):
        # Cut passages may have lost their answer.
        marked = marks.any(1)
        if marked.any():
            missed = torch.logsumexp(logits[marked], 1) - torch.logsumexp(
                logits[marked].masked_fill(marks[marked] == 0, _MASKED), 1
            )
            loss = loss + span / 2 * missed.mean() * marked.float().mean() * 2
    return loss


if __name__ == "__main__":
    sys.exit(main())
