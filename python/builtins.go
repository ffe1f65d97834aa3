package python

// pythonBuiltins are the builtin names of Python that the lowering knows; the value tells whether Starlark has a
// function of that name that may be passed on.
var pythonBuiltins = map[string]bool{
	"abs": true, "all": true, "any": true, "bool": true, "bytes": true, "chr": true, "dict": true, "enumerate": true,
	"float": true, "getattr": true, "hasattr": true, "int": true, "len": true, "list": true, "max": true, "min": true,
	"ord": true, "print": true, "range": true, "repr": true, "reversed": true, "set": true, "sorted": true, "str": true,
	"tuple": true, "type": true, "zip": true, "breakpoint": true,
	"ascii": false, "bin": false, "bytearray": false, "callable": false, "classmethod": false, "compile": false,
	"complex": false, "delattr": false, "dir": false, "divmod": false, "eval": false, "exec": false, "exit": false,
	"filter": false, "format": false, "frozenset": false, "globals": false, "hash": false, "help": false, "hex": false,
	"id": false, "input": false, "isinstance": false, "issubclass": false, "iter": false, "locals": false, "map": false,
	"memoryview": false, "next": false, "object": false, "oct": false, "open": false, "pow": false, "property": false,
	"quit": false, "round": false, "setattr": false, "slice": false, "staticmethod": false, "sum": false,
	"super": false, "vars": false, "NotImplemented": false, "__import__": false, "__file__": false, "__doc__": false,
}

// builtinHints tell what to do without a builtin.
var builtinHints = map[string]string{
	"exit":   "end the test with fail(…), or by an `if` around what follows",
	"filter": "write a comprehension",
	"map":    "write a comprehension",
	"next":   "take the first element of a list",
	"open":   "a test in Starlark reaches no files of the host: copy_from_host and copy_from_machine do",
	"quit":   "end the test with fail(…), or by an `if` around what follows",
	"round":  "use math.round, which rounds halves up",
	"sum":    "add up in a loop",
}

// exceptions are the classes of Python's builtin exceptions.
var exceptions = map[string]bool{
	"BaseException": true, "Exception": true, "AssertionError": true, "ValueError": true, "TypeError": true,
	"KeyError": true, "IndexError": true, "LookupError": true, "AttributeError": true, "NameError": true,
	"RuntimeError": true, "NotImplementedError": true, "ArithmeticError": true, "ZeroDivisionError": true,
	"OverflowError": true, "OSError": true, "IOError": true, "FileNotFoundError": true, "FileExistsError": true,
	"PermissionError": true, "IsADirectoryError": true, "NotADirectoryError": true, "ConnectionError": true,
	"ConnectionRefusedError": true, "ConnectionResetError": true, "BrokenPipeError": true, "TimeoutError": true,
	"StopIteration": true, "UnicodeError": true, "UnicodeDecodeError": true, "EOFError": true, "SystemExit": true,
	"KeyboardInterrupt": true, "UnboundLocalError": true, "RecursionError": true, "ImportError": true,
	"ModuleNotFoundError": true, "SyntaxError": true, "GeneratorExit": true, "UnicodeEncodeError": true,
}

// vocabulary are the functions of Starlark that the lowering may write by itself, so that a variable of the
// script can't have their names.
var vocabulary = map[string]bool{
	"str": true, "int": true, "list": true, "dict": true, "set": true, "tuple": true, "type": true, "repr": true,
	"fail": true, "len": true, "any": true, "all": true, "bytes": true, "sorted": true, "reversed": true, "range": true,
	"float": true, "parallel": true,
}

// keywords of Starlark that are names in Python.
var reserved = map[string]bool{"load": true}
