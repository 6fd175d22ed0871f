"""The judge against a real HTTP server that speaks OpenAI's protocol with a script."""

from __future__ import annotations

import ast
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from eval import llm_judge
from eval.agreement import agreement, kappa
from eval.cli import eval_group
from eval.folder import RunFolder
from eval.llm_judge import PROMPT, Judgement, LlmJudge, judge_run, read
from eval.run import run
from eval.score import score, score_cases
from eval.suite import Suite
from rag.errors import ServerRefused, ServerUnreachable
from rag.types import Source
from tests.eval.echo import Echo
from tests.eval.judging import NO, TEXT, YES, case, cited, gold, judged, reply

ROOT = Path(__file__).parents[2]
Script = Callable[[dict[str, Any]], tuple[int, bytes]]
OPINION = {"correct": True, "supported": [True]}


def said(content: object) -> tuple[int, bytes]:
    message = {"role": "assistant", "content": content}
    body = {"object": "chat.completion", "choices": [{"index": 0, "message": message}]}
    return 200, json.dumps(body).encode()


class Endpoint:
    """Serves what its script says to each request, and keeps the requests."""

    def __init__(self) -> None:
        self.script: Script = lambda _: said(json.dumps(OPINION))
        self.seen: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = json.loads(self.rfile.read(length))
                endpoint.seen.append(body)
                endpoint.keys.append(self.headers.get("Authorization"))
                status, data = (
                    endpoint.script(body)
                    if self.path == "/v1/chat/completions"
                    else (404, b"no such path")
                )
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    serving = Endpoint()
    thread = threading.Thread(target=serving.server.serve_forever, args=(0.01,))
    thread.start()
    yield serving
    serving.server.shutdown()
    serving.server.server_close()
    thread.join()


@pytest.fixture
def model(endpoint: Endpoint) -> Iterator[LlmJudge]:
    asking = LlmJudge(endpoint.url, "judge-1", wait=0.01)
    yield asking
    asking.close()


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    suite = Suite(
        name="tiny", about="", articles=(Source(text=TEXT, origin="o", id="a"),),
        cases=(
            case(id="1", question="Who said yes?", evidence=gold(YES), answers=("Alpha",)),
            case(id="2", question="Who said no?", evidence=gold(NO), answers=("Beta",)),
            case(id="3", question="Who said maybe?", answerable=False),
            case(id="4", question="Who broke?"),
        ),
    )  # fmt: skip
    return run(suite, Echo(broken=("4",)), RunFolder(tmp_path / "run"))


