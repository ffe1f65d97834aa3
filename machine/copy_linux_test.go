package machine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/report"
)

// localGuest is a guest that is this machine: it runs commands with bash, and sees the shared directory at another
// path.
type localGuest struct {
	Instance
	sees          string // its view of the shared directory
	before, after func() // called around each command
}

func (g *localGuest) Kind() string                                          { return "local" }
func (g *localGuest) Start(context.Context, StartOptions) (Instance, error) { return g, nil }
func (g *localGuest) Done() <-chan struct{}                                 { return nil }
func (g *localGuest) Err() error                                            { return nil }
func (g *localGuest) Kill() error                                           { return nil }
func (g *localGuest) Connect(context.Context) error                         { return nil }

func (g *localGuest) Run(ctx context.Context, c shell.Command) (shell.Result, error) {
	if g.before != nil {
		g.before()
	}
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", strings.ReplaceAll(c.Script, guestShared, g.sees))
	out := &drain{Writer: c.Stdout}
	if c.Stdout != nil {
		cmd.Stdout = out
	}
	var in error
	if c.Stdin != nil {
		w, err := cmd.StdinPipe()
		if err != nil {
			return shell.Result{}, err
		}
		var done sync.WaitGroup
		defer done.Wait()
		done.Go(func() {
			defer w.Close()
			buf := make([]byte, 64<<10)
			for in == nil {
				var n int
				n, in = c.Stdin.Read(buf)
				if _, err := w.Write(buf[:n]); err != nil {
					return
				}
			}
		})
	}
	err := cmd.Run()
	if g.after != nil {
		g.after()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return shell.Result{Status: exit.ExitCode()}, out.err
	}
	return shell.Result{}, cmp.Or(out.err, err)
}

// drain passes output on until that fails, and still reads the rest, as the root shell's session does.
type drain struct {
	io.Writer
	err error
}

func (d *drain) Write(p []byte) (int, error) {
	if d.err == nil {
		_, d.err = d.Writer.Write(p)
	}
	return len(p), nil
}

// events keeps the warnings of a log.
type events struct {
	mu       sync.Mutex
	warnings []string
}

func (e *events) Handle(ev report.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if ev.Kind == report.Message && ev.Level == report.Warning {
		e.warnings = append(e.warnings, ev.Text)
	}
}
func (e *events) Close() error { return nil }

// copier is a machine for copies, with a directory for each side.
type copier struct {
	*Machine
	local    *localGuest
	dir      string // of the host, where relative paths start
	guest    string // of the guest
	warnings func() string
}

