"""The log. There is one, `log`; `rootlog` is its name in older versions."""

from enum import IntEnum

from gotest import _log as AbstractLogger
from gotest import log as rootlog

CompositeLogger = Logger = TerminalLogger = XMLLogger = JunitXMLLogger = AbstractLogger


class LogLevel(IntEnum):
    """The levels of `log.set_log_level`."""

    DEBUG = 1
    INFO = 2
    WARNING = 3
    ERROR = 4


__all__ = ["AbstractLogger", "CompositeLogger", "JunitXMLLogger", "LogLevel", "Logger", "TerminalLogger", "XMLLogger", "rootlog"]
