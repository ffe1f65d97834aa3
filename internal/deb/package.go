package deb

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mikelolasagasti/xz"
)

// Unpack calls each for the files of a package (deb(5)), in the order in which it has them.
func Unpack(r io.Reader, each func(*tar.Header, io.Reader) error) error {
	data, err := dataOf(r)
	if err != nil {
		return err
	}
	files := tar.NewReader(data)
	for {
		header, err := files.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = each(header, files)
		}
		if err != nil {
			return err
		}
	}
}

// The format of an ar archive: a first line, then for each file a header of fixed width and the content, padded to an even
// length.
const (
	arMagic      = "!<arch>\n"
	arHeader     = 60
	arNameEnd    = 16
	arSizeStart  = 48
	arSizeEnd    = 58
	arHeaderLast = "`\n"
)

// dataOf returns the archive of files in a package.
func dataOf(r io.Reader) (io.Reader, error) {
	magic := make([]byte, len(arMagic))
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != arMagic {
		return nil, errors.New("this is no package of Debian's")
	}
	header := make([]byte, arHeader)
	for {
		if _, err := io.ReadFull(r, header); err == io.EOF {
			return nil, errors.New("the package has no files (data.tar)")
		} else if err != nil {
			return nil, err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(header[arSizeStart:arSizeEnd])), 10, 64)
		if err != nil || size < 0 || string(header[arSizeEnd:]) != arHeaderLast {
			return nil, errors.New("the package is damaged")
		}
		name := strings.TrimRight(string(header[:arNameEnd]), " /")
		content := bufio.NewReaderSize(io.LimitReader(r, size), 1<<20)
		switch kind, isData := strings.CutPrefix(name, "data.tar"); {
		case !isData:
			if _, err := io.CopyN(io.Discard, r, size+size&1); err != nil {
				return nil, err
			}
		case kind == "":
			return content, nil
		case kind == ".gz":
			return gzip.NewReader(content)
		case kind == ".xz":
			return xz.NewReader(content, xz.DefaultDictMax)
		default:
			return nil, fmt.Errorf("the package's files are in %s, which can't be unpacked", name)
		}
	}
}
