package guest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// tool is a program that a build runs.
type tool struct {
	program string
	pkg     string // Debian's package of the program
}

var (
	toolBash       = tool{"bash", "bash"}
	toolTar        = tool{"tar", "tar"}
	toolMmdebstrap = tool{"mmdebstrap", "mmdebstrap"}
	toolMkfs       = tool{"mke2fs", "e2fsprogs"}
	toolSystemctl  = tool{"systemctl", "systemd"}
	toolNewuidmap  = tool{"newuidmap", "uidmap"}
	toolUnshare    = tool{"unshare", "util-linux"}
)

// MissingToolsError says which programs a build needs that this machine lacks.
type MissingToolsError struct {
	Guest    string
	Programs []string
	Packages []string // Debian's packages of these programs
}

func (e *MissingToolsError) Error() string {
	return fmt.Sprintf("building the guest %q needs %s: apt install %s",
		e.Guest, strings.Join(e.Programs, ", "), strings.Join(e.Packages, " "))
}

// checkTools returns a [*MissingToolsError] if this machine lacks a program of the build.
func checkTools(r recipe) error {
	if r.apt && runtime.GOARCH != "amd64" {
		return &BuildError{Guest: r.Name, Err: fmt.Errorf("it is built on amd64, this is %s", runtime.GOARCH), Advice: "copy the cache directory from there"}
	}
	root := os.Getuid() == 0
	if r.root && !root {
		return &BuildError{Guest: r.Name, Err: fmt.Errorf("only root can build and start containers")}
	}
	tools := r.tools
	if !root && slices.Contains(tools, toolMmdebstrap) {
		tools = append(slices.Clip(tools), toolNewuidmap, toolUnshare)
	}
	missing := &MissingToolsError{Guest: r.Name}
	for _, t := range tools {
		if haveProgram(t.program) {
			continue
		}
		missing.Programs = append(missing.Programs, t.program)
		if !slices.Contains(missing.Packages, t.pkg) {
			missing.Packages = append(missing.Packages, t.pkg)
		}
	}
	if len(missing.Programs) > 0 {
		return missing
	}
	return nil
}

// haveProgram reports whether a program is in the recipes' PATH, which is longer than an ordinary user's.
func haveProgram(name string) bool {
	if _, err := exec.LookPath(name); err == nil {
		return true
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode()&0o111 != 0 {
			return true
		}
	}
	return false
}
