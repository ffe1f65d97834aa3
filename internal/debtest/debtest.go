// Package debtest is a small mirror of Debian packages for tests.
package debtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Mirror is an archive over HTTP with a key of its own.
type Mirror struct {
	URL   string            // where the directory dists is
	Key   *openpgp.Entity   // signs the indexes
	Files map[string][]byte // by their paths below the host

	t      testing.TB
	server *httptest.Server
	mu     sync.Mutex
	asked  []string
	answer func(w http.ResponseWriter, path string) bool
}

// NewMirror starts an empty mirror, which ends with the test.
func NewMirror(t testing.TB) *Mirror {
	t.Helper()
	key, err := openpgp.NewEntity("test", "", "test@example.org", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	if err != nil {
		t.Fatal(err)
	}
	m := &Mirror{Key: key, Files: map[string][]byte{}, t: t}
	m.server = httptest.NewServer(http.HandlerFunc(m.serve))
	m.URL = m.server.URL + "/debian"
	t.Cleanup(m.Close)
	return m
}

func (m *Mirror) serve(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.asked = append(m.asked, r.URL.Path)
	answer := m.answer
	m.mu.Unlock()
	if answer != nil && answer(w, r.URL.Path) {
		return
	}
	data, ok := m.Files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(data)
}

// Answer has answer called first for each request, with the file's path; it reports whether it has answered. nil ends that.
func (m *Mirror) Answer(answer func(w http.ResponseWriter, path string) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answer = answer
}

// Close ends the mirror: then nobody answers.
func (m *Mirror) Close() { m.server.Close() }

// Asked returns the paths that were asked for.
func (m *Mirror) Asked() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.asked)
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// Add adds the file of a package, with the packages that it depends on, and returns its stanza for a list.
func (m *Mirror) Add(name, version, depends string, content []byte) string {
	file := "pool/" + name + "_" + version + ".deb"
	m.Files["/debian/"+file] = content
	return fmt.Sprintf("Package: %s\nVersion: %s\nDepends: %s\nFilename: %s\nSize: %d\nSHA256: %s\nDescription: a\n b\n\n",
		name, version, depends, file, len(content), sum(content))
}

// Suite publishes a suite with a list of stanzas for an architecture; fields are further lines of its index.
func (m *Mirror) Suite(arch, suite, fields string, stanzas ...string) {
	m.t.Helper()
	var list bytes.Buffer
	w := gzip.NewWriter(&list)
	_, err := io.WriteString(w, strings.Join(stanzas, ""))
	if err := errors.Join(err, w.Close()); err != nil {
		m.t.Fatal(err)
	}
	name := "main/binary-" + arch + "/Packages.gz"
	m.Files["/debian/dists/"+suite+"/"+name] = list.Bytes()
	m.Sign(suite, fmt.Sprintf("Origin: Debian\nCodename: %s\n%sMD5Sum:\n 00 1 %s\nSHA256:\n %s %d %s\n", suite, fields, name, sum(list.Bytes()), list.Len(), name))
}

// Sign publishes the index of a suite.
func (m *Mirror) Sign(suite, text string) {
	m.t.Helper()
	var signed bytes.Buffer
	w, err := clearsign.Encode(&signed, m.Key.PrivateKey, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	_, err = io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		m.t.Fatal(err)
	}
	m.Files["/debian/dists/"+suite+"/InRelease"] = signed.Bytes()
}

// Keyring returns the public key, as a keyring file has it.
func (m *Mirror) Keyring() []byte {
	m.t.Helper()
	var out bytes.Buffer
	if err := m.Key.Serialize(&out); err != nil {
		m.t.Fatal(err)
	}
	return out.Bytes()
}

// Package returns the file of a package whose member (data.tar or data.tar.gz) has these files.
func Package(t testing.TB, member string, files map[string]string) []byte {
	t.Helper()
	var data, out bytes.Buffer
	var packed io.Writer = &data
	end := func() error { return nil }
	if strings.HasSuffix(member, ".gz") {
		w := gzip.NewWriter(&data)
		packed, end = w, w.Close
	}
	archive := tar.NewWriter(packed)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		err := archive.WriteHeader(&tar.Header{Name: name, Size: int64(len(files[name])), Mode: 0o644})
		if err == nil {
			_, err = io.WriteString(archive, files[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), end()); err != nil {
		t.Fatal(err)
	}
	out.WriteString("!<arch>\n")
	for _, m := range []struct {
		name string
		data []byte
	}{{"debian-binary", []byte("2.0\nx")}, {member, data.Bytes()}} {
		fmt.Fprintf(&out, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", m.name, 0, 0, 0, "100644", len(m.data))
		out.Write(m.data)
		if len(m.data)%2 == 1 {
			out.WriteByte('\n')
		}
	}
	return out.Bytes()
}
