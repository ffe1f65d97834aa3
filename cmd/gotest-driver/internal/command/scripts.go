package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/syntax"
	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/pyre"
	"github.com/gotest-driver/gotest-driver/internal/userfile"
	"github.com/gotest-driver/gotest-driver/script"
	"github.com/gotest-driver/gotest-driver/script/check"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// stdinName is the name of a script that is read from standard input, which the command line calls "-".
const stdinName = "<stdin>"

// scripts replaces the directories of a command line by the scripts below them, and "-" by the name of standard input,
// which it reads. several reports that the command line may name more than one script.
func (f *RunFlags) scripts(cmd *cobra.Command, args []string) (files []string, several bool, err error) {
	several = len(args) > 1
	for _, arg := range args {
		if arg == "-" {
			if f.stdin != nil {
				return nil, false, errors.New("- can be given once: it is the script on standard input")
			}
			if f.stdin, err = userfile.All(cmd.Context(), cmd.InOrStdin(), "standard input"); err != nil {
				return nil, false, fmt.Errorf("the script on standard input can't be read: %w", err)
			}
			f.stdin = append([]byte{}, f.stdin...) // also of an empty script
			files = append(files, stdinName)
			continue
		}
		if st, err := os.Stat(arg); err != nil || !st.IsDir() {
			files = append(files, arg)
			continue
		}
		below, err := scriptsBelow(arg, f.outDir)
		if err != nil {
			return nil, false, err
		}
		if len(below) == 0 {
			return nil, false, fmt.Errorf("there is no script in the directory %s or below it", arg)
		}
		files, several = append(files, below...), true
	}
	return files, several, nil
}

// source returns the text of a script.
func (f *RunFlags) source(ctx context.Context, file string) ([]byte, error) {
	if file == stdinName && f.stdin != nil {
		return f.stdin, nil
	}
	return userfile.Read(ctx, file)
}

// scriptsBelow returns the scripts in a directory and below it, in the order of their names: files that end in .star or
// .py, except those that another one of them loads or imports, those of Python packages, hidden ones, and what is in the
// output directory.
func scriptsBelow(dir, outDir string) ([]string, error) {
	var files []string
	library := map[string]bool{}
	out, err := filepath.Abs(outDir)
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		abs, aerr := filepath.Abs(path)
		switch {
		case err != nil || aerr != nil:
			return errors.Join(err, aerr)
		case d.IsDir() && path != dir && (strings.HasPrefix(d.Name(), ".") || abs == out):
			return fs.SkipDir
		case d.IsDir() || strings.HasPrefix(d.Name(), "."):
			return nil
		}
		switch filepath.Ext(path) {
		case ".star":
			markLoaded(path, library)
		case ".py":
			markImported(path, library)
			_, err := os.Stat(filepath.Join(filepath.Dir(path), "__init__.py"))
			library[abs] = library[abs] || err == nil
		default:
			return nil
		}
		files = append(files, path)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for scripts: %w", err)
	}
	tests := files[:0]
	for _, file := range files {
		if abs, err := filepath.Abs(file); err == nil && !library[abs] {
			tests = append(tests, file)
		}
	}
	return tests, nil
}

// markLoaded marks the files that a script in Starlark loads. What is wrong with it is told when it runs.
func markLoaded(file string, library map[string]bool) {
	src, err := userfile.Read(context.Background(), file)
	if err != nil {
		return
	}
	root, _ := check.Root(file)
	load := check.Loader(root)
	tree, _ := dialect.Parse(file, src)
	for _, s := range tree.Stmts {
		l, ok := s.(*dialect.LoadStmt)
		if !ok || l.Module == nil {
			continue
		}
		module, _ := l.Module.Value.(string)
		if name, _, err := load(module, file); err == nil {
			if abs, err := filepath.Abs(name); err == nil {
				library[abs] = true
			}
		}
	}
}

var importLine = lazyre.Compile(`(?m)^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import|import[ \t]+([\w., \t]+))`)

// markImported marks the files beside a script in Python that it imports.
func markImported(file string, library map[string]bool) {
	src, err := userfile.Read(context.Background(), file)
	if err != nil {
		return
	}
	for _, m := range importLine().FindAllSubmatch(src, -1) {
		for _, module := range strings.Split(string(m[1])+string(m[2]), ",") {
			module, _, _ = strings.Cut(strings.TrimSpace(module), " ") // "as name"
			path := filepath.Join(filepath.Dir(file), strings.ReplaceAll(strings.Trim(module, "."), ".", "/")+".py")
			if abs, err := filepath.Abs(path); err == nil {
				library[abs] = true
			}
		}
	}
}

// matching returns the scripts with test functions that --run selects. A script that can't be read or parsed stays: its
// run tells why.
func (f *RunFlags) matching(files []string) ([]string, error) {
	if f.match == "" {
		return files, nil
	}
	re, err := pyre.Compile(f.match, 0)
	if err != nil {
		return nil, fmt.Errorf("--run: %w", err)
	}
	var out []string
	for _, file := range files {
		src, err := f.source(context.Background(), file)
		if err != nil || !syntax.IsScript(file, src, "", dialect.Parse) && script.Selects(re, file, src) {
			out = append(out, file)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no test function of the %d scripts matches --run %q", len(files), f.match)
	}
	return out, nil
}
