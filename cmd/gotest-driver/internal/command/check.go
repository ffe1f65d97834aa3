package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite"
	"github.com/gotest-driver/gotest-driver/internal/userfile"
	"github.com/gotest-driver/gotest-driver/report"
	"github.com/gotest-driver/gotest-driver/script/check"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

type checkFlags struct {
	config   string
	machines []string
	timeout  float64
	format   string
	fix      bool
	explain  string
	disable  []string
	root     string
	errors   bool
	warnings bool
	stdin    string
	python   string
	types    bool

	mu     sync.Mutex
	failed error // from checks of scripts in Python
}

// checkCommand finds mistakes in scripts without running them.
func checkCommand() *cobra.Command {
	f := &checkFlags{}
	cmd := &cobra.Command{
		Use:   "check [flags] FILE|DIRECTORY…",
		Short: "Find what would fail in test scripts, without booting anything",
		Long: `Check finds in test scripts what would fail when they run: syntax errors, names, machines, methods and
arguments that don't exist, wrong types, None where a value is needed, formats, regular expressions and
key names that are not valid. It warns of what is likely to be a mistake.

Of a directory, all files that end in .star and each suite.toml are checked. "-" is the standard input. A test in Python is checked
by a Python interpreter: it finds syntax errors, and wrong names, calls and literals. The ending of a file gives
its language (.star, .py); without one, the configuration's script_language does; else it is Starlark if possible.

The machines of a run are taken from --config (a driver configuration), from --machines, from the file
gotest.json next to the script or above it, or from declarations in the script ("server: Machine").

A comment "# gotest: ignore[code]" leaves out findings of its line (alone on a line: of the next one),
"# gotest: ignore-file[code]" those of its file.

A script may be a template of Nix: what Nix puts into ${…} is not checked. A name that is used like a machine is one
when nobody says which machines the run has. Notes tell of both.

The exit status is 0 when nothing but notes was found, 1 when something was, and 2 when a file could not be checked
(the others are).`,
		Example: `  gotest-driver check test.star
  gotest-driver check --config driver.json --fix tests/
  gotest-driver check --machines server,client --format github tests/*.star
  gotest-driver check --explain unknown-machine`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fs := cmd.Flags()
	fs.StringVarP(&f.config, "config", "c", "", "driver configuration (JSON) that names the machines")
	fs.StringSliceVar(&f.machines, "machines", nil, "names of the machines, with commas between them")
	fs.Float64Var(&f.timeout, "global-timeout", 0, "time limit of the run in seconds: longer timeouts are reported")
	fs.StringVar(&f.format, "format", "text", "text, json, sarif or github")
	fs.BoolVar(&f.fix, "fix", false, "fix the findings that have only one correction")
	fs.StringVar(&f.explain, "explain", "", "explain a code; \"all\" lists the codes")
	fs.StringSliceVar(&f.disable, "disable", nil, "codes to leave out")
	fs.StringVar(&f.root, "root", "", "directory that load statements may read (default: that of gotest.json, else the working directory)")
	fs.BoolVar(&f.errors, "errors-only", false, "leave out warnings")
	fs.BoolVar(&f.warnings, "warnings-only", false, "leave out errors")
	cmd.MarkFlagsMutuallyExclusive("errors-only", "warnings-only")
	fs.BoolVar(&f.types, "types", false, "check the types of scripts in Python too, with pyright or mypy, whichever is installed")
	fs.StringVar(&f.python, "python", "", "the Python that checks scripts in Python (default: $GOTEST_PYTHON, else python3)")
	fs.StringVar(&f.stdin, "stdin-filename", "stdin.star", "name for the standard input")
	return cmd
}

func (f *checkFlags) run(cmd *cobra.Command, args []string) error {
	if f.explain != "" {
		return explain(cmd.OutOrStdout(), f.explain)
	}
	if len(args) == 0 {
		return errors.New("which files? (a directory means all .star files in it; - is the standard input)")
	}
	if f.format != "text" && f.format != "json" && f.format != "sarif" && f.format != "github" {
		return fmt.Errorf("--format %s: want text, json, sarif or github", f.format)
	}
	if !(f.timeout >= 0) { // also refuses "nan"
		return fmt.Errorf("--global-timeout %g: want seconds", f.timeout)
	}
	if f.root != "" {
		if st, err := os.Stat(f.root); err != nil {
			return fmt.Errorf("--root: %w", err)
		} else if !st.IsDir() {
			return fmt.Errorf("--root %s: want a directory", f.root)
		}
	}
	found, unread := f.check(cmd, args)
	unread = errors.Join(unread, f.failed)
	if err := cmd.Context().Err(); err != nil {
		return err
	}
	if unread == nil || len(found) > 0 {
		if err := f.write(cmd.OutOrStdout(), found); err != nil {
			return err
		}
	}
	if len(found) > 0 {
		if s := check.Summarise(found); f.format == "text" {
			notes := ""
			if s.Notes > 0 {
				notes = ", " + count(s.Notes, "note")
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s, %s%s; gotest-driver check --explain CODE explains a finding\n", count(s.Errors, "error"), count(s.Warnings, "warning"), notes)
		}
	}
	switch {
	case unread != nil:
		return unread
	case slices.ContainsFunc(found, func(x check.Finding) bool { return x.Severity != check.Note }):
		return ErrFailed
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (f *checkFlags) configOf(path string) (check.Config, error) {
	cfg, err := check.NewConfig(path, f.config, f.machines, f.root)
	if err != nil {
		return cfg, err
	}
	for _, c := range f.disable {
		if _, ok := check.Explain(c); !ok {
			return cfg, fmt.Errorf("--disable: there is no code %q; --explain all shows them", c)
		}
		cfg.Disabled[check.Code(c)] = true
	}
	if f.timeout > 0 {
		cfg.GlobalTimeout = time.Duration(f.timeout * float64(time.Second))
	}
	return cfg, nil
}

func (f *checkFlags) check(cmd *cobra.Command, args []string) ([]check.Finding, error) {
	if len(args) == 1 && args[0] == "-" {
		src, err := userfile.All(cmd.Context(), cmd.InOrStdin(), "standard input")
		if err != nil {
			return nil, err
		}
		cfg, err := f.configOf(f.stdin)
		if err != nil {
			return nil, err
		}
		return f.chosen(f.checker()(cmd.Context(), cfg, f.stdin, src)), nil
	}
	paths, missing := Scripts(args)
	found, err := check.Files(cmd.Context(), paths, f.configOf, f.checker())
	if !f.fix {
		return f.chosen(found), errors.Join(missing, err)
	}
	for range 5 { // a fix may uncover findings that another fix corrects
		n, ferr := fix(cmd.Context(), found)
		if ferr != nil {
			return nil, errors.Join(missing, err, ferr)
		}
		if n == 0 {
			break
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "%s fixed\n", count(n, "finding"))
		found, err = check.Files(cmd.Context(), paths, f.configOf, f.checker())
	}
	return f.chosen(found), errors.Join(missing, err)
}

// checker returns a checker of scripts in either language.
func (f *checkFlags) checker() check.Checker {
	return func(ctx context.Context, cfg check.Config, name string, src []byte) []check.Finding {
		if filepath.Ext(name) == ".toml" {
			return f.checkSuite(name, src)
		}
		if syntax.IsScript(name, src, cfg.ScriptLanguage, dialect.Parse) {
			return f.checkPython(ctx, cfg, name, src)
		}
		return check.File(ctx, cfg, name, src)
	}
}

// suiteCode is the code of all findings in a suite.toml.
const suiteCode check.Code = "suite"

// checkSuite checks a suite.toml.
func (f *checkFlags) checkSuite(name string, src []byte) []check.Finding {
	_, problems, err := suite.Read(name, suite.ThisHost(), func(dir string) ([]string, error) { return scriptsBelow(dir, "") })
	if err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.failed = errors.Join(f.failed, fmt.Errorf("%s: %w", name, err))
	}
	lines := strings.Split(string(src), "\n")
	var found []check.Finding
	for _, p := range problems {
		at := dialect.Position{Line: max(p.Line, 1), Column: max(p.Col, 1)}
		x := check.Finding{Code: suiteCode, Severity: check.Error, File: name, Start: at, End: at, Message: p.Message}
		if p.Warning {
			x.Severity = check.Warning
		}
		if at.Line <= len(lines) {
			x.Line = lines[at.Line-1]
			x.End.Column = len(x.Line) + 1
			off := len(strings.Join(lines[:at.Line-1], "\n")) + min(at.Line-1, 1)
			x.Range = dialect.Range{Start: off + at.Column - 1, End: off + len(x.Line)}
		}
		found = append(found, x)
	}
	return found
}

// checkPython checks a script in Python with a Python interpreter.
func (f *checkFlags) checkPython(ctx context.Context, cfg check.Config, name string, src []byte) []check.Finding {
	template := check.NewTemplate(name, src)
	o := bridge.Options{Script: name, Source: template.Source, Python: f.python}
	found, _, err := bridge.File(ctx, o, cfg)
	if err == nil && f.types && !slices.ContainsFunc(found, func(x check.Finding) bool { return x.Code == check.SyntaxError }) {
		var more []check.Finding
		more, err = bridge.Types(ctx, o, cfg)
		for _, x := range more { // of a line that both report, keep only our finding, unless it is less of a mistake
			ours := func(y check.Finding) bool { return x.Start.Line == y.Start.Line }
			if slices.ContainsFunc(found, func(y check.Finding) bool { return ours(y) && y.Severity == check.Error }) {
				continue
			}
			if x.Severity == check.Error {
				found = slices.DeleteFunc(found, ours)
			}
			if !slices.ContainsFunc(found, ours) {
				found = append(found, x)
			}
		}
		slices.SortStableFunc(found, func(a, b check.Finding) int { return cmp.Compare(a.Start.Line, b.Start.Line) })
	}
	if err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.failed = errors.Join(f.failed, fmt.Errorf("%s: %w", name, err))
	}
	return template.Findings(found)
}

func (f *checkFlags) chosen(found []check.Finding) []check.Finding {
	if !f.errors && !f.warnings {
		return found
	}
	var out []check.Finding
	for _, x := range found {
		if f.errors && x.Severity == check.Error || f.warnings && x.Severity == check.Warning {
			out = append(out, x)
		}
	}
	return out
}

func fix(ctx context.Context, found []check.Finding) (int, error) {
	byFile := map[string][]check.Finding{}
	for _, x := range found {
		byFile[x.File] = append(byFile[x.File], x)
	}
	total := 0
	for path, list := range byFile {
		src, err := userfile.Read(ctx, path)
		if err != nil {
			return total, err
		}
		out, n := check.Apply(src, list)
		if n == 0 {
			continue
		}
		if err := check.WriteFile(path, out); err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

// Scripts returns the files of args, and of directories all .star files below them except hidden ones, such as an editor's
// locks and copies. The error names what can't be read; the other files are returned with it.
func Scripts(args []string) (out []string, err error) {
	var errs []error
	for _, a := range args {
		found, err := scriptsOf(a)
		out = append(out, found...)
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}

func scriptsOf(arg string) (out []string, err error) {
	if arg == "-" {
		return nil, errors.New("- is the standard input, which can't be combined with files")
	}
	st, err := os.Stat(arg)
	if err != nil {
		return nil, err
	}
	if !st.IsDir() {
		return []string{arg}, nil
	}
	var errs []error
	err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			errs = append(errs, err)
		case path != arg && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return filepath.SkipDir
			}
		case (strings.HasSuffix(path, ".star") || d.Name() == suite.ManifestName) && (d.Type().IsRegular() || d.Type()&fs.ModeSymlink != 0):
			out = append(out, path)
		}
		return nil
	})
	if errs = append(errs, err); len(out) == 0 && errors.Join(errs...) == nil {
		return nil, fmt.Errorf("%s has no .star files", arg)
	}
	return out, errors.Join(errs...)
}

func (f *checkFlags) write(w io.Writer, found []check.Finding) error {
	switch f.format {
	case "json":
		return check.JSON(w, found)
	case "sarif":
		return check.SARIF(w, found, Version())
	case "github":
		return check.GitHub(w, found)
	}
	return check.Text(w, found, report.ColorWanted(w, os.Environ()))
}

func explain(w io.Writer, code string) error {
	if code == "all" {
		for _, d := range check.Lints() {
			if _, err := fmt.Fprintf(w, "%-24s %-8s %s\n", d.Code, d.Severity, d.Title); err != nil {
				return err
			}
		}
		return nil
	}
	if code == string(suiteCode) {
		_, err := fmt.Fprintf(w, "%s\n\nA suite.toml has an unknown key, a value that can't be, a path that matches no script, or a skip without a\nreason or past its date. docs/suites.md describes the file.\n", suiteCode)
		return err
	}
	d, ok := check.Explain(code)
	if !ok {
		return fmt.Errorf("there is no code %q; --explain all shows them", code)
	}
	_, err := io.WriteString(w, d.Page())
	return err
}
