import os
import sys
import time

CRITICAL = 50
FATAL = CRITICAL
ERROR = 40
WARNING = 30
WARN = WARNING
INFO = 20
DEBUG = 10
NOTSET = 0
BASIC_FORMAT = "%(levelname)s:%(name)s:%(message)s"

_names = {50: "CRITICAL", 40: "ERROR", 30: "WARNING", 20: "INFO", 10: "DEBUG", 0: "NOTSET"}
_levels = {"CRITICAL": 50, "FATAL": 50, "ERROR": 40, "WARNING": 30, "WARN": 30, "INFO": 20, "DEBUG": 10, "NOTSET": 0}
_loggers = {}
_disabled = [0]
_start = time.time()


def getLevelName(level):
    if isinstance(level, str):
        return _levels.get(level, "Level " + level)
    return _names.get(level, f"Level {level}")


def getLevelNamesMapping():
    return dict(_levels)


def addLevelName(level, levelName):
    _names[level] = levelName
    _levels[levelName] = level


def _level(level):
    if isinstance(level, int):
        return level
    if level not in _levels:
        raise ValueError("Unknown level: " + repr(level))
    return _levels[level]


class LogRecord:
    def __init__(self, name, level, pathname, lineno, msg, args, exc_info, func=None, sinfo=None):
        self.name = name
        self.levelno = level
        self.levelname = getLevelName(level)
        self.pathname = pathname
        self.filename = os.path.basename(pathname)
        self.module = os.path.splitext(self.filename)[0]
        self.lineno = lineno
        self.funcName = func
        self.msg = msg
        self.args = args
        self.exc_info = exc_info
        self.created = time.time()
        self.msecs = float(int((self.created - int(self.created)) * 1000))
        self.relativeCreated = (self.created - _start) * 1000
        self.thread = 0
        self.threadName = "MainThread"
        self.processName = "MainProcess"
        self.process = os.getpid()

    def getMessage(self):
        text = str(self.msg)
        if not self.args:
            return text
        if len(self.args) == 1 and isinstance(self.args[0], dict) and self.args[0]:
            return text % self.args[0]
        return text % tuple(self.args)


def makeLogRecord(fields):
    record = LogRecord("", NOTSET, "", 0, "", (), None)
    for k, v in fields.items():
        setattr(record, k, v)
    return record


class Formatter:
    def __init__(self, fmt=None, datefmt=None, style="%", validate=True, *, defaults=None):
        if style not in ("%", "{", "$"):
            raise ValueError("Style must be one of: %,{,$")
        self._style = style
        self._fmt = fmt or {"%": "%(message)s", "{": "{message}", "$": "${message}"}[style]
        self.datefmt = datefmt
        self._defaults = defaults or {}

    def usesTime(self):
        return "asctime" in self._fmt

    def formatTime(self, record, datefmt=None):
        if datefmt:
            return time.strftime(datefmt, time.localtime(record.created))
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created)) + ",%03d" % record.msecs

    def formatException(self, ei):
        return f"{type(ei).__name__}: {ei}"

    def formatMessage(self, record):
        fields = dict(self._defaults)
        fields.update(record.__dict__)
        if self._style == "%":
            return self._fmt % fields
        if self._style == "{":
            return self._fmt.format(**fields)
        text = self._fmt
        for k, v in fields.items():
            text = text.replace("${" + k + "}", str(v))
        return text

    def format(self, record):
        record.message = record.getMessage()
        if self.usesTime():
            record.asctime = self.formatTime(record, self.datefmt)
        text = self.formatMessage(record)
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return text


class Filter:
    def __init__(self, name=""):
        self.name = name

    def filter(self, record):
        return not self.name or record.name == self.name or record.name.startswith(self.name + ".")


def _passes(filters, record):
    for f in filters:
        ok = f.filter(record) if hasattr(f, "filter") else f(record)
        if not ok:
            return False
    return True


