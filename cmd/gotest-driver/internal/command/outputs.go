package command

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"github.com/gotest-driver/gotest-driver/report"
)

// outputFlags are a command's flags that choose its reports.
type outputFlags struct {
	run   bool               // the command runs tests, and so has an output directory
	files map[string]*string // keyed by the format's flag
	none  map[string]*bool   // keyed in the same way: the format's default is not wanted
}

// add adds the flags that the formats of reports have on a command.
func (f *outputFlags) add(fs *pflag.FlagSet, command string) {
	f.run = command != "report"
	f.files, f.none = map[string]*string{}, map[string]*bool{}
	for _, x := range report.Formats() {
		if !slices.Contains(x.Commands, command) {
			continue
		}
		help := "write " + x.Help + " to this `file`"
		if f.run && x.Default != "" {
			help += fmt.Sprintf(" (default: %s in the output directory when the test fails)", x.Default)
			f.none[x.Flag] = fs.Bool("no-"+x.Flag, false, "write no "+x.Name+" of a failed test")
		}
		if f.run && x.InOutDir {
			help += "; a relative path starts at the output directory"
		}
		f.files[x.Flag] = fs.String(x.Flag, "", help)
	}
}

// named returns the path that a flag or a variable gives to a format, and the name of that flag or variable.
func (f *outputFlags) named(x report.Format) (from, path string) {
	if p := f.files[x.Flag]; p != nil {
		return "--" + x.Flag, *p
	}
	if f.run && x.Variable != "" {
		return x.Variable, os.Getenv(x.Variable)
	}
	return "", ""
}

// dirLock is the lock of an output directory: a sink, so that it is released when the reports are complete.
type dirLock struct{ dir *os.File }

// lockDir keeps other runs out of an output directory for as long as this process has the lock; it makes the directory. The
// lock is on the directory itself and leaves no file there. A file system without locks has none.
func lockDir(path string) (*dirLock, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("the output directory %s can't be made: %w", path, err)
	}
	dir, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the output directory %s can't be used: %w", path, err)
	}
	if errors.Is(unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK) {
		_ = dir.Close()
		return nil, fmt.Errorf("another run uses the output directory %s: wait for its end, or give this one a directory of its own with --output-directory", path)
	}
	return &dirLock{dir}, nil
}

// Handle does nothing.
func (*dirLock) Handle(report.Event) {}

// Close releases the lock, if there is one.
func (l *dirLock) Close() error {
	if l == nil {
		return nil
	}
	return l.dir.Close()
}

// outputs returns the reports that are wanted. outDir is the output directory of a run.
func (f *outputFlags) outputs(outDir string) []report.Output {
	outDir = cmp.Or(outDir, ".")
	var out []report.Output
	for _, x := range report.Formats() {
		o := report.Output{Format: x}
		_, o.Path = f.named(x)
		none := f.none[x.Flag]
		switch {
		case o.Path == "" && f.run && x.Default != "" && (none == nil || !*none):
			o.Path, o.OutDir, o.OnlyFailed = filepath.Join(outDir, x.Default), outDir, true
		case o.Path == "":
			continue
		case f.run && x.InOutDir && !filepath.IsAbs(o.Path):
			if filepath.IsLocal(o.Path) {
				o.OutDir = outDir
			}
			o.Path = filepath.Join(outDir, o.Path)
		}
		out = append(out, o)
	}
	return out
}
