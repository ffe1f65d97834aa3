package machine

import (
	"bufio"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"al.essio.dev/pkg/shellescape"
	"github.com/gotest-driver/gotest-driver/internal/filetree"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/report"
)

// guestShared is where a guest mounts the shared directory.
const guestShared = "/tmp/shared"

// What runs in the guest, after lines that set its variables.
var (
	//go:embed receive.sh
	receiveScript string
	//go:embed send.sh
	sendScript string
)

// inputsKey is that of a context whose calls tell what they read on the host.
type inputsKey struct{}

// WithInputs returns a context in which calls that copy to a guest tell each path on the host, as an absolute one, before they
// read it.
func WithInputs(ctx context.Context, tell func(path string)) context.Context {
	return context.WithValue(ctx, inputsKey{}, tell)
}

// tellInput tells a path to the function of WithInputs.
func tellInput(ctx context.Context, path string) {
	if tell, ok := ctx.Value(inputsKey{}).(func(string)); ok {
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
		tell(path)
	}
}

// hostPath returns where a path given by a test is on the host.
func (m *Machine) hostPath(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(m.o.HostRoot, p)
}

func quote(s string) string { return shellescape.Quote(s) }

// transfer is a copy in progress.
type transfer struct {
	m    *Machine
	inst Instance
	call string
	of   string // the path in the guest
	id   string // unknown to others before the copy
}

// begin calls f with a copy that has an entry in the log.
func (m *Machine) begin(ctx context.Context, call, of, text string, f func(context.Context, *transfer) error) error {
	return m.withShell(ctx, call, func(ctx context.Context, inst Instance) (err error) {
		ctx, span := m.entry(ctx, report.ActionCopy, "%s", text)
		defer func() { span.End(err) }()
		return f(ctx, &transfer{m: m, inst: inst, call: call, of: of, id: rand.Text()})
	})
}

// onHost returns an error of the host's side.
func (t *transfer) onHost(err error) error {
	if err != nil {
		err = fmt.Errorf("%s: %s: %w", t.m.o.Name, t.call, err)
	}
	return err
}

// inGuest returns an error of the guest's side, with the reason that the guest's tools have given.
func (t *transfer) inGuest(status int, messages string) error {
	// The user does not need the directory in which files are prepared, nor what the tools print after the reason.
	messages = strings.ReplaceAll(messages, "/.copy-"+t.id, "")
	lines := slices.DeleteFunc(strings.Split(messages, "\n"), func(l string) bool {
		return l == "" || strings.HasPrefix(l, "tar: Exiting with failure status")
	})
	reason := fmt.Sprintf("the guest's part of the copy ended with status %d", status)
	if n := len(lines); n > 1 {
		reason = lines[0] + "; " + lines[n-1]
	} else if n == 1 {
		reason = lines[0]
	}
	return &AssertionError{Machine: t.m.o.Name, Message: fmt.Sprintf("%s: %s: %s", t.call, t.of, reason)}
}

// warn logs what the copy has left out.
func (t *transfer) warn(ctx context.Context, text string) {
	if text != "" {
		t.m.logf(ctx, report.Warning, "%s: %s: %s", t.call, t.of, text)
	}
}

// run runs a script in the guest.
func (t *transfer) run(ctx context.Context, script string, in io.Reader, out io.Writer) (status int, err error) {
	r, err := t.m.command(ctx, t.inst, shell.Command{Script: script, Stdin: in, Stdout: out})
	return r.Status, err
}

// sharedFile is a file in the shared directory. The guest can change that directory in any way, so the host uses only
// the open file.
type sharedFile struct {
	*os.File
	guest string // its path in the guest
	root  *os.Root
	names []string
}

