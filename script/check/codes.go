package check

// Code names a kind of finding. Codes are stable: scripts name them in comments.
type Code string

// The codes of errors.
const (
	SyntaxError        Code = "syntax-error"
	UndefinedName      Code = "undefined-name"
	UsedBeforeSet      Code = "used-before-set"
	UnknownMachine     Code = "unknown-machine"
	UnknownAttribute   Code = "unknown-attribute"
	MissingArgument    Code = "missing-argument"
	SurplusArgument    Code = "surplus-argument"
	UnknownArgument    Code = "unknown-argument"
	RepeatedArgument   Code = "repeated-argument"
	ArgumentType       Code = "argument-type"
	ArgumentValue      Code = "argument-value"
	AssignmentType     Code = "assignment-type"
	ReturnType         Code = "return-type"
	OperandType        Code = "operand-type"
	SubscriptType      Code = "subscript-type"
	NotIterable        Code = "not-iterable"
	NotCallable        Code = "not-callable"
	NoneValue          Code = "none-value"
	UnpackCount        Code = "unpack-count"
	FormatString       Code = "format-string"
	InvalidRegex       Code = "invalid-regex"
	UnknownKey         Code = "unknown-key"
	UnknownType        Code = "unknown-type"
	LoadFailed         Code = "load-failed"
	MisplacedStatement Code = "misplaced-statement"
	QEMUOnly           Code = "qemu-only"
)

// The codes of warnings.
const (
	MaybeNone            Code = "maybe-none"
	UnreachableCode      Code = "unreachable-code"
	UnusedVariable       Code = "unused-variable"
	UnusedParameter      Code = "unused-parameter"
	UnusedLoad           Code = "unused-load"
	UselessStatement     Code = "useless-statement"
	DuplicateSubtest     Code = "duplicate-subtest"
	DuplicateKey         Code = "duplicate-key"
	Redefined            Code = "redefined-function"
	NoReturnValue        Code = "no-return-value"
	BackgroundJob        Code = "background-job"
	SleepInsteadOfWait   Code = "sleep-instead-of-wait"
	CurlWithoutFail      Code = "curl-without-fail"
	TimeoutTooLong       Code = "timeout-too-long"
	PollingUnit          Code = "polling-unit-state"
	UnusedFormatArgument Code = "unused-format-argument"
	UnknownCode          Code = "unknown-code"
)

// Severity of the findings with this code.
func (c Code) Severity() Severity {
	if d, ok := codeDocs[c]; ok {
		return d.Severity
	}
	return Error
}
