package report

import "time"

// Kind is the kind of an event.
type Kind string

// The kinds of events.
const (
	RunStart   Kind = "run-start"  // Text: the test's name; Attrs: version, seed, command line, script
	RunEnd     Kind = "run-end"    // Status, Error: how the run ended
	Begin      Kind = "begin"      // an entry opens: Entry, Parent, Action, Text (of a subtest: its name alone)
	End        Kind = "end"        // the entry Entry closes: Duration, Status, Error, Command
	Message    Kind = "message"    // a line of the log: Level, Text
	Serial     Kind = "serial"     // a line of a machine's serial console: Machine, Text
	Progress   Kind = "progress"   // what the open entry Entry is doing now (attempts, last seen): Text; sinks that keep a log drop it
	Screenshot Kind = "screenshot" // an image was written: Machine, Path (absolute, or below the output directory), Text (why)
	Artifact   Kind = "artifact"   // another file was written: Path (as above), Text (what it is)
	State      Kind = "state"      // a machine's state changed: Machine, Text (one of the State… constants)
	Fault      Kind = "fault"      // a fault of a machine or a network began, changed or ended: Machine, or Attrs["network"]; Text (the current faults, empty for none)
	Failure    Kind = "failure"    // the failure that ends the run or a kept-going test: Failure
)

// Action is what an entry does; sinks group and colour by it.
type Action string

// The actions.
const (
	ActionTest    Action = "test"    // a whole script
	ActionSubtest Action = "subtest" // a subtest: a case in JUnit
	ActionCommand Action = "command" // a command in a guest; End carries Command
	ActionWait    Action = "wait"    // a wait for a condition
	ActionMachine Action = "machine" // start, shutdown, reboot, crash…
	ActionInput   Action = "input"   // keys, characters, clicks
	ActionCopy    Action = "copy"    // files between host and guest
	ActionScreen  Action = "screen"  // screenshots, OCR
	ActionNetwork Action = "network" // faults, captures
	ActionNested  Action = "nested"  // log.nested
	ActionSetup   Action = "setup"   // building an image, starting a switch, cleaning up
)

// The states of a machine, as Text of a State event.
const (
	StateStopped = "stopped"
	StateBooting = "booting"
	StateUp      = "up"
	StateDead    = "dead"
)

// Level is the importance of a message.
type Level string

// The levels, least important first.
const (
	Debug   Level = "debug"
	Info    Level = "info"
	Warning Level = "warning"
	Error   Level = "error"
)

// Status is the result of an entry or of the run.
type Status string

// The statuses.
const (
	Passed      Status = "passed"
	Failed      Status = "failed"      // a test failure, a machine error or a script error: see FailureInfo.Class
	Skipped     Status = "skipped"     // did not run, or not to its end: Error says why
	Interrupted Status = "interrupted" // Ctrl-C, SIGTERM
	// ExpectedFailure: it failed, as the script says it does; Error has both.
	ExpectedFailure Status = "expected-failure"
)

// Event is one event of a run. Which fields are set depends on Kind. Its JSON form is a line of the
// JSON log.
type Event struct {
	Seq     uint64    `json:"seq"` // counts from 1 within a run
	Time    time.Time `json:"time"`
	Kind    Kind      `json:"kind"`
	Entry   uint64    `json:"entry,omitempty"`  // of Begin, End, Progress: the entry; of others: the entry they belong to
	Parent  uint64    `json:"parent,omitempty"` // of Begin: the enclosing entry, 0 at the top
	Machine string    `json:"machine,omitempty"`
	Action  Action    `json:"action,omitempty"`
	Level   Level     `json:"level,omitempty"`
	Text    string    `json:"text,omitempty"`
	Printed bool      `json:"printed,omitempty"` // of Message: the script has printed it
	Source  *Source   `json:"source,omitempty"`  // of Begin: the script's line that made the call

	Duration time.Duration `json:"duration_ns,omitempty"` // of End and RunEnd
	Status   Status        `json:"status,omitempty"`
	Error    string        `json:"error,omitempty"`
	Command  *Command      `json:"command,omitempty"`
	Path     string        `json:"path,omitempty"`
	Failure  *FailureInfo  `json:"failure,omitempty"`

	Timeout time.Duration     `json:"timeout_ns,omitempty"` // of Begin of a wait: its limit, 0 for none
	Attrs   map[string]string `json:"attrs,omitempty"`
}

// Source is a place in a script.
type Source struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"col,omitempty"`
	Text string `json:"text,omitempty"` // the line itself
	Func string `json:"func,omitempty"` // the function, in a backtrace
}

// Command is a finished command in a guest. Output and Stderr are limited (see Truncated); a script gets
// the whole output.
type Command struct {
	Line      string `json:"line"`
	Status    int    `json:"status"`
	Output    string `json:"output,omitempty"`
	Stderr    string `json:"stderr,omitempty"`
	Truncated int64  `json:"truncated,omitempty"` // bytes of output that were left out
}

// FailureInfo is everything that explains a failure.
type FailureInfo struct {
	Class     string              `json:"class"` // "test", "machine", "setup", "script", "timeout" (the global one), "interrupted"
	Message   string              `json:"message"`
	Subtest   string              `json:"subtest,omitempty"` // names of the open subtests, joined by " / "
	Machine   string              `json:"machine,omitempty"`
	Backtrace []Source            `json:"backtrace,omitempty"` // outermost first
	Traceback string              `json:"traceback,omitempty"` // Python's traceback, if it shows more than Backtrace
	Command   *Command            `json:"command,omitempty"`
	Console   map[string][]string `json:"console,omitempty"` // the last serial lines of the machines that matter
	Paths     []string            `json:"paths,omitempty"`   // screenshots and other files that help
	Rerun     string              `json:"rerun,omitempty"`   // the command that runs only this test again
}