// share makes an empty file in the shared directory, or returns nil when the guest does not see that. The caller closes it.
func (t *transfer) share(ctx context.Context) (*sharedFile, error) {
	if t.m.o.SharedDir == "" {
		return nil, nil
	}
	root, err := os.OpenRoot(t.m.o.SharedDir)
	if err != nil {
		return nil, t.onHost(err)
	}
	s := &sharedFile{root: root}
	seen, err := t.offer(ctx, s)
	if err == nil && seen {
		return s, nil
	}
	return nil, errors.Join(err, t.onHost(s.Close()))
}

// offer makes the file if the guest sees a second file beside it. Its random content proves that the guest sees this
// very file, not another one with the same name.
func (t *transfer) offer(ctx context.Context, s *sharedFile) (seen bool, err error) {
	token, secret := "copy-"+t.id, rand.Text()
	if err := s.create(token, secret); err != nil {
		return false, t.onHost(err)
	}
	path := quote(guestShared + "/" + token)
	status, err := t.run(ctx, fmt.Sprintf("[[ -f %s && -w %s && $(<%s) == %s ]]", path, path, path, secret), nil, nil)
	if err != nil || status != 0 {
		return false, err
	}
	s.guest = guestShared + "/" + token + ".data"
	return true, t.onHost(s.create(token+".data", ""))
}

// create makes a file whose name does not exist yet, and opens it.
func (s *sharedFile) create(name, content string) error {
	s.File.Close()
	f, err := s.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	s.File, s.names = f, append(s.names, name)
	dir, err := s.root.Stat(".")
	if err != nil {
		return err
	}
	// The directory's owner is the user that the guest's files get on the host.
	if owner, ok := dir.Sys().(*syscall.Stat_t); ok && owner.Uid != 0 && os.Geteuid() == 0 {
		if err := f.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	_, err = f.WriteString(content)
	return err
}

// Close closes and removes the file.
func (s *sharedFile) Close() error {
	var errs []error
	for _, name := range s.names {
		errs = append(errs, s.root.RemoveAll(name))
	}
	s.File.Close()
	return errors.Join(append(errs, s.root.Close())...)
}

// CopyFromHost copies a file or directory into the guest, through the shared directory if the guest has mounted it,
// else through the root shell. As with cp -r, a target that is a directory gets the source inside; `~`, variables and
// patterns in its name are expanded, unless there is a file of that very name. A source that is a
// symbolic link is followed, and so is one in a directory that leads out of it; others stay links. Permission bits are kept,
// the owner is root; sockets,
// pipes and devices in a directory are left out.
func (m *Machine) CopyFromHost(ctx context.Context, source, target string) error {
	return m.copyIn(ctx, "copy_from_host", source, target, false)
}

// CopyFromHostViaShell copies one file of any size into the guest through the root shell and verifies it by
// its SHA-256.
func (m *Machine) CopyFromHostViaShell(ctx context.Context, source, target string) error {
	return m.copyIn(ctx, "copy_from_host_via_shell", source, target, true)
}

// copyIn copies into the guest: anything, or with viaShell one file, which is verified.
func (m *Machine) copyIn(ctx context.Context, call, source, target string, viaShell bool) error {
	src := m.hostPath(source)
	tellInput(ctx, src)
	base := filepath.Base(src)
	s, err := filetree.Open(ctx, src)
	switch {
	case err != nil:
	case viaShell && s.Dir:
		err = fmt.Errorf("%s is not a regular file", src)
	case base == "/":
		err = fmt.Errorf("%q has no name of its own", source)
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w", m.o.Name, call, err)
	}
	text := fmt.Sprintf("copying %s to %s", source, target)
	if viaShell {
		text += " through the shell"
	}
	return m.begin(ctx, call, target, text, func(ctx context.Context, t *transfer) error {
		script := "exec 2>&1\n" + setTarget(target) + fmt.Sprintf("base=%s id=%s\n", quote(base), t.id)
		script += "files=("
		for _, f := range s.Files {
			script += fmt.Sprintf("%o %s\n", f.Mode, quote(path.Join(base, f.Name)))
		}
		script += ")"
		if s.Dir {
			script += " dir=1"
		}
		if viaShell {
			script += " verify=1"
		}
		script += "\n" + receiveScript
		var sum filetree.Sum
		send := func(w io.Writer) (err error) {
			b := bufio.NewWriterSize(w, filetree.BlockSize)
			if sum, err = s.Send(ctx, b, base); err != nil {
				return err
			}
			return b.Flush()
		}
		var out strings.Builder
		status, err := t.feed(ctx, script, send, &out, viaShell)
		if err != nil {
			return err
		}
		if status != 0 {
			return t.inGuest(status, toText(out.String()))
		}
		t.warn(ctx, filetree.Skipped(s.Skipped))
		if !viaShell {
			return nil
		}
		return t.verify(out.String(), sum)
	})
}

// feed runs a script in the guest whose standard input is what send writes. It uses the shared directory unless the
// guest does not see that or it is not wanted.
func (t *transfer) feed(ctx context.Context, script string, send func(io.Writer) error, out io.Writer, direct bool) (status int, err error) {
	if !direct {
		data, err := t.share(ctx)
		if err != nil {
			return 0, err
		}
		if data != nil {
			defer data.Close()
			if err := send(data); err != nil {
				return 0, t.onHost(err)
			}
			return t.run(ctx, "exec <"+quote(data.guest)+"\n"+script, nil, out)
		}
	}
	return t.pipe(ctx, script, send, out)
}

// errGuestEnded says that the guest has stopped reading; the guest's side of the copy returns the reason.
var errGuestEnded = errors.New("the guest has stopped reading")

// pipe runs a script whose standard input is what send writes. It returns the error of the side that failed first.
func (t *transfer) pipe(ctx context.Context, script string, send func(io.Writer) error, out io.Writer) (status int, err error) {
	r, w := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		err := send(w)
		w.CloseWithError(err)
		sent <- err
	}()
	status, err = t.run(ctx, script, r, out)
	r.CloseWithError(errGuestEnded)
	if serr := <-sent; serr != nil && !errors.Is(serr, errGuestEnded) {
		return status, t.onHost(serr)
	}
	return status, err
}

