package guest

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/programs"
)

// MissingToolsError says which programs a build needs that this machine lacks.
type MissingToolsError struct {
	Guest    string
	Programs []string
}

func (e *MissingToolsError) Error() string {
	return fmt.Sprintf("building the guest %q needs %s: %s", e.Guest, strings.Join(e.Programs, ", "), programs.Install(e.Programs...))
}

// CheckBuild returns an error if this machine can't build the named guest: a [*NotFoundError], a [*BuildError], or a
// [*MissingToolsError] with all the programs that it and what it is based on need.
func CheckBuild(name string) error {
	c, err := newCache(Options{})
	if err != nil {
		return err
	}
	r, err := c.recipe(name)
	if err != nil {
		return err
	}
	list := []recipe{r}
	for _, base := range r.bases {
		b, err := c.recipe(base)
		if err != nil {
			return err
		}
		list = append(list, b)
	}
	return checkTools(list...)
}

// checkTools returns a [*MissingToolsError] if this machine lacks a program of the builds, of which the first one is named.
func checkTools(rs ...recipe) error {
	root := os.Getuid() == 0
	missing := &MissingToolsError{Guest: rs[0].Name}
	for _, r := range rs {
		if r.apt && runtime.GOARCH != "amd64" {
			return &BuildError{Guest: r.Name, Err: fmt.Errorf("it is built on amd64, this is %s", runtime.GOARCH), Advice: "copy the cache directory from there"}
		}
		if r.root && !root {
			return &BuildError{Guest: r.Name, Err: fmt.Errorf("only root can build and start containers")}
		}
		tools := r.tools
		if !root && slices.Contains(tools, "mmdebstrap") {
			tools = append(slices.Clip(tools), "newuidmap", "unshare")
		}
		for _, t := range tools {
			if _, ok := programs.Find(t); !ok && !slices.Contains(missing.Programs, t) {
				missing.Programs = append(missing.Programs, t)
			}
		}
	}
	if missing.Programs != nil {
		return missing
	}
	return nil
}
