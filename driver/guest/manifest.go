package guest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

const manifestName = "manifest.json"

// manifest describes the files of an image.
type manifest struct {
	Guest string    `json:"guest"`
	Built time.Time `json:"built"`
	Files []file    `json:"files"`
}

// file is one file of an image, or a directory tree of which only the existence is checked.
type file struct {
	Path     string    `json:"path"`
	Tree     bool      `json:"tree,omitempty"`
	Size     int64     `json:"size,omitempty"`
	Time     time.Time `json:"time,omitzero"`
	Checksum string    `json:"checksum,omitempty"`
}

// newManifest describes the files under dir.
func newManifest(r recipe, dir string) (*manifest, error) {
	m := &manifest{Guest: r.Name, Built: time.Now()}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.IsDir() {
			m.Files = append(m.Files, file{Path: e.Name(), Tree: true})
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		sum, err := checksum(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		m.Files = append(m.Files, file{Path: e.Name(), Size: info.Size(), Time: info.ModTime(), Checksum: sum})
	}
	if len(m.Files) == 0 {
		return nil, fmt.Errorf("the recipe made no file")
	}
	return m, nil
}

func (m *manifest) write(dir string) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, manifestName), append(data, '\n'), 0o644)
}

func readManifest(dir string) (*manifest, error) {
	data, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return nil, err
	}
	m := new(manifest)
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, manifestName), err)
	}
	return m, nil
}

// check compares the files under dir with the manifest: sizes and times, and checksums if full is set.
func (m *manifest) check(dir string, full bool) error {
	if len(m.Files) == 0 {
		return fmt.Errorf("%s names no files", filepath.Join(dir, manifestName))
	}
	for _, f := range m.Files {
		path := filepath.Join(dir, f.Path)
		info, err := os.Lstat(path)
		switch {
		case err != nil:
			// Not %w: a file that is missing from an image is not an image that was never built.
			return fmt.Errorf("%v", err)
		case f.Tree:
			if !info.IsDir() {
				return fmt.Errorf("%s is no directory", path)
			}
			continue
		case info.Size() != f.Size:
			return fmt.Errorf("%s has %d bytes, not %d", path, info.Size(), f.Size)
		case !info.ModTime().Equal(f.Time):
			return fmt.Errorf("%s was changed at %s", path, info.ModTime().Format(time.DateTime))
		}
		if !full {
			continue
		}
		sum, err := checksum(path)
		if err != nil {
			return fmt.Errorf("%v", err)
		}
		if sum != f.Checksum {
			return fmt.Errorf("%s has the checksum %s, not %s", path, sum, f.Checksum)
		}
	}
	return nil
}

// builtSince reports whether the image in dir was finished after t.
func builtSince(dir string, t time.Time) bool {
	m, err := readManifest(dir)
	return err == nil && m.Built.After(t)
}

// checksum returns the SHA-256 of a file's blocks that are not empty, each with its position. It leaves out the free
// space of a disk image, which is most of it.
func checksum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	block, empty := make([]byte, 1<<16), make([]byte, 1<<16)
	for position := int64(0); ; position += int64(len(block)) {
		n, err := io.ReadFull(f, block)
		if n > 0 && !bytes.Equal(block[:n], empty[:n]) {
			sum.Write(binary.LittleEndian.AppendUint64(nil, uint64(position)))
			sum.Write(block[:n])
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return hex.EncodeToString(sum.Sum(nil)), nil
		}
		if err != nil {
			return "", fmt.Errorf("reading %s: %w", path, err)
		}
	}
}
