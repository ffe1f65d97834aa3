package lsp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.lsp.dev/uri"

	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/script/check"
)

// mostEntries is the largest number of files and directories of a workspace that are searched: a home directory opened by
// mistake must not keep the server busy for minutes.
const mostEntries = 200_000

// analysed returns the analysis of a file, with the editor's text if it is open, else with the file on the disk.
func (s *server) analysed(ctx context.Context, path string) (*analysed, error) {
	if d := s.open(path); d != nil {
		return &analysed{uri: d.uri, path: path, mapper: d.mapper(), result: s.analyse(d)}, nil
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	r := check.Analyse(ctx, s.config(path), path, src)
	return &analysed{uri: uri.File(abs), path: path, mapper: newMapper(src), result: r}, ctx.Err()
}

// loaders returns the paths of the file that defines a name and of those in the workspace that may load it.
func (s *server) loaders(ctx context.Context, n check.Name) ([]string, error) {
	word := n.Name
	if n.Function != "" {
		word = n.Function
	}
	mayLoad := func(src []byte) bool {
		return bytes.Contains(src, []byte("load(")) && bytes.Contains(src, []byte(word))
	}
	paths := []string{n.File}
	s.mu.Lock()
	for _, d := range s.docs {
		if d.path != n.File && mayLoad(d.text) {
			paths = append(paths, d.path)
		}
	}
	s.mu.Unlock()
	folder, err := s.folderOf(n.File)
	if err != nil {
		return nil, err
	}
	entries := 0
	err = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if entries++; entries > mostEntries {
			return fmt.Errorf("%s has more than %d files: open the directory of the tests as the workspace", folder, mostEntries)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && path == folder:
			return err
		case err != nil:
			return nil // an unreadable directory has no scripts that could be changed
		case e.IsDir() && path != folder && (strings.HasPrefix(e.Name(), ".") || e.Name() == "node_modules"):
			return filepath.SkipDir
		case !e.Type().IsRegular() || filepath.Ext(path) != ".star" || path == n.File || s.open(path) != nil:
			return nil
		}
		src, err := os.ReadFile(path)
		if err == nil && mayLoad(src) {
			paths = append(paths, path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	slices.Sort(paths[1:])
	return paths, err
}

// folderOf returns the workspace folder of a file, else the directory from which its scripts load files.
func (s *server) folderOf(path string) (string, error) {
	best := ""
	for _, f := range s.folders {
		if rel, err := filepath.Rel(f, path); err == nil && filepath.IsLocal(rel) && len(f) > len(best) {
			best = f
		}
	}
	if best == "" {
		return check.Root(path)
	}
	project, err := config.FindProject(filepath.Dir(path))
	if err != nil || project == "" || len(filepath.Dir(project)) >= len(best) {
		return best, nil
	}
	return filepath.Dir(project), nil // only a part of the project is open
}
