"""Opens a language model of any provider by LangChain: ModelSettings -> LanguageModel, whose faults are all ours."""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from coach.errors import CoachError
from coach.model_settings import ModelSettings
from coach.models import FaultKind, ModelFault
from coach.models.breaker import Breaker
from coach.models.deadlines import Deadlines, Patience
from coach.models.faults import CallFault, Fault, read_fault
from coach.models.naming import ModelName, is_loopback, name_host, read_name
from coach.models.thoughts import ThoughtFilter, join_content
from coach.models.wire import Wire, open_newer_wire, open_wire
from coach.prompts import load_wording
from coach.records import Message

_LOG = logging.getLogger(__name__)
_ATTEMPTS = 3
_FIRST_WAIT = 0.25
_LONGEST_WAIT = 4.0
# A request that is itself too long, or an answer that makes no sense once, says nothing of the service.
_COUNTED: frozenset[FaultKind] = frozenset(
    {"unreachable", "refused", "unknown_model", "busy", "server", "late", "broken", "senseless"}
)
_WHOLE = frozenset({"stop", "end_turn", "stop_sequence"})
_NO_KEY = "none"  # the libraries want a key even for a server that asks for none


class ChatModel:
    """A model behind LangChain. Every reply has a connection of its own, which ends with it."""

    def __init__(
        self, settings: ModelSettings, breaker: Breaker, sleep: Callable[[float], None], permitted: Callable[[], bool]
    ) -> None:
        self._settings = settings
        self._permitted = permitted
        self._chosen = read_name(settings.name)
        self._breaker = breaker
        self._sleep = sleep
        self._temperature: float | None = 0.0
        self._deadlines = Deadlines(settings.first_token, settings.silence, settings.total, settings.most_characters)
        self.name = settings.name
        self.address = name_host(settings.address)
        self.is_local = is_loopback(settings.address)

    def stream(self, messages: Sequence[Message]) -> Generator[str, None, None]:
        """The text of one reply, as it comes; closing the iterator closes the connection.

        Raises:
            ModelFault: as `LanguageModel.stream`.
        """
        if not self._permitted():
            raise ModelFault("paused", load_wording().say("model.not_agreed", name=self.name, address=self.address))
        if not self._breaker.let_through():
            raise self._tell("paused")
        fault: Fault | None = None
        try:
            yield from self._write(messages)
        except CallFault as caught:
            fault = caught.fault
        except BaseException:
            self._breaker.release()  # the reader left
            raise
        if fault is None:
            self._breaker.succeed()
            return
        # Outside of the handler, so that no error of a library, which may hold a key, hangs on ours.
        raise self._count(fault)

    def _count(self, fault: Fault) -> ModelFault:
        if fault.kind in _COUNTED:
            self._breaker.fail()
        else:
            self._breaker.release()
        _LOG.info("language model %s at %s: %s (%s)", self.name, self.address, fault.kind, fault.detail)
        return self._tell(fault.kind)

    def _tell(self, kind: FaultKind) -> ModelFault:
        return ModelFault(kind, load_wording().say(f"model.{kind}", name=self.name, address=self.address))

    def _write(self, messages: Sequence[Message]) -> Iterator[str]:
        patience = Patience(self._deadlines)
        call, first = self._begin(messages, patience)
        with closing(call):
            yield first
            while (text := call.read()) is not None:
                yield text

    def _begin(self, messages: Sequence[Message], patience: Patience) -> tuple[_Call, str]:
        """A call and its first words. Only until they are there may a request be sent again."""
        from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

        spread = wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT)

        def choose_wait(state: RetryCallState) -> float:
            return max(spread(state), _read_wish(state.outcome.exception() if state.outcome else None))

        def runs_out(state: RetryCallState) -> bool:
            return state.upcoming_sleep >= patience.seconds

        retrying = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, CallFault) and error.fault.passing),
            wait=choose_wait,
            stop=lambda state: stop_after_attempt(_ATTEMPTS)(state) or runs_out(state),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(self._attempt, messages, patience)

    def _attempt(self, messages: Sequence[Message], patience: Patience) -> tuple[_Call, str]:
        temperature = self._temperature
        call = _Call(patience)
        try:
            call.open(self._settings, self._chosen, temperature, messages)
            return call, call.read() or ""
        except CallFault as caught:
            call.close()
            if temperature is None or not caught.fault.about_temperature:
                raise
            fault = replace(caught.fault, passing=True)
        except BaseException:
            call.close()
            raise
        self._temperature = None  # it does not let it be chosen: from now on it is not
        raise CallFault(fault)


def _read_wish(error: BaseException | None) -> float:
    return (error.fault.after or 0.0) if isinstance(error, CallFault) else 0.0


