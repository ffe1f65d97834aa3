"""The runtime of package gotest: it runs a test script and carries its calls to the driver.

The driver is at the other end of file descriptor 3. Each thread that calls it has a connection of its own, on which
question and answer take turns; while a thread waits for an answer it runs the functions that the driver calls.
A message is its length in four bytes and a tuple in the format of marshal, version 2.
"""

from __future__ import annotations

import _signal
import _socket
import _thread
import builtins
import io
import marshal
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Any, TypeVar
    import unittest

    T = TypeVar("T")

# The kinds of messages, from here and to here.
CALL, GET, ENTER, EXIT, PRINT, READY, BROKEN, END, CHECKED, DEBUGGER = range(10)
RETURN, RAISE, CALLBACK, SYNC = range(10, 14)

CONTROL = 3  # the file descriptor
MARK = b"GOTEST_DRIVER_RUN"  # the environment variable that the run's processes have
DIRECTORY = __file__[: -len("_bridge.py")]
PACKAGES = DIRECTORY[: -len("gotest/")]


class TestScriptError(Exception):
    """The base of the driver's errors, as in NixOS 25.05."""


class RequestedAssertionFailed(TestScriptError, AssertionError):
    """A condition of the test does not hold."""


class WaitTimeout(RequestedAssertionFailed, TimeoutError):
    """A wait that has reached its timeout."""


class MachineError(TestScriptError):
    """A machine, a network or the host's software failed."""


class PollingConditionError(Exception):
    """A polling condition does not hold."""


class QMPAPIError(RuntimeError):
    """A QMP command that QEMU refused; made from QEMU's answer."""

    def __init__(self, message: dict[str, Any]) -> None:
        super().__init__(message)
        try:
            self.class_name: str = message["error"]["class"]
            self.description: str = message["error"]["desc"]
        except KeyError:
            raise RuntimeError(f"{message!r} is no QMP error") from None
        self.transaction_id = message.get("id")

    def __str__(self) -> str:
        return f"QEMU refused the command: {self.description} ({self.class_name})"


class LoggedError(SystemExit):
    """What `log.error` ends the script with: exit status 1."""

    def __init__(self, text: str) -> None:
        super().__init__(1)
        self.text = text


class GlobalTimeout(BaseException):
    """The time limit of the whole run has been reached."""


# The classes of the driver's errors, by their names there.
CLASSES: dict[str, type[BaseException]] = {
    "failed": RequestedAssertionFailed,
    "timeout": WaitTimeout,
    "machine": MachineError,
    "condition": PollingConditionError,
    "qmp": QMPAPIError,
    "missing": FileNotFoundError,
    "argument": TypeError,
    "limit": GlobalTimeout,
    "interrupt": KeyboardInterrupt,
}

PYTHONS = (TypeError, FileNotFoundError)  # of these, which the script raises too

for _class in (TestScriptError, RequestedAssertionFailed, WaitTimeout, MachineError, PollingConditionError, QMPAPIError, GlobalTimeout):
    _class.__module__ = "gotest"


# Values


class Proxy:
    """An object of the driver. There is one proxy for each."""

    __slots__ = ("_number", "_text", "__weakref__", "__dict__")  # a script may give it further attributes
    _number: int
    _text: str

    def __repr__(self) -> str:
        return self._text

    def __reduce__(self) -> Any:
        return proxy, (self._number, type(self).__name__, self._text)

    def _get(self, name: str) -> Any:
        return connection().ask(GET, self._number, name)

    def _call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return call(name, args, kwargs, self._number)


proxies: dict[int, Proxy] = {}
functions: dict[int, Callable[..., Any]] = {}  # that the driver may call
next_number = iter(range(1, 1 << 62)).__next__


def proxy(number: int, name: str, text: str) -> Proxy:
    made = proxies.get(number)
    if made is None:
        made = object.__new__(getattr(sys.modules["gotest"], name, Proxy))
        made._number, made._text = number, text
        made = proxies.setdefault(number, made)
    return made


def seconds(duration: Any) -> float:
    """The number of seconds of a duration."""
    if isinstance(duration, bool) or not isinstance(duration, (int, float)) and not hasattr(duration, "total_seconds"):
        raise TypeError(f"a duration is a timedelta or a number of seconds, not {duration!r}")
    return float(duration.total_seconds() if hasattr(duration, "total_seconds") else duration)


def path(text: str) -> Any:
    """A pathlib.Path."""
    return standard("pathlib").Path(text)


def objects() -> Any:
    """The module with rare objects of the Python driver, which is imported when a script uses one."""
    from gotest import _objects

    return _objects


def efi() -> Any:
    """The module for EFI variables."""
    from gotest import _efi

    return _efi


def title(function: Callable[..., Any]) -> str:
    """The first line of a function's docstring, else its name."""
    lines = (getattr(function, "__doc__", None) or "").strip().splitlines()
    if lines and hasattr(function, "__code__"):
        return lines[0].strip()
    name: str = getattr(function, "__name__", None) or repr(function)
    return name


