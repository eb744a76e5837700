"""The log: one line an event on stderr, readable on a terminal, JSON elsewhere, and never a secret in it.

Lines of the standard library's loggers (urllib3, waitress, …) take the same way. Tracebacks hold no local variables:
rich's renderer and `dict_tracebacks` of structlog print those of each frame, tokens included (tried with 26.1).
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor

from syncd.service.redact import Redactor

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_OURS: Final = "syncd"


def configure_logs(redactor: Redactor, *, level: str = "info", stream: TextIO | None = None) -> None:
    """Send everything that this process logs to `stream` (default: stderr), through the redactor.

    `level` (debug, info, warning, error) is that of syncd's own events; those of libraries start at warning. May be
    called again: the last call counts. Raises KeyError for another level.
    """
    own, stream = LEVELS[level], stream or sys.stderr
    before = _before_rendering()
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(own),
        logger_factory=_own_logger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(before, redactor, stream))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(own, logging.WARNING))
    logging.getLogger(_OURS).setLevel(own)
    logging.captureWarnings(True)


def catch_uncaught() -> None:
    """Let exceptions that end a thread or the process be logged, instead of printed past the redactor."""
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda args: _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _own_logger(*_args: object) -> logging.Logger:
    return logging.getLogger(_OURS)


def _before_rendering() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _formatter(before: list[Processor], redactor: Redactor, stream: TextIO) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _what_first,
            redactor.event,
            _renderer(stream),
            redactor.line,
        ],
    )


def _what_first(_logger: object, _method: str, event: EventDict) -> EventDict:
    """When, how grave and what before the facts: lines that eyes can run along."""
    return {key: event[key] for key in ("timestamp", "level", "event") if key in event} | dict(event)


def _renderer(stream: TextIO) -> Processor:
    if not stream.isatty():
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors="NO_COLOR" not in os.environ, exception_formatter=structlog.dev.plain_traceback
    )


def _log_uncaught(
    kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None, /, *_more: Any
) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    info = (kind, error or kind(), traceback)
    structlog.get_logger().critical("uncaught_exception", exc_info=info)
