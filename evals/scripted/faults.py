"""Faults of language models and their servers: the name of a fault in, a script that has it out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evals.scripted.server import Break, Delta, Finish, Pause, Piece, Raw, Script, Status, make_error

_LONG = 3600.0
_HTML = b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in to go on</h1></body></html>"
_BEGINNING = "Coaching works best when the leader says what will happen next, and the sen"
_FRENCH = (
    "Les directeurs qui observent souvent les classes donnent de meilleurs conseils.\n"
    "Ils parlent avec chaque enseignant dans la semaine."
)
_CALL = {
    "index": 0,
    "id": "call_1",
    "type": "function",
    "function": {"name": "search_web", "arguments": '{"query": "coaching"}'},
}


@dataclass(frozen=True, slots=True)
class Always:
    """Says the same pieces to everything."""

    pieces: tuple[Piece, ...]

    def reply(self, messages: Sequence[Mapping[str, str]]) -> Iterator[Piece]:
        """The pieces."""
        del messages
        return iter(self.pieces)


@dataclass(frozen=True, slots=True)
class Endless:
    """Says a piece after another for ever."""

    pieces: tuple[Piece, ...]

    def reply(self, messages: Sequence[Mapping[str, str]]) -> Iterator[Piece]:
        """The pieces, again and again."""
        del messages
        while True:
            yield from self.pieces


class InTurn:
    """Answers with one script after another; the last one stays."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self._asked = 0
        self._lock = threading.Lock()

    def reply(self, messages: Sequence[Mapping[str, str]]) -> Iterator[Piece]:
        """The reply of the script whose turn it is."""
        with self._lock:
            script = self._scripts[min(self._asked, len(self._scripts) - 1)]
            self._asked += 1
        return script.reply(messages)


def say(*pieces: Piece) -> Always:
    """A script that says these pieces."""
    return Always(pieces)


def refuse(code: int, message: str, name: str | None = None, headers: Mapping[str, str] | None = None) -> Always:
    """A script that answers with an HTTP error as OpenAI's servers write it."""
    return Always((Status(code, make_error(message, name), dict(headers or {})),))


def break_off() -> Script:
    """The connection ends in the middle of a sentence."""
    return say(_BEGINNING, Break())


def break_at_once() -> Script:
    """The connection ends before the first word."""
    return say(Break())


def send_garbage() -> Script:
    """Bytes that are neither events nor text, after a few words."""
    return say("Coaching ", Raw(b"data: {\xff\xfe not json]\n\n\x00\x01\x02\n\n"), "works.")


def send_web_page() -> Script:
    """A web page, with the status of success, as the sign-in page of a school network."""
    return say(Status(200, _HTML, {"Content-Type": "text/html; charset=utf-8"}))


def send_web_page_in_stream() -> Script:
    """A web page where the first event should be."""
    return say(Raw(_HTML))


def send_error_in_stream() -> Script:
    """An error object among the events, after a few words."""
    return say("Coaching ", Raw(b"data: " + make_error("The server had an error.", None, "server_error") + b"\n\n"))


def call_tool() -> Script:
    """A call of a tool in place of words."""
    return say(Delta({"tool_calls": [_CALL]}), Finish("tool_calls"))


def refuse_to_answer() -> Script:
    """The field "refusal" in place of words."""
    return say(Delta({"refusal": "I cannot help with that."}))


def never_begin() -> Script:
    """Not a byte, and the connection stays open."""
    return say(Pause(_LONG))


def begin_without_words() -> Script:
    """The beginning of a stream, and no word in it while the connection stays open."""
    return say("", Pause(_LONG))


def fall_silent() -> Script:
    """A few words, and then nothing while the connection stays open."""
    return say(_BEGINNING, Pause(_LONG))


def send_only_comments(seconds: float = 0.02) -> Script:
    """Comments that keep a connection alive, and no word."""
    return Endless((Raw(b": keep-alive\n\n"), Pause(seconds)))


def drip(seconds: float = 0.02) -> Script:
    """A word now and then, for ever."""
    return Endless(("word ", Pause(seconds)))


def flood() -> Script:
    """The same token for ever, as fast as can be."""
    return Endless(("again ",))


def write_endless_line() -> Script:
    """A line that never ends, without spaces."""
    return Endless(("x" * 4096,))


@dataclass(frozen=True, slots=True)
class _EndlessEvent:
    def reply(self, messages: Sequence[Mapping[str, str]]) -> Iterator[Piece]:
        del messages
        yield Raw(b"data: ")
        while True:
            yield Raw(b"x" * 65_536)


