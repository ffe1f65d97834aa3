package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gotest-driver/gotest-driver/internal/arch"
)

// fake is a cache with a guest "one" on a part "part", made by the given scripts, which also count their runs in a file
// beside the cache.
func fake(t *testing.T, part, one string) (Options, func(name string) int) {
	t.Helper()
	dir := t.TempDir()
	image := func(info Info, dir string) *Image {
		return &Image{Info: info, Dir: dir, Disk: filepath.Join(dir, "disk")}
	}
	count := func(name string) string {
		return fmt.Sprintf("set -e\necho run >> %s\n", filepath.Join(dir, name+".runs"))
	}
	tools := []string{"bash"}
	opts := Options{
		CacheDir: filepath.Join(dir, "cache"),
		recipes: []recipe{
			{Info: Info{Name: "part"}, arches: arch.Names(), internal: true, parts: []string{"part.sh"}, tools: tools},
			{Info: Info{Name: "one"}, arches: arch.Names(), bases: []string{"part"}, parts: []string{"one.sh"}, tools: tools, image: image},
		},
		files: fstest.MapFS{
			"recipes/part.sh": {Data: []byte(count("part") + part)},
			"recipes/one.sh":  {Data: []byte(count("one") + one)},
		},
	}
	return opts, func(name string) int {
		data, err := os.ReadFile(filepath.Join(dir, name+".runs"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return strings.Count(string(data), "run")
	}
}

const (
	goodPart = `echo part > "$OUT/part"`
	goodOne  = `echo "::50 half way"; cat "$PART/part" > "$OUT/disk"; echo more >> "$OUT/disk"`
)

func ensure(t *testing.T, opts Options) *Image {
	t.Helper()
	image, err := Ensure(t.Context(), "one", opts)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func wantRuns(t *testing.T, runs func(string) int, part, one int) {
	t.Helper()
	if runs("part") != part || runs("one") != one {
		t.Errorf("part was made %d times and one %d times, want %d and %d", runs("part"), runs("one"), part, one)
	}
}

// leftovers returns entries of the cache that a finished build does not leave.
func leftovers(t *testing.T, opts Options) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(opts.CacheDir, "guests", ".*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestBuildOnce(t *testing.T) {
	opts, runs := fake(t, goodPart, goodOne)
	var steps []Progress
	opts.Progress = func(p Progress) { steps = append(steps, p) }
	if _, err := Path("one", opts); !errors.As(err, new(*NotBuiltError)) {
		t.Errorf("before the build: %v", err)
	}
	image := ensure(t, opts)
	data, err := os.ReadFile(image.Disk)
	if err != nil || string(data) != "part\nmore\n" {
		t.Errorf("disk is %q, %v", data, err)
	}
	half := false
	for _, s := range steps {
		half = half || s.Guest == "one" && s.Text == "half way" && s.Fraction == 0.5
	}
	if !half {
		t.Errorf("no step %q in %+v", "half way", steps)
	}
	ensure(t, opts)
	if _, err := Path("one", opts); err != nil {
		t.Error(err)
	}
	wantRuns(t, runs, 1, 1)
	if left := leftovers(t, opts); left != nil {
		t.Errorf("left: %q", left)
	}
	opts.Rebuild = true
	ensure(t, opts)
	wantRuns(t, runs, 1, 2)
}

func TestUnknownGuest(t *testing.T) {
	_, err := Ensure(t.Context(), "debain", Options{CacheDir: t.TempDir()})
	var unknown *NotFoundError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "debain") || !strings.Contains(err.Error(), "tiny") {
		t.Errorf("error is %v", err)
	}
	if strings.Contains(err.Error(), "desktop-system") {
		t.Errorf("a part of guests is offered as a guest: %v", err)
	}
}

func TestChangedRecipeIsMadeAnew(t *testing.T) {
	opts, runs := fake(t, goodPart, goodOne)
	before := ensure(t, opts)
	files := opts.files.(fstest.MapFS)
	files["recipes/part.sh"] = &fstest.MapFile{Data: append([]byte("# changed\n"), files["recipes/part.sh"].Data...)}
	after := ensure(t, opts)
	wantRuns(t, runs, 2, 2)
	if before.Dir == after.Dir {
		t.Error("the changed recipe uses the directory of the old one")
	}
	// The old image may be in use: it stays for a while.
	if _, err := os.Stat(before.Disk); err != nil {
		t.Error(err)
	}
	long := time.Now().Add(-2 * keepUnused)
	if err := os.Chtimes(filepath.Join(before.Dir, manifestName), long, long); err != nil {
		t.Fatal(err)
	}
	opts.Rebuild = true
	ensure(t, opts)
	if _, err := os.Stat(before.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old image is still there after its time: %v", err)
	}
}

func TestBrokenImageIsMadeAnew(t *testing.T) {
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	breakings := map[string]struct {
		harm   func(image *Image)
		verify bool
	}{
		"missing":  {harm: func(i *Image) { must(os.Remove(i.Disk)) }},
		"cut":      {harm: func(i *Image) { must(os.Truncate(i.Disk, 3)) }},
		"written":  {harm: func(i *Image) { must(os.WriteFile(i.Disk, []byte("part\nMORE\n"), 0o644)) }},
		"manifest": {harm: func(i *Image) { must(os.WriteFile(filepath.Join(i.Dir, manifestName), []byte("{"), 0o644)) }},
		"empty":    {harm: func(i *Image) { must(os.WriteFile(filepath.Join(i.Dir, manifestName), []byte("{}"), 0o644)) }},
		"bits": {verify: true, harm: func(i *Image) {
			info, err := os.Stat(i.Disk)
			must(err)
			must(os.WriteFile(i.Disk, []byte("part\nmorE\n"), 0o644))
			must(os.Chtimes(i.Disk, info.ModTime(), info.ModTime()))
		}},
	}
	for name, breaking := range breakings {
		t.Run(name, func(t *testing.T) {
			opts, runs := fake(t, goodPart, goodOne)
			image := ensure(t, opts)
			breaking.harm(image)
			opts.Verify = breaking.verify
			if _, err := Path("one", opts); err == nil {
				t.Error("the image passes for whole")
			}
			ensure(t, opts)
			data, err := os.ReadFile(image.Disk)
			if err != nil || string(data) != "part\nmore\n" {
				t.Errorf("disk is %q, %v", data, err)
			}
			wantRuns(t, runs, 1, 2)
		})
	}
}

func TestFailedBuildLeavesNothing(t *testing.T) {
	opts, runs := fake(t, goodPart, `echo "::10 copying"; echo half > "$OUT/disk"; echo "mirror is gone" >&2; exit 7`)
	_, err := Ensure(t.Context(), "one", opts)
	var failed *BuildError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "\n  mirror is gone") {
		t.Errorf("error is %v", err)
	}
	for _, want := range []string{`building the guest "one" failed while copying: its script ended with exit status 7`, "run gotest-driver guest build one again"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
	if _, err := Path("one", opts); !errors.As(err, new(*NotBuiltError)) {
		t.Errorf("after the failure: %v", err)
	}
	if left := leftovers(t, opts); left != nil {
		t.Errorf("left: %q", left)
	}
	if _, err := Ensure(t.Context(), "one", opts); err == nil {
		t.Error("the second try succeeds")
	}
	wantRuns(t, runs, 1, 2)
}

func TestEmptyBuildFails(t *testing.T) {
	opts, _ := fake(t, goodPart, "")
	if _, err := Ensure(t.Context(), "one", opts); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Errorf("error is %v", err)
	}
}

func TestCancelledBuildEndsAtOnce(t *testing.T) {
	// The sleep is a child of the shell's child: all of them must end.
	opts, _ := fake(t, goodPart, `echo > "$OUT/disk"; (sleep 1000; true) & echo "::10 $!"; wait`)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the user said so")
	opts.Progress = func(p Progress) {
		if p.Guest == "one" && p.Fraction > 0 {
			cancel(why)
		}
	}
	start := time.Now()
	_, err := Ensure(ctx, "one", opts)
	if !errors.Is(err, why) {
		t.Errorf("error is %v", err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %v", took)
	}
	if left := leftovers(t, opts); left != nil {
		t.Errorf("left: %q", left)
	}
}

func TestTwoBuildsAtOnce(t *testing.T) {
	all := filepath.Join(t.TempDir(), "all wait")
	opts, runs := fake(t, goodPart, fmt.Sprintf("until [ -e '%s' ]; do sleep 0.05; done\n", all)+goodOne)
	var wait sync.WaitGroup
	var mutex sync.Mutex
	waited := 0
	for range 5 {
		wait.Go(func() {
			mine := opts
			mine.Progress = func(p Progress) {
				if strings.HasPrefix(p.Text, "waiting for another") && p.Guest == "one" {
					mutex.Lock()
					defer mutex.Unlock()
					if waited++; waited == 4 {
						if err := os.WriteFile(all, nil, 0o644); err != nil {
							t.Error(err)
						}
					}
				}
			}
			if _, err := Ensure(t.Context(), "one", mine); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	wantRuns(t, runs, 1, 1)
}

func TestRebuildsAtOnceShareTheResult(t *testing.T) {
	opts, runs := fake(t, goodPart, "sleep 0.5\n"+goodOne)
	ensure(t, opts)
	opts.Rebuild = true
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			if _, err := Ensure(t.Context(), "one", opts); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := runs("one"); n != 2 && n != 3 {
		t.Errorf("made %d times", n)
	}
}

func TestWaitingForABuildCanBeCancelled(t *testing.T) {
	opts, _ := fake(t, goodPart, `echo > "$OUT/disk"; sleep 1000`)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	building := make(chan struct{})
	go func() {
		mine := opts
		mine.Progress = func(p Progress) {
			if p.Guest == "part" && p.Fraction == 1 {
				close(building)
			}
		}
		_, err := Ensure(ctx, "one", mine)
		first <- err
	}()
	<-building
	soon, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	if _, err := Ensure(soon, "one", opts); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the one that waits: %v", err)
	}
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the one that builds: %v", err)
	}
}

func TestLeftoversOfAKilledBuildAreRemoved(t *testing.T) {
	opts, _ := fake(t, goodPart, goodOne)
	old := filepath.Join(opts.CacheDir, "guests", ".one-12345.new", "work")
	if err := os.MkdirAll(old, 0o755); err != nil {
		t.Fatal(err)
	}
	ensure(t, opts)
	if left := leftovers(t, opts); left != nil {
		t.Errorf("left: %q", left)
	}
}

func TestMissingTools(t *testing.T) {
	opts, _ := fake(t, goodPart, goodOne)
	opts.recipes[1].tools = []string{"bash", "no-such-program-a", "no-such-program-b"}
	_, err := Ensure(t.Context(), "one", opts)
	var missing *MissingToolsError
	if !errors.As(err, &missing) || !slices.Equal(missing.Programs, []string{"no-such-program-a", "no-such-program-b"}) || !strings.HasPrefix(err.Error(), `building the guest "one" needs no-such-program-a, no-such-program-b: `) {
		t.Errorf("error is %v", err)
	}
}

func TestCacheDirThatCannotBeMade(t *testing.T) {
	opts, _ := fake(t, goodPart, goodOne)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	opts.CacheDir = file
	if _, err := Ensure(t.Context(), "one", opts); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error is %v", err)
	}
}

func TestDefaultCacheDir(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/somewhere")
	if dir, err := DefaultCacheDir(); err != nil || dir != "/somewhere/gotest-driver" {
		t.Errorf("%q, %v", dir, err)
	}
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "/home/me")
	if dir, err := DefaultCacheDir(); err != nil || dir != "/home/me/.cache/gotest-driver" {
		t.Errorf("%q, %v", dir, err)
	}
}

// BenchmarkEnsure measures the use of an image that exists.
func BenchmarkEnsure(b *testing.B) {
	opts := Options{}
	if _, err := Path("tiny", opts); err != nil {
		b.Skip(err)
	}
	for b.Loop() {
		if _, err := Ensure(b.Context(), "tiny", opts); err != nil {
			b.Fatal(err)
		}
	}
}

// TestDefaultArch: machines are started with QEMU for x86_64 on every host, so that is what their guests are for.
func TestDefaultArch(t *testing.T) {
	opts, _ := fake(t, goodPart, goodOne)
	image, err := Ensure(t.Context(), "one", opts)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCache(opts)
	if err != nil {
		t.Fatal(err)
	}
	if c.arch.Name != "x86_64" || strings.Contains(filepath.Base(image.Dir), ".") {
		t.Errorf("it is made for %s, in %s", c.arch.Name, image.Dir)
	}
}