class _Call:
    """One request and its reply."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._thoughts = ThoughtFilter()
        self._reason: str | None = None
        self._spoken = False
        self._ended = False
        self._wire: Wire | None = None
        self._chunks: Iterator[Any] = iter(())

    def open(
        self, settings: ModelSettings, chosen: ModelName, temperature: float | None, messages: Sequence[Message]
    ) -> None:
        """Make ready to send; nothing is sent yet.

        Raises:
            CallFault: the library does not take these settings.
        """
        self._wire = _open_wire(settings, chosen, self._patience)
        try:
            chat = _open_chat(settings, chosen, temperature, self._wire)
        except Exception as error:
            fault = read_fault(error)
        else:
            self._chunks = chat.stream([(message.role, message.text) for message in messages])
            return
        raise CallFault(fault)

    def read(self) -> str | None:
        """The next words that are no thoughts; None at the proper end.

        Raises:
            CallFault: there is no proper end.
        """
        self._patience.wait_again()
        while not self._ended:
            chunk = self._next_chunk()
            text = self._thoughts.end() if chunk is None else self._thoughts.feed(self._hear(chunk))
            if self._patience.is_flooded:
                raise CallFault(Fault("senseless", False, detail="flooded"))
            if self._patience.is_late:
                raise CallFault(Fault("late", False, detail="a deadline"))
            self._ended = chunk is None
            if text.strip() or (text and self._spoken):
                self._spoken = True
                return text
        if not self._spoken:
            raise CallFault(Fault("senseless", False, detail=f"no words, ended by {self._reason}"))
        if self._reason not in _WHOLE:
            raise CallFault(Fault("broken", False, detail=f"ended by {self._reason}"))
        return None

    def _next_chunk(self) -> Any:
        from langsmith import tracing_context

        fault: Fault
        try:
            # Otherwise an inherited setting would copy every word to a service for watching programs.
            with tracing_context(enabled=False):
                return next(self._chunks, None)
        except Exception as error:
            fault = read_fault(error)
        if self._patience.is_flooded:
            fault = Fault("senseless", False, detail="flooded")
        elif self._patience.is_late:
            fault = Fault("late", False, detail="a deadline")
        raise CallFault(fault)

    def _hear(self, chunk: Any) -> str:
        text = join_content(chunk.content)
        thoughts = chunk.additional_kwargs.get("reasoning_content") or ""
        if text or thoughts or chunk.content:
            self._patience.hear(max(1, len(text) + len(thoughts)))
        metadata = chunk.response_metadata
        for name in ("finish_reason", "stop_reason", "done_reason"):
            self._reason = metadata.get(name) or self._reason
        return text

    def close(self) -> None:
        """Close the connection, whatever comes over it."""
        if self._wire is not None:
            self._wire.close()
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()


def _open_wire(settings: ModelSettings, chosen: ModelName, patience: Patience) -> Wire:
    opened = open_wire if chosen.provider.langchain == "ollama" else open_newer_wire
    return opened(settings.address, patience, keyed=settings.key is not None)


def _open_chat(settings: ModelSettings, chosen: ModelName, temperature: float | None, wire: Wire) -> Any:
    """A chat model of LangChain that sends over `wire` and does nothing of its own accord."""
    from langchain.chat_models import init_chat_model

    special = _SPECIAL[chosen.provider.langchain](settings, wire)
    if temperature is not None:
        special["temperature"] = temperature
    chat = init_chat_model(
        chosen.model, model_provider=chosen.provider.langchain, cache=False, verbose=False, **special
    )
    if chosen.provider.langchain == "anthropic":
        _give_wire(chat, wire)
    return chat


def _list_openai(settings: ModelSettings, wire: Wire) -> dict[str, Any]:
    return {
        "base_url": settings.address,
        "api_key": settings.key or _NO_KEY,
        "http_client": wire.make_client(),
        "http_async_client": wire.make_idle_client(),
        "max_retries": 0,
        "stream_usage": False,  # a server that does not know the option refuses the request
        "use_responses_api": False,
        "openai_proxy": "",  # otherwise read from the environment
    }


def _list_azure(settings: ModelSettings, wire: Wire) -> dict[str, Any]:
    azure = {"azure_endpoint": settings.address, "api_version": settings.api_version}
    return {key: value for key, value in _list_openai(settings, wire).items() if key != "base_url"} | azure


def _list_ollama(settings: ModelSettings, wire: Wire) -> dict[str, Any]:
    common = {"trust_env": False, "follow_redirects": False}
    headers = {"Authorization": f"Bearer {settings.key}"} if settings.key else {}
    return {
        "base_url": settings.address,
        "client_kwargs": {**common, "headers": headers},
        "sync_client_kwargs": {"transport": wire.transport},
        "async_client_kwargs": {"transport": wire.idle_transport},
    }


def _list_anthropic(settings: ModelSettings, wire: Wire) -> dict[str, Any]:
    del wire
    # Without usage LangChain drops the event that holds the reason of the end.
    return {"base_url": settings.address, "api_key": settings.key or _NO_KEY, "max_retries": 0, "stream_usage": True}


_SPECIAL: Mapping[str, Callable[[ModelSettings, Wire], dict[str, Any]]] = {
    "openai": _list_openai,
    "azure_openai": _list_azure,
    "ollama": _list_ollama,
    "anthropic": _list_anthropic,
}


def _give_wire(chat: Any, wire: Wire) -> None:
    """LangChain's class for Anthropic takes no client; what it makes on first use is set here before."""
    import anthropic

    chat.__dict__["_client"] = anthropic.Client(**{**chat._client_params, "http_client": wire.make_client()})


def open_model(
    settings: ModelSettings,
    breaker: Breaker | None = None,
    sleep: Callable[[float], None] = time.sleep,
    permitted: Callable[[], bool] = lambda: True,
) -> ChatModel:
    """The configured model. Nothing is sent before the first `stream`.

    Args:
        settings: which, where, and how long to wait.
        breaker: leaves it alone after faults; a new one if None.
        sleep: waits between attempts.
        permitted: whether text may be sent there; asked before every reply, so that taking it back holds at once.

    Raises:
        UsageError: the name is none.
        CoachError: what its provider needs is not installed.
    """
    provider = read_name(settings.name).provider
    try:
        # All of it now, so that the first reply's deadline is not spent on loading.
        for package in (provider.package, "langchain.chat_models", "tenacity"):
            importlib.import_module(package)
    except ImportError as error:
        raise CoachError(load_wording().say("model.extra", name=settings.name, extra=provider.extra)) from error
    return ChatModel(settings, breaker or Breaker(), sleep, permitted)
