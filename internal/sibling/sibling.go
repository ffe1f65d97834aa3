// Package sibling finds the programs that are installed together with the running one.
package sibling

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Find returns the path of a program: the one in the directory of the running program, else the one on the PATH.
func Find(name string) (string, error) {
	exe, err := os.Executable()
	if err == nil {
		if found, err := exec.LookPath(filepath.Join(filepath.Dir(exe), name)); err == nil {
			return found, nil
		}
	}
	found, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is neither beside %s nor on the PATH", name, exe)
	}
	return found, nil
}
