package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// listFlags are flags of the drop-in command line that take all words up to the next flag, as argparse's nargs="*" does.
var listFlags = []string{"start-scripts", "vlans", "vm-names", "vm-start-scripts", "container-names", "container-start-scripts"}

// argparseArgs rewrites a command line for Python's argparse to one for pflag: it completes flags that are shortened
// but unambiguous (nixpkgs itself calls the driver with --debug-hook for --debug-hook-attach), and joins several values
// of a flag with blanks.
func argparseArgs(fs *pflag.FlagSet, args []string) ([]string, error) {
	var out []string
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return append(out, args[i:]...), nil
		}
		word, ok := strings.CutPrefix(args[i], "--")
		if !ok {
			out = append(out, args[i])
			continue
		}
		short, value, hasValue := strings.Cut(word, "=")
		name, err := fullFlag(fs, short)
		if err != nil {
			return nil, err
		}
		if slices.Contains(listFlags, name) && !hasValue {
			var words []string
			for i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
				i++
				words = append(words, args[i])
			}
			value, hasValue = strings.Join(words, " "), true
		}
		if hasValue {
			name += "=" + value
		}
		out = append(out, "--"+name)
	}
	return out, nil
}

// fullFlag returns the flag that a shortened name means. It returns an unknown name unchanged, so that pflag refuses it.
func fullFlag(fs *pflag.FlagSet, short string) (string, error) {
	if short == "help" || short == "version" || fs.Lookup(short) != nil {
		return short, nil
	}
	var found []*pflag.Flag
	fs.VisitAll(func(f *pflag.Flag) {
		same := func(g *pflag.Flag) bool { return g.Value == f.Value }
		if strings.HasPrefix(f.Name, short) && !slices.ContainsFunc(found, same) {
			found = append(found, f)
		}
	})
	switch len(found) {
	case 0:
		return short, nil
	case 1:
		return found[0].Name, nil
	}
	var names []string
	for _, f := range found {
		names = append(names, "--"+f.Name)
	}
	return "", fmt.Errorf("--%s is ambiguous: it may be %s", short, strings.Join(names, " or "))
}