def plain(value: Any) -> Any:
    """A value that marshal can write. A tuple that begins with an Ellipsis is a reference."""
    kind = type(value)
    if value is None or value is ... or kind in (bool, int, float, str, bytes):
        return value
    if isinstance(value, Proxy):
        return ..., "object", value._number
    enum = sys.modules.get("enum")
    if enum and isinstance(value, enum.Enum):
        return plain(value.value)
    for base in (str, int, float, bytes):
        if isinstance(value, base):
            return base.__new__(base, value) if base is not str else str.__str__(value)
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    if isinstance(value, (set, frozenset)):
        return {plain(v) for v in value}
    if hasattr(kind, "keys") and hasattr(kind, "__getitem__"):
        return {plain(k): plain(value[k]) for k in value.keys()}
    if hasattr(kind, "__fspath__"):
        return plain(value.__fspath__())
    if hasattr(kind, "total_seconds"):
        return value.total_seconds()
    if hasattr(kind, "__iter__"):
        return [plain(v) for v in value]
    raise TypeError(f"{value!r} can't be given to the driver")


def restore(value: Any) -> Any:
    """Undoes plain for an answer that has references."""
    kind = type(value)
    if kind is tuple:
        if value and value[0] is ...:
            return proxy(*value[1:])
        return tuple(restore(v) for v in value)
    if kind is list:
        return [restore(v) for v in value]
    if kind is dict:
        return {k: restore(v) for k, v in value.items()}
    return value


# Connections


class Local(_thread._local):  # type: ignore[name-defined, misc]
    """What belongs to a thread."""

    link: Connection | None = None
    spare: Connection | None = None  # for calls of a signal's handler while the thread waits
    scopes: list[int] = []  # the numbers of those that are open, which the driver gave
    parent = 0  # the scope in which the thread was started
    output = error = ""  # the beginnings of lines of the streams


local = Local()
control: Any = None
main_link: Connection | None = None
main_process = 0
links: list[Connection] = []


class Connection:
    """A thread's connection."""

    def __init__(self, name: str = "") -> None:
        ours, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self.socket = ours
        self.busy = False  # between the beginning of a question and the end of its answer
        self.pending: BaseException | None = None  # raised while the thread waits
        self.asked = 0  # the number of questions
        self.current = 0  # the number of the one whose answer is waited for; a function of the script may ask others meanwhile
        threading = sys.modules.get("threading")
        thread = name or (threading.current_thread().name if threading else "thread")
        right = _socket.SOL_SOCKET, _socket.SCM_RIGHTS, theirs.fileno().to_bytes(4, sys.byteorder)
        control.sendmsg([marshal.dumps(("hello", posix.getpid(), id(self), local.parent, thread), 2)], [right])
        theirs.close()
        links.append(self)

    @staticmethod
    def frame(message: tuple[Any, ...]) -> bytes:
        try:
            data = marshal.dumps(message, 2)
        except ValueError:
            data = marshal.dumps(tuple(map(plain, message)), 2)
        return len(data).to_bytes(4, "big") + data

    def send(self, frame: bytes) -> None:
        try:
            self.socket.sendall(frame)
        except OSError:
            gone()

    def receive(self) -> Any:
        return marshal.loads(self.read(int.from_bytes(self.read(4), "big")))

    def read(self, size: int) -> bytes:
        data: bytes = self.socket.recv(size, _socket.MSG_WAITALL)
        while len(data) < size:  # a signal came
            more = self.socket.recv(size - len(data), _socket.MSG_WAITALL)
            if not more:
                gone()
            data += more
        return data

    def signal(self, what: str) -> None:
        """Asks the driver to end this thread's call: "cancel" this call, "stop" all that it calls."""
        control.send(marshal.dumps((what, posix.getpid(), id(self), self.current), 2))

    def tell(self, *message: Any) -> None:
        """Sends a message that has no answer."""
        frame = self.frame(message)
        self.busy = True
        self.send(frame)
        if self is local.spare:  # what the thread's own connection sends next comes after it
            self.ask(SYNC)
        self.rest()

    def rest(self) -> None:
        """Ends a question, and raises a pending exception."""
        self.busy = False
        if self.pending is not None:
            pending, self.pending = self.pending, None
            raise pending

    def ask(self, *message: Any) -> Any:
        """Sends a question and returns its answer. Runs functions that the driver calls before it answers."""
        raised: dict[int, BaseException] = {}
        frame = self.frame(message)
        outer = self.current
        self.busy = True
        self.asked += 1
        self.current = self.asked
        self.send(frame)
        answer = self.receive()
        while answer[0] == CALLBACK:
            self.send(self.frame(self.serve(answer[1], answer[2], raised)))
            answer = self.receive()
        self.current = outer
        self.rest()
        if answer[0] == RAISE:
            fail(answer, raised)
        return restore(answer[1]) if answer[2] else answer[1]

    def serve(self, number: int, args: tuple[Any, ...], raised: dict[int, BaseException]) -> tuple[Any, ...]:
        """Calls a function of the script for the driver."""
        try:
            self.busy = False
            if self.pending is not None:  # it ends what calls the function
                raise self.pending
            result = functions[number](*restore(args))
            truth = None if result is None else bool(result)  # nothing else counts
            self.busy = True
            return RETURN, truth
        except BaseException as error:
            self.busy = True
            own = next_number()
            raised[own] = error
            return (RAISE, *describe(error), own)


def fail(answer: Any, raised: dict[int, BaseException]) -> None:
    """Raises the driver's error; an exception of a function of the script is raised as the same exception."""
    _, kind, text, number, own, exact, detail = answer
    cause = raised.get(own)
    if exact and cause is not None:
        raise cause
    error: Any = (standard("unittest").SkipTest if kind == "skipped" else CLASSES[kind])(text if detail is None else detail)
    error._gotest_number = number
    if cause is not None:
        error.__cause__ = cause
    raise error


def gone() -> None:
    """The driver has ended: its guard ends this process."""
    posix._exit(1)