class Handler:
    def __init__(self, level=NOTSET):
        self.level = _level(level)
        self.formatter = None
        self.filters = []

    def setLevel(self, level):
        self.level = _level(level)

    def setFormatter(self, fmt):
        self.formatter = fmt

    def addFilter(self, filter):
        self.filters.append(filter)

    def removeFilter(self, filter):
        if filter in self.filters:
            self.filters.remove(filter)

    def format(self, record):
        return (self.formatter or Formatter()).format(record)

    def emit(self, record):
        raise NotImplementedError("emit must be implemented by Handler subclasses")

    def handle(self, record):
        if _passes(self.filters, record):
            self.emit(record)
            return True
        return False

    def flush(self):
        pass

    def close(self):
        pass


class StreamHandler(Handler):
    terminator = "\n"

    def __init__(self, stream=None):
        super().__init__()
        self.stream = stream or sys.stderr

    def setStream(self, stream):
        old = self.stream
        self.stream = stream
        return old

    def emit(self, record):
        self.stream.write(self.format(record) + self.terminator)

    def flush(self):
        self.stream.flush()


class FileHandler(StreamHandler):
    def __init__(self, filename, mode="a", encoding=None, delay=False, errors=None):
        super().__init__(open(filename, mode))
        self.baseFilename = os.path.abspath(filename)

    def close(self):
        self.stream.close()


class NullHandler(Handler):
    def emit(self, record):
        pass


class Logger:
    def __init__(self, name, level=NOTSET):
        self.name = name
        self.level = _level(level)
        self.parent = None
        self.propagate = True
        self.handlers = []
        self.filters = []
        self.disabled = False

    def __repr__(self):
        return f"<{type(self).__name__} {self.name} ({getLevelName(self.getEffectiveLevel())})>"

    def setLevel(self, level):
        self.level = _level(level)

    def getEffectiveLevel(self):
        logger = self
        while logger is not None:
            if logger.level:
                return logger.level
            logger = logger.parent
        return NOTSET

    def isEnabledFor(self, level):
        return not self.disabled and level > _disabled[0] and level >= self.getEffectiveLevel()

    def addHandler(self, hdlr):
        if hdlr not in self.handlers:
            self.handlers.append(hdlr)

    def removeHandler(self, hdlr):
        if hdlr in self.handlers:
            self.handlers.remove(hdlr)

    def addFilter(self, filter):
        self.filters.append(filter)

    def removeFilter(self, filter):
        if filter in self.filters:
            self.filters.remove(filter)

    def hasHandlers(self):
        logger = self
        while logger is not None:
            if logger.handlers:
                return True
            logger = logger.parent if logger.propagate else None
        return False

    def getChild(self, suffix):
        return getLogger(suffix if self is root else self.name + "." + suffix)

    def handle(self, record):
        if not self.disabled and _passes(self.filters, record):
            self.callHandlers(record)

    def callHandlers(self, record):
        logger = self
        found = False
        while logger is not None:
            for h in logger.handlers:
                found = True
                if record.levelno >= h.level:
                    h.handle(record)
            logger = logger.parent if logger.propagate else None
        if not found and record.levelno >= lastResort.level:
            lastResort.handle(record)

    def _log(self, level, msg, args, exc_info=None, extra=None, stack_info=False, stacklevel=1):
        if not self.isEnabledFor(level):
            return
        if exc_info is True:
            exc_info = None
        record = LogRecord(self.name, level, "<script>", 0, msg, args, exc_info)
        for k, v in (extra or {}).items():
            setattr(record, k, v)
        self.handle(record)

    def log(self, level, msg, *args, **kwargs):
        self._log(level, msg, args, **kwargs)

    def debug(self, msg, *args, **kwargs):
        self._log(DEBUG, msg, args, **kwargs)

    def info(self, msg, *args, **kwargs):
        self._log(INFO, msg, args, **kwargs)

    def warning(self, msg, *args, **kwargs):
        self._log(WARNING, msg, args, **kwargs)

    def warn(self, msg, *args, **kwargs):
        self._log(WARNING, msg, args, **kwargs)

    def error(self, msg, *args, **kwargs):
        self._log(ERROR, msg, args, **kwargs)

    def exception(self, msg, *args, **kwargs):
        self._log(ERROR, msg, args, **kwargs)

    def critical(self, msg, *args, **kwargs):
        self._log(CRITICAL, msg, args, **kwargs)

    def fatal(self, msg, *args, **kwargs):
        self._log(CRITICAL, msg, args, **kwargs)


