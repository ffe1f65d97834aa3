import sys


def warn(message, category=None, stacklevel=1, source=None):
    kind = type(message).__name__ if isinstance(message, Exception) else "UserWarning" if category is None else category.__name__
    sys.stderr.write(f"{kind}: {message}\n")


def simplefilter(action, category=None, lineno=0, append=False):
    pass


def filterwarnings(action, message="", category=None, module="", lineno=0, append=False):
    pass


def resetwarnings():
    pass
