package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

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

// outputs returns the reports that are wanted. outDir is the output directory of a run.
func (f *outputFlags) outputs(outDir string) []report.Output {
	var out []report.Output
	for _, x := range report.Formats() {
		o := report.Output{Format: x}
		_, o.Path = f.named(x)
		none := f.none[x.Flag]
		switch {
		case o.Path == "" && f.run && x.Default != "" && (none == nil || !*none):
			o.Path, o.OnlyFailed = filepath.Join(outDir, x.Default), true
		case o.Path == "":
			continue
		case f.run && x.InOutDir && !filepath.IsAbs(o.Path):
			o.Path = filepath.Join(outDir, o.Path)
		}
		out = append(out, o)
	}
	return out
}

// refuseShared reports a file that each of several scripts would write.
func (f *outputFlags) refuseShared() error {
	for _, x := range report.Formats() {
		from, path := f.named(x)
		if path != "" && (!x.InOutDir || filepath.IsAbs(path)) {
			return fmt.Errorf("%s %s: each of several scripts would overwrite it; give one script", from, path)
		}
	}
	return nil
}
