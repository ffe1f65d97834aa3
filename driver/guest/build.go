package guest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gotest-driver/gotest-driver/internal/arch"
	"github.com/gotest-driver/gotest-driver/internal/deb"
)

// job is one build.
type job struct {
	c       *cache
	recipe  recipe
	arch    arch.Arch
	options Options
	files   fs.FS             // of the recipes
	temp    string            // the build's own directory
	work    string            // below it, for intermediate files
	out     string            // below it, becomes the image
	bases   map[string]string // the directories of the images that it starts from, by the recipes' names
	doing   string            // the current step
	done    float64           // of the whole
}

func (c *cache) newJob(r recipe, temp string, bases map[string]string) *job {
	return &job{
		c: c, recipe: r, arch: c.arch, options: c.options, files: c.files, bases: bases,
		temp: temp, work: filepath.Join(temp, "work"), out: filepath.Join(temp, "out"),
	}
}

// step tells the user what the build does now. done is roughly the part of the whole that is behind it; negative: no step,
// but something to know.
func (j *job) step(done float64, text string) {
	if done >= 0 {
		j.done, j.doing = done, text
	}
	j.c.progress(Progress{Guest: j.recipe.Name, Text: text, Fraction: j.done})
}

// run makes the image's files.
func (j *job) run(ctx context.Context) error {
	if err := os.Mkdir(j.work, 0o755); err != nil {
		return j.failed(ctx, err)
	}
	if _, err := fs.Stat(j.files, "recipes/"+j.recipe.Name+".sh"); err == nil {
		if last, err := j.runScript(ctx); err != nil {
			return j.failed(ctx, err, last...)
		}
	}
	if j.recipe.make == nil {
		return nil
	}
	return j.failed(ctx, j.recipe.make(ctx, j))
}

// failed returns the error of the build, nil for nil: what was done, why it failed, what to do.
func (j *job) failed(ctx context.Context, err error, last ...string) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("building the guest %q: %w", j.recipe.Name, context.Cause(ctx))
	}
	failed := &BuildError{Guest: j.recipe.Name, Step: j.doing, Err: err, Output: last}
	var fetch *deb.FetchError
	var mismatch *deb.MismatchError
	var signature *deb.SignatureError
	switch {
	case errors.Is(err, syscall.ENOSPC):
		failed.Err, failed.Step, failed.Output = errFull(j.temp), "", nil
	case errors.As(err, &fetch):
		failed.Advice = "see whether the network and the proxy work, or name another mirror with --mirror or $" + mirrorVariable
	case errors.As(err, &mismatch):
		failed.Advice = "the mirror is damaged or just being updated; try again, or name another one with --mirror or $" + mirrorVariable
	case errors.As(err, &signature):
		failed.Advice = "name another mirror with --mirror or $" + mirrorVariable + ", or the mirror's keys with --keyring or $" + keyringVariable
	case len(last) > 0:
		failed.Advice = "its last lines say why; mend that and run " + buildCommand(j.recipe.Name) + " again"
		if j.recipe.internal {
			failed.Advice = "its last lines say why; mend that and try again"
		}
	}
	return failed
}

// errFull says that there is no space for the build in dir.
func errFull(dir string) error {
	return fmt.Errorf("the file system of the cache %s is full (%w): free some space there, or name another directory in $XDG_CACHE_HOME", filepath.Dir(dir), syscall.ENOSPC)
}
