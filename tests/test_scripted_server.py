"""The scripted server: it must behave as real ones do, because every test of a model rests on it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.scripted import faults
from evals.scripted.server import Break, Pause, Piece, Script, ScriptedServer, cut_text, serve_script

ASKED = {"model": "any", "messages": [{"role": "user", "content": "hello there"}]}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=5) as opened:
        yield opened


def ask(client: httpx.Client, server: ScriptedServer, **more: Any) -> httpx.Response:
    return client.post(f"{server.address}/chat/completions", json={**ASKED, **more})


def read_events(text: str) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def test_a_stream_has_events_a_reason_and_an_end(client: httpx.Client) -> None:
    with serve_script(faults.say("A wörd, ", "and 😀 more.")) as server:
        answer = ask(client, server, stream=True, stream_options={"include_usage": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    *chunks, usage = read_events(answer.text)
    deltas = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks]
    assert "".join(deltas) == "A wörd, and 😀 more." and len(deltas) > 5
    reasons = [chunk["choices"][0]["finish_reason"] for chunk in chunks]
    assert reasons == [*[None] * (len(chunks) - 1), "stop"]
    assert usage["choices"] == [] and usage["usage"]["prompt_tokens"] == 2


def test_without_a_stream_the_reply_is_one_object(client: httpx.Client) -> None:
    with serve_script(faults.say("All ", "of it.")) as server:
        answer = ask(client, server).json()
        again = ask(client, server).json()
        assert len(server.requests) == 2 and json.loads(server.requests[0])["messages"] == ASKED["messages"]
        assert server.open_connections == 1  # kept for the next request, as real servers do
    assert answer == again and answer["choices"][0]["message"] == {"role": "assistant", "content": "All of it."}


def test_the_script_reads_the_messages(client: httpx.Client) -> None:
    class Echo:
        def reply(self, messages: Sequence[Mapping[str, str]]) -> Iterator[Piece]:
            yield from (f"{message['role']}: {message['content']}" for message in messages)

    parts = [{"role": "user", "content": [{"type": "text", "text": "in "}, {"type": "text", "text": "parts"}]}]
    with serve_script(Echo()) as server:
        assert ask(client, server).json()["choices"][0]["message"]["content"] == "user: hello there"
        assert ask(client, server, messages=parts).json()["choices"][0]["message"]["content"] == "user: in parts"


def test_it_names_its_model(client: httpx.Client) -> None:
    with serve_script(faults.stay_empty(), model="tiny") as server:
        assert [one["id"] for one in client.get(f"{server.address}/models").json()["data"]] == ["tiny"]


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b'{"model": "a"}', 400), (b'{"messages": [{"role": "user"}]}', 400)],
)
def test_a_request_that_is_none_gets_an_error_as_real_servers_write_it(
    client: httpx.Client, body: bytes, status: int
) -> None:
    with serve_script(faults.stay_empty()) as server:
        answer = client.post(f"{server.address}/chat/completions", content=body)
        lost = client.post(f"{server.address}/elsewhere", json=ASKED)
    assert answer.status_code == status and answer.json()["error"]["type"] == "invalid_request_error"
    assert lost.status_code == 404


def test_a_key_is_asked_for(client: httpx.Client) -> None:
    with serve_script(faults.say("Hi."), key="right") as server:
        assert ask(client, server).status_code == 401
        client.headers["Authorization"] = "Bearer right"
        assert ask(client, server).status_code == 200
        assert server.headers[1]["authorization"] == "Bearer right"


def test_a_connection_that_breaks_is_no_end(client: httpx.Client) -> None:
    with serve_script(faults.say("Half a sen", Break())) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            ask(client, server, stream=True)
        assert server.wait_for_quiet() and server.disconnects == 0


def test_a_client_that_leaves_ends_the_pause() -> None:
    with serve_script(faults.say("Begin", Pause(3600))) as server:
        port = int(server.address.split(":")[2].split("/")[0])
        body = json.dumps({**ASKED, "stream": True}).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(head + body)
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
            assert server.open_connections == 1
        assert server.wait_for_quiet() and server.disconnects == 1 and server.faults == []


def test_the_end_of_the_server_ends_the_pause(client: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError), serve_script(faults.say("Begin", Pause(3600))) as server:  # noqa: SIM117
        with client.stream("POST", f"{server.address}/chat/completions", json={**ASKED, "stream": True}) as answer:
            server.close = _close_once(server)  # type: ignore[method-assign]
            server.close()
            answer.read()


def _close_once(server: ScriptedServer) -> Any:
    close, calls = server.close, list[None]()

    def once() -> None:
        calls.append(None)
        if len(calls) == 1:
            close()

    return once


def test_what_a_script_raises_is_kept(client: httpx.Client) -> None:
    class Faulty:
        def reply(self, messages: Sequence[Mapping[str, str]]) -> Iterator[Piece]:
            yield "A word"
            raise ZeroDivisionError

    with serve_script(Faulty()) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            ask(client, server, stream=True)
        assert server.wait_for_quiet()
        assert [type(error) for error in server.faults] == [ZeroDivisionError]


@pytest.mark.parametrize("name", sorted(faults.FAULTS))
def test_every_fault_has_a_first_piece(name: str) -> None:
    script: Script = faults.FAULTS[name]()
    first = next(iter(script.reply([{"role": "user", "content": "hello"}])), "")
    assert isinstance(first, Piece)


@given(st.text(max_size=400))
def test_cutting_loses_nothing(text: str) -> None:
    parts = list(cut_text(text, cycle((1, 4, 2, 7))))
    assert "".join(parts) == text and all(parts)
