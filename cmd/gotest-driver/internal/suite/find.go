package suite

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

func isPattern(s string) bool { return strings.ContainsAny(s, "*?[") }

// find returns the scripts that a path of a suite.toml names: one file, whatever it is called, or those of all that match.
func find(name, dir string, all []string) ([]string, error) {
	if !isPattern(name) {
		file := name
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		if st, err := os.Stat(file); err != nil || st.IsDir() {
			return nil, nil
		}
		return []string{file}, nil
	}
	if _, err := matches(name, ""); err != nil {
		return nil, fmt.Errorf("the pattern is not valid: %w", err)
	}
	var out []string
	for _, s := range all {
		if ok, _ := matches(name, identity(dir, s)); ok {
			out = append(out, s)
		}
	}
	return out, nil
}

// matches reports whether a path matches a pattern, in which ** stands for any number of directories, and at its end for
// all files below.
func matches(pattern, name string) (bool, error) {
	return matchParts(strings.Split(path.Clean(pattern), "/"), strings.Split(name, "/"))
}

func matchParts(pattern, name []string) (bool, error) {
	for i, p := range pattern {
		if p == "**" {
			if i == len(pattern)-1 {
				return len(name) > 0, nil
			}
			for n := range len(name) + 1 {
				if ok, err := matchParts(pattern[i+1:], name[n:]); ok || err != nil {
					return ok, err
				}
			}
			return false, nil
		}
		if len(name) == 0 {
			_, err := path.Match(p, "")
			return false, err
		}
		if ok, err := path.Match(p, name[0]); !ok || err != nil {
			for _, rest := range pattern[i+1:] { // a wrong pattern is wrong wherever the name stops matching
				if _, rerr := path.Match(rest, ""); err == nil {
					err = rerr
				}
			}
			return false, err
		}
		name = name[1:]
	}
	return len(name) == 0, nil
}
