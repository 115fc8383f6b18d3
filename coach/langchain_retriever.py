"""The library for other programs: a LangChain retriever whose documents carry labels and offsets."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from coach.assistant import Assistant
from coach.rendering import evidence_to_objects


class CoachRetriever(BaseRetriever):
    """Gives the passages that Coach would answer from; `page_content` is the source text at `start:end`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    assistant: Assistant
    k: int = 6

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun | None = None
    ) -> list[Document]:
        """The passages nearest to a question, best first."""
        del run_manager
        values: list[dict[str, Any]] = evidence_to_objects(self.assistant.search(query, self.k))
        return [Document(page_content=value.pop("text"), metadata=value) for value in values]
