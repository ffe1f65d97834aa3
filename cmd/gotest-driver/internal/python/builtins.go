package python

import (
	"strings"
	"sync"
)

// foreignBuiltins are builtin names of Python that Starlark lacks.
var foreignBuiltins = set(`
ascii bin bytearray callable classmethod compile complex delattr dir divmod eval exec format frozenset globals hash
help hex id input isinstance issubclass iter locals memoryview object oct pow property setattr slice staticmethod
super vars NotImplemented SystemExit KeyboardInterrupt StopIteration GeneratorExit BaseException __import__ __file__
__doc__ Machine QemuMachine NspawnMachine BaseMachine exit filter map next open quit round sum`)

// builtinHints says what to do instead of them.
var builtinHints = map[string]string{
	"exit":   "end the test with fail(…), or put the rest into an `if`",
	"filter": "write a comprehension",
	"map":    "write a comprehension",
	"next":   "take the first element of a list",
	"open":   "a test in Starlark can't read files of the host: use copy_from_host and copy_from_machine",
	"quit":   "end the test with fail(…), or put the rest into an `if`",
	"round":  "use math.round, which rounds halves up",
	"sum":    "add up in a loop",
}

// isException reports whether a name that the script does not define is one of Python's error exceptions.
func isException(name string) bool {
	return name == "Exception" || strings.HasSuffix(name, "Error") && !strings.Contains(name, ".")
}

// set returns a function that returns the set of the words of a text, which is made when it is first needed.
func set(words string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		out := map[string]bool{}
		for w := range strings.FieldsSeq(words) {
			out[w] = true
		}
		return out
	})
}

// vocabulary has the functions of Starlark that the lowering may write, so that a variable of the
// script can't have their names.
var vocabulary = set(`
str int list dict set tuple type repr fail len any all bytes sorted reversed range float parallel`)

// keywords of Starlark that are names in Python.
var reserved = map[string]bool{"load": true}
