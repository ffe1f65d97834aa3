package guest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// keepLines is how many of the last lines of a failed build are in its error.
const keepLines = 15

// runRecipe runs the script of a recipe with a scratch directory under temp.
func (c *cache) runRecipe(ctx context.Context, r recipe, temp, out string, bases []string) error {
	fail := func(err error, lines ...string) error {
		if ctx.Err() != nil {
			return fmt.Errorf("building the guest %q: %w", r.Name, context.Cause(ctx))
		}
		return &BuildError{Guest: r.Name, Err: err, Output: lines}
	}
	work := filepath.Join(temp, "work")
	scripts := filepath.Join(temp, "scripts")
	for _, dir := range []string{work, scripts} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return fail(err)
		}
	}
	if err := os.CopyFS(scripts, c.files); err != nil {
		return fail(err)
	}
	env := []string{
		"WORK=" + work, "OUT=" + out, "RECIPES=" + filepath.Join(scripts, "recipes"),
		"SOURCE_DATE_EPOCH=" + strconv.Itoa(sourceDate), "MMDEBSTRAP_MODE=root", "SYSTEM_TMP=" + work,
	}
	if os.Getuid() != 0 {
		// The users of a user namespace have no access to this user's directories.
		env = append(env, "MMDEBSTRAP_MODE=unshare", "SYSTEM_TMP=/var/tmp")
	}
	env = append(env, bases...)
	if r.needsApt() {
		config, err := aptConfig(ctx, work)
		if err != nil {
			return fail(err)
		}
		env = append(env, config...)
	}

	cmd := exec.Command("bash", filepath.Join(scripts, "recipes", r.Name+".sh"))
	cmd.Dir = work
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() == 0 {
		// The shell is the first process of a PID namespace, so all processes of the build end with it; a mount
		// namespace does the same for mounts.
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWPID
		cmd.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
	}
	read, write, err := os.Pipe()
	if err != nil {
		return fail(err)
	}
	cmd.Stdout, cmd.Stderr = write, write
	defer func() { _ = read.Close() }()

	done := make(chan error, 1)
	started := make(chan error, 1)
	go func() {
		// Pdeathsig is sent when the thread that started the process ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		_ = write.Close()
		started <- err
		if err == nil {
			done <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return fail(err)
	}
	lines := make(chan []string, 1)
	go func() { lines <- c.follow(r, read) }()

	var result, full error
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for running := true; running; {
		select {
		case result = <-done:
			running = false
		case <-ctx.Done():
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			result, running = <-done, false
		case <-look.C:
			// Programs such as apt try again and again for minutes.
			if full = diskFull(temp); full != nil {
				_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
				result, running = <-done, false
			}
		}
	}
	if result != nil && full == nil {
		full = diskFull(temp)
	}
	// Processes that the shell left behind would keep the pipe open.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	_ = read.SetReadDeadline(time.Now().Add(5 * time.Second))
	last := <-lines
	if full != nil {
		return fail(full)
	}
	if result != nil {
		return fail(result, last...)
	}
	return nil
}

// enough is the free space, in bytes, with which a file system is not full.
const enough = 256 << 10

// diskFull returns an error if the file system of the cache is full.
func diskFull(dir string) error {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil || s.Bavail*uint64(s.Bsize) >= enough && (s.Files == 0 || s.Ffree > 0) || s.Blocks == 0 {
		return nil // a file system that can't tell is not full
	}
	return fmt.Errorf("the file system of the cache %s is full: free some space there, or name another directory in $XDG_CACHE_HOME", filepath.Dir(dir))
}

// follow passes on the output of a build until it ends and returns the last lines. Lines "::N TEXT" are steps, at N
// percent of the whole.
func (c *cache) follow(r recipe, from io.Reader) []string {
	var last []string
	fraction := 0.0
	scanner := bufio.NewScanner(from)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		line := strings.TrimRight(strings.ToValidUTF8(scanner.Text(), ""), " \r\t")
		if step, ok := strings.CutPrefix(line, "::"); ok {
			percent, text, _ := strings.Cut(step, " ")
			if n, err := strconv.Atoi(percent); err == nil {
				fraction = float64(n) / 100
			}
			c.progress(Progress{Guest: r.Name, Text: text, Fraction: fraction})
			continue
		}
		if line == "" {
			continue
		}
		if last = append(last, line); len(last) > keepLines {
			last = last[1:]
		}
		c.progress(Progress{Guest: r.Name, Text: line, Detail: true, Fraction: fraction})
	}
	return last
}
