"""A typed client of the HTTP API, for one thing at a time and for asyncio.

    with Client("http://127.0.0.1:8000", key="dl_...") as dateline:
        answer = dateline.ask("Why was Russia not on the US tariff list?")
        print(answer.text, [citation.quote for citation in answer.citations])

Answers come as the types of ``rag.types``. Refusals are raised as ``ServerRefused`` with the
server's code, and what is no answer at all as ``ServerUnreachable``. While the server is loading or
has too much to do, a request is sent again after its ``Retry-After``, a few times; a write carries
an idempotency key, so that this is safe. Lists are iterators that fetch page after page.
"""

from api.client.awaiting import AsyncClient
from api.client.blocking import Client

__all__ = ["AsyncClient", "Client"]
