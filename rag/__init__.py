"""Dateline: answers about news articles, each sentence backed by an exact passage."""

from __future__ import annotations

__version__ = "0.1.0"