def connection() -> Connection:
    link = local.link
    if link is None:
        if control is None:
            raise MachineError(
                "machines can be used only in a process of `gotest-driver run`, and in what it forks: "
                'with multiprocessing say set_start_method("fork")'
            )
        link = local.link = Connection()
        local.scopes = []
    elif link.busy:  # a signal's handler, in the middle of a question
        if local.spare is None or local.spare.busy:
            local.spare = Connection("signal handler")
        return local.spare
    return link


def of_script(filename: str) -> bool:
    """Whether a file is the script's own."""
    known = script_files.get(filename)
    if known is None:
        known = filename.startswith(root) and not ours(filename) and "/site-packages/" not in filename
        script_files[filename] = known
    return known


script_files: dict[str, bool] = {}


def ours(filename: str) -> bool:
    return filename.startswith((PACKAGES, "<frozen "))


def place() -> tuple[str, int, str]:
    """The place of the script: the innermost frame of its own files, else of any file but ours."""
    frame: Any = sys._getframe(2)
    other = None
    while frame is not None:
        name = frame.f_code.co_filename
        if of_script(name):
            return name, frame.f_lineno, frame.f_code.co_name
        if other is None and not ours(name):
            other = frame
        frame = frame.f_back
    return (other.f_code.co_filename, other.f_lineno, other.f_code.co_name) if other else ("", 0, "")


def call(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], number: int = 0, keep: bool = False) -> Any:
    """Calls a function of the driver, or a method of the object of that number.

    Functions among the arguments can be called until the call is over, or always. That for the parameter prepare always can.
    """
    given: list[int] = []

    def reference(value: Any) -> Any:
        if not callable(value):
            return value
        given.append(next_number())
        functions[given[-1]] = value
        return ..., "function", given[-1], title(value)

    if any(map(callable, args)):
        args = tuple(map(reference, args))
    if any(map(callable, kwargs.values())):
        kwargs = {key: reference(value) for key, value in kwargs.items()}
        if isinstance(kwargs.get("prepare"), tuple):
            from gotest import _fingerprint

            kwargs["prepare"] += (_fingerprint.fingerprint(functions[kwargs["prepare"][2]]),)
            keep = True
    try:
        return connection().ask(CALL, place(), number, name, args, kwargs)
    finally:
        if not keep:
            for function in given:
                del functions[function]


class cutting:
    """Raises subprocess.TimeoutExpired for a command that its timeout has cut: one that ends with status 124 after that time."""

    def __init__(self, command: Any, timeout: Any) -> None:
        self.command = command
        self.limit = None if timeout is None else seconds(timeout)
        self.start = standard("time").monotonic()

    def __enter__(self) -> Callable[[bool, str], None]:
        return self.cut

    def cut(self, status: bool, output: str) -> None:
        """Raises it if the status and the time say so."""
        if status and self.limit is not None and standard("time").monotonic() - self.start >= self.limit:
            raise standard("subprocess").TimeoutExpired(self.command, self.limit, output)

    def __exit__(self, kind: Any, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, RequestedAssertionFailed) and " failed (exit code 124)" in str(error):
            self.cut(True, str(error))


# Scopes


class Scope:
    """The result of `subtest(name)` and `log.nested(text)`: the block of a `with` runs in it."""

    def __init__(self, action: str, text: str, attributes: Any = None, condition: Proxy | None = None) -> None:
        self._what = action, str(text), texts(attributes), condition
        self._open: list[tuple[int, int]] = []

    def __enter__(self) -> None:
        number = connection().ask(ENTER, place(), *self._what)
        self._open.append((number, posix.getpid()))
        local.scopes.append(number)

    def __exit__(self, kind: Any, error: BaseException | None, trace: TracebackType | None) -> bool | None:
        number, process = self._open.pop()
        if number in local.scopes:
            local.scopes.remove(number)
        if process != posix.getpid():
            return None  # it is the scope of who has forked this process
        failed = None
        if error is not None and not isinstance(error, GeneratorExit) and exit_status(error) != 0:
            self._left(error)
            failed = failure(error)
        try:
            # Whether the script goes on after the block.
            expected = bool(connection().ask(EXIT, number, failed))
        except RequestedAssertionFailed as unexpected:  # it passed
            self._left(unexpected)
            raise
        if failed and self._what[0] == "subtest" and isinstance(error, Exception) and not expected and not is_skip(error):
            write_log("error", f'Test "{self._what[1]}" failed with error: "{text_of(error)}"')
        return expected

    def _left(self, error: BaseException) -> None:
        """Notes that an exception has left the subtest."""
        if self._what[0] != "subtest":
            return
        try:
            error._gotest_subtests = (self._what[1], *getattr(error, "_gotest_subtests", ()))  # type: ignore[attr-defined]
        except Exception:
            pass  # its class does not allow it

    def __call__(self, function: Callable[..., T]) -> Callable[..., T]:
        """Decorates a function: it is run in the scope."""

        def run(*args: Any, **kwargs: Any) -> T:
            with self:
                return function(*args, **kwargs)

        run.__name__, run.__doc__ = title(function), function.__doc__
        return run


def subtest(name: str) -> Scope:
    """A named part of the test, with its own entry and result in log and reports: `with subtest("login works"):`."""
    return Scope("subtest", name)


class Testing:
    """Assertions: a unittest.TestCase, made at its first use. isinstance says so, too."""

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self.__case())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__case(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__case(), name, value)

    def __case(self) -> Any:
        case = self.__dict__.get("case")
        if case is None:
            case = self.__dict__["case"] = tester()()
        return case