def asked(body: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(body["messages"][1]["content"])
    return shown


def test_answers_are_judged_one_request_each_and_kept(
    folder: RunFolder, model: LlmJudge, endpoint: Endpoint
) -> None:
    endpoint.script = lambda body: said(
        json.dumps({"correct": "yes" in asked(body)["question"], "supported": [True]})
    )

    found = {item.case: item for item in judge_run(folder, model)}

    assert {name: item.correct for name, item in found.items()} == {
        "1": True, "2": False, "3": False
    }  # fmt: skip
    assert read(folder) == found
    assert len(endpoint.seen) == 3
    body = endpoint.seen[0]
    assert (body["model"], body["temperature"]) == ("judge-1", 0)
    assert body["messages"][0] == {"role": "system", "content": PROMPT}
    assert asked(body) == {
        "question": "Who said yes?", "reference": ["Alpha", YES], "answer": YES,
        "sentences": [{"text": YES, "quotes": [YES]}],
    }  # fmt: skip
    assert asked(endpoint.seen[2])["reference"] is None

    judge_run(folder, model)
    assert len(endpoint.seen) == 3


@pytest.mark.parametrize(
    "content",
    [
        "yes, it is right",
        "```json\n" + json.dumps(OPINION) + "\n```",
        '{"correct": true',
        '{"correct": "true", "supported": [true]}',
        '{"correct": true, "supported": [true, false]}',
        '{"correct": true, "supported": []}',
        '{"correct": true, "supported": [true], "score": 9}',
        "[]",
        "",
        None,
        7,
    ],
)
def test_a_reply_that_is_not_what_was_asked_for_is_malformed(
    content: object, folder: RunFolder, model: LlmJudge, endpoint: Endpoint
) -> None:
    endpoint.script = lambda _: said(content)

    found = judge_run(folder, model, limit=1)

    assert [(item.correct, item.supported) for item in found] == [(None, ())]
    assert found[0].malformed
    assert agreement(score(folder)[1], found)[0].n == 0


@pytest.mark.parametrize(
    "data",
    [b"<html>", b"{}", b'{"choices": []}', b'{"choices": [{"message": null}]}',
     b'{"choices": "' + b"x" * 1_100_000 + b'"}'],
)  # fmt: skip
def test_a_response_without_a_message_or_without_end_is_malformed(
    data: bytes, folder: RunFolder, model: LlmJudge, endpoint: Endpoint
) -> None:
    endpoint.script = lambda _: (200, data)

    assert judge_run(folder, model, limit=1)[0].malformed


def test_a_refusal_that_passes_is_asked_again(
    folder: RunFolder, model: LlmJudge, endpoint: Endpoint
) -> None:
    endpoint.script = lambda _: (
        (503, b"busy") if len(endpoint.seen) < 3 else said(json.dumps(OPINION))
    )

    assert judge_run(folder, model, limit=1)[0].correct is True
    assert len(endpoint.seen) == 3


def test_an_outage_is_an_error_and_what_was_judged_before_it_is_kept(
    folder: RunFolder, model: LlmJudge, endpoint: Endpoint
) -> None:
    endpoint.script = lambda _: (
        said(json.dumps(OPINION)) if len(endpoint.seen) < 2 else (500, b"broken")
    )

    with pytest.raises(ServerUnreachable, match="status 500"):
        judge_run(folder, model)
    assert set(read(folder)) == {"1"}


def test_a_refusal_that_does_not_pass_is_an_error_at_once(
    folder: RunFolder, model: LlmJudge, endpoint: Endpoint
) -> None:
    endpoint.script = lambda _: (401, b'{"error": "no key"}')

    with pytest.raises(ServerRefused, match="401"):
        judge_run(folder, model)
    questions = [asked(body)["question"] for body in endpoint.seen]
    assert len(set(questions)) == len(questions)
    assert read(folder) == {}


def test_nobody_listening_is_an_error(folder: RunFolder) -> None:
    asking = LlmJudge("http://127.0.0.1:1/v1", "judge-1", wait=0.01)

    with pytest.raises(ServerUnreachable, match="leave out the judge"):
        judge_run(folder, asking)
    asking.close()


def test_the_command_reports_agreement_with_the_string_metrics(
    folder: RunFolder, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint.script = lambda body: said(
        "no" if "maybe" in asked(body)["question"]
        else json.dumps({"correct": True, "supported": [True]})
    )  # fmt: skip
    monkeypatch.setenv("JUDGE_KEY", "secret")
    arguments = ["judge", str(folder.path), "--url", endpoint.url, "--model", "judge-1"]

    ran = CliRunner().invoke(eval_group, [*arguments, "--key-from", "JUDGE_KEY", "--json"])

    assert ran.exit_code == 0, ran.output
    printed = json.loads(ran.stdout)
    assert (printed["judged"], printed["malformed"]) == (3, 1)
    answers, sentences = printed["agreement"]
    # The strings find the second answer wrong: it cites the first sentence.
    assert (answers["n"], answers["same"], answers["judge"], answers["strings"]) == (2, 0.5, 1, 0.5)
    assert (sentences["n"], sentences["same"]) == (2, 1)
    assert set(endpoint.keys) == {"Bearer secret"}
    assert "secret" not in (folder.path / llm_judge.FILE).read_text()

    assert "3 judged, 1 malformed" in CliRunner().invoke(eval_group, arguments).output
    assert CliRunner().invoke(eval_group, ["report", str(folder.path)]).exit_code == 0
    page = (folder.path / "report.html").read_text()
    assert "A language model as judge" in page
    assert "judge-1: 3 judged, 1 malformed." in page
    wrong = CliRunner().invoke(eval_group, [*arguments, "--key-from", "NO_SUCH_VARIABLE"])
    assert wrong.exit_code == 2


def test_agreement_is_corrected_for_chance() -> None:
    items = [
        judged(case(id=str(at), evidence=gold(YES)), reply(cited(YES if at % 2 else NO)))
        for at in range(4)
    ]
    opinions = [
        Judgement(case=str(at), model="m", correct=correct, supported=(True,))
        for at, correct in enumerate((False, True, True, True))
    ]

    answers, sentences = agreement(score_cases(items), opinions)

    assert answers.same == 0.75
    # Chance: 3/4 · 1/2 + 1/4 · 1/2.
    assert answers.kappa == pytest.approx((0.75 - 0.5) / 0.5)
    assert sentences.kappa is None
    assert kappa([]) is None


def test_the_judge_has_a_prompt_of_its_own() -> None:
    source = Path(llm_judge.__file__).read_text(encoding="utf-8")
    imported = {
        node.module or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
    }
    assert not [name for name in imported if name.startswith(("rag.ask", "rag.models"))]
    parts = [part for line in PROMPT.split("\n") for part in line.split(". ") if len(part) > 30]
    library = "\n".join(path.read_text("utf-8") for path in (ROOT / "rag").rglob("*.py"))
    assert parts
    assert not [part for part in parts if part in library]


def test_without_the_command_nothing_is_judged(folder: RunFolder, endpoint: Endpoint) -> None:
    score(folder)

    assert read(folder) == {}
    assert endpoint.seen == []
