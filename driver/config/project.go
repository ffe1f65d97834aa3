package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gotest-driver/gotest-driver/internal/owner"
	"github.com/gotest-driver/gotest-driver/internal/userfile"
)

// ProjectFile is the name of the file that describes the tests of its directory and those below.
const ProjectFile = "gotest.json"

// FindProject returns the path of the gotest.json of a directory, or of the nearest one above it in the same repository;
// empty when there is none. One that others may have put there is a *ForeignError: it can name commands.
func FindProject(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	var open error // why others can put a gotest.json into one of the directories so far
	for first := true; ; first = false {
		here, err := os.Stat(dir)
		if err == nil && open == nil {
			open = owner.Check(dir, here)
		}
		file := filepath.Join(dir, ProjectFile)
		_, err = os.Lstat(file)
		switch {
		case err == nil && open != nil && !first:
			return "", &ForeignError{file, open}
		case err == nil:
			return file, nil
		// A path below a file does not exist; the reader of the script reports that.
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
			return "", err
		}
		up := filepath.Dir(dir)
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil || up == dir {
			return "", nil
		}
		dir = up
	}
}

// ForeignError is the error for a gotest.json, or a file that it names, which others than the user and root can change.
type ForeignError struct {
	File string
	Err  error // why
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s is not read, since others may have written it: %v; give --config FILE if you trust a configuration, or put a %s of your own next to the script", e.File, e.Err, ProjectFile)
}

func (e *ForeignError) Unwrap() error { return e.Err }

// ForScript reads the configuration of a script: the named file, else the script's gotest.json. Without either it
// returns one without machines. Codes that the gotest.json disables are disabled even with another file.
func ForScript(script, file string) (*Config, error) {
	project, err := FindProject(filepath.Dir(script))
	c := New()
	if err == nil && project != "" {
		c, err = read(project, projectFile)
	}
	if file != "" && errors.As(err, new(*ForeignError)) { // the user named what to read
		return Load(file)
	}
	if err != nil {
		return nil, err
	}
	if c.File == project {
		c.File = ""
	}
	if file == "" {
		return c, nil
	}
	disable := c.Disable
	if c, err = Load(file); err == nil && project != "" {
		c.Disable, c.Files = disable, append(c.Files, project)
	}
	return c, err
}

// source is where the name of a configuration is from.
type source int

const (
	namedFile     source = iota // the user named it
	projectFile                 // a gotest.json that was found
	ofNamedFile                 // a file of the user's names it
	ofProjectFile               // a gotest.json that was found names it
)

// content reads a file, which nobody else can change unless the user named it.
func content(file string, from source) ([]byte, error) {
	var checks []func(fs.FileInfo) error
	if from == projectFile || from == ofProjectFile {
		own := func(info fs.FileInfo) error {
			if err := owner.Check(file, info); err != nil {
				return &ForeignError{file, err}
			}
			return nil
		}
		link, err := os.Lstat(file)
		if err != nil {
			return nil, fmt.Errorf("driver configuration: %w", err)
		}
		if err := own(link); err != nil {
			return nil, err
		}
		checks = append(checks, own) // what is open is what is checked
	}
	b, err := userfile.Read(context.Background(), file, checks...)
	if err != nil && !errors.As(err, new(*ForeignError)) {
		err = fmt.Errorf("driver configuration: %w", err)
	}
	return b, err
}
