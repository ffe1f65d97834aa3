package nspawn

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"al.essio.dev/pkg/shellescape"
)

// endCgroups kills all processes in the control groups that follow it and removes these groups. It is one line, for the
// guard. A container whose systemd-nspawn was killed keeps running; its control group still has all its processes.
const endCgroups = `sh -c 'for d; do [ -d "$d" ] || continue; n=0; while [ $n -lt 200 ]; do ` +
	`p=$(find "$d" -name cgroup.procs -exec cat {} + 2>/dev/null); [ -n "$p" ] || break; kill -9 $p 2>/dev/null; n=$((n+1)); sleep 0.02; done; ` +
	`find "$d" -depth -type d -exec rmdir {} + 2>/dev/null; done' sh`

// makeCgroups makes a control group for a container, in each hierarchy that systemd uses: two containers that share one
// would disturb each other. It returns the paths in the sandbox.
func (s *Sandbox) makeCgroups(name string) ([]string, error) {
	mounts, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(s.pid()), "mounts"))
	if err != nil {
		return nil, err
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	bases, err := hierarchies(string(mounts), string(own), func(dir string) bool { return isDir(s.path(dir)) })
	if err != nil {
		return nil, err
	}
	leaf := "gotest-" + name + "-" + strings.ToLower(rand.Text()[:8])
	var dirs []string
	for _, base := range bases {
		dir := filepath.Join(base, leaf)
		if err := os.Mkdir(s.path(dir), 0o755); err != nil {
			return dirs, fmt.Errorf("a container needs a control group of its own, which can't be made: %w", err)
		}
		dirs = append(dirs, dir)
	}
	return dirs, s.guard.RunAtEnd(endCgroups + " " + shellescape.QuoteCommand(dirs))
}

// hierarchies returns the directories in which a container gets its control groups, one of each hierarchy that systemd
// uses: the driver's own group if it exists there, else the top. It takes the texts of /proc/PID/mounts and
// /proc/self/cgroup.
func hierarchies(mounts, own string, isDir func(string) bool) ([]string, error) {
	var dirs []string
	unified := false
	for line := range strings.Lines(mounts) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		key := ""
		switch {
		case f[2] == "cgroup2" && !unified:
			key, unified = "0::", true
		case f[2] == "cgroup" && strings.Contains(f[3], "name=systemd"):
			key = ":name=systemd:"
		default:
			continue
		}
		dir := f[1]
		if sub := filepath.Join(dir, ownGroup(own, key)); isDir(sub) {
			dir = sub
		}
		dirs = append(dirs, dir)
	}
	if !unified {
		return nil, errors.New("containers need control groups (cgroup2), which are not mounted here")
	}
	return dirs, nil
}

// ownGroup finds the driver's own group in the text of /proc/self/cgroup.
func ownGroup(text, key string) string {
	for line := range strings.Lines(text) {
		if at := strings.Index(line, key); at >= 0 {
			return strings.TrimSpace(line[at+len(key):])
		}
	}
	return ""
}

func isDir(p string) bool {
	st, err := os.Stat(p)
	return err == nil && st.IsDir()
}

// endCgroups kills the remaining processes of the container.
func (i *instance) endCgroups() error {
	if len(i.cgroups) == 0 {
		return nil
	}
	return i.b.Sandbox.run(context.Background(), "sh", "-c", endCgroups+" "+shellescape.QuoteCommand(i.cgroups))
}