def send_endless_event() -> Script:
    """An event that never ends: no word can be read from it, and memory fills."""
    return _EndlessEvent()


def redirect(to: str = "http://127.0.0.1:9/elsewhere") -> Script:
    """Sends the client to another address, with the method and the text kept."""
    return say(Status(307, b"", {"Location": to}))


def stay_empty() -> Script:
    """A proper reply without a word."""
    return say()


def write_french() -> Script:
    """Another language than that of the question."""
    return say(_FRENCH)


def reach_length() -> Script:
    """A reply that the server cuts at its own limit."""
    return say(_BEGINNING, Finish("length"))


def filter_content() -> Script:
    """A reply that the server's filter stops."""
    return say(_BEGINNING, Finish("content_filter"))


def think_aloud(answer: str = "Observe often.") -> Script:
    """Thoughts between <think> and </think>, and then an answer."""
    return say("<think>The user wants advice.\nShould I invent 93 percent?</think>\n\n", answer)


def think_apart(answer: str = "Observe often.") -> Script:
    """Thoughts in a field of their own, and then an answer."""
    thought = "Should I invent 93 percent?"
    return say(Delta({"reasoning_content": thought}), Delta({"reasoning": thought}), answer)


def only_think() -> Script:
    """Thoughts that never come to an answer."""
    return say("<think>The user wants advice. ", "Still thinking")


def refuse_key() -> Script:
    """The key is not accepted, and the error repeats it as some servers do."""
    return refuse(401, "Incorrect API key provided: sk-seeded-secret-key.", "invalid_api_key")


def forbid() -> Script:
    """The key may not do this."""
    return refuse(403, "Your project does not have access to this model.", "model_not_found")


def miss_model() -> Script:
    """The server has no such model."""
    return refuse(404, "The model does not exist or you do not have access to it.", "model_not_found")


def have_another_model() -> Script:
    """The server has another model than the one asked for, and says so in its own way."""
    return say(Status(400, b"{\"detail\": \"Server is pinned to 'a'; requested 'b'.\"}"))


def overflow() -> Script:
    """More text than the model takes."""
    return refuse(400, "This model's maximum context length is 4096 tokens.", "context_length_exceeded")


def refuse_request() -> Script:
    """A parameter that the server does not know."""
    return refuse(400, "Unsupported parameter: 'stream'.", "unsupported_parameter")


def refuse_temperature(answer: str = "Observe often.") -> Script:
    """A model that lets nobody choose its temperature, and answers when nobody does."""
    return InTurn(refuse(400, "Unsupported value: 'temperature' does not support 0.", "unsupported_value"), say(answer))


def be_busy(after: str | None = "0") -> Script:
    """Too many requests, always; `after` seconds in Retry-After."""
    headers = {} if after is None else {"Retry-After": after}
    return refuse(429, "Rate limit reached.", "rate_limit_exceeded", headers)


def be_busy_once(answer: str = "Observe often.", after: str | None = "0") -> Script:
    """Too many requests the first time, then an answer."""
    return InTurn(be_busy(after), say(answer))


def fail_once(answer: str = "Observe often.") -> Script:
    """An error of the server's the first time, then an answer."""
    return InTurn(fail(), say(answer))


def fail(code: int = 500) -> Script:
    """An error of the server's, always."""
    return refuse(code, "The server had an error while processing your request.")


def be_unavailable() -> Script:
    """A gateway's page that says that nobody is there, always."""
    page = b"<html><body><h1>503 Service Unavailable</h1></body></html>"
    return say(Status(503, page, {"Content-Type": "text/html"}))


FAULTS: Mapping[str, Callable[[], Script]] = {
    script.__name__.replace("_", "-"): script
    for script in (
        break_off,
        break_at_once,
        send_garbage,
        send_web_page,
        send_web_page_in_stream,
        send_error_in_stream,
        call_tool,
        refuse_to_answer,
        never_begin,
        begin_without_words,
        fall_silent,
        send_only_comments,
        drip,
        flood,
        write_endless_line,
        send_endless_event,
        redirect,
        stay_empty,
        write_french,
        reach_length,
        filter_content,
        think_aloud,
        think_apart,
        only_think,
        refuse_key,
        forbid,
        miss_model,
        have_another_model,
        overflow,
        refuse_request,
        refuse_temperature,
        be_busy,
        be_busy_once,
        fail,
        fail_once,
        be_unavailable,
    )
}
"""By name: each of them without arguments."""