// verify compares a file's sum with the one that the guest has computed.
func (t *transfer) verify(answer string, sum filetree.Sum) error {
	found := append(strings.Fields(answer), "", "") // the sum is missing where the guest has no sha256sum
	if size := fmt.Sprint(sum.Size); found[0] != size {
		return t.onHost(fmt.Errorf("%s did not arrive whole: it has %s bytes in the guest, %s on the host", t.of, found[0], size))
	}
	if want := hex.EncodeToString(sum.SHA256[:]); found[1] != "" && found[1] != want {
		return t.onHost(fmt.Errorf("%s did not arrive whole: its SHA-256 in the guest is %s, on the host %s", t.of, found[1], want))
	}
	return nil
}

// CopyFromMachine copies a file or directory of the guest into the output directory, a directory below it, or one whose
// absolute path is given. A source that is a symbolic link is followed in the guest, and so is one in a directory that
// leads out of it; others stay links, and a later copy does not follow them.
// Permission bits are kept, without those that give a program its owner's rights; sockets, pipes and devices in a
// directory are left out.
func (m *Machine) CopyFromMachine(ctx context.Context, source, targetDir string) error {
	const call = "copy_from_machine"
	base := path.Base(source)
	if base == "/" || base == "." || base == ".." {
		return fmt.Errorf("%s: %s: %q has no name of its own", m.o.Name, call, source)
	}
	below := m.o.OutDir
	if filepath.IsAbs(targetDir) {
		below, targetDir = targetDir, ""
	} else if !filepath.IsLocal(filepath.Join(".", targetDir)) {
		return fmt.Errorf("%s: %s: the target directory %q is outside of the output directory: give its absolute path", m.o.Name, call, targetDir)
	}
	artifact := filepath.Join(below, targetDir, base)
	return m.begin(ctx, call, source, fmt.Sprintf("copying %s to %s", source, artifact), func(ctx context.Context, t *transfer) error {
		dir, err := dirBelow(below, targetDir)
		if err != nil {
			return t.onHost(err)
		}
		defer dir.Close()
		if err := t.copyOut(ctx, source, dir, base); err != nil {
			return err
		}
		m.o.Log.Emit(ctx, report.Event{Kind: report.Artifact, Machine: m.o.Name, Path: artifact, Text: source})
		return nil
	})
}

