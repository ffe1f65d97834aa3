package python

// pythonBuiltins are the builtin names of Python that the lowering knows; the value tells whether it can be used.
var pythonBuiltins = map[string]bool{
	"abs": true, "all": true, "any": true, "ascii": true, "bin": true, "bool": true, "bytes": true, "callable": true,
	"chr": true, "dict": true, "divmod": true, "enumerate": true, "exit": true, "filter": true, "float": true,
	"format": true, "frozenset": true, "getattr": true, "hasattr": true, "hash": true, "hex": true, "int": true,
	"isinstance": true, "issubclass": true, "iter": true, "len": true, "list": true, "map": true, "max": true,
	"min": true, "next": true, "object": true, "oct": true, "open": true, "ord": true, "pow": true, "print": true,
	"property": true, "quit": true, "range": true, "repr": true, "reversed": true, "round": true, "set": true,
	"setattr": true, "slice": true, "NotImplemented": true, "sorted": true, "staticmethod": true, "classmethod": true, "str": true,
	"sum": true, "super": true, "tuple": true, "type": true, "zip": true,
	"bytearray": false, "breakpoint": true, "compile": false, "complex": false, "delattr": true, "dir": false,
	"eval": false, "exec": false, "globals": false, "help": false, "id": false, "input": false, "locals": false,
	"memoryview": false, "vars": true, "__import__": false, "__file__": false, "__doc__": false,
}

// exceptions are the classes of Python's builtin exceptions that py has.
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

// vocabulary are the builtins of Starlark that the lowering may write by itself, so that a variable of the
// script can't have their names.
var vocabulary = map[string]bool{
	"py": true, "str": true, "int": true, "float": true, "list": true, "dict": true, "set": true, "tuple": true,
	"type": true, "repr": true, "fail": true, "len": true, "any": true, "all": true, "bytes": true,
}

// keywords of Starlark that are names in Python.
var reserved = map[string]bool{"load": true}
