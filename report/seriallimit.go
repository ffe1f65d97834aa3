package report

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

// serialLimit bounds what a file has of the serial console of each machine: the first lines and the last ones, and in
// between a line about what is left out. All other events stay.
type serialLimit struct {
	most int64 // bytes of a machine's lines; 0: no limit
	// note returns the line about n lines that are left out. first is the first one of them.
	note func(first []byte, machine string, n int) []byte

	machines map[string]*limitedSerial
	late     []lateLine // the lines behind the first half of their machine's, in the order of the file
}

type limitedSerial struct {
	name string
	size int64 // of the lines in the file
	left int   // the lines that are left out
}

// lateLine is a line that may be left out later, or the line about those that are.
type lateLine struct {
	off     int64
	n       int32
	note    bool
	machine *limitedSerial
}

// add counts a machine's line that is in the file at an offset. It returns the machine if it has too many.
func (l *serialLimit) add(machine string, off int64, n int) *limitedSerial {
	if l.most == 0 {
		return nil
	}
	if l.machines == nil {
		l.machines = map[string]*limitedSerial{}
	}
	m := l.machines[machine]
	if m == nil {
		m = &limitedSerial{name: machine}
		l.machines[machine] = m
	}
	m.size += int64(n)
	if m.size > l.most/2 {
		l.late = append(l.late, lateLine{off: off, n: int32(n), machine: m})
	}
	if m.size > l.most {
		return m
	}
	return nil
}

// shorten replaces a file by one that lacks the oldest late lines of a machine, in one step. size is the length of the
// file, which ending follows in the new one; shorten returns the new length.
func (l *serialLimit) shorten(o *outFile, m *limitedSerial, size int64, ending string) (_ int64, err error) {
	f, err := os.OpenFile(hiddenName(o.path), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	var from, to int64 // where the old and the new file are
	until := func(off int64) error {
		n, err := io.Copy(w, io.NewSectionReader(o.f, from, off-from))
		from, to = off, to+n
		return err
	}
	late := make([]lateLine, 0, len(l.late))
	keep := l.most * 3 / 4
	at := -1 // of the machine's note in late
	var first []byte
	for _, line := range l.late {
		if line.machine == m && m.size > keep {
			if err := until(line.off); err != nil {
				return 0, err
			}
			if at < 0 {
				first = make([]byte, line.n)
				if _, err := o.f.ReadAt(first, line.off); err != nil {
					return 0, err
				}
				at = len(late)
				late = append(late, lateLine{off: to, note: true, machine: m})
				// The number is not known yet; it has room.
				n, err := w.Write(l.note(first, m.name, 0))
				if err != nil {
					return 0, err
				}
				late[at].n, to = int32(n), to+int64(n)
			}
			if !line.note {
				m.left++
			}
			m.size -= int64(line.n)
			from = line.off + int64(line.n)
			continue
		}
		if err := until(line.off); err != nil {
			return 0, err
		}
		line.off = to
		late = append(late, line)
	}
	if err := until(size); err != nil {
		return 0, err
	}
	if _, err := w.WriteString(ending); err != nil {
		return 0, err
	}
	if err := w.Flush(); err != nil {
		return 0, err
	}
	if at >= 0 {
		m.size += int64(late[at].n)
		if _, err := f.WriteAt(l.note(first, m.name, m.left), late[at].off); err != nil {
			return 0, err
		}
	}
	if st, err := o.f.Stat(); err == nil {
		_ = f.Chmod(st.Mode().Perm()) // a file system without permissions needs none
	}
	if err := os.Rename(f.Name(), o.path); err != nil {
		return 0, err
	}
	l.late = late
	o.f, f = f, o.f
	return to, f.Close()
}

// leftOutNote is what the line about n lines says; it always has the same length.
func leftOutNote(n int) string { return fmt.Sprintf("[… %12d lines are left out here …]", n) }
