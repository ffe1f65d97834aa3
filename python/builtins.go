package python

import "strings"

// foreignBuiltins are builtin names of Python that Starlark lacks, with what to do instead.
var foreignBuiltins = map[string]string{
	"ascii": "", "bin": "", "bytearray": "", "callable": "", "classmethod": "", "compile": "", "complex": "", "delattr": "",
	"dir": "", "divmod": "", "eval": "", "exec": "", "format": "", "frozenset": "", "globals": "", "hash": "", "help": "", "hex": "",
	"id": "", "input": "", "isinstance": "", "issubclass": "", "iter": "", "locals": "", "memoryview": "", "object": "", "oct": "",
	"pow": "", "property": "", "setattr": "", "slice": "", "staticmethod": "", "super": "", "vars": "", "NotImplemented": "",
	"SystemExit": "", "KeyboardInterrupt": "", "StopIteration": "",
	"GeneratorExit": "", "BaseException": "", "__import__": "", "__file__": "", "__doc__": "", "Machine": "", "QemuMachine": "", "NspawnMachine": "", "BaseMachine": "",
	"exit":   "end the test with fail(…), or by an `if` around what follows",
	"filter": "write a comprehension",
	"map":    "write a comprehension",
	"next":   "take the first element of a list",
	"open":   "a test in Starlark reaches no files of the host: copy_from_host and copy_from_machine do",
	"quit":   "end the test with fail(…), or by an `if` around what follows",
	"round":  "use math.round, which rounds halves up",
	"sum":    "add up in a loop",
}

// isException tells whether a name that the script does not define is one of Python's exceptions that are errors.
func isException(name string) bool {
	return name == "Exception" || strings.HasSuffix(name, "Error") && !strings.Contains(name, ".")
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
