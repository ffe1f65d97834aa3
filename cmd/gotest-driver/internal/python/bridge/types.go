package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/script/check"
)

// A typeChecker is a program that checks types. args returns its arguments for a script in a directory with the names of
// machines and networks, with package gotest and the script's own modules elsewhere; findings reads its output.
type typeChecker struct {
	program  string
	args     func(dir, file string, paths []string) ([]string, error)
	env      func(paths []string) []string
	findings func(out []byte) ([]typeFinding, error)
}

// typeFinding is an error in a file, with positions from 1; an end of 0 is unknown.
type typeFinding struct {
	file, rule, message string
	line, col           int
	endLine, endCol     int
}

// typeCheckers are the known programs, in the order of preference.
var typeCheckers = []typeChecker{
	{
		program: "pyright",
		args: func(dir, file string, paths []string) ([]string, error) {
			config := map[string]any{
				"include": []string{file}, "extraPaths": paths, "reportMissingImports": "none", "reportMissingModuleSource": "none",
				"reportWildcardImportFromLibrary": "none", "reportSelfClsParameterName": "none",
				"reportPossiblyUnboundVariable": "none",
			}
			text, err := json.Marshal(config)
			name := filepath.Join(dir, "pyrightconfig.json")
			return []string{"--outputjson", "--project", name}, errors.Join(err, os.WriteFile(name, text, 0o600))
		},
		findings: pyrightFindings,
	},
	{
		program: "mypy",
		args: func(dir, file string, _ []string) ([]string, error) {
			return []string{
				"--no-error-summary", "--hide-error-context", "--no-color-output", "--show-column-numbers", "--show-error-end", "--show-error-codes",
				"--check-untyped-defs", "--allow-redefinition", "--ignore-missing-imports", "--follow-imports=silent", "--disable-error-code=var-annotated", "--disable-error-code=assignment", "--disable-error-code=no-redef",
				"--cache-dir", filepath.Join(dir, "cache"), file,
			}, nil
		},
		env:      func(paths []string) []string { return []string{"MYPYPATH=" + strings.Join(paths, ":")} },
		findings: mypyFindings,
	},
}

// names is the module with the names of machines and networks for a type checker.
const names = "gotest_names"

// prelude is put before a script, so that it finds these names without import.
const prelude = "from " + names + " import *; import os\n"

// futureImport matches an import that must be a file's first statement; it has no effect on a script's types for a checker.
var futureImport = lazyre.Compile(`(?m)^from __future__ import ([^(\n]*|\([^)]*\).*)$`)

// Types checks a script's types with pyright or mypy, the first that is installed.
func Types(ctx context.Context, o Options, cfg check.Config) (_ []check.Finding, err error) {
	var tried []string
	for _, c := range typeCheckers {
		program, err := exec.LookPath(c.program)
		if err == nil {
			return c.check(ctx, program, o, cfg)
		}
		tried = append(tried, c.program)
	}
	return nil, fmt.Errorf("types are checked by %s, but none is installed", strings.Join(tried, " or "))
}

func (c *typeChecker) check(ctx context.Context, program string, o Options, cfg check.Config) (_ []check.Finding, err error) {
	files, _, err := embedded()
	if err != nil {
		return nil, err
	}
	own, err := filepath.Abs(filepath.Dir(o.Script))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "gotest-types-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if dir, err = filepath.EvalSymlinks(dir); err != nil { // as the checkers name files
		return nil, err
	}
	packages := filepath.Join(dir, "python") // because a sandbox has no cache
	if err := write(packages, files); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "gotest_script.py")
	source := bytes.TrimPrefix(o.Source, []byte("\xef\xbb\xbf"))
	text := append([]byte(prelude), futureImport().ReplaceAllFunc(source, func(b []byte) []byte {
		return bytes.Repeat([]byte("\n"), bytes.Count(b, []byte("\n")))
	})...)
	if err := errors.Join(os.WriteFile(file, text, 0o600), os.WriteFile(filepath.Join(dir, names+".pyi"), []byte(nameStub(cfg, o.Source)), 0o600)); err != nil {
		return nil, err
	}
	paths := []string{packages, dir, own}
	args, err := c.args(dir, file, paths)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = os.Environ()
	if c.env != nil {
		cmd.Env = append(cmd.Env, c.env(paths)...)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 1) {
		return nil, fmt.Errorf("%s: %v\n%s%s", program, err, stderr.Bytes(), out)
	}
	list, err := c.findings(out)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	script := newText(o.Script, o.Source)
	var found []check.Finding
	for _, f := range list {
		line := f.line - 1 // of the prelude
		if filepath.Base(f.file) != filepath.Base(file) || line < 1 || f.doubtful() {
			continue
		}
		end := f.endCol
		if f.endLine != f.line {
			end = 0
		}
		message, _, _ := strings.Cut(f.message, "\n")
		x := script.finding(typeCode(f.rule), line, f.col, end, message+" ("+c.program+": "+f.rule+")", "")
		// The machines are not always known, and the quick check reports names too.
		if !cfg.Disabled[x.Code] && !(cfg.Machines == nil && x.Code == check.UndefinedName) {
			found = append(found, *x)
		}
	}
	return check.Unsuppressed(o.Script, o.Source, found), nil
}

