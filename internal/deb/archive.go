// Package deb reads archives of Debian packages: their signed indexes, and the files of their packages. It needs no apt
// and no dpkg.
package deb

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/knqyf263/go-deb-version"
	"github.com/mikelolasagasti/xz"
)

// Archive is a mirror of packages for one architecture.
type Archive struct {
	Sources      []Source
	Architecture string             // Debian's name
	Keys         openpgp.EntityList // one of them must have signed each index
	Client       *http.Client
	IgnoreAge    bool              // take indexes that have expired
	Pause        time.Duration     // before a second try; longer before the next
	Log          func(text string) // what the user should know although it goes on; nil for silence
}

// Source is a suite of an archive.
type Source struct {
	URL      string // where the directory dists is
	Suite    string
	Optional bool // without it, there are older packages only
}

// Package is a package of an archive, as its index describes it.
type Package struct {
	Name, Version, Depends string
	URL                    string
	sum
}

// Size returns the size of the package's file in bytes.
func (p Package) Size() int64 { return p.size }

// SignatureError says that no known key has signed an index.
type SignatureError struct {
	URL string
	Err error
}

func (e *SignatureError) Error() string {
	return fmt.Sprintf("%s is not signed by a known key: %v", e.URL, e.Err)
}

func (e *SignatureError) Unwrap() error { return e.Err }

// ReadKeys returns the keys of a file, which may be armored.
func ReadKeys(data []byte) (openpgp.EntityList, error) {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("-----BEGIN")) {
		return openpgp.ReadArmoredKeyRing(bytes.NewReader(data))
	}
	return openpgp.ReadKeyRing(bytes.NewReader(data))
}

func (a *Archive) log(text string) {
	if a.Log != nil {
		a.Log(text)
	}
}

// Newest returns the newest versions of the wanted packages, by their names.
func (a *Archive) Newest(ctx context.Context, want func(name string) bool) (map[string]Package, error) {
	found := map[string]Package{}
	for _, s := range a.Sources {
		// A list that ends in the middle adds nothing.
		list := map[string]Package{}
		err := a.list(ctx, s, func(p Package) {
			if want(p.Name) && newer(p, list[p.Name]) {
				list[p.Name] = p
			}
		})
		if signature, bad := errors.AsType[*SignatureError](err); bad {
			return nil, signature
		}
		switch {
		case err == nil:
		case s.Optional && ctx.Err() == nil:
			a.log(fmt.Sprintf("going on without the suite %s: %v", s.Suite, err))
			continue
		default:
			return nil, err
		}
		maps.DeleteFunc(list, func(name string, p Package) bool { return !newer(p, found[name]) })
		maps.Copy(found, list)
	}
	return found, nil
}

// newer reports whether a package is newer than another one of its name, which may not be there.
func newer(p, other Package) bool {
	v, err := version.NewVersion(p.Version)
	if err != nil {
		return false
	}
	o, err := version.NewVersion(other.Version)
	return err != nil || v.GreaterThan(o)
}

// maxIndex is more than an InRelease file has.
const maxIndex = 16 << 20

// list calls each for the packages of a suite.
func (a *Archive) list(ctx context.Context, s Source, each func(Package)) error {
	base := strings.TrimRight(s.URL, "/")
	dir := base + "/dists/" + s.Suite
	var signed []byte
	err := a.fetch(ctx, dir+"/InRelease", func(r io.Reader) (err error) {
		signed, err = io.ReadAll(io.LimitReader(r, maxIndex))
		return err
	})
	if err != nil {
		return err
	}
	index, err := a.verified(dir+"/InRelease", signed)
	if err != nil {
		return err
	}
	if index.fields["codename"] != s.Suite && index.fields["suite"] != s.Suite {
		return fmt.Errorf("%s/InRelease is the index of another suite, %q", dir, cmp.Or(index.fields["codename"], index.fields["suite"]))
	}
	if until, err := time.Parse(time.RFC1123, index.fields["valid-until"]); err == nil && time.Now().After(until) && !a.IgnoreAge {
		return fmt.Errorf("%s/InRelease has expired at %s", dir, until)
	}
	// Of the two, gzip is unpacked much quicker.
	name := "main/binary-" + a.Architecture + "/Packages.gz"
	want, ok := index.sums[name]
	if !ok {
		name = strings.TrimSuffix(name, ".gz") + ".xz"
		want, ok = index.sums[name]
	}
	if !ok {
		return fmt.Errorf("%s/InRelease has no packages for %s", dir, a.Architecture)
	}
	var list bytes.Buffer
	get := func(address string) error {
		return a.fetch(ctx, address, func(r io.Reader) error {
			list.Reset()
			return copySummed(&list, r, address, want)
		})
	}
	err = errors.ErrUnsupported
	// By its hash, a list is the one that the index means, also while the mirror is being updated.
	if index.fields["acquire-by-hash"] == "yes" {
		err = get(dir + "/" + path.Dir(name) + "/by-hash/SHA256/" + want.sha256)
	}
	if err != nil && ctx.Err() == nil {
		err = get(dir + "/" + name)
	}
	if err != nil {
		return err
	}
	var unpacked io.Reader
	if path.Ext(name) == ".gz" {
		unpacked, err = gzip.NewReader(&list)
	} else {
		unpacked, err = xz.NewReader(&list, xz.DefaultDictMax)
	}
	if err == nil {
		err = packages(unpacked, base, each)
	}
	if err != nil {
		return fmt.Errorf("%s/%s: %w", dir, name, err)
	}
	return nil
}

// verified returns the signed part of an index.
func (a *Archive) verified(address string, signed []byte) (*release, error) {
	block, _ := clearsign.Decode(signed)
	if block == nil {
		return nil, &SignatureError{URL: address, Err: errors.New("it has no signature")}
	}
	if _, err := block.VerifySignature(a.Keys, nil); err != nil {
		return nil, &SignatureError{URL: address, Err: err}
	}
	return parseRelease(block.Plaintext), nil
}

// release is the index of a suite.
type release struct {
	fields map[string]string // by their names in lower case
	sums   map[string]sum    // of the suite's files
}

func parseRelease(text []byte) *release {
	r := &release{fields: map[string]string{}, sums: map[string]sum{}}
	field := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, " \r\n")
		if strings.HasPrefix(line, " ") {
			words := strings.Fields(line)
			if size, err := strconv.ParseInt(words[min(1, len(words)-1)], 10, 64); field == "sha256" && len(words) == 3 && err == nil && size >= 0 {
				r.sums[words[2]] = sum{size, words[0]}
			}
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		field = strings.ToLower(name)
		r.fields[field] = strings.TrimSpace(value)
	}
	return r
}

// packages calls each for the packages of a list.
func packages(list io.Reader, base string, each func(Package)) error {
	lines := bufio.NewScanner(list)
	lines.Buffer(nil, 4<<20)
	var p Package
	file := ""
	end := func() {
		// A file outside of the archive is none of its packages.
		if p.Name != "" && file != "" && path.Clean("/"+file) == "/"+file {
			p.URL = base + "/" + file
			each(p)
		}
		p, file = Package{}, ""
	}
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) == 0 {
			end()
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch string(name) {
		case "Package":
			p.Name = string(value)
		case "Version":
			p.Version = string(value)
		case "Depends":
			p.Depends = string(value)
		case "Filename":
			file = string(value)
		case "SHA256":
			p.sha256 = string(value)
		case "Size":
			var err error
			if p.size, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return fmt.Errorf("the size of %s: %w", p.Name, err)
			}
		}
	}
	end()
	return lines.Err()
}
