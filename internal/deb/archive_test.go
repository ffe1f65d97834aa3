package deb

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"

	"github.com/gotest-driver/gotest-driver/internal/debtest"
)

// archiveOf returns the archive that is a mirror.
func archiveOf(m *debtest.Mirror) *Archive {
	return &Archive{
		Sources: []Source{{URL: m.URL, Suite: "stable"}}, Architecture: "amd64",
		Keys: openpgp.EntityList{m.Key}, Client: http.DefaultClient, Pause: time.Millisecond,
	}
}

func all(string) bool { return true }

func TestNewest(t *testing.T) {
	m := debtest.NewMirror(t)
	a := archiveOf(m)
	a.Sources = append(a.Sources, Source{URL: m.URL + "/", Suite: "updates", Optional: true})
	m.Suite("amd64", "stable", "", m.Add("one", "1.9", "libc6, other (>= 1)", []byte("old")), m.Add("two", "1:1.0", "libc6, other (>= 1)", []byte("two")), m.Add("three", "3", "libc6, other (>= 1)", nil))
	m.Suite("amd64", "updates", "Acquire-By-Hash: yes\n", m.Add("one", "1.10", "libc6, other (>= 1)", []byte("new")), m.Add("two", "9.0", "libc6, other (>= 1)", []byte("older")))
	found, err := a.Newest(t.Context(), func(name string) bool { return name != "three" })
	if err != nil {
		t.Fatal(err)
	}
	if found["one"].Version != "1.10" || found["two"].Version != "1:1.0" || len(found) != 2 || found["one"].Depends != "libc6, other (>= 1)" {
		t.Errorf("found %+v", found)
	}
	if !strings.Contains(strings.Join(m.Asked(), " "), "/by-hash/SHA256/") {
		t.Errorf("not asked by hash: %q", m.Asked())
	}
	path := filepath.Join(t.TempDir(), "one.deb")
	last := int64(0)
	if err := a.Download(t.Context(), found["one"], path, func(n int64) { last = n }); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "new" || last != 3 || found["one"].Size() != 3 {
		t.Errorf("downloaded %q, %v, %d bytes told", data, err, last)
	}
}