// Reports of checkers about modules without types, and about values of several types, are no mistakes in most scripts: the
// values of a dictionary are "object" for them, and each search may return None. The expected type may be a union.
var (
	severalTypes = lazyre.Compile(`"object"|Optional|Union\[|overloaded function|No overloads|"None" of| \| `)
	someMachine  = lazyre.Compile(`"Machine"(; expected| cannot be assigned to parameter "\w+" of type) "\w+Machine"`) // it may be one
	expectedType = lazyre.Compile(`; expected .*| cannot be assigned to parameter .*| is not assignable to .*`)
)

func (f typeFinding) doubtful() bool {
	other := f.rule == "misc" && !strings.Contains(f.message, "unpack") || strings.HasPrefix(f.rule, "import")
	return other || strings.Contains(f.rule, "Optional") || someMachine().MatchString(f.message) || severalTypes().MatchString(expectedType().ReplaceAllString(f.message, ""))
}

// binding matches names that a script binds: by an assignment, a loop, with, def and class.
var binding = lazyre.Compile(`(?m)^[ \t]*(\w+)[ \t]*(?::[^=\n]+)?=[^=]|\bfor (\w+) in\b|\bas (\w+)|\b(?:def|class) (\w+)`)

// exported matches the names of package gotest.
var exported = lazyre.Compile(`(?m)^    "(\w+)",$`)

func pythonNames() []string {
	text, _ := packages.ReadFile("gotest/__init__.py") // it is embedded
	_, list, _ := bytes.Cut(text, []byte("\n__all__ = "))
	var out []string
	for _, m := range exported().FindAllSubmatch(list, -1) {
		out = append(out, string(m[1]))
	}
	return out
}

// nameStub declares machines and networks.
func nameStub(cfg check.Config, src []byte) string {
	var b strings.Builder
	b.WriteString("import gotest\n")
	bound := map[string]bool{} // a script may use the driver's names for something else
	for _, m := range binding().FindAllSubmatch(src, -1) {
		for _, name := range m[1:] {
			bound[string(name)] = true
		}
	}
	for _, name := range pythonNames() {
		if !bound[name] {
			fmt.Fprintf(&b, "from gotest import %[1]s as %[1]s\n", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Machines)) {
		fmt.Fprintf(&b, "%s: gotest.%s\n", name, cfg.Machines[name])
		if len(cfg.Machines) == 1 && name != "machine" {
			fmt.Fprintf(&b, "machine: gotest.%s\n", cfg.Machines[name])
		}
	}
	if cfg.Machines == nil && !bound["machine"] {
		b.WriteString("machine: gotest.Machine\n")
	}
	vlans := vlanName().FindAllString(string(src), -1)
	for _, nr := range cfg.VLANs {
		vlans = append(vlans, fmt.Sprintf("vlan%d", nr))
	}
	slices.Sort(vlans)
	for _, name := range slices.Compact(vlans) {
		fmt.Fprintf(&b, "%s: gotest.Vlan\n", name)
	}
	return b.String()
}

// typeCode returns the code for a checker's rule.
func typeCode(rule string) check.Code {
	for _, c := range []struct {
		part string
		code check.Code
	}{
		{"name-defined", check.UndefinedName}, {"Undefined", check.UndefinedName}, {"attr-defined", check.UnknownAttribute}, {"Attribute", check.UnknownAttribute},
		{"union-attr", check.NoneValue}, {"Optional", check.NoneValue}, {"func-returns-value", check.NoneValue}, {"return", check.ReturnType}, {"Return", check.ReturnType},
		{"operator", check.OperandType}, {"Operator", check.OperandType}, {"index", check.SubscriptType}, {"Index", check.SubscriptType},
		{"assignment", check.AssignmentType}, {"Assignment", check.AssignmentType}, {"syntax", check.SyntaxError},
	} {
		if strings.Contains(rule, c.part) {
			return c.code
		}
	}
	return check.ArgumentType
}

// mypyLine matches file:line:column:end line:end column: error: message [code].
var mypyLine = lazyre.Compile(`^(.+?):(\d+):(\d+):(\d+):(\d+): error: (.*?)(?:  \[([\w-]+)\])?$`)

func mypyFindings(out []byte) ([]typeFinding, error) {
	var list []typeFinding
	for line := range strings.Lines(string(out)) {
		m := mypyLine().FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue // a note
		}
		var n [4]int
		for i := range n {
			n[i], _ = strconv.Atoi(m[i+2]) // digits
		}
		list = append(list, typeFinding{file: m[1], rule: m[7], message: m[6], line: n[0], col: n[1], endLine: n[2], endCol: n[3] + 1})
	}
	return list, nil
}

func pyrightFindings(out []byte) ([]typeFinding, error) {
	type position struct{ Line, Character int }
	var report struct {
		GeneralDiagnostics []struct {
			File, Severity, Message, Rule string
			Range                         struct{ Start, End position }
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, err
	}
	var list []typeFinding
	for _, d := range report.GeneralDiagnostics {
		if d.Severity != "error" {
			continue
		}
		list = append(list, typeFinding{
			file: d.File, rule: d.Rule, message: strings.ReplaceAll(d.Message, "\u00a0", " "), line: d.Range.Start.Line + 1, col: d.Range.Start.Character + 1,
			endLine: d.Range.End.Line + 1, endCol: d.Range.End.Character + 1,
		})
	}
	return list, nil
}
