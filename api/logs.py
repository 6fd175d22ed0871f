"""How a server logs: lines for people, or one JSON object a line, and no secret in either."""

from __future__ import annotations

import logging.config
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

_SECRETS = re.compile(
    r"(dl_[0-9a-f]{8}_)[A-Za-z0-9_-]+"  # our own keys keep their id
    r"|((?:bearer|api[_-]?key|authorization)\W{1,3})[^\s'\",}]{8,}"
    r"|\b(sk-)[A-Za-z0-9_-]{8,}",
    re.IGNORECASE,
)
_HIDDEN = "[hidden]"

Event = MutableMapping[str, Any]


def configure(kind: Literal["auto", "line", "json"]) -> None:
    """Log to stderr; ``auto`` writes lines on a terminal and JSON anywhere else."""
    lines = kind == "line" or (kind == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.ExtraAdder(),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=False)
        if lines
        else structlog.processors.JSONRenderer()
    )
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "event": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    # A traceback is text by the time that secrets are taken out.
                    "processors": [remove, structlog.processors.format_exc_info, hide, renderer],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
            # Libraries are heard when something is wrong; the tools for MCP would otherwise bring a
            # handler of their own.
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {
                "dateline": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
                "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            },
        }
    )


def hide(_logger: Any, _name: str, event: Event) -> Event:
    """Take keys and tokens out of every text of an event."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = without_secrets(value)
    return event


def without_secrets(text: str) -> str:
    """Return the text with API keys and bearer tokens replaced."""
    return _SECRETS.sub(lambda m: f"{m[1] or m[2] or m[3]}{_HIDDEN}", text)
