"""Files that several tests of ingest read."""

from __future__ import annotations

import pytest

STORY = (
    "The minister said on Monday that talks with the unions would resume within days. He gave no "
    "date, and his office declined to say who would take part in them."
)


@pytest.fixture
def page() -> bytes:
    """A page as a publisher writes it: JSON-LD, OpenGraph, menus, an appeal and a footer."""
    return f"""<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">
<title>Talks to resume | The Daily Post</title>
<link rel="canonical" href="https://www.dailypost.example/world/talks?utm_source=feed">
<meta property="og:site_name" content="The Daily Post">
<meta property="og:title" content="Talks to resume | The Daily Post">
<meta property="article:section" content="World">
<script type="application/ld+json">{{"@context": "https://schema.org", "@graph": [
 {{"@type": "WebPage", "name": "nothing"}},
 {{"@type": ["NewsArticle"], "headline": "Talks to resume", "inLanguage": "en-GB",
  "datePublished": "2025-03-18T10:30:00+01:00", "dateModified": "2025-03-19T08:00:00Z",
  "author": [{{"@type": "Person", "name": "Ann Lee"}}, {{"name": "Bob Roe"}}],
  "publisher": {{"name": "The Daily Post"}}, "articleSection": ["World", "Politics"]}}]}}</script>
</head><body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>Talks to resume</h1><p>{STORY}</p><p>{STORY.replace("minister", "premier")}</p>
<p>A third paragraph reports what the opposition had to say about the plan this week.</p></article>
<footer>Cookie settings · About us</footer></body></html>""".encode()


@pytest.fixture
def story() -> str:
    return STORY
