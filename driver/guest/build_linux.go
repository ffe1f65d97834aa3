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

// runScript runs the script of the recipe. With an error, it returns the last lines that the script has printed.
func (j *job) runScript(ctx context.Context) ([]string, error) {
	scripts := filepath.Join(j.temp, "scripts")
	if err := os.Mkdir(scripts, 0o755); err != nil {
		return nil, err
	}
	if err := os.CopyFS(scripts, j.files); err != nil {
		return nil, err
	}
	env := []string{
		"WORK=" + j.work, "OUT=" + j.out, "RECIPES=" + filepath.Join(scripts, "recipes"),
		"SOURCE_DATE_EPOCH=" + strconv.Itoa(sourceDate), "MMDEBSTRAP_MODE=root", "SYSTEM_TMP=" + j.work,
	}
	if os.Getuid() != 0 {
		// The users of a user namespace have no access to this user's directories.
		env = append(env, "MMDEBSTRAP_MODE=unshare", "SYSTEM_TMP=/var/tmp")
	}
	for name, dir := range j.bases {
		env = append(env, strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"="+dir)
	}
	if j.recipe.apt {
		config, err := aptFiles(ctx, j.options, j.work)
		if err != nil {
			return nil, err
		}
		env = append(env, config...)
	}

	cmd := exec.Command("bash", filepath.Join(scripts, "recipes", j.recipe.Name+".sh"))
	cmd.Dir = j.work
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
		return nil, err
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
		return nil, err
	}
	lines := make(chan []string, 1)
	go func() { lines <- j.follow(read) }()

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
			if full = diskFull(j.temp); full != nil {
				_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
				result, running = <-done, false
			}
		}
	}
	if result != nil && full == nil {
		full = diskFull(j.temp)
	}
	// Processes that the shell left behind would keep the pipe open.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	_ = read.SetReadDeadline(time.Now().Add(5 * time.Second))
	last := <-lines
	if full != nil {
		return nil, full
	}
	if result != nil {
		return last, fmt.Errorf("its script ended with %w", result)
	}
	return nil, nil
}

// enough is the free space, in bytes, with which a file system is not full.
const enough = 256 << 10

// diskFull returns an error if the file system of the cache is full.
func diskFull(dir string) error {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil || s.Bavail*uint64(s.Bsize) >= enough && (s.Files == 0 || s.Ffree > 0) || s.Blocks == 0 {
		return nil // a file system that can't tell is not full
	}
	return errFull(dir)
}

// follow passes on the output of a build until it ends and returns the last lines. Lines "::N TEXT" are steps, at N
// percent of the whole.
func (j *job) follow(from io.Reader) []string {
	var last []string
	scanner := bufio.NewScanner(from)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		line := strings.TrimRight(strings.ToValidUTF8(scanner.Text(), ""), " \r\t")
		if step, ok := strings.CutPrefix(line, "::"); ok {
			percent, text, _ := strings.Cut(step, " ")
			done := j.done
			if n, err := strconv.Atoi(percent); err == nil {
				done = float64(n) / 100
			}
			j.step(done, text)
			continue
		}
		if line == "" {
			continue
		}
		if last = append(last, line); len(last) > keepLines {
			last = last[1:]
		}
		j.c.progress(Progress{Guest: j.recipe.Name, Text: line, Detail: true, Fraction: j.done})
	}
	return last
}
