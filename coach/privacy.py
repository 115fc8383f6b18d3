"""Keeps words where they belong: switches off what the libraries would send, and clears memory that was given back."""

from __future__ import annotations

import ctypes
import os
from collections.abc import MutableMapping

_OFF = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    # After every event Gradio builds a table of the last ten thousand with their sessions, for a page that is not served.
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DO_NOT_TRACK": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "OTEL_SDK_DISABLED": "true",
    "TOKENIZERS_PARALLELISM": "true",
}
# An inherited key or gateway would send every prompt elsewhere; an inherited Gradio switch would open the page.
_REMOVED = (
    "LANGSMITH_API_KEY", "LANGCHAIN_API_KEY", "LANGSMITH_GATEWAY", "LANGSMITH_GATEWAY_URL",
    "GRADIO_SHARE", "GRADIO_ALLOWED_PATHS", "GRADIO_MCP_SERVER", "GRADIO_LOCAL_DEV_MODE", "GRADIO_VIBE_MODE",
)  # fmt: skip


def silence_libraries(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set every switch before the libraries are imported, because most read it only then.

    A model named by the person may live on a hub: `COACH_ALLOW_DOWNLOAD=1` is the one way to let it be fetched.
    """
    environment.update(_OFF)
    for name in _REMOVED:
        environment.pop(name, None)
    if environment.get("COACH_ALLOW_DOWNLOAD") == "1":
        environment.update({"HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "0"})


_M_PERTURB = -6  # glibc's malloc.h
_FILL = 0xFF  # memory given back is filled with this, memory handed out with its complement, zero


def clear_freed_memory() -> bool:
    """Have the C library overwrite memory that is freed or handed out, from now on in this process.

    Chroma's index writes whole blocks of memory to its file, those parts too that it never filled. Measured: in 3 of 25
    small libraries they held words of a document that had just been removed. Nothing of the process's memory may get
    into a file by that way, so a process that writes the index clears what it frees.

    Returns:
        Whether the C library can do so; it is glibc's alone.
    """
    try:
        library = ctypes.CDLL(None)
        return bool(library.mallopt(_M_PERTURB, _FILL))
    except (OSError, AttributeError, TypeError):
        return False
