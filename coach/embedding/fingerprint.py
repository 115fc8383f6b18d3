"""Names a model by its bytes: a model's folder -> one hash, remembered in the cache so that it is computed once."""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from pathlib import Path

# What changes the vectors. Readmes and configurations of training do not.
_COUNTED = {".safetensors", ".bin", ".json", ".txt", ".model"}


def fingerprint_folder(folder: Path, cache: Path) -> str:
    """SHA-256 over the names and bytes of a model's files, in the order of their names.

    The cache remembers it under the files' sizes and times: reading 90 MB at every start would be felt.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix in _COUNTED and path.is_file())
    stamp = json.dumps([[str(path), path.stat().st_size, path.stat().st_mtime_ns] for path in files])
    memory = cache / "fingerprints" / hashlib.sha256(stamp.encode()).hexdigest()[:32]
    with suppress(OSError, UnicodeDecodeError):
        remembered = memory.read_text("ascii")
        if re.fullmatch("[0-9a-f]{64}", remembered):
            return remembered
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        with path.open("rb") as source:
            digest.update(hashlib.file_digest(source, "sha256").digest())
    # A cache that cannot be written costs a moment at the next start and nothing else.
    with suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        temporary = memory.with_suffix(f".{os.getpid()}")
        temporary.write_text(digest.hexdigest(), "ascii")
        temporary.replace(memory)
    return digest.hexdigest()
