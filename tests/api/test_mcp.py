"""The official client of MCP, as it comes: over HTTP against a running server, and over stdio."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import StdioServerParameters, stdio_client
from mcp.client.client import Client
from mcp.types import CallToolResult

from rag.ingest.clean import clean_text
from tests.api.conftest import Running

TOOLS = {"search", "fetch", "ask", "statements", "verify_quote", "timeline"}
QUESTION = "Why was Russia not on the US tariff list?"

Talk = Callable[[Client], Awaitable[None]]


def over_http(server: Running, talk: Talk, mode: str = "auto") -> None:
    async def session() -> None:
        async with Client(f"{server.url}/mcp", mode=mode) as client:
            await talk(client)

    anyio.run(session)


def data(result: Any) -> dict[str, Any]:
    assert isinstance(result, CallToolResult)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_tools_are_described_and_only_read(server: Running, mode: str) -> None:
    async def talk(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == TOOLS
        for tool in tools.values():
            assert tool.description
            assert tool.output_schema is not None
            assert tool.output_schema["type"] == "object"
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
            assert not tool.annotations.destructive_hint
            assert not tool.annotations.open_world_hint

    over_http(server, talk, mode)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_answer_is_cited_exactly(server: Running, seeds: Path, mode: str) -> None:
    async def talk(client: Client) -> None:
        result = await client.call_tool("ask", {"question": QUESTION})
        answer = data(result)
        assert answer["citations"]
        for item in answer["citations"]:
            read = data(
                await client.call_tool(
                    "fetch", {"id": item["article_id"], "version": item["version"]}
                )
            )
            assert read["text"][item["start"] : item["end"]] == item["quote"]
            seed = (seeds / f"{item['article_id']}.txt").read_text(encoding="utf-8")
            assert read["text"] == clean_text(seed)
        (block,) = result.content  # type: ignore[union-attr]
        assert answer["citations"][0]["quote"] in block.text  # type: ignore[union-attr]

        none = data(await client.call_tool("ask", {"question": "Who won the cup in Peru?"}))
        assert none["abstained"]

    over_http(server, talk, mode)


def test_search_and_fetch_have_the_shape_that_connectors_expect(server: Running) -> None:
    async def talk(client: Client) -> None:
        result = await client.call_tool("search", {"query": "Anchorage formula", "limit": 2})
        found = data(result)["results"]
        assert len(found) == 2
        assert {"id", "title", "url", "text"} <= set(found[0])
        assert json.loads(result.content[0].text)["results"] == found  # type: ignore[union-attr]
        read = data(await client.call_tool("fetch", {"id": found[0]["id"]}))
        assert read["text"][found[0]["start"] : found[0]["end"]] == found[0]["text"]
        filtered = {"query": "Anchorage formula", "outlets": ["No Such Paper"]}
        assert data(await client.call_tool("search", filtered)) == {"results": []}

    over_http(server, talk)


def test_a_quotation_is_verified_and_statements_and_days_are_found(server: Running) -> None:
    async def talk(client: Client) -> None:
        quote = "the first cautious steps toward creating a favourable atmosphere"
        looked = data(await client.call_tool("verify_quote", {"quote": quote}))
        assert looked["found"]
        assert not looked["matches"][0]["exact"]
        (changed,) = looked["matches"][0]["differences"]
        assert (changed["quoted"], changed["written"]) == ("favourable", "favorable")
        page = data(await client.call_tool("statements", {"speaker": "Peskov", "limit": 3}))
        assert set(page) >= {"items", "next_cursor"}
        days = data(await client.call_tool("timeline", {"query": "ceasefire"}))
        assert days["query"] == "ceasefire"

    over_http(server, talk)


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        ("ask", {"question": "?"}, "question_invalid"),
        ("ask", {"question": "Who?", "as_of": "soon"}, "filter_invalid"),
        ("fetch", {"id": "none"}, "article_not_found"),
        ("search", {}, "query"),
        ("search", {"query": "x", "limit": 0}, "limit"),
    ],
)
def test_a_refusal_is_told(server: Running, tool: str, given: dict[str, Any], said: str) -> None:
    async def talk(client: Client) -> None:
        result = await client.call_tool(tool, given)
        assert isinstance(result, CallToolResult)
        assert result.is_error
        assert said in result.content[0].text  # type: ignore[union-attr]

    over_http(server, talk)


def test_other_requests_are_refused_cleanly(server: Running) -> None:
    url = f"{server.url}/mcp"
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    for body in (b"", b"{", b"[]", b'{"jsonrpc": "2.0"}', b"\xff", b'{"a":' * 5_000):
        assert 400 <= httpx.post(url, content=body, headers=headers).status_code < 500
    assert httpx.post(url, json={}, headers={"Origin": "https://evil.example"}).status_code == 403


def test_over_stdio_it_is_the_same(tmp_path: Path, seeds: Path, server: Running) -> None:
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "rag", "--data", str(server.data), "mcp"]
    )

    async def session() -> None:
        async with Client(stdio_client(command)) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
            answer = data(await client.call_tool("ask", {"question": QUESTION}))
            assert answer["citations"]

    anyio.run(session)