// TestFaultsOfAList: what is not as the signed index says is an error with its address.
func TestFaultsOfAList(t *testing.T) {
	for name, test := range map[string]struct {
		harm func(*debtest.Mirror, *Archive)
		want string
	}{
		"another key": {func(m *debtest.Mirror, a *Archive) {
			a.Keys = openpgp.EntityList{debtest.NewMirror(t).Key}
		}, "stable/InRelease is not signed by a known key"},
		"no signature": {func(m *debtest.Mirror, _ *Archive) {
			m.Files["/debian/dists/stable/InRelease"] = []byte("Codename: stable\n")
		}, "is not signed by a known key: it has no signature"},
		"altered index": {func(m *debtest.Mirror, _ *Archive) {
			text := m.Files["/debian/dists/stable/InRelease"]
			m.Files["/debian/dists/stable/InRelease"] = bytes.Replace(text, []byte("Origin: Debian"), []byte("Origin: debian"), 1)
		}, "is not signed by a known key"},
		"text before the signed one": {func(m *debtest.Mirror, _ *Archive) {
			m.Sign("stable", "Codename: stable\n") // names no list
			m.Files["/debian/dists/stable/InRelease"] = append([]byte("SHA256:\n aa 1 main/binary-amd64/Packages.gz\n"), m.Files["/debian/dists/stable/InRelease"]...)
		}, "has no packages for amd64"},
		"another suite": {func(m *debtest.Mirror, a *Archive) {
			a.Sources[0].Suite = "testing"
			m.Files["/debian/dists/testing/InRelease"] = m.Files["/debian/dists/stable/InRelease"]
		}, `is the index of another suite, "stable"`},
		"expired": {func(m *debtest.Mirror, _ *Archive) {
			m.Suite("amd64", "stable", "Valid-Until: Sat, 01 Jan 2022 00:00:00 UTC\n")
		}, "has expired at 2022-01-01"},
		"altered list": {func(m *debtest.Mirror, _ *Archive) {
			m.Files["/debian/dists/stable/main/binary-amd64/Packages.gz"][20] ^= 1
		}, "Packages.gz is not what the signed index says"},
		"cut list": {func(m *debtest.Mirror, _ *Archive) {
			list := m.Files["/debian/dists/stable/main/binary-amd64/Packages.gz"]
			m.Files["/debian/dists/stable/main/binary-amd64/Packages.gz"] = list[:len(list)/2]
		}, "Packages.gz is not what the signed index says"},
		"endless list": {func(m *debtest.Mirror, _ *Archive) {
			m.Answer(func(w http.ResponseWriter, path string) bool {
				if !strings.HasSuffix(path, "Packages.gz") {
					return false
				}
				for range 100 {
					_, _ = w.Write(make([]byte, 1<<16))
				}
				return true
			})
		}, "more than "},
		"nothing there": {func(m *debtest.Mirror, _ *Archive) { clear(m.Files) }, "InRelease can't be fetched: 404 Not Found"},
		"errors of the server": {func(m *debtest.Mirror, _ *Archive) {
			m.Answer(func(w http.ResponseWriter, _ string) bool { w.WriteHeader(http.StatusBadGateway); return true })
		}, "can't be fetched: 502 Bad Gateway"},
		"gone":           {func(m *debtest.Mirror, _ *Archive) { m.Close() }, "InRelease can't be fetched: dial tcp"},
		"another arch":   {func(_ *debtest.Mirror, a *Archive) { a.Architecture = "riscv64" }, "has no packages for riscv64"},
		"nonsense of it": {func(_ *debtest.Mirror, a *Archive) { a.Sources[0].URL = "http://[" }, "can't be fetched"},
	} {
		t.Run(name, func(t *testing.T) {
			m := debtest.NewMirror(t)
			m.Suite("amd64", "stable", "", m.Add("one", "1", "libc6, other (>= 1)", []byte("one")))
			a := archiveOf(m)
			test.harm(m, a)
			found, err := a.Newest(t.Context(), all)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("found %v, error %v, want %q", found, err, test.want)
			}
		})
	}
}

func TestWithoutAnOptionalSuite(t *testing.T) {
	m := debtest.NewMirror(t)
	m.Suite("amd64", "stable", "", m.Add("one", "1", "libc6, other (>= 1)", nil))
	m.Suite("amd64", "updates", "", m.Add("one", "2", "libc6, other (>= 1)", nil))
	a := archiveOf(m)
	a.Sources = append(a.Sources, Source{URL: m.URL, Suite: "updates", Optional: true})
	var told []string
	a.Log = func(text string) { told = append(told, text) }
	m.Files["/debian/dists/updates/main/binary-amd64/Packages.gz"] = []byte("of tomorrow")
	found, err := a.Newest(t.Context(), all)
	if err != nil || found["one"].Version != "1" || len(told) != 1 || !strings.Contains(told[0], "going on without the suite updates") {
		t.Errorf("found %v, %v, told %q", found, err, told)
	}
	// Who signs with another key is no mirror that is late.
	m.Key = debtest.NewMirror(t).Key
	m.Suite("amd64", "updates", "")
	if _, err := a.Newest(t.Context(), all); !errors.As(err, new(*SignatureError)) {
		t.Errorf("error is %v", err)
	}
	m.Suite("amd64", "updates", "Valid-Until: Sat, 01 Jan 2022 00:00:00 UTC\n")
	a.Keys, a.IgnoreAge = append(a.Keys, m.Key), true
	if _, err := a.Newest(t.Context(), all); err != nil {
		t.Errorf("an expired index that was asked for: %v", err)
	}
}