def tester() -> Any:
    """The class of `t`."""
    global _tester
    if _tester is None:

        class AssertionTester(standard("unittest").TestCase):  # type: ignore[misc]
            """A unittest.TestCase whose assertions fail the test as those of machines do."""

            failureException = RequestedAssertionFailed

        _tester = AssertionTester
    return _tester


_tester: Any = None


class PollingCondition:
    """A function that must return something else than `False` and must not fail, and what it is about."""

    def __init__(self, condition: Callable[[], Any], logger: Any = None, seconds_interval: Any = 2.0, description: str | None = None) -> None:
        self.condition = condition
        self.logger = logger
        self.seconds_interval = seconds_interval
        self.description: str = title(condition) if description is None else str(description)
        if description is None and hasattr(condition, "__code__") and condition.__doc__:
            self.description = condition.__doc__
        self.last_called = float("-inf")
        self.entry_count = 0  # more than 0 while the function is called

    @property
    def entered(self) -> bool:
        """Whether the function is being called."""
        return self.entry_count > 0

    @property
    def overdue(self) -> bool:
        """Whether the interval since the last call is over."""
        return self.last_called + seconds(self.seconds_interval) < standard("time").monotonic()  # type: ignore[no-any-return]

    def check(self, force: bool = False) -> bool:
        """Whether the condition holds: calls the function if that is due, or with `force`."""
        if (self.entered or not self.overdue) and not force:
            return True
        self.entry_count += 1
        try:
            result = self.condition()
        except Exception:
            return False
        finally:
            self.entry_count -= 1
            self.last_called = standard("time").monotonic()
        return result is None or bool(result)

    def maybe_raise(self) -> None:
        """Fail unless the condition holds."""
        if not self.check():
            raise PollingConditionError(self.status_message(False))

    def status_message(self, status: bool) -> str:
        """What is said of a condition that holds or does not."""
        return f"Polling condition {'succeeded' if status else 'failed'}: {self.description}"


class Condition:
    """A condition that must hold while it is entered: `with condition:`."""

    condition: PollingCondition

    def __init__(self, function: Callable[[], Any], interval: Any, description: str | None) -> None:
        self.condition = PollingCondition(function, None, interval, description)
        # The driver calls the function later too.
        arguments = {"interval": interval, "description": self.description}
        self._condition = call("polling_condition", (function,), arguments, keep=True)
        self._scope = Scope("condition", "", None, self._condition)

    @property
    def description(self) -> str:
        """The description of the condition."""
        return self.condition.description

    def __enter__(self) -> None:
        self._scope.__enter__()
        entered.append(self.condition)

    def __exit__(self, kind: Any, error: BaseException | None, trace: TracebackType | None) -> bool | None:
        if self.condition in entered:
            entered.remove(self.condition)
        return self._scope.__exit__(kind, error, trace)

    def run(self, fn: Callable[[], T]) -> T:
        """Call `fn()` with the condition entered, and return its result."""
        with self:
            return fn()

    def wait(self, timeout: Any = 900, *, timeout_seconds: Any = None) -> None:
        """Wait until the condition holds. `timeout_seconds` is the Python driver's name of `timeout`."""
        self._condition._call("wait", (timeout if timeout_seconds is None else timeout_seconds,), {})


entered: list[PollingCondition] = []  # driver.polling_conditions


def polling_condition(fun_: Any = None, *, seconds_interval: Any = 2, description: str | None = None) -> Any:
    """A condition that must hold while it is entered. Decorates a function:

    `@polling_condition` or `@polling_condition(seconds_interval=5)`. While it is entered (`with condition:`) the function
    is called at most every `seconds_interval` before calls of machines, and the test fails when it returns `False` or
    fails. The description defaults to the function's doc string, else to its name.
    """
    if fun_ is None:
        return lambda f: Condition(f, seconds_interval, description)
    return Condition(fun_, seconds_interval, description)


def retry(fn: Callable[[Any], Any], timeout_seconds: Any = 900, *, timeout: Any = ...) -> None:
    """Call `fn(last_attempt)` until it returns a true value; fail when `timeout_seconds` have passed.

    Then the function is called a last time, with `True`. A function whose parameter has `remaining` in its name, or
    the annotation `float`, gets the seconds that remain instead (None without a timeout), and no last call. `timeout`
    is another name of `timeout_seconds`.
    """
    limit = timeout_seconds if timeout is ... else timeout
    call("retry", (_with_remaining(fn, limit), limit), {})


def _with_remaining(fn: Callable[[Any], Any], limit: Any) -> Callable[[Any], Any]:
    """The function for `retry`: one that takes the remaining time is called with that."""
    import functools
    import inspect
    import time

    try:
        first = next(iter(inspect.signature(fn).parameters.values()), None)
    except (TypeError, ValueError):  # some built-in functions have no signature
        return fn
    if first is None or "remaining" not in first.name and "float" not in str(first.annotation):
        return fn
    seconds = limit.total_seconds() if hasattr(limit, "total_seconds") else limit
    end = None if seconds is None else time.monotonic() + seconds

    @functools.wraps(fn)
    def attempt(last: bool) -> Any:
        left = None if end is None else end - time.monotonic()
        return not last and (left is None or left > 0) and fn(left)

    return attempt