class RootLogger(Logger):
    pass


class LoggerAdapter:
    def __init__(self, logger, extra=None):
        self.logger = logger
        self.extra = extra

    def process(self, msg, kwargs):
        kwargs["extra"] = self.extra
        return msg, kwargs

    def log(self, level, msg, *args, **kwargs):
        msg, kwargs = self.process(msg, kwargs)
        self.logger.log(level, msg, *args, **kwargs)

    def debug(self, msg, *args, **kwargs):
        self.log(DEBUG, msg, *args, **kwargs)

    def info(self, msg, *args, **kwargs):
        self.log(INFO, msg, *args, **kwargs)

    def warning(self, msg, *args, **kwargs):
        self.log(WARNING, msg, *args, **kwargs)

    def error(self, msg, *args, **kwargs):
        self.log(ERROR, msg, *args, **kwargs)

    def critical(self, msg, *args, **kwargs):
        self.log(CRITICAL, msg, *args, **kwargs)


root = RootLogger("root", WARNING)
lastResort = StreamHandler()
lastResort.setLevel(WARNING)


def getLogger(name=None):
    if not name or name == "root":
        return root
    if name not in _loggers:
        logger = Logger(name)
        logger.parent = root
        _loggers[name] = logger
        for other in _loggers.values():
            if other is not logger and other.name.startswith(name + ".") and (other.parent is root or name.startswith(other.parent.name + ".")):
                other.parent = logger
            if other is not logger and name.startswith(other.name + ".") and (logger.parent is root or len(other.name) > len(logger.parent.name)):
                logger.parent = other
    return _loggers[name]


def basicConfig(*, filename=None, filemode="a", format=None, datefmt=None, style="%", level=None, stream=None, handlers=None, force=False, encoding=None, errors=None):
    if force:
        root.handlers.clear()
    if root.handlers:
        return
    if handlers is None:
        handlers = [FileHandler(filename, filemode) if filename else StreamHandler(stream)]
    if format is None:
        format = {"%": BASIC_FORMAT, "{": "{levelname}:{name}:{message}", "$": "${levelname}:${name}:${message}"}[style]
    for h in handlers:
        if h.formatter is None:
            h.setFormatter(Formatter(format, datefmt, style))
        root.addHandler(h)
    if level is not None:
        root.setLevel(level)


def _configured():
    if not root.handlers:
        basicConfig()
    return root


def log(level, msg, *args, **kwargs):
    _configured().log(level, msg, *args, **kwargs)


def debug(msg, *args, **kwargs):
    _configured().debug(msg, *args, **kwargs)


def info(msg, *args, **kwargs):
    _configured().info(msg, *args, **kwargs)


def warning(msg, *args, **kwargs):
    _configured().warning(msg, *args, **kwargs)


def warn(msg, *args, **kwargs):
    _configured().warning(msg, *args, **kwargs)


def error(msg, *args, **kwargs):
    _configured().error(msg, *args, **kwargs)


def exception(msg, *args, **kwargs):
    _configured().exception(msg, *args, **kwargs)


def critical(msg, *args, **kwargs):
    _configured().critical(msg, *args, **kwargs)


def fatal(msg, *args, **kwargs):
    _configured().critical(msg, *args, **kwargs)


def disable(level=CRITICAL):
    _disabled[0] = level


def shutdown():
    pass
