"""Language models over real HTTP: every fault becomes one of ours, in time, and nothing stays open."""

from __future__ import annotations

import dataclasses
import gc
import json
import logging
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.errors import CoachError, UsageError
from coach.model_settings import ModelSettings
from coach.models import FaultKind, LanguageModel, ModelFault
from coach.models.breaker import Breaker
from coach.models.chat import ChatModel, open_model
from coach.models.deadlines import MOST_UNREAD, Deadlines, Patience
from coach.models.faults import Fault, read_fault
from coach.models.thoughts import ThoughtFilter, join_content
from coach.records import Message
from evals.scripted import faults
from evals.scripted.faults import FAULTS, InTurn, say
from evals.scripted.server import Finish, Pause, Raw, Script, ScriptedServer, Status, serve_script
from tests.fakes import ScriptedModel

KEY = "sk-seeded-secret-key"
MESSAGES = (Message("system", "Rules."), Message("user", "How often should I observe?"))
ANSWER = "Observe often."

# What each fault must become; None: the whole answer.
EXPECTED: dict[str, FaultKind | None] = {
    "break-off": "broken",
    "break-at-once": "broken",
    "send-garbage": "senseless",
    "send-web-page": "senseless",
    "send-web-page-in-stream": "senseless",
    "send-error-in-stream": "server",
    "call-tool": "senseless",
    "refuse-to-answer": "senseless",
    "never-begin": "late",
    "begin-without-words": "late",
    "fall-silent": "late",
    "send-only-comments": "late",
    "drip": "late",
    "flood": "senseless",
    "write-endless-line": "senseless",
    "send-endless-event": "senseless",
    "redirect": "senseless",
    "stay-empty": "senseless",
    "write-french": None,
    "reach-length": "broken",
    "filter-content": "broken",
    "think-aloud": None,
    "think-apart": None,
    "only-think": "senseless",
    "refuse-key": "refused",
    "forbid": "refused",
    "miss-model": "unknown_model",
    "have-another-model": "unknown_model",
    "overflow": "too_long",
    "refuse-request": "server",
    "refuse-temperature": None,
    "be-busy": "busy",
    "be-busy-once": None,
    "fail": "server",
    "fail-once": None,
    "be-unavailable": "server",
}
_LATE = {"never-begin", "begin-without-words", "fall-silent", "send-only-comments", "drip"}