def parallel(fns: Iterable[Callable[[], T]], timeout: Any = None) -> list[T]:
    """Call the functions at the same time, each in a thread, and return their results in order.

    When one fails, the calls that the others wait for are ended, and then its failure is raised.
    """
    import threading
    import time

    functions = list(fns)
    results: list[Any] = [None] * len(functions)
    failures: list[BaseException] = []
    running: dict[int, Connection] = {}
    ended: list[int] = []
    done = threading.Condition()

    def run(number: int, function: Callable[[], T]) -> None:
        try:
            link = connection()
            with done:
                if failures:
                    return  # another was faster than this thread's start
                running[number] = link
            results[number] = function()
        except BaseException as error:
            with done:
                failures.append(error)
        finally:
            with done:
                running.pop(number, None)
                ended.append(number)
                done.notify()

    threads = [threading.Thread(target=run, args=item, name=title(item[1])) for item in enumerate(functions)]
    for thread in threads:
        thread.start()
    limit = None if timeout is None else seconds(timeout)
    end = None if limit is None else time.monotonic() + limit
    with done:
        while not failures and len(ended) < len(threads):
            left = 1.0 if end is None else min(1.0, end - time.monotonic())
            if left <= 0:
                late = [title(functions[n]) for n in sorted(running)]
                failures.append(WaitTimeout(f"not finished within {limit} s: {', '.join(late)}"))
            else:
                done.wait(left)
        for link in list(running.values()) if failures else []:
            link.signal("stop")
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


# Threads and processes


