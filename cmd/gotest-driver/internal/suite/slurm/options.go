package slurm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/near"
)

// Options say where tests run.
type Options struct {
	Partition  string // empty: the cluster's default
	Constraint string // features that the nodes must have, such as "kvm"
	Dir        string // absolute path of the directory that all nodes share
	Cache      bool   // the nodes see the user's cache, because Dir is in it
	InPlace    bool   // the nodes see the scripts where they are: nothing is copied
}

// Parse reads what follows "slurm" in --on: nothing, or a colon and KEY=VALUE,….
func Parse(text string) (Options, error) {
	o := Options{}
	rest, ok := strings.CutPrefix(text, "slurm")
	if !ok || rest != "" && rest[0] != ':' {
		return o, fmt.Errorf("--on %s: want slurm, or slurm:partition=NAME,constraint=FEATURES,dir=DIRECTORY,files=shared", text)
	}
	for _, word := range strings.FieldsFunc(strings.TrimPrefix(rest, ":"), func(r rune) bool { return r == ',' }) {
		key, value, _ := strings.Cut(word, "=")
		if value == "" {
			return o, fmt.Errorf("--on %s: %q has no value", text, key)
		}
		switch key {
		case "partition":
			o.Partition = value
		case "constraint":
			o.Constraint = value
		case "dir":
			dir, err := filepath.Abs(value)
			if err != nil {
				return o, fmt.Errorf("--on %s: %w", text, err)
			}
			o.Dir = dir
		case "files":
			if value != "shared" {
				return o, fmt.Errorf("--on %s: files can only be shared", text)
			}
			o.InPlace = true
		default:
			return o, fmt.Errorf("--on %s: there is no option %q%s", text, key, near.DidYouMean(key, []string{"partition", "constraint", "dir", "files"}))
		}
	}
	if o.Dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return o, errors.New("slurm: there is no home directory that nodes could share: give --on slurm:dir=DIRECTORY")
		}
		o.Dir, o.Cache = filepath.Join(cache, "gotest-driver", "slurm"), true
	}
	return o, nil
}

// KVM reports whether the constraint asks for nodes with KVM.
func (o Options) KVM() bool { return hasWord(o.Constraint, "kvm") }

// hasWord reports whether a constraint, or a list of features, has a word.
func hasWord(text, word string) bool {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("&,|()[]*", r) }) {
		if w == word {
			return true
		}
	}
	return false
}

// With returns a constraint that asks for one more feature.
func With(constraint, feature string) string {
	switch {
	case constraint == "":
		return feature
	case hasWord(constraint, feature):
		return constraint
	case strings.Contains(constraint, "|"):
		return "(" + constraint + ")&" + feature
	}
	return constraint + "&" + feature
}