class Sleeps:
    """Remembers how long it should have slept."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def configure(server: ScriptedServer, **more: object) -> ModelSettings:
    """Deadlines that end a test soon, and are long for a loaded machine where the reply is at once."""
    settings = ModelSettings("openai:any", server.address, KEY, first_token=20, silence=20, total=30)
    return dataclasses.replace(settings, most_characters=2000, **more)  # type: ignore[arg-type]


@contextmanager
def serve_model(script: Script, **more: object) -> Iterator[tuple[ChatModel, ScriptedServer, Sleeps]]:
    sleeps = Sleeps()
    with serve_script(script) as server:
        yield open_model(configure(server, **more), sleep=sleeps), server, sleeps
        assert server.wait_for_quiet()
        assert server.faults == []


def read_all(model: LanguageModel) -> tuple[str, ModelFault | None]:
    text = ""
    try:
        for piece in model.stream(MESSAGES):
            text += piece
    except ModelFault as fault:
        return text, fault
    return text, None


def count_files() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def test_the_text_comes_piece_by_piece_and_whole() -> None:
    text = "One sentence.\nAnother, with ümlauts and “quotes”. 😀"
    with serve_model(say(text)) as (model, server, _):
        pieces = list(model.stream(MESSAGES))
    assert "".join(pieces) == text and len(pieces) > 3
    sent = json.loads(server.requests[0])
    assert sent["messages"] == [
        {"role": "system", "content": "Rules."},
        {"role": "user", "content": "How often should I observe?"},
    ]
    assert sent["temperature"] == 0 and sent["stream"] is True and "tools" not in sent
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert server.headers[0]["accept-encoding"] == "identity"


def test_every_fault_is_expected() -> None:
    assert EXPECTED.keys() == FAULTS.keys()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_fault_is_one_of_ours_and_tells_no_secret(name: str, caplog: pytest.LogCaptureFixture) -> None:
    short = {"first_token": 0.3, "silence": 0.3, "total": 0.6} if name in _LATE else {}
    with (
        caplog.at_level(logging.DEBUG),
        serve_model(FAULTS[name](), **short) as (model, _, _),
    ):
        text, fault = read_all(model)
    assert (fault.kind if fault else None) == EXPECTED[name]
    if fault is None:
        assert text.endswith(("often.", "semaine.")) and "think" not in text and "93" not in text
    else:
        assert fault.__cause__ is None and fault.__context__ is None and "\n" not in str(fault)
        told = "".join(traceback.format_exception(fault)) + repr(fault)
        assert KEY not in told
    assert KEY not in caplog.text + repr(model) + repr(vars(model))
    assert len(text) <= 2000


@pytest.mark.parametrize(
    "name",
    [
        name if name in ("drip", "break-off", "be-busy-once") else pytest.param(name, marks=pytest.mark.slow)
        for name in sorted(EXPECTED)
    ],
)
def test_no_thread_and_no_file_stays_open(name: str) -> None:
    short = {"first_token": 0.2, "silence": 0.2, "total": 0.4} if name in _LATE else {}
    with serve_model(FAULTS[name](), **short) as (model, server, _):
        read_all(model)  # what is loaded once is loaded now
        assert server.wait_for_quiet()
        before, threads = count_files(), set(threading.enumerate())
        read_all(model)
        assert server.wait_for_quiet() and server.open_connections == 0
        assert count_files() <= before
        new = set(threading.enumerate()) - threads
        for thread in new:
            thread.join(5)
        assert not any(thread.is_alive() for thread in new)


@pytest.mark.parametrize("script", [say("Word ", Pause(3600)), faults.flood(), faults.drip()])
def test_a_reader_who_leaves_closes_the_connection(script: Script) -> None:
    with serve_model(script) as (model, server, _):
        reply = model.stream(MESSAGES)
        assert next(reply)
        assert server.open_connections == 1
        reply.close()
        assert server.wait_for_quiet()
        assert server.disconnects == 1


def test_nothing_is_sent_before_the_first_word_is_wanted() -> None:
    with serve_model(say(ANSWER)) as (model, server, _):
        model.stream(MESSAGES)
        assert server.requests == []


def test_two_replies_at_once_do_not_touch_each_other() -> None:
    with serve_model(InTurn(say("first ", Pause(3600)), say(ANSWER))) as (model, _, _):
        first = model.stream(MESSAGES)
        assert next(first)
        assert read_all(model) == (ANSWER, None)
        first.close()


def test_nobody_there() -> None:
    with serve_script(say(ANSWER)) as server:
        settings = configure(server)
    sleeps = Sleeps()
    model = open_model(settings, sleep=sleeps)
    _, fault = read_all(model)
    assert fault is not None and fault.kind == "unreachable" and model.address in str(fault)
    assert len(sleeps.seconds) == 2


@pytest.mark.parametrize(
    ("name", "requests"),
    [("be-busy", 3), ("fail", 3), ("be-unavailable", 3), ("break-at-once", 3), ("refuse-key", 1), ("forbid", 1),
     ("miss-model", 1), ("overflow", 1), ("refuse-request", 1), ("break-off", 1), ("stay-empty", 1), ("redirect", 1)],
)  # fmt: skip
def test_only_what_may_pass_is_asked_again_and_not_for_ever(name: str, requests: int) -> None:
    with serve_model(FAULTS[name]()) as (model, server, sleeps):
        read_all(model)
    assert len(server.requests) == requests and len(sleeps.seconds) == requests - 1


def test_the_server_says_when_it_wants_to_be_asked_again() -> None:
    with serve_model(faults.be_busy_once(after="7")) as (model, _, sleeps):
        assert read_all(model) == (ANSWER, None)
    assert len(sleeps.seconds) == 1 and sleeps.seconds[0] >= 7


def test_a_server_that_wants_more_time_than_there_is_is_not_waited_for() -> None:
    with serve_model(faults.be_busy(after="3600")) as (model, server, sleeps):
        _, fault = read_all(model)
    assert fault is not None and fault.kind == "busy" and sleeps.seconds == [] and len(server.requests) == 1


def test_waits_between_attempts_differ() -> None:
    waits = []
    for _ in range(4):
        with serve_model(faults.fail()) as (model, _, sleeps):
            read_all(model)
        waits += sleeps.seconds
    assert len(set(waits)) == len(waits) and all(0 <= wait <= 4 for wait in waits)


def test_a_model_that_keeps_failing_is_left_alone_and_tried_again() -> None:
    now = [0.0]
    breaker = Breaker(faults=2, rest=10, now=lambda: now[0])
    script = InTurn(*[faults.refuse_key()] * 3, say(ANSWER))
    with serve_script(script) as server:
        model = open_model(configure(server), breaker)
        assert [_kind(read_all(model)) for _ in range(3)] == ["refused", "refused", "paused"]
        assert len(server.requests) == 2
        now[0] = 10.0
        assert [_kind(read_all(model)) for _ in range(2)] == ["refused", "paused"]
        now[0] = 20.0
        assert [_kind(read_all(model)) for _ in range(2)] == [None, None]


def _kind(read: tuple[str, ModelFault | None]) -> FaultKind | None:
    return read[1].kind if read[1] else None


def test_one_attempt_tries_and_a_reader_who_leaves_decides_nothing() -> None:
    now = [0.0]
    breaker = Breaker(faults=1, rest=10, now=lambda: now[0])
    assert breaker.let_through()
    breaker.fail()
    assert not breaker.let_through()
    now[0] = 10.0
    assert breaker.let_through() and not breaker.let_through()
    breaker.release()
    assert breaker.let_through()
    breaker.succeed()
    assert breaker.let_through() and breaker.let_through()


def test_too_long_a_question_does_not_count_against_the_model() -> None:
    breaker = Breaker(faults=1)
    with serve_script(faults.overflow()) as server:
        model = open_model(configure(server), breaker)
        assert [_kind(read_all(model)) for _ in range(3)] == ["too_long"] * 3


def test_a_proxy_of_the_environment_gets_nothing_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_script(say("from the proxy")) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy", "OPENAI_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        with serve_model(say(ANSWER)) as (model, _, _):
            assert read_all(model) == (ANSWER, None)
        assert proxy.requests == []


def test_a_model_elsewhere_is_asked_by_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://models.example.org/v1"
    with serve_script(say(ANSWER), paths=[f"{url}/chat/completions"]) as proxy:
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setenv("http_proxy", proxy.address.removesuffix("/v1"))
        assert read_all(open_model(ModelSettings("openai:any", url, KEY))) == (ANSWER, None)
        assert len(proxy.requests) == 1
        assert proxy.wait_for_quiet()


@pytest.mark.parametrize("name", ["openai:any", "ollama:any"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = write_certificate(tmp_path)
    path, kind, body = ("/api/chat", "application/x-ndjson", OLLAMA) if name.startswith("ollama") else ("/", "", b"")
    script = say(Status(200, body, {"Content-Type": kind})) if body else say(ANSWER)
    with serve_script(script, paths=[path], certificate=certificate) as server:
        address = server.address.replace("127.0.0.1", "localhost")
        settings = ModelSettings(name, address.removesuffix("/v1") if body else address, KEY)
        assert _kind(read_all(open_model(settings, sleep=Sleeps()))) == "unreachable"
        assert server.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert read_all(open_model(settings, sleep=Sleeps())) == (ANSWER, None)
        assert server.wait_for_quiet()


def write_certificate(folder: Path) -> Path:
    """One for "localhost", signed by itself, with its key in the same file."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


