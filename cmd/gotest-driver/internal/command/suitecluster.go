package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite"
	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/suite/slurm"
	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/script/check"
)

// clusterOf returns the cluster that --on names, with its largest node.
func clusterOf(cmd *cobra.Command, on string) (*suite.Cluster, error) {
	o, err := slurm.Parse(on)
	if err != nil {
		return nil, err
	}
	c := &suite.Cluster{Options: o}
	client := slurm.Client{Options: o, Environ: os.Environ()}
	memory, cores, err := client.Largest(cmd.Context())
	c.Largest = suite.Room{Total: memory << 20, Cores: float64(cores)}
	return c, err
}

// ship says which files the nodes of a cluster need: this program, the tests with what is beside them, and guests.
func (f *RunFlags) ship(cmd *cobra.Command, c *suite.Cluster, exe string, args []string, tests []suite.Test) error {
	c.Program = map[string]string{exe: "gotest-driver"}
	if helper := filepath.Join(filepath.Dir(exe), ocr.HelperName); isFile(helper) {
		c.Program[helper] = ocr.HelperName
	}
	if cmd.Flags().Changed("global-timeout") {
		c.Timeout = seconds(f.timeout)
	}
	wd, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("slurm: the working directory is not known: %w", err)
	}
	c.WorkDir = wd
	if !c.InPlace {
		if err := f.files(c, wd, args, tests); err != nil {
			return err
		}
	}
	var guests []string
	for _, t := range tests {
		if t.Skip != "" {
			continue
		}
		_, _, named := f.machinesOf(t.Script)
		for _, g := range named {
			if !slices.Contains(guests, g) {
				guests = append(guests, g)
			}
		}
	}
	for _, g := range guests {
		image, err := guest.Ensure(cmd.Context(), g, guest.Options{Progress: func(p guest.Progress) {
			if !p.Detail {
				fmt.Fprintf(cmd.ErrOrStderr(), "guest %s: %s\n", p.Guest, p.Text)
			}
		}})
		switch {
		case errors.As(err, new(*guest.NotFoundError)): // the test's run tells
		case err != nil:
			return err
		default:
			c.Guests = append(c.Guests, image.Dir)
		}
	}
	return nil
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}

// files sets what of the user's files is copied: the directories that the command line names, those of scripts, and the
// configuration. They keep their places beside the working directory.
func (f *RunFlags) files(c *suite.Cluster, wd string, args []string, tests []suite.Test) error {
	var paths []string
	for _, arg := range args {
		switch st, err := os.Stat(arg); {
		case arg == "-":
		case err == nil && st.IsDir():
			paths = append(paths, arg)
		default: // a script or a suite.toml
			paths = append(paths, filepath.Dir(arg))
		}
	}
	for _, t := range tests {
		if root, err := check.Root(t.Script); err == nil && root != wd && !strings.HasPrefix(t.Script, "<") {
			paths = append(paths, root)
		}
	}
	if f.config != "" {
		paths = append(paths, f.config)
	}
	root := wd
	for i, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		paths[i] = abs
		for root != filepath.Dir(root) && !within(root, abs) {
			root = filepath.Dir(root)
		}
	}
	slices.Sort(paths)
	c.Files = map[string]string{}
	for _, path := range paths {
		if slices.ContainsFunc(paths, func(p string) bool { return p != path && within(p, path) }) {
			continue
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		c.Files[path] = rel
	}
	rel, err := filepath.Rel(root, wd)
	if err != nil {
		return err
	}
	out, err := filepath.Abs(f.outDir)
	if err != nil {
		return err
	}
	c.WorkDir, c.Skip = rel, []string{out}
	for i := range tests { // by a path that is right on the nodes, too
		if t := &tests[i]; filepath.IsAbs(t.Script) {
			if t.Script, err = filepath.Rel(wd, t.Script); err != nil {
				return err
			}
		}
	}
	if filepath.IsAbs(f.config) {
		f.config, err = filepath.Rel(wd, f.config)
	}
	return err
}

// within reports whether a path is a directory or below it.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}
