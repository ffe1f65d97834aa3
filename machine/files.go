package machine

import (
	"context"
	"fmt"
	"path"
	"strings"
)

// WaitForFile waits until a file exists in the guest: one of that very name, or one that the guest's bash makes of the
// name: `~`, variables, patterns and substitutions.
func (m *Machine) WaitForFile(ctx context.Context, name string, w Wait) error {
	return m.poll(ctx, fmt.Sprintf("waiting for file '%s'", name), w, fileExists(name), "it did not exist")
}

// fileExists returns a condition for bash. A name that is not to be expanded, such as one with an apostrophe, is a syntax
// error within the array; a variable that is not set is an error as well.
func fileExists(name string) string {
	literal := "[[ -e " + quote(name) + " ]]"
	if !strings.ContainsAny(name, "~*?[{$`\\'\"") {
		return literal
	}
	return literal + " || (set -u; eval " + quote("f=("+name+"\n)") + ` || exit; for f in "${f[@]}"; do [[ -e $f ]] && exit; done; exit 1) 2>/dev/null`
}

// setTarget returns lines for bash that set f to a name in the guest and p to its directory. If there is no file of that
// very name, `~`, variables and patterns in it are expanded, unless it has characters that end a word for bash.
func setTarget(name string) string {
	set := fmt.Sprintf("f=%s p=%s\n", quote(name), quote(path.Dir(name)))
	if !strings.ContainsAny(name, "~*?[$") || strings.ContainsAny(name, " \t\r\n'\"\\`()<>|&;#") {
		return set
	}
	return set + fmt.Sprintf(`if [[ ! -e $f && ! -L $f ]]; then
  words=(%s)
  if ((${#words[@]} != 1)); then
    echo "the name stands for ${#words[@]} files: ${words[*]}"
    exit 1
  fi
  f=${words[0]}
  case $f in
    */*) p=${f%%/*}/ ;;
    *) p=. ;;
  esac
fi
`, name)
}
