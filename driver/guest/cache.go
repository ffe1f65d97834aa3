package guest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/arch"
	"github.com/gotest-driver/gotest-driver/internal/filelock"
)

// keepUnused is how long an image of an older recipe stays in the cache after its last use: another checkout of the
// driver may still use it.
const keepUnused = 14 * 24 * time.Hour

// cache is a directory of built images:
//
//	guests/NAME-KEY/               the files of an image and manifest.json
//	guests/NAME.lock               held while NAME is built
//	guests/.NAME-….new             a build in progress
//
// For another processor than x86_64, NAME has it behind a point: tiny.aarch64.
type cache struct {
	root     string // absolute path of guests/
	arch     arch.Arch
	options  Options
	recipes  []recipe
	files    fs.FS // the scripts: recipes/…
	progress func(Progress)
}

func newCache(opts Options) (*cache, error) {
	dir := opts.CacheDir
	if dir == "" {
		var err error
		if dir, err = DefaultCacheDir(); err != nil {
			return nil, err
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("guest cache: %w", err)
	}
	a, err := arch.Named(cmp.Or(opts.Arch, defaultArch))
	if err != nil {
		return nil, err
	}
	c := &cache{root: filepath.Join(dir, "guests"), arch: a, options: opts, recipes: opts.recipes, files: opts.files, progress: opts.Progress}
	if c.recipes == nil {
		c.recipes, c.files = recipes(a), recipeFiles
	}
	if c.progress == nil {
		c.progress = func(Progress) {}
	}
	return c, nil
}

// name is that of a recipe's files in the cache.
func (c *cache) name(r recipe) string {
	if c.arch.Name == "x86_64" {
		return r.Name
	}
	return r.Name + "." + c.arch.Name
}

// dir returns the directory of a recipe's image, which may not be built yet.
func (c *cache) dir(r recipe) string {
	key, err := c.key(r)
	if err != nil {
		// The scripts are part of the program: reading them does not fail.
		panic(err)
	}
	return filepath.Join(c.root, c.name(r)+"-"+key)
}

// check returns nil if the image is there and whole; an error that is [os.ErrNotExist] if it was never built.
func (c *cache) check(r recipe, full bool) error {
	dir := c.dir(r)
	m, err := readManifest(dir)
	if err != nil {
		return err
	}
	if err := m.check(dir, full); err != nil {
		return fmt.Errorf("the guest %q in the cache is broken: %w", r.Name, err)
	}
	return nil
}

// ensure builds the image of a recipe unless it exists.
func (c *cache) ensure(ctx context.Context, r recipe, rebuild, full bool) error {
	if !rebuild && c.check(r, full) == nil {
		touch(c.dir(r))
		return nil
	}
	if err := os.MkdirAll(c.root, 0o755); err != nil {
		return fmt.Errorf("guest cache: %w", err)
	}
	asked := time.Now()
	unlock, err := filelock.Lock(ctx, filepath.Join(c.root, c.name(r)+".lock"), func() {
		c.progress(Progress{Guest: r.Name, Text: "waiting for another process that builds it"})
	})
	if err != nil {
		return fmt.Errorf("waiting for the guest %q: %w", r.Name, err)
	}
	defer unlock()
	// Another process may have built it while this one waited.
	if err := c.check(r, full); err == nil && (!rebuild || builtSince(c.dir(r), asked)) {
		return nil
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		c.progress(Progress{Guest: r.Name, Text: err.Error() + "; it is built anew"})
	}
	if err := checkTools(r); err != nil {
		return err
	}
	bases := map[string]string{}
	for _, name := range r.bases {
		b, err := c.recipe(name)
		if err != nil {
			return err
		}
		if err := c.ensure(ctx, b, false, full); err != nil {
			return err
		}
		bases[name] = c.dir(b)
	}
	return c.build(ctx, r, bases)
}

// build runs the recipe in a directory of its own, which becomes the image on success. The caller holds the lock.
func (c *cache) build(ctx context.Context, r recipe, bases map[string]string) error {
	c.removeLeftovers(r)
	temp := filepath.Join(c.root, fmt.Sprintf(".%s-%d.new", c.name(r), os.Getpid()))
	defer removeTree(temp)
	out := filepath.Join(temp, "out")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("guest cache: %w", err)
	}
	start := time.Now()
	if err := c.newJob(r, temp, bases).run(ctx); err != nil {
		return err
	}
	c.progress(Progress{Guest: r.Name, Text: "computing checksums", Fraction: 0.95})
	m, err := newManifest(r, out)
	if err != nil {
		return &BuildError{Guest: r.Name, Err: err}
	}
	if err := m.write(out); err != nil {
		return &BuildError{Guest: r.Name, Err: err}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	dir := c.dir(r)
	old := filepath.Join(temp, "old")
	if err := os.Rename(dir, old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return &BuildError{Guest: r.Name, Err: err}
	}
	if err := os.Rename(out, dir); err != nil {
		return &BuildError{Guest: r.Name, Err: err}
	}
	c.removeUnused(r)
	c.progress(Progress{Guest: r.Name, Text: fmt.Sprintf("built in %.0f s", time.Since(start).Seconds()), Fraction: 1})
	return nil
}

// removeLeftovers removes the files of builds that were killed. The caller holds the lock, so none of them still runs.
func (c *cache) removeLeftovers(r recipe) {
	left, err := filepath.Glob(filepath.Join(c.root, "."+c.name(r)+"-*.new"))
	if err != nil {
		return
	}
	for _, dir := range left {
		removeTree(dir)
	}
}

// removeUnused removes images of older recipes that have not been used for a while.
func (c *cache) removeUnused(r recipe) {
	entries, err := os.ReadDir(c.root)
	if err != nil {
		return
	}
	for _, e := range entries {
		dir := filepath.Join(c.root, e.Name())
		key, found := strings.CutPrefix(e.Name(), c.name(r)+"-")
		if !found || len(key) != keyLength || dir == c.dir(r) {
			continue
		}
		if used, err := os.Stat(filepath.Join(dir, manifestName)); err == nil && time.Since(used.ModTime()) < keepUnused {
			continue
		}
		removeTree(dir)
	}
}

// touch records the use of an image. It may fail: a cache may be read-only.
func touch(dir string) {
	now := time.Now()
	_ = os.Chtimes(filepath.Join(dir, manifestName), now, now)
}

// removeTree removes a directory tree, whose files may belong to the other users of a user namespace.
func removeTree(dir string) {
	if os.RemoveAll(dir) != nil && os.Getuid() != 0 {
		_ = exec.Command("unshare", "--map-root-user", "--map-auto", "rm", "-rf", dir).Run()
	}
}