func TestFaultsOfADownload(t *testing.T) {
	content := bytes.Repeat([]byte("content of a package "), 1000)
	for name, test := range map[string]struct {
		answer func(w http.ResponseWriter, try int) bool
		want   string // of the error, empty for none
		tries  int
	}{
		"altered": {func(w http.ResponseWriter, _ int) bool {
			_, _ = w.Write(bytes.ToUpper(content))
			return true
		}, "is not what the signed index says", 1},
		"cut once": {func(w http.ResponseWriter, try int) bool {
			if try > 1 {
				return false
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			_, _ = w.Write(content[:100])
			return true
		}, "", 2},
		"cut always": {func(w http.ResponseWriter, _ int) bool {
			w.Header().Set("Content-Length", strconv.Itoa(len(content)))
			_, _ = w.Write(content[:100])
			return true
		}, "can't be fetched: unexpected EOF", tries},
		"gone": {func(w http.ResponseWriter, _ int) bool { w.WriteHeader(http.StatusGone); return true }, "410 Gone", 1},
	} {
		t.Run(name, func(t *testing.T) {
			m := debtest.NewMirror(t)
			m.Suite("amd64", "stable", "", m.Add("one", "1", "libc6, other (>= 1)", content))
			a := archiveOf(m)
			found, err := a.Newest(t.Context(), all)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			m.Answer(func(w http.ResponseWriter, _ string) bool { n++; return test.answer(w, n) })
			path := filepath.Join(t.TempDir(), "one.deb")
			err = a.Download(t.Context(), found["one"], path, func(int64) {})
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) || n != test.tries {
				t.Errorf("error %v after %d tries, want %q after %d", err, n, test.want, test.tries)
			}
			if _, missing := os.Stat(path); (missing == nil) != (err == nil) {
				t.Errorf("the file after the error %v: %v", err, missing)
			}
		})
	}
}

func TestCancelledDownload(t *testing.T) {
	m := debtest.NewMirror(t)
	m.Suite("amd64", "stable", "", m.Add("one", "1", "libc6, other (>= 1)", make([]byte, 1<<20)))
	a := archiveOf(m)
	found, err := a.Newest(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	returned := make(chan struct{})
	m.Answer(func(w http.ResponseWriter, _ string) bool {
		_, _ = w.Write(make([]byte, 1<<16))
		_ = http.NewResponseController(w).Flush()
		<-returned
		return true
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the user said so")
	err = a.Download(ctx, found["one"], filepath.Join(t.TempDir(), "one.deb"), func(int64) { cancel(why) })
	close(returned)
	if !errors.Is(err, why) {
		t.Errorf("error is %v", err)
	}
}

func TestUnpack(t *testing.T) {
	for _, member := range []string{"data.tar", "data.tar.gz"} {
		got := map[string]string{}
		err := Unpack(bytes.NewReader(debtest.Package(t, member, map[string]string{"./a": "A", "./b": "B"})), func(h *tar.Header, r io.Reader) error {
			text, err := io.ReadAll(r)
			got[h.Name] = string(text)
			return err
		})
		if err != nil || got["./a"] != "A" || got["./b"] != "B" {
			t.Errorf("%s: %v, %v", member, got, err)
		}
	}
	good := debtest.Package(t, "data.tar.gz", map[string]string{"./a": "A"})
	for name, damaged := range map[string][]byte{
		"nothing":            nil,
		"no archive":         []byte("<html>this is no package</html>"),
		"no files":           good[:74],
		"a header that ends": good[:100],
		"content that ends":  good[:len(good)-20],
		"other compression":  bytes.Replace(good, []byte("data.tar.gz"), []byte("data.tar.br"), 1),
		"size":               bytes.Replace(good, []byte("5         `"), []byte("-5        `"), 1),
	} {
		err := Unpack(bytes.NewReader(damaged), func(_ *tar.Header, r io.Reader) error {
			_, err := io.Copy(io.Discard, r)
			return err
		})
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
