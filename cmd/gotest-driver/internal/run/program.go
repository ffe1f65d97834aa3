package run

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gotest-driver/gotest-driver/script/check"
	"github.com/gotest-driver/gotest-driver/script/dialect"
)

// program is a script in Starlark with the files that it loads. The checker and the run share its trees, so that each
// file is parsed once.
type program struct {
	load   func(module, from string) (name string, src []byte, err error)
	parser parser
	files  map[string]*dialect.File
}

// parser parses a file, as dialect.Parse does.
type parser func(name string, src []byte) (*dialect.File, error)

func newProgram(root string, parse parser) *program {
	if parse == nil {
		parse = dialect.Parse
	}
	return &program{load: check.Loader(root), parser: parse, files: map[string]*dialect.File{}}
}

// parse returns the tree of a file, and its syntax errors. A file is parsed again only when its text has changed.
func (p *program) parse(name string, src []byte) (*dialect.File, error) {
	f := p.files[name]
	if f == nil || !bytes.Equal(f.Source, src) {
		f, _ = p.parser(name, src)
		p.files[name] = f
	}
	if len(f.Errors) > 0 {
		return f, f.Errors
	}
	return f, nil
}

// names returns the names that a file and those that it loads use and do not define. A file that can't be loaded has
// none: the checker and the run report why.
func (p *program) names(name string, src []byte) map[string]bool {
	found, seen := map[string]bool{}, map[string]bool{}
	var visit func(name string, src []byte)
	visit = func(name string, src []byte) {
		if seen[name] {
			return
		}
		seen[name] = true
		f, _ := p.parse(name, src)
		maps.Copy(found, f.Free())
		for _, s := range f.Stmts {
			l, ok := s.(*dialect.LoadStmt)
			if !ok || l.Module == nil {
				continue
			}
			module, _ := l.Module.Value.(string)
			if name, src, err := p.load(module, name); err == nil {
				visit(name, src)
			}
		}
	}
	visit(name, src)
	return found
}

// vlans returns the numbers of the networks among names, ascending.
func vlans(names map[string]bool) []int {
	var list []int
	for name := range names {
		digits, ok := strings.CutPrefix(name, "vlan")
		nr, err := strconv.Atoi(digits)
		if ok && err == nil && nr > 0 && nr < 255 && strconv.Itoa(nr) == digits {
			list = append(list, nr)
		}
	}
	slices.Sort(list)
	return list
}