func newCopier(t *testing.T, shared bool) *copier {
	t.Helper()
	top := t.TempDir()
	dirs := map[string]string{}
	for _, name := range []string{"host", "guest", "shared", "nothing", "out", "state"} {
		dirs[name] = filepath.Join(top, name)
		if err := os.Mkdir(dirs[name], 0o755); err != nil {
			t.Fatal(err)
		}
	}
	g := &localGuest{sees: dirs["nothing"]}
	if shared {
		g.sees = dirs["shared"]
	}
	e := &events{}
	log := report.NewLog(time.Now, e)
	m, err := New(Options{Name: "server", Backend: g, Log: log, StateDir: dirs["state"], SharedDir: dirs["shared"], OutDir: dirs["out"], HostRoot: dirs["host"]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return &copier{m, g, dirs["host"], dirs["guest"], func() string {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
		return strings.Join(e.warnings, "\n")
	}}
}

// bothWays runs a test through the shared directory and through the root shell.
func bothWays(t *testing.T, test func(t *testing.T, c *copier)) {
	for name, shared := range map[string]bool{"shared": true, "shell": false} {
		t.Run(name, func(t *testing.T) { test(t, newCopier(t, shared)) })
	}
}

// lay makes files: a name that ends in "/" is a directory, content that begins with "-> " is a link.
func lay(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		target, link := strings.CutPrefix(content, "-> ")
		switch {
		case err != nil:
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		case link:
			err = os.Symlink(target, path)
		default:
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// holds checks that the files exist as lay makes them; the content "none" means that there is no such file.
func holds(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, want := range files {
		path := filepath.Join(dir, name)
		st, err := os.Lstat(path)
		got := "none"
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			got = err.Error()
		case st.Mode()&fs.ModeSymlink != 0:
			got, _ = os.Readlink(path)
			got = "-> " + got
		case st.IsDir():
			got = "a directory"
		default:
			b, err := os.ReadFile(path)
			if got = string(b); err != nil {
				got = err.Error()
			}
		}
		if got != want {
			t.Errorf("%s is %.200q, want %q", path, got, want)
		}
	}
}

func (c *copier) send(t *testing.T, source, target string) {
	t.Helper()
	if err := c.CopyFromHost(t.Context(), source, filepath.Join(c.guest, target)); err != nil {
		t.Error(err)
	}
}

func (c *copier) fetch(t *testing.T, source, target string) {
	t.Helper()
	if err := c.CopyFromMachine(t.Context(), filepath.Join(c.guest, source), target); err != nil {
		t.Error(err)
	}
}

// TestCopyLinks: a link that is the source is copied as its target, a link in a directory as a link.
func TestCopyLinks(t *testing.T) {
	bothWays(t, func(t *testing.T, c *copier) {
		files := map[string]string{"dir/file": "text", "dir/inner": "-> ../no/where", "to-file": "-> dir/file", "to-dir": "-> dir"}
		arrived := map[string]string{"to-file": "text", "to-dir/file": "text", "to-dir/inner": "-> ../no/where"}
		lay(t, c.dir, files)
		c.send(t, "to-file", "to-file")
		c.send(t, "to-dir", "to-dir")
		holds(t, c.guest, arrived)
		lay(t, c.guest, map[string]string{"from/": ""})
		lay(t, filepath.Join(c.guest, "from"), files)
		c.fetch(t, "from/to-file", "")
		c.fetch(t, "from/to-dir", "")
		holds(t, c.OutDir(), arrived)
		if err := c.CopyFromHost(t.Context(), "dir/inner", c.guest+"/x"); err == nil || !strings.Contains(err.Error(), "server: copy_from_host") || !strings.Contains(err.Error(), "dir/inner: no such file") {
			t.Errorf("a link to nothing: %v", err)
		}
		if err := c.CopyFromMachine(t.Context(), c.guest+"/from/dir/inner", ""); err == nil || !strings.Contains(err.Error(), "dir/inner") || !strings.Contains(err.Error(), "No such file") {
			t.Errorf("a link to nothing in the guest: %v", err)
		}
	})
}

// TestCopyLinksThatLeadOut: within a directory, a link that leads out of it arrives as what it leads to, and others as they
// are. It is followed on the side that has it.
func TestCopyLinksThatLeadOut(t *testing.T) {
	bothWays(t, func(t *testing.T, c *copier) {
		arrived := map[string]string{
			"d/sub/out": "text", "d/absolute": "text", "d/out dir/file": "text", "d/out dir/within": "text", "d/out dir/deep/er": "text", // tar follows all links there
			"d/back": "text", "d/sub/up": "-> ../real", "d/chain": "-> absolute", "d/nowhere": "-> ../no/where", "d/special": "-> /dev/null",
			"d/around": "-> ..", "d/sub/self": "-> ..", "d/it's \"new\"\nline": "text", "d/real": "text",
		}
		for _, dir := range []string{c.dir, c.guest} {
			lay(t, dir, map[string]string{
				"else/file": "text", "else/within": "-> file", "else/deep/er": "-> ../file", "d/real": "text",
				"d/sub/out": "-> ../../else/file", "d/absolute": "-> " + dir + "/else/file", "d/out dir": "-> ../else", "d/back": "-> ../d/real",
				"d/sub/up": "-> ../real", "d/chain": "-> absolute", "d/nowhere": "-> ../no/where", "d/special": "-> /dev/null",
				"d/around": "-> ..", "d/sub/self": "-> ..", "d/it's \"new\"\nline": "-> ../else/file",
			})
		}
		c.fetch(t, "d", "")
		c.fetch(t, "d", "") // over the directories of the first copy
		holds(t, c.OutDir(), arrived)
		arrived["d/out dir/within"] = "-> file"
		arrived["d/out dir/deep/er"] = "-> ../file"
		arrived = within(arrived, "to/")
		lay(t, c.guest, map[string]string{"to/": ""})
		c.send(t, "d", "to")
		holds(t, c.guest, arrived)
	})
}

// within puts a prefix before the names of files.
func within(files map[string]string, prefix string) map[string]string {
	out := map[string]string{}
	for name, content := range files {
		out[prefix+name] = content
	}
	return out
}

// TestCopyTargetIsExpanded: the target may have variables and patterns, as in a shell; a file of that very name goes first,
// and a name that is no word of a shell's is taken as it is.
func TestCopyTargetIsExpanded(t *testing.T) {
	bothWays(t, func(t *testing.T, c *copier) {
		lay(t, c.dir, map[string]string{"file": "text"})
		lay(t, c.guest, map[string]string{"one_1/": "", "two_1/": "", "two_2/": "", "lit*/": ""})
		t.Setenv("GOTEST_DIR", c.guest)
		t.Setenv("HOME", c.guest)
		ctx := t.Context()
		for _, target := range []string{"$GOTEST_DIR/var/x", "~/home", "${GOTEST_DIR}/one_*", c.guest + "/lit*", c.guest + "/it's $HOME", c.guest + "/none[1]"} {
			if err := c.CopyFromHost(ctx, "file", target); err != nil {
				t.Errorf("%s: %v", target, err)
			}
		}
		if err := c.CopyFromHostViaShell(ctx, "file", "~/shell"); err != nil {
			t.Error(err)
		}
		holds(t, c.guest, map[string]string{
			"var/x": "text", "home": "text", "one_1/file": "text", "lit*/file": "text", "it's $HOME": "text", "none[1]": "text", "shell": "text",
		})
		says(t, "two directories", c.CopyFromHost(ctx, "file", "~/two_*"), "~/two_*: the name stands for 2 files", "two_1")
		says(t, "no variable", c.CopyFromHost(ctx, "file", "$GOTEST_NONE/x"), "GOTEST_NONE", "unbound variable")
	})
}

// TestCopyMerges: as with cp -r, a target that is a directory gets the source inside. Existing files that are not in
// the source stay, and so do the directories' modes.
func TestCopyMerges(t *testing.T) {
	bothWays(t, func(t *testing.T, c *copier) {
		lay(t, c.dir, map[string]string{"d/new": "1", "d/both": "new", "d/sub/x": "2"})
		lay(t, c.guest, map[string]string{"t/d/old": "0", "t/d/both": "old"})
		if err := os.Chmod(c.guest+"/t/d", 0o700); err != nil {
			t.Fatal(err)
		}
		c.send(t, "d", "t")
		c.send(t, "d/new", "deep/er")
		holds(t, c.guest, map[string]string{"t/d/old": "0", "t/d/both": "new", "t/d/new": "1", "t/d/sub/x": "2", "deep/er": "1"})
		if st, err := os.Stat(c.guest + "/t/d"); err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("the directory's mode is now %v, %v", st.Mode(), err)
		}
		c.fetch(t, "t/d/old", "x/d")
		c.fetch(t, "t/d", "x")
		holds(t, c.OutDir(), map[string]string{"x/d/old": "0", "x/d/both": "new", "x/d/sub/x": "2"})
		if err := c.CopyFromHost(t.Context(), "d", c.guest+"/deep/er"); err == nil || !strings.Contains(err.Error(), "deep/er") {
			t.Errorf("a directory over a file: %v", err)
		}
		if entries, err := os.ReadDir(c.guest); err != nil || len(entries) != 2 {
			t.Errorf("the guest's directory has %v, %v", entries, err)
		}
	})
}

// TestCopyHiddenShare: copies work with a guest that sees another directory of the same name instead of the shared one.
func TestCopyHiddenShare(t *testing.T) {
	c := newCopier(t, false)
	c.local.before = func() { // everything in the shared directory has a counterpart where the guest looks
		entries, err := os.ReadDir(c.SharedDir())
		if err != nil {
			t.Error(err)
		}
		for _, e := range entries {
			if err := os.Mkdir(filepath.Join(c.local.sees, e.Name()), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
		}
	}
	lay(t, c.dir, map[string]string{"a": "text", "d/a": "text"})
	c.send(t, "a", "a")
	c.send(t, "d", "d")
	c.fetch(t, "a", "")
	c.fetch(t, "d", "")
	for _, dir := range []string{c.guest, c.OutDir()} {
		holds(t, dir, map[string]string{"a": "text", "d/a": "text"})
	}
}

// small mounts a file system of 256 KiB, or skips the test.
func small(t *testing.T, dir string, flags uintptr) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, "size=256k"); err != nil {
		t.Skip("can't mount: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
}

// says checks that an error has all parts, in one short line.
func says(t *testing.T, what string, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	for _, p := range append(parts, "server: copy_from_") {
		if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(p)) {
			t.Errorf("%s: %q isn't in the error: %v", what, p, err)
		}
	}
	for _, p := range []string{"mktemp", "closed pipe", "command `", ".copy-", "\n"} {
		if strings.Contains(err.Error(), p) {
			t.Errorf("%s: the error tells of our own affairs: %v", what, err)
		}
	}
}

// TestCopyTellsWhy: an error has the reason, with machine and target.
func TestCopyTellsWhy(t *testing.T) {
	bothWays(t, func(t *testing.T, c *copier) {
		lay(t, c.dir, map[string]string{"file": strings.Repeat("x", 9<<20), "dir/file": strings.Repeat("x", 9<<20)})
		ro, full := c.guest+"/ro", c.guest+"/full"
		small(t, ro, syscall.MS_RDONLY)
		small(t, full, 0)
		for _, source := range []string{"file", "dir"} {
			says(t, "read-only", c.CopyFromHost(t.Context(), source, ro+"/x"), "read-only file system", ro+"/x")
			says(t, "full", c.CopyFromHost(t.Context(), source, full+"/x"), "no space left on device", full+"/x")
		}
		says(t, "via shell, read-only", c.CopyFromHostViaShell(t.Context(), "file", ro+"/x"), "read-only file system", ro+"/x")
		says(t, "via shell, full", c.CopyFromHostViaShell(t.Context(), "file", full+"/x"), "no space left on device", full+"/x")
		if entries, err := os.ReadDir(full); err != nil || len(entries) > 0 {
			t.Errorf("left are %v, %v", entries, err)
		}
		lay(t, c.guest, map[string]string{"big/file": strings.Repeat("x", 9<<20)})
		small(t, c.OutDir()+"/full", 0)
		for _, source := range []string{"big", "big/file"} {
			says(t, "full output directory", c.CopyFromMachine(t.Context(), c.guest+"/"+source, "full"), "no space left on device", c.OutDir()+"/full")
		}
	})
}

// TestCopyFirstFailure: the error is that of the side that fails first.
func TestCopyFirstFailure(t *testing.T) {
	bothWays(t, func(t *testing.T, c *copier) {
		says(t, "a source that can't be read", c.CopyFromHost(t.Context(), "/proc/self/mem", c.guest+"/x"), "/mem", "input/output error")
		holds(t, c.guest, map[string]string{"x": "none"})
		says(t, "a source in the guest that can't be read", c.CopyFromMachine(t.Context(), "/proc/self/mem", ""), "/proc/self/mem", "input/output error")
		holds(t, c.OutDir(), map[string]string{"mem": "none"})
		lay(t, c.guest, map[string]string{"file": ""})
		lay(t, c.dir, map[string]string{"dir/big": strings.Repeat("x", 9<<20)})
		says(t, "no directory for it", c.CopyFromHost(t.Context(), "dir", c.guest+"/file/dir"), "cannot create directory", c.guest+"/file/dir")
	})
}

// sparseSize is the size of sparse files, which have data at some places.
const sparseSize = 3 << 30

func laySparse(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, at := range sparsePlaces {
		if _, err := f.WriteAt([]byte(fmt.Sprint("at ", at)), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(sparseSize); err != nil {
		t.Fatal(err)
	}
}

var sparsePlaces = []int64{3, 1<<20 - 2, 1<<30 + 4711, sparseSize - 13}

func checkSparse(t *testing.T, path string) {
	t.Helper()
	st, err := os.Stat(path)
	if err != nil {
		t.Error(err)
		return
	}
	if used := st.Sys().(*syscall.Stat_t).Blocks * 512; st.Size() != sparseSize || used > 2<<20 {
		t.Errorf("%s has %d bytes and uses %d", path, st.Size(), used)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	for _, at := range sparsePlaces {
		want := fmt.Sprint("at ", at)
		got := make([]byte, len(want))
		if _, err := f.ReadAt(got, at); string(got) != want {
			t.Errorf("%s holds %q, %v, want %q", path, got, err, want)
		}
	}
}

// TestCopySparse: holes in a file are not written, in either direction.
func TestCopySparse(t *testing.T) {
	bothWays(t, func(t *testing.T, c *copier) {
		lay(t, c.dir, map[string]string{"dir/sub/": "", "dir/a": "text"})
		laySparse(t, c.dir+"/dir/sub/it's sparse")
		if err := os.Chmod(c.dir+"/dir/sub", 0o710); err != nil {
			t.Fatal(err)
		}
		c.send(t, "dir/sub/it's sparse", "alone")
		checkSparse(t, c.guest+"/alone")
		c.send(t, "dir", "dir")
		checkSparse(t, c.guest+"/dir/sub/it's sparse")
		if st, err := os.Stat(c.guest + "/dir/sub"); err != nil || st.Mode().Perm() != 0o710 {
			t.Errorf("the directory of a sparse file: %v, %v", st, err)
		}
		if err := c.CopyFromHostViaShell(t.Context(), "dir/sub/it's sparse", c.guest+"/via shell"); err != nil {
			t.Error(err)
		}
		checkSparse(t, c.guest+"/via shell")
		c.fetch(t, "alone", "")
		checkSparse(t, c.OutDir()+"/alone")
		c.fetch(t, "dir", "")
		checkSparse(t, c.OutDir()+"/dir/sub/it's sparse")
		holds(t, c.OutDir(), map[string]string{"dir/a": "text"})
	})
}

// TestCopyRunningProgram: a program that runs is replaced.
func TestCopyRunningProgram(t *testing.T) {
	bothWays(t, func(t *testing.T, c *copier) {
		sleep, err := exec.LookPath("sleep")
		if err != nil {
			t.Fatal(err)
		}
		program, err := os.ReadFile(sleep)
		if err != nil {
			t.Fatal(err)
		}
		lay(t, c.guest, map[string]string{"d/program": string(program)})
		lay(t, c.dir, map[string]string{"d/program": "new"})
		if err := os.Chmod(c.guest+"/d/program", 0o755); err != nil {
			t.Fatal(err)
		}
		for _, copy := range []func(){
			func() { c.send(t, "d/program", "d/program") },
			func() { c.send(t, "d", "") },
			func() {
				if err := c.CopyFromHostViaShell(t.Context(), "d/program", c.guest+"/d/program"); err != nil {
					t.Error(err)
				}
			},
		} {
			lay(t, c.guest, map[string]string{"d/program": string(program)})
			cmd := exec.CommandContext(t.Context(), c.guest+"/d/program", "1000")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			copy()
			cmd.Process.Kill()
			cmd.Wait()
			holds(t, c.guest, map[string]string{"d/program": "new"})
			if err := os.WriteFile(c.guest+"/d/program", nil, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(c.guest+"/d/program", 0o755); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestCopySpecialFiles: sockets, pipes and devices are left out and named.
func TestCopySpecialFiles(t *testing.T) {
	bothWays(t, func(t *testing.T, c *copier) {
		for _, dir := range []string{c.dir, c.guest + "/from"} {
			lay(t, dir, map[string]string{"d/a": "text", "d/sub/z": "text"})
			if err := syscall.Mkfifo(dir+"/d/a pipe", 0o600); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mknod(dir+"/d/sub/a socket", syscall.S_IFSOCK|0o600, 0); err != nil {
				t.Fatal(err)
			}
		}
		c.send(t, "d", "d")
		c.fetch(t, "from/d", "")
		for _, dir := range []string{c.guest, c.OutDir()} {
			holds(t, dir, map[string]string{"d/a": "text", "d/sub/z": "text", "d/a pipe": "none", "d/sub/a socket": "none"})
		}
		says(t, "a pipe", c.CopyFromHost(t.Context(), "d/a pipe", c.guest+"/x"), "d/a pipe", "neither a file nor a directory")
		says(t, "a pipe in the guest", c.CopyFromMachine(t.Context(), c.guest+"/from/d/a pipe", ""), "d/a pipe", "neither a file nor a directory")
		warnings := c.warnings()
		if strings.Count(warnings, "a pipe") != 2 || strings.Count(warnings, "a socket") != 2 {
			t.Errorf("the warnings are:\n%s", warnings)
		}
	})
}

// TestCopyPseudoFile: a file whose size the file system does not know is copied whole.
func TestCopyPseudoFile(t *testing.T) {
	bothWays(t, func(t *testing.T, c *copier) {
		want, err := os.ReadFile("/proc/version")
		if err != nil {
			t.Skip(err)
		}
		c.send(t, "/proc/version", "version")
		holds(t, c.guest, map[string]string{"version": string(want)})
		if err := c.CopyFromMachine(t.Context(), "/proc/version", ""); err != nil {
			t.Error(err)
		}
		holds(t, c.OutDir(), map[string]string{"version": string(want)})
	})
}

// TestCopyModes: permission bits are kept, but nothing gets its owner's rights on the host.
func TestCopyModes(t *testing.T) {
	bothWays(t, func(t *testing.T, c *copier) {
		lay(t, c.guest, map[string]string{"d/run": "text"})
		if err := os.Chmod(c.guest+"/d/run", 0o750|fs.ModeSetuid|fs.ModeSetgid); err != nil {
			t.Fatal(err)
		}
		c.fetch(t, "d", "")
		c.fetch(t, "d/run", "")
		for _, name := range []string{"/d/run", "/run"} {
			if st, err := os.Stat(c.OutDir() + name); err != nil || st.Mode() != 0o750 {
				t.Errorf("%s: %v, %v", name, st, err)
			}
		}
		c.local.after = func() { // the files that are in the shared directory during the copy
			filepath.WalkDir(c.SharedDir(), func(p string, d fs.DirEntry, err error) error {
				if err == nil {
					if info, err := d.Info(); err == nil && info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
						t.Errorf("%s has %v", p, info.Mode())
					}
				}
				return nil
			})
		}
		c.fetch(t, "d", "again")
	})
}

// TestCopyFollowsNoEarlierLink: a later copy does not follow a link that an earlier copy has brought.
func TestCopyFollowsNoEarlierLink(t *testing.T) {
	bothWays(t, func(t *testing.T, c *copier) {
		victim := filepath.Join(filepath.Dir(c.OutDir()), "victim")
		lay(t, c.OutDir(), map[string]string{"report/file": "as it was"})
		lay(t, c.guest, map[string]string{"1/d/logs": "-> " + victim, "1/d/inside": "-> ../report", "1/d/file": "-> ../report/file",
			"2/d/logs/file": "evil", "2/d/inside/file": "evil", "2/d/file": "evil", "3/file": "evil"})
		c.fetch(t, "1/d", "")
		lay(t, victim, map[string]string{"file": "as it was"}) // in the guest the link leads nowhere
		for _, target := range []string{"d/logs", "d/inside"} {
			says(t, "into "+target, c.CopyFromMachine(t.Context(), c.guest+"/3/file", target), c.OutDir()+"/"+target, "not a directory")
		}
		c.fetch(t, "2/d", "")
		holds(t, victim, map[string]string{"file": "as it was"})
		holds(t, c.OutDir(), map[string]string{"report/file": "as it was", "d/logs/file": "evil", "d/inside/file": "evil", "d/file": "evil"})
	})
}

// TestHostileShare: a guest that makes links in the shared directory during a copy can't make the host write elsewhere,
// and can't get the host's files into the output.
func TestHostileShare(t *testing.T) {
	c := newCopier(t, true)
	victim := filepath.Join(filepath.Dir(c.OutDir()), "victim")
	lay(t, victim, map[string]string{"d/a": "as it was", "a": "as it was", "secret": "the host's", "d/secret": "the host's"})
	lay(t, c.dir, map[string]string{"d/a": "evil", "a": "evil"})
	lay(t, c.guest, map[string]string{"d/a": "evil", "secret": "the guest's"})
	inShare := func(plant func(path string)) { // a path in a directory comes before the directory
		var paths []string
		filepath.WalkDir(c.SharedDir(), func(p string, d fs.DirEntry, err error) error {
			paths = append(paths, p)
			return nil
		})
		for _, p := range slices.Backward(paths[1:]) {
			plant(p)
		}
	}
	link := func(to, at string) {
		if err := os.RemoveAll(at); err != nil {
			t.Error(err)
		}
		if err := os.Symlink(to, at); err != nil {
			t.Error(err)
		}
	}
	attacks := map[string]func(p string){
		"everything is a link to a directory": func(p string) { link(victim, p) },
		"everything is a link to a file":      func(p string) { link(victim+"/secret", p) },
		"every directory has links in it": func(p string) {
			if st, err := os.Lstat(p); err == nil && st.IsDir() {
				for _, name := range []string{"a", "d", "secret", "data"} {
					link(victim+"/"+name, p+"/"+name)
				}
			}
		},
	}
	for name, plant := range attacks {
		for _, when := range []string{"before", "after"} {
			c.local.before, c.local.after = nil, nil
			if when == "before" {
				c.local.before = func() { inShare(plant) }
			} else {
				c.local.after = func() { inShare(plant) }
			}
			for _, source := range []string{"a", "d"} {
				c.CopyFromHost(t.Context(), source, c.guest+"/x")
			}
			for _, source := range []string{"d", "secret"} {
				c.CopyFromMachine(t.Context(), c.guest+"/"+source, "")
			}
			t.Run(name+" "+when, func(t *testing.T) {
				holds(t, victim, map[string]string{"d/a": "as it was", "a": "as it was", "secret": "the host's"})
				filepath.WalkDir(c.OutDir(), func(p string, d fs.DirEntry, err error) error {
					if b, err := os.ReadFile(p); err == nil && (strings.Contains(string(b), "the host's") || strings.Contains(string(b), "as it was")) {
						t.Errorf("%s has come out: %s", p, b)
					}
					return nil
				})
			})
		}
	}
}

// TestCopyIsVerified: copy_from_host_via_shell fails when the guest finds another sum.
func TestCopyIsVerified(t *testing.T) {
	c := newCopier(t, true)
	lay(t, c.dir, map[string]string{"file": "text", "bin/sha256sum": "#!/bin/sh\ncat >/dev/null\necho $SUM -\n"})
	if err := os.Chmod(c.dir+"/bin/sha256sum", 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", c.dir+"/bin:"+os.Getenv("PATH"))
	const right = "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1" // from sha256sum
	for sum, want := range map[string]string{"0123": "its SHA-256 in the guest is 0123, on the host " + right, right: ""} {
		t.Setenv("SUM", sum)
		err := c.CopyFromHostViaShell(t.Context(), "file", c.guest+"/file")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("with the sum %q: %v", sum, err)
		}
	}
	holds(t, c.guest, map[string]string{"file": "text"})
}