def test_no_copy_goes_to_a_service_that_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_script(say("seen")) as watcher:
        for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING_V2"):
            monkeypatch.setenv(name, "true")
        for name in ("LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
            monkeypatch.setenv(name, watcher.address)
        monkeypatch.setenv("LANGSMITH_API_KEY", "a-key")
        from langchain_core.tracers.langchain import wait_for_all_tracers
        from langsmith.utils import get_env_var

        get_env_var.cache_clear()  # type: ignore[attr-defined]
        with serve_model(say(ANSWER)) as (model, server, _):
            assert read_all(model) == (ANSWER, None)
            assert len(server.requests) == 1
        wait_for_all_tracers()
        assert watcher.requests == [] and watcher.strays == []
        get_env_var.cache_clear()  # type: ignore[attr-defined]


def test_a_key_of_the_environment_goes_to_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    with serve_model(say(ANSWER), key=None) as (model, server, _):
        assert read_all(model) == (ANSWER, None)
    assert "authorization" not in server.headers[0]


def test_a_packed_answer_is_not_unpacked() -> None:
    packed = Status(200, b"\x1f\x8b\x08", {"Content-Encoding": "gzip", "Content-Type": "text/event-stream"})
    with serve_model(say(packed)) as (model, _, _):
        assert _kind(read_all(model)) == "senseless"


def test_a_model_that_lets_nobody_choose_its_temperature_is_not_told_one() -> None:
    with serve_model(faults.refuse_temperature()) as (model, server, _):
        assert read_all(model) == (ANSWER, None)
        assert read_all(model) == (ANSWER, None)
    assert ["temperature" in json.loads(body) for body in server.requests] == [True, False, False]


@pytest.mark.slow
def test_settings_that_a_library_does_not_take_are_a_fault_without_the_key(caplog: pytest.LogCaptureFixture) -> None:
    settings = ModelSettings("anthropic:a", "http://127.0.0.1:1", KEY)
    wrong = dataclasses.replace(settings, key=object())  # type: ignore[arg-type]
    with caplog.at_level(logging.DEBUG):
        _, fault = read_all(open_model(wrong, sleep=Sleeps()))
    assert fault is not None and fault.__context__ is None and "object" not in str(fault)


def test_a_stream_without_a_reason_for_its_end_is_broken() -> None:
    event = {"choices": [{"index": 0, "delta": {"content": "Half a"}}], "object": "chat.completion.chunk"}
    body = f"data: {json.dumps(event)}\n\n".encode()
    with serve_model(say(Status(200, body, {"Content-Type": "text/event-stream"}))) as (model, _, _):
        text, fault = read_all(model)
    assert text == "Half a" and fault is not None and fault.kind == "broken"


def test_comments_and_empty_lines_between_words_are_nothing() -> None:
    with serve_model(say("Observe ", Raw(b": ping\n\n\n\n"), "often.")) as (model, _, _):
        assert read_all(model) == (ANSWER, None)


def test_a_word_that_the_network_cuts_within_a_letter_stays_whole() -> None:
    event = {"choices": [{"index": 0, "delta": {"content": "Müller 😀"}}], "object": "chat.completion.chunk"}
    data = f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
    pieces = [Raw(data[place : place + 1]) for place in range(len(data))]
    with serve_model(say(*pieces)) as (model, _, _):
        assert read_all(model) == ("Müller 😀", None)


@pytest.mark.parametrize("address", ["http://localhost:1/v1", "http://127.0.0.1:1/v1", "http://[::1]:1/v1"])
def test_this_machine_is_local(address: str) -> None:
    model = open_model(ModelSettings("openai:any", address, KEY))
    assert model.is_local and model.address == address[7:-3]


@pytest.mark.parametrize(
    "address",
    ["https://api.openai.com/v1", "http://10.0.0.5:8080/v1", "http://localhost.example.org/v1", "http://2130706433/v1",
     "http://127.0.0.1.example.org/v1", "http://models/v1"],
)  # fmt: skip
def test_any_other_machine_is_not(address: str) -> None:
    assert not open_model(ModelSettings("openai:any", address, KEY)).is_local


def test_localhost_that_means_another_machine_is_not_local(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.5", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert not open_model(ModelSettings("openai:any", "http://localhost:1/v1", KEY)).is_local


@pytest.mark.parametrize(
    "name", ["openai:a", "azure_openai:a", "azure:a", "anthropic:a", "ollama:a:8b", "openai-compatible:a"]
)
def test_every_provider_opens(name: str) -> None:
    assert open_model(ModelSettings(name, "http://127.0.0.1:1", KEY)).name == name


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    def refuse(name: str, package: str | None = None) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(CoachError, match=r'pip install "coach\[ollama\]"'):
        open_model(ModelSettings("ollama:llama3.1", "http://127.0.0.1:11434"))


def test_a_name_that_is_none_is_explained() -> None:
    with pytest.raises(UsageError, match="provider:model"):
        open_model(ModelSettings("llama3.1", "http://127.0.0.1:1"))


OLLAMA = b"".join(
    json.dumps(line).encode() + b"\n"
    for line in (
        {"model": "a", "message": {"role": "assistant", "content": "<think>hm</think>Observe "}, "done": False},
        {"model": "a", "message": {"role": "assistant", "content": "often."}, "done": False},
        {"model": "a", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"},
    )
)
ANTHROPIC = b"".join(
    f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
    for event in (
        {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "model": "a",
         "content": [], "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Observe "}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "often."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    )
)  # fmt: skip
OTHERS = [
    ("ollama:a", "/api/chat", OLLAMA, "application/x-ndjson", "authorization"),
    ("anthropic:a", "/v1/messages", ANTHROPIC, "text/event-stream", "authorization"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "path", "body", "kind", "header"), OTHERS)
def test_other_protocols_are_read_too(name: str, path: str, body: bytes, kind: str, header: str) -> None:
    whole, half = Status(200, body, {"Content-Type": kind}), Status(200, body[: len(body) // 2], {"Content-Type": kind})
    steps = (say(whole), say(half), faults.refuse_key(), faults.miss_model(), faults.fail(503), say(whole))
    with serve_script(InTurn(*steps, faults.never_begin()), paths=[path]) as server:
        settings = ModelSettings(name, server.address.removesuffix("/v1"), KEY)
        model = open_model(settings, Breaker(), Sleeps())
        assert read_all(model) == (ANSWER, None)
        assert KEY in server.headers[0][header] and json.loads(server.requests[0])["model"] == "a"
        assert _kind(read_all(model)) in ("broken", "senseless")
        assert _kind(read_all(model)) == "refused"
        hasty = open_model(dataclasses.replace(settings, first_token=0.3))
        assert _kind(read_all(hasty)) == "unknown_model"
        assert server.wait_for_quiet()
        files = count_files()
        assert read_all(open_model(settings, Breaker(), Sleeps())) == (ANSWER, None)
        assert _kind(read_all(hasty)) == "late"
        assert server.wait_for_quiet()
        assert count_files() <= files


def test_azure_is_asked_at_its_own_path() -> None:
    path = "/openai/deployments/mine/chat/completions"
    with serve_script(say(ANSWER), paths=[path]) as server:
        settings = ModelSettings("azure:mine", server.address.removesuffix("/v1"), KEY, api_version="2024-10-21")
        assert read_all(open_model(settings)) == (ANSWER, None)
    assert server.headers[0]["api-key"] == KEY


# The contract of the seam, kept by the fake that other tests use and by the real thing.
Opened = tuple[LanguageModel, Callable[[], Sequence[Sequence[Message]]]]


@contextmanager
def open_fake(*pieces: str, fault: FaultKind | None = None) -> Iterator[Opened]:
    model = ScriptedModel(pieces, fault)
    yield model, lambda: model.asked


@contextmanager
def open_real(*pieces: str, fault: FaultKind | None = None) -> Iterator[Opened]:
    ending = (Finish("length"),) if fault == "broken" else ()
    script = faults.refuse_key() if fault == "refused" else say(*pieces, *ending)
    with serve_model(script) as (model, server, _):
        yield model, lambda: [_read_messages(body) for body in server.requests]


def _read_messages(body: bytes) -> list[Message]:
    return [Message(message["role"], message["content"]) for message in json.loads(body)["messages"]]


@pytest.mark.parametrize("opened", [open_fake, open_real])
def test_contract(opened: Callable[..., AbstractContextManager[Opened]]) -> None:
    with opened("Observe ", "often.") as (model, list_asked):
        assert model.name and model.address and isinstance(model.is_local, bool)
        assert "".join(model.stream(MESSAGES)) == ANSWER
        assert "".join(model.stream(MESSAGES[1:])) == ANSWER
        assert [tuple(asked) for asked in list_asked()] == [MESSAGES, MESSAGES[1:]]
        reply = model.stream(MESSAGES)
        assert ANSWER.startswith(next(reply))
        reply.close()
        with pytest.raises(StopIteration):
            next(reply)


@pytest.mark.parametrize("opened", [open_fake, open_real])
@pytest.mark.parametrize("kind", ["broken", "refused"])
def test_contract_of_faults(opened: Callable[..., AbstractContextManager[Opened]], kind: FaultKind) -> None:
    with opened("Observe ", fault=kind) as (model, _):
        text, fault = read_all(model)
        assert fault is not None and fault.kind == kind and str(fault)
        assert text.strip() == ("Observe" if kind == "broken" else "")


def test_patience_runs_down_by_the_nearer_deadline() -> None:
    now = [100.0]
    patience = Patience(Deadlines(5, 2, 9, 1000), lambda: now[0])
    assert patience.seconds == 5
    now[0] += 4
    patience.wait_again()  # the first word is still awaited
    assert patience.seconds == 1
    patience.hear(3)
    assert patience.seconds == 2
    now[0] += 1.5
    patience.wait_again()  # the caller took its time
    assert patience.seconds == 2
    patience.hear(3)
    now[0] += 2
    assert patience.is_late
    patience.hear(3)
    assert not patience.is_late and patience.seconds == 1.5  # to the end
    patience.receive(MOST_UNREAD + 1)
    assert patience.is_flooded


@pytest.mark.parametrize("status", range(300, 600))
def test_every_status_is_a_fault(status: int) -> None:
    class Refused(Exception):
        status_code = status

    fault = read_fault(Refused())
    assert fault.passing == (status >= 500 or status in (408, 409, 425, 429))
    assert (fault.kind == "refused") == (status in (401, 403))


def test_a_date_in_retry_after_is_read() -> None:
    class Response:
        headers = {"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}

    class Refused(Exception):
        status_code = 429
        response = Response()

    assert read_fault(Refused(), lambda: 90.0) == Fault("busy", True, 10.0, "status 429")
    assert read_fault(Refused(), lambda: 500.0).after == 0
    Response.headers = {"retry-after": "soon"}
    assert read_fault(Refused()).after is None


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "<thinking>", "</thinking>", "a", "<", ">", "</t", "b c"])),
    st.data(),
)
def test_thoughts_are_taken_out_wherever_the_text_is_cut(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    whole, cut = ThoughtFilter(), ThoughtFilter()
    once = whole.feed(text) + whole.end()
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert "".join(map(cut.feed, pieces)) + cut.end() == once
    if "<think" not in text:
        assert once == text.replace("</think>", "").replace("</thinking>", "")


def test_thoughts_between_tags_are_gone() -> None:
    filtered = ThoughtFilter()
    assert filtered.feed("a<thi") + filtered.feed("nk>secret</THINK>b < c") + filtered.end() == "ab < c"


def test_content_in_parts_is_joined() -> None:
    parts = [
        "a",
        {"type": "text", "text": "b"},
        {"type": "reasoning", "text": "no"},
        {"type": "image_url"},
        3,
        {"text": "c"},
    ]
    assert join_content(parts) == "abc" and join_content("x") == "x" and join_content(None) == ""