// dirBelow opens a directory below another one, and makes both if necessary.
func dirBelow(dir, name string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	out, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	return filetree.OpenDir(out, filepath.Join(".", name))
}

// copyOut copies out of the guest. It reads the guest's data once all of it has arrived, so that errors of the two
// sides do not mix.
func (t *transfer) copyOut(ctx context.Context, source string, dir *os.Root, base string) error {
	data, err := t.share(ctx)
	if err != nil {
		return err
	}
	script := "exec 3>&1\n"
	if data != nil {
		defer data.Close()
		script = "exec 3>" + quote(data.guest) + "\n"
	}
	// The script's standard output has the data, unless that goes through the shared directory, and messages.
	name := ".gotest-" + t.id
	out, err := dir.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		defer out.Close()
		err = dir.Remove(name)
	}
	if err != nil {
		return t.onHost(err)
	}
	status, err := t.run(ctx, script+"s="+quote(source)+"\n"+sendScript, nil, out)
	if err != nil {
		var p *fs.PathError
		if errors.As(err, &p) { // from the output's file, whose name the user does not know
			return t.onHost(&fs.PathError{Op: p.Op, Path: filepath.Join(dir.Name(), base), Err: p.Err})
		}
		return err
	}
	messages, size, err := cutMessages(out)
	switch {
	case err != nil:
		return t.onHost(err)
	case status != 0:
		return t.inGuest(status, messages)
	}
	t.warn(ctx, strings.TrimSpace(messages))
	in := io.Reader(io.NewSectionReader(out, 0, size))
	if data != nil {
		if _, err := data.Seek(0, io.SeekStart); err != nil {
			return t.onHost(err)
		}
		in = data
	}
	skipped, err := unpack(ctx, bufio.NewReaderSize(in, filetree.BlockSize), dir, base)
	t.warn(ctx, filetree.Skipped(skipped))
	return t.onHost(err)
}

// messageDigits is the number of digits after the messages that give their length, and most the largest length.
const (
	messageDigits = 8
	mostMessages  = 4000
)

// cutMessages returns the messages at the end of the script's output, and the length of the output before them.
func cutMessages(out *os.File) (messages string, size int64, err error) {
	size, err = out.Seek(0, io.SeekEnd)
	if err != nil {
		return "", 0, err
	}
	tail := make([]byte, min(size, mostMessages+messageDigits))
	if _, err := out.ReadAt(tail, size-int64(len(tail))); err != nil {
		return "", 0, err
	}
	text := string(tail)
	end := max(0, len(text)-messageDigits)
	n, err := strconv.Atoi(text[end:])
	if err != nil || n < 0 || n > end {
		return "", size, nil // the script ended early
	}
	return toText(text[end-n : end]), size - int64(n) - messageDigits, nil
}

// unpack writes the files that the guest has sent.
func unpack(ctx context.Context, in *bufio.Reader, dir *os.Root, base string) (skipped []string, err error) {
	line, err := in.ReadString('\n')
	if err != nil && err != io.EOF {
		return nil, err
	}
	kind, bits, _ := strings.Cut(strings.TrimSpace(line), " ")
	mode, err := strconv.ParseUint(bits, 8, 16)
	switch {
	case err != nil:
	case kind == "file":
		return nil, filetree.WriteFile(ctx, dir, base, fs.FileMode(mode), in)
	case kind == "sparse":
		return nil, filetree.UnpackFile(ctx, in, dir, base)
	case kind == "dir":
		return filetree.Unpack(ctx, in, dir, base)
	}
	return nil, errors.New("the guest has not sent what was asked for")
}
