"""What can go wrong for a person: every error here carries the sentence that the person reads."""


class CoachError(Exception):
    """Something a person can act on. The message says what happened and what to do."""


class UsageError(CoachError):
    """The command or setting was given wrongly; the command line ends with 2."""


class UnreadableFile(CoachError):
    """One file cannot become a document. It is one line of a report and changes nothing else."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


class LibraryBusy(CoachError):
    """Another process owns library writes."""


class LibraryMismatch(CoachError):
    """The library was made with another embedding model, or by a newer Coach."""


class LibraryEmpty(CoachError):
    """There are no documents to answer from."""


class StoreDamaged(CoachError):
    """The database of record cannot be read."""


class IndexDamaged(CoachError):
    """The vector index does not give back what was put into it."""


class ModelUnavailable(CoachError):
    """The embedding model cannot be loaded."""


class PromptFault(CoachError):
    """A file in prompts/ is missing, or its placeholders are not the ones that the code fills."""