def carry(start: Any) -> Any:
    """Wraps a function that starts a thread: the thread's calls are logged below the entry that started it."""

    def start_thread(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        parent = local.scopes[-1] if local.scopes else local.parent

        def run(*args: Any, **kwargs: Any) -> None:
            local.parent = parent
            try:
                function(*args, **kwargs)
            finally:
                end_line()
                for link in (local.link, local.spare):
                    if link is not None:
                        links.remove(link)
                        link.socket.close()
                local.link = local.spare = None

        return start(run, *args, **kwargs)

    return start_thread


def wrap_threads() -> None:
    for module in (_thread, sys.modules.get("threading")):
        for name in ("start_new_thread", "start_joinable_thread", "_start_new_thread", "_start_joinable_thread"):
            start = getattr(module, name, None)
            if start is not None:
                setattr(module, name, carry(start))


def forked() -> None:
    """Called in a forked process: the connections belong to its parent."""
    for link in links:
        link.socket.close()
    links.clear()
    global main_link
    main_link = local.link = local.spare = None
    local.output = local.error = ""
    local.parent, local.scopes = local.scopes[-1] if local.scopes else local.parent, []


def interrupted(number: int, frame: Any) -> None:
    """The run ends, or Ctrl-C at a prompt."""
    raise KeyboardInterrupt() if number == _signal.SIGINT else GlobalTimeout("the global timeout is reached")


class Handler:
    """A signal's handler. An exception that it raises during a question is raised after the answer, which is then not awaited long."""

    def __init__(self, function: Callable[[int, Any], Any]) -> None:
        self.function = function

    def __call__(self, number: int, frame: Any) -> None:
        link = main_link
        if link is None or not link.busy:
            self.function(number, frame)
            return
        try:
            self.function(number, frame)
        except BaseException as error:
            link.pending = error
            link.signal("cancel")


def wrap_signals() -> None:
    """Wraps the script's own handlers in the same way."""
    install, installed = _signal.signal, _signal.getsignal

    def given(handler: Any) -> Any:
        return handler.function if isinstance(handler, Handler) else handler

    def signal(number: Any, handler: Any) -> Any:
        return given(install(number, Handler(handler) if callable(handler) and not isinstance(handler, int) else handler))

    def getsignal(number: Any) -> Any:
        return given(installed(number))

    setattr(_signal, "signal", signal)
    setattr(_signal, "getsignal", getsignal)


def wrap_programs() -> None:
    """Adds the mark to environments that the script passes to processes: the driver ends all processes with the mark."""
    import _posixsubprocess

    start = _posixsubprocess.fork_exec
    mark = posix.environ.get(MARK, b"")

    def fork_exec(*args: Any) -> Any:
        environment = args[5]
        if environment is not None:
            args = (*args[:5], [*environment, MARK + b"=" + mark], *args[6:])
        return start(*args)

    setattr(_posixsubprocess, "fork_exec", fork_exec)


# Output


class Output(io.TextIOBase):
    """Standard output or error of the script, which the driver writes line by line, in order with the calls."""

    encoding = "utf-8"
    errors = "surrogateescape"

    def __init__(self, raw: Any, stream: str) -> None:
        self.raw, self.buffer, self.stream = raw, raw.buffer, stream

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.raw.fileno()  # type: ignore[no-any-return]

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        lines, end, rest = (getattr(local, self.stream) + text).rpartition("\n")
        if len(rest) > 1 << 16:
            lines, end, rest = lines + end + rest, "\n", ""
        setattr(local, self.stream, rest)
        if end:
            tell_lines(lines, self.stream)
        return len(text)

    def reconfigure(self, **settings: Any) -> None:
        pass  # it is always UTF-8, by lines


def tell_lines(text: str, stream: str) -> None:
    try:
        connection().tell(PRINT, text, "" if stream == "output" else "info", {})
    except OSError:  # no file descriptor is left for a connection
        posix.write(2, text.encode("utf-8", "replace") + b"\n")


def end_line() -> None:
    """Prints lines that have no end."""
    for stream in ("output", "error"):
        text = getattr(local, stream)
        if text:
            setattr(local, stream, "")
            tell_lines(text, stream)


# The log

LEVELS = {"debug": 1, "info": 2, "warning": 3, "error": 4}
shown_level = 0  # what set_log_level has set; 0 leaves it to the command line


def write_log(level: str, text: object, attributes: Any = None) -> None:
    """Writes a line of the log. Debug lines that the script has asked for are shown as others are."""
    if LEVELS[level] >= shown_level:
        if level == "debug" and shown_level == 1:
            level = "info"
        connection().tell(PRINT, str(text), level, texts(attributes))


def texts(attributes: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in dict(attributes or {}).items()}


def set_log_level(level: Any) -> None:
    """Leaves out lines that are less important: DEBUG, INFO, WARNING or ERROR, 1 to 4."""
    global shown_level
    shown_level = LEVELS.get(str(level).lower()) or int(level)


# Failures


def exit_status(error: BaseException | None) -> int | None:
    """The exit status of an exception; None if it is not an exit."""
    if not isinstance(error, SystemExit):
        return None
    if error.code is None:
        return 0
    return int(error.code) if isinstance(error.code, int) else 1


def is_skip(error: BaseException) -> bool:
    """Whether an exception is unittest.SkipTest, which functions of unittest raise, too."""
    unittest = sys.modules.get("unittest")
    return unittest is not None and isinstance(error, unittest.SkipTest)


def text_of(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as broken:
        return f"<str() failed: {type(broken).__name__}>"


def describe(error: BaseException) -> tuple[str, str, int]:
    """Kind, text and number of an exception; the number is that of the driver's error."""
    text = text_of(error)
    number = getattr(error, "_gotest_number", 0)
    status = exit_status(error)
    if isinstance(error, LoggedError):
        text = error.text
    elif status is not None:
        text = f"exit({status})" if isinstance(error.code, (int, type(None))) else text  # type: ignore[attr-defined]
    if status is not None:
        return "exit", text, number
    if is_skip(error):
        return "skipped", text, number
    for name, kind in CLASSES.items():
        if isinstance(error, kind) and kind not in PYTHONS:
            return name, text, number
    if isinstance(error, AssertionError):
        return "assertion", text, number
    name = type(error).__qualname__
    if name == "BdbQuit":
        return "error", "ended in the debugger", number
    if type(error).__module__ not in ("builtins", "__main__"):
        name = type(error).__module__ + "." + name
    return "error", f"{name}: {text}" if text else name, number


def frames(error: BaseException) -> list[tuple[str, int, int, str]]:
    """The places that an exception passed, outermost first, each with its column."""
    out = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if not ours(code.co_filename):
            column = 0
            if hasattr(code, "co_positions"):
                for at, position in enumerate(code.co_positions()):
                    if at * 2 == trace.tb_lasti and position[2] is not None:
                        column = position[2] + 1
            out.append((code.co_filename, trace.tb_lineno, column, code.co_name))
        trace = trace.tb_next
    return out


def traceback(error: BaseException) -> str:
    """Python's own text of an exception, without our frames."""
    whole = standard("traceback").TracebackException(type(error), error, error.__traceback__)
    seen, todo = set(), [whole]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.stack[:] = [frame for frame in one.stack if not ours(frame.filename)]
        todo += [one.__cause__, one.__context__, *(getattr(one, "exceptions", None) or ())]
    return "".join(whole.format())


def failure(error: BaseException) -> tuple[Any, ...] | None:
    """The parts of END and EXIT, which report how the script or a part of it ended."""
    if exit_status(error) == 0:
        return None
    try:
        return (*describe(error), *account(error))
    except Exception as broken:  # an exception can be anything
        return (*describe(error), [], f"Python's traceback failed: {type(broken).__name__}", ())


def account(error: BaseException) -> tuple[Any, ...]:
    """The places of a failure, Python's traceback if that shows more, and the subtests that the failure left."""
    where = frames(error)
    # Libraries below the script's last line are left to Python's traceback, as are chained exceptions.
    inner = len(where)
    while inner and not where[inner - 1][0].startswith(root):
        inner -= 1
    chained = error.__cause__ or (error.__context__ and not error.__suppress_context__)
    more = chained or 0 < inner < len(where) or hasattr(error, "exceptions") or hasattr(error, "__notes__") or isinstance(error, SyntaxError)
    more = more and type(error).__name__ != "BdbQuit"
    text = traceback(error) if more else ""
    return (where[:inner] if inner else where, text, getattr(error, "_gotest_subtests", ()))


def standard(name: str) -> Any:
    """A module of Python's own. The script finds its own modules that have the names of what is imported for it."""
    before, path = set(sys.modules), sys.path
    sys.path = [directory for directory in path if directory + "/" != root]
    try:
        module = __import__(name)
    finally:
        sys.path = path
    for new in set(sys.modules) - before:
        if has_module(new.partition(".")[0]):
            del sys.modules[new]
    return module


def has_module(name: str) -> bool:
    """Whether the script's directory has a module of that name."""
    for path in (f"{root}{name}.py", f"{root}{name}"):
        try:
            posix.stat(path)
            return True
        except OSError:
            pass
    return False


# Running a script


def compare(op: str, source: str, left: Any, right: Any) -> bool:
    """A bare `assert left op right`, which shows both sides when it fails."""
    result = OPERATORS[op](left, right)
    if not result:
        raise AssertionError(f"assertion failed: {source}\n  left:  {short(left)}\n  right: {short(right)}")
    return True


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "Eq": lambda a, b: a == b,
    "NotEq": lambda a, b: a != b,
    "Lt": lambda a, b: a < b,
    "LtE": lambda a, b: a <= b,
    "Gt": lambda a, b: a > b,
    "GtE": lambda a, b: a >= b,
    "Is": lambda a, b: a is b,
    "IsNot": lambda a, b: a is not b,
    "In": lambda a, b: a in b,
    "NotIn": lambda a, b: a not in b,
}


def short(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as broken:
        text = f"<repr() failed: {type(broken).__name__}>"
    return text if len(text) <= 1000 else text[:500] + " … " + text[-500:]


def walk(node: Any) -> Iterable[Any]:
    """All nodes of a syntax tree. Package ast is not imported for it: that costs more than the walk."""
    todo = [node]
    while todo:
        node = todo.pop()
        yield node
        todo += children(node)


def children(node: Any) -> list[Any]:
    """The nodes directly below a node of a syntax tree."""
    out = []
    for name in node._fields:
        value = getattr(node, name, None)
        if hasattr(value, "_fields"):
            out.append(value)
        elif isinstance(value, list):
            out += [item for item in value if hasattr(item, "_fields")]
    return out


def compiled(source: bytes, filename: str) -> Any:
    """The script's code, and its unmodified syntax tree."""
    import _ast

    try:
        tree = compile(source, filename, "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
    except RecursionError:  # what is that deep may be compiled all the same
        return compile(source, filename, "exec", dont_inherit=True)
    lines = text_lines(source)
    for node in walk(tree):
        if type(node) is not _ast.Assert or node.msg is not None:
            continue
        test = node.test
        if type(test) is not _ast.Compare or len(test.ops) != 1:
            continue
        at = {name: getattr(test, name) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")}
        text = lines[at["lineno"] - 1].encode()
        end = at["end_col_offset"] if at["end_lineno"] == at["lineno"] else None
        words = [type(test.ops[0]).__name__, text[at["col_offset"] : end].decode("utf-8", "replace")]
        constants = [_ast.Constant(value=word, kind=None, **at) for word in words]
        name = _ast.Name(id="@gotest", ctx=_ast.Load(), **at)
        node.test = _ast.Call(func=name, args=[*constants, test.left, *test.comparators], keywords=[], **at)
    try:
        return compile(tree, filename, "exec", dont_inherit=True)
    except RecursionError:
        return compile(source, filename, "exec", dont_inherit=True)


def text_lines(source: bytes) -> list[str]:
    """The lines of a script as the compiler counts them."""
    encoding = "utf-8"
    if b"coding" in b"".join(source.split(b"\n", 2)[:2]):
        encoding = standard("tokenize").detect_encoding(standard("io").BytesIO(source).readline)[0]
    text = source.decode(encoding, "replace").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


root = "/"  # the script's directory, with a slash at its end
script_source = b""


debugging = False


def stop(*args: Any, **kwargs: Any) -> None:
    """breakpoint(): opens the debugger where the run has one, and does nothing otherwise."""
    if not debugging:
        call("debug.breakpoint", (), {})  # stops where somebody can attach
        return
    frame = sys._getframe(1)
    while frame.f_back is not None and ours(frame.f_code.co_filename):
        frame = frame.f_back
    debugger().set_trace(frame)


def debugger() -> Any:
    """A debugger at the terminal, which leaves out our frames."""
    import pdb

    printing, sys.stdout = sys.stdout, sys.__stdout__
    try:
        return pdb.Pdb(skip=["gotest", "gotest.*"])
    finally:
        sys.stdout = printing


def examine(error: BaseException) -> None:
    """Opens the debugger where the script failed."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        if not ours(trace.tb_frame.f_code.co_filename):
            places.append(trace)
        trace = trace.tb_next
    for place in reversed(places):  # the same without our frames
        trace = type(place)(trace, place.tb_frame, place.tb_lasti, place.tb_lineno)
    if trace is None or isinstance(error, SystemExit) or type(error).__name__ == "BdbQuit":
        return
    print(traceback(error), file=sys.__stderr__)
    print("The script has failed; the machines are up. `quit` ends the run.", file=sys.__stdout__)
    prompt = debugger()
    prompt.reset()
    try:
        prompt.interaction(None, trace)
    except (SystemExit, KeyboardInterrupt):
        pass


def attach() -> None:
    """Waits for an editor's debugger."""
    try:
        import debugpy
    except ImportError:
        raise RuntimeError("debugging in an editor needs the Python package debugpy (Debian: apt install python3-debugpy)") from None
    port, token = connection().ask(DEBUGGER)
    debugpy.configure(subProcess=False)  # the driver relays one process
    debugpy.connect(("127.0.0.1", port), access_token=token)
    debugpy.wait_for_client()


def interact(code: Any, names: dict[str, Any], history: str) -> None:
    """Opens a prompt at which test_script() runs the script."""
    import gotest

    def test_script() -> None:
        """Run the test script."""
        exec(code, names)

    def run_tests() -> None:
        """Run the test script, then wait for all machines to power off."""
        test_script()
        gotest.join_all()

    names.update(test_script=test_script, run_tests=run_tests)
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    try:
        repl: Any = standard("importlib").import_module("ptpython.repl")
    except ImportError:
        repl = None
    if repl is not None and sys.stdin.isatty():
        repl.embed(globals=names, locals=names, history_filename=history or None)
    else:
        console(names, history)


def console(names: dict[str, Any], history: str) -> None:
    """Python's own prompt. Without a terminal all statements run, and one that fails is then the run's failure."""
    import code

    failed: list[BaseException] = []

    class Console(code.InteractiveConsole):
        def raw_input(self, prompt: str = "") -> str:
            return input(prompt if sys.stdin.isatty() else "")

        def showtraceback(self) -> None:
            error = sys.exc_info()[1]
            if error is not None and error.__traceback__ is not None:
                failed.append(error)
                self.write(traceback(error.with_traceback(error.__traceback__.tb_next)))

        def showsyntaxerror(self, filename: str | None = None, **more: Any) -> None:
            failed.append(sys.exc_info()[1] or SyntaxError())
            super().showsyntaxerror(filename, **more)

    try:
        import readline
        import rlcompleter
    except ImportError:
        pass
    else:
        readline.set_completer(rlcompleter.Completer(names).complete)
        readline.parse_and_bind("tab: complete")
        if history:
            try:
                readline.read_history_file(history)
            except OSError:
                pass  # the first time
    banner = "Python %s. test_script() runs the script, help(Machine.succeed) documents a call, Ctrl-D ends." % sys.version.split()[0]
    try:
        prompt = Console(names)
        prompt.interact(banner if sys.stdin.isatty() else "", exitmsg="")
        if prompt.buffer and not sys.stdin.isatty():
            try:
                exec(compile("\n".join(prompt.buffer), "<stdin>", "exec"), names)
            except SystemExit:
                raise
            except BaseException:
                prompt.showtraceback()
    finally:
        if history and "readline" in sys.modules:
            try:
                readline.write_history_file(history)
            except OSError as error:
                print(f"the history is not saved: {error}", file=sys.stderr)
    if failed and not sys.stdin.isatty():
        raise failed[0]


def prepare() -> None:
    """Prepares this process for running a script."""
    global control, main_link, main_process, root
    control = _socket.socket(fileno=CONTROL)
    control.set_inheritable(False) if hasattr(control, "set_inheritable") else posix.set_inheritable(CONTROL, False)
    main_process = posix.getpid()
    main_link = connection()
    wrap_threads()
    wrap_signals()
    wrap_programs()
    posix.register_at_fork(after_in_child=forked)
    _signal.signal(_signal.SIGINT, interrupted)
    _signal.signal(_signal.SIGALRM, interrupted)
    sys.stdout, sys.stderr = Output(sys.__stdout__, "output"), Output(sys.__stderr__, "error")  # type: ignore[assignment]
    sys.breakpointhook = stop


def run(code: Any, filename: str, names: dict[str, Any], mode: str, history: str) -> BaseException | None:
    """Runs the script as the program's main module. It ends with its threads, or with an exception."""
    global debugging
    debugging = mode == "debug"
    import os

    import gotest

    module = type(sys)("__main__")
    sys.modules["__main__"] = module
    module.__dict__.update(__builtins__=builtins, __file__=os.path.abspath(sys.argv[0]), os=os)
    vars(gotest).update({name: names[name] for name in gotest.__annotations__ if name in names})
    for name in gotest.__all__:
        names.setdefault(name, getattr(gotest, name))
    module.__dict__.update(names)
    for name, value in names.items():
        if not hasattr(builtins, name):  # for the script's own modules
            setattr(builtins, name, value)
    setattr(builtins, "@gotest", compare)
    try:
        if mode == "attach":
            attach()
        if mode == "interact":
            interact(code, module.__dict__, history)
        else:
            exec(code, module.__dict__)
    except BaseException as error:
        if exit_status(error) != 0:
            return error
    return finish()


def finish() -> BaseException | None:
    """The end of an interpreter: waits for threads, calls the registered functions."""
    try:
        threading = sys.modules.get("threading")
        if threading:
            threading._shutdown()
        atexit = sys.modules.get("atexit")
        if atexit:
            atexit._run_exitfuncs()
    except BaseException as error:
        return error
    return None


def main() -> None:
    """Runs the script that the command line names."""
    global root
    filename, shown = sys.argv[1:3]
    directory = filename.rpartition("/")[0]
    root = directory + "/"
    packages = PACKAGES.rstrip("/")
    sys.path.remove(packages)
    if not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, directory)
    sys.path.append(packages)
    sys.argv = [shown, *sys.argv[3:]]
    prepare()
    link = connection()
    global script_source
    source = script_source = link.receive()[1]
    try:
        code = compiled(source, filename)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        at = getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1
        link.ask(BROKEN, *at, getattr(error, "msg", None) or str(error) or "this is nested too deeply for Python")
        return
    command = link.ask(READY)
    if command[0] == "check":
        from gotest import _check

        try:
            found = _check.findings(source, filename, *command[1:])
        except RecursionError:
            found = [], [], []
        command = link.ask(CHECKED, *found)
    if command[0] != "run":
        return
    failed = run(code, filename, *command[1:])
    if posix.getpid() != main_process:
        end_child(failed)
    end_line()
    tell_end(None if failed is None else failure(failed))
    if failed is not None:
        if debugging and not is_skip(failed):
            examine(failed)
            tell_end(None)
        finish()
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    for link in links:  # the end of the process closes them
        link.socket.detach()
    control.detach()


def tell_end(how: tuple[Any, ...] | None) -> None:
    try:
        (main_link or connection()).ask(END, how)
    except (KeyboardInterrupt, GlobalTimeout):
        pass  # the run has ended too


def end_child(error: BaseException | None) -> None:
    """Ends a process that the script forked and that reached the script's end."""
    status = exit_status(error) if error is not None else 0
    if status is None:
        print(traceback(error), file=sys.stderr)  # type: ignore[arg-type]
    end_line()
    posix._exit(1 if status is None else status & 255)
