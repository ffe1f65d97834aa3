package machine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"github.com/gotest-driver/gotest-driver/internal/filetree"
	"github.com/gotest-driver/gotest-driver/machine/shell"
	"github.com/gotest-driver/gotest-driver/report"
)

// guestShared is where a guest mounts the shared directory.
const guestShared = "/tmp/shared"

// hostPath is where a path that a test gave is on the host.
func (m *Machine) hostPath(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(m.o.HostRoot, p)
}

// CopyFromHost copies a file or directory into the guest, through the shared directory when the guest has
// mounted it, else through the root shell. As with cp -r, a target that is a directory gets the source
// inside. Permission bits are kept, the owner is root, symbolic links stay links.
func (m *Machine) CopyFromHost(ctx context.Context, source, target string) error {
	src := m.hostPath(source)
	if _, err := os.Lstat(src); err != nil {
		return fmt.Errorf("%s: copy_from_host: %w", m.o.Name, err)
	}
	return m.withShell(ctx, "copy_from_host", func(ctx context.Context, inst Instance) (err error) {
		ctx, span := m.entry(ctx, report.ActionCopy, "copying %s to %s", source, target)
		defer func() { span.End(err) }()
		base := filepath.Base(src)
		return m.viaShared(ctx, inst, func(host, guest string) error {
			if err := filetree.Copy(ctx, src, filepath.Join(host, base)); err != nil {
				return fmt.Errorf("%s: copy_from_host: %w", m.o.Name, err)
			}
			_, err := m.quiet(ctx, inst, fmt.Sprintf("umask 0; mkdir -p %s; cp -RP %s %s", quote(path.Dir(target)), quote(guest+"/"+base), quote(target)))
			return err
		}, func() error {
			return m.sendTar(ctx, inst, src, target)
		})
	})
}

// viaShared calls shared with a fresh directory that host and guest see, or direct when the guest does not
// have the shared directory mounted.
func (m *Machine) viaShared(ctx context.Context, inst Instance, shared func(host, guest string) error, direct func() error) error {
	if m.o.SharedDir == "" {
		return direct()
	}
	host, err := os.MkdirTemp(m.o.SharedDir, "copy-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(host)
	guest := guestShared + "/" + filepath.Base(host)
	r, err := m.run(ctx, inst, nil, "[[ -d "+guest+" && -w "+guest+" ]]", ExecuteOptions{})
	if err != nil {
		return err
	}
	if r.Status != 0 {
		return direct()
	}
	return shared(host, guest)
}

// quiet runs a command that must succeed, without an entry of its own.
func (m *Machine) quiet(ctx context.Context, inst Instance, command string) (string, error) {
	r, err := m.run(ctx, inst, nil, command, ExecuteOptions{})
	if err == nil && r.Status != 0 {
		ce := &CommandError{Command: command, Status: r.Status, Output: r.Output, Stderr: r.Stderr, Want: "status 0"}
		err = &AssertionError{Machine: m.o.Name, Message: ce.Error(), Command: ce}
	}
	return r.Output, err
}

func quote(s string) string { return shellescape.Quote(s) }

// stream runs a command with its input and output connected.
func (m *Machine) stream(ctx context.Context, inst Instance, command string, in io.Reader, out io.Writer) error {
	res, err := m.command(ctx, inst, shell.Command{Script: command, Stdin: in, Stdout: out})
	if err == nil && res.Status != 0 {
		ce := &CommandError{Command: command, Status: res.Status, Want: "status 0"}
		err = &AssertionError{Machine: m.o.Name, Message: ce.Error(), Command: ce}
	}
	return err
}

// sendTar copies through the root shell: an archive is unpacked beside the target and moved into place.
func (m *Machine) sendTar(ctx context.Context, inst Instance, src, target string) error {
	r, w := io.Pipe()
	packed := make(chan error, 1)
	go func() {
		err := filetree.Pack(ctx, w, src, "x")
		w.CloseWithError(err)
		packed <- err
	}()
	t := quote(target)
	dir := quote(path.Dir(target))
	err := m.stream(ctx, inst, fmt.Sprintf(`umask 0; mkdir -p %s; d=$(mktemp -d %s/.copy-XXXXXX); trap 'rm -rf "$d"' EXIT
tar -xpf - -C "$d"; if [[ -d %s ]]; then mv -f "$d/x" %s/%s; else mv -f "$d/x" %s; fi`, dir, dir, t, t, quote(filepath.Base(src)), t), r, io.Discard)
	r.CloseWithError(errors.New("the guest has stopped reading"))
	if perr := <-packed; perr != nil && err == nil {
		err = perr
	}
	return err
}

// CopyFromHostViaShell copies one file of any size into the guest through the root shell and verifies it by
// its SHA-256.
func (m *Machine) CopyFromHostViaShell(ctx context.Context, source, target string) error {
	src := m.hostPath(source)
	st, err := os.Stat(src)
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", src)
	}
	if err != nil {
		return fmt.Errorf("%s: copy_from_host_via_shell: %w", m.o.Name, err)
	}
	return m.withShell(ctx, "copy_from_host_via_shell", func(ctx context.Context, inst Instance) (err error) {
		ctx, span := m.entry(ctx, report.ActionCopy, "copying %s to %s through the shell", source, target)
		defer func() { span.End(err) }()
		f, err := os.Open(src)
		if err != nil {
			return err
		}
		defer f.Close()
		sum := sha256.New()
		n := &counter{}
		var out strings.Builder
		t, tmp := quote(target), quote(target+".part")
		// tee would cost the guest a copy; reading the file again is cheaper and proves what is on the disk.
		err = m.stream(ctx, inst, fmt.Sprintf("mkdir -p %s; cat >%s; chmod %o %s; if type -P sha256sum >/dev/null; then sha256sum <%s; else cksum <%s; fi; mv -f %s %s",
			quote(path.Dir(target)), tmp, st.Mode().Perm(), tmp, tmp, tmp, tmp, t), io.TeeReader(f, io.MultiWriter(sum, n)), &out)
		if err != nil {
			return err
		}
		got, _, _ := strings.Cut(strings.TrimSpace(out.String()), " ")
		if want := hex.EncodeToString(sum.Sum(nil)); len(got) == len(want) && got != want {
			return fmt.Errorf("%s: %s did not arrive whole: its SHA-256 in the guest is %s, on the host %s", m.o.Name, target, got, want)
		}
		size, err := m.quiet(ctx, inst, "wc -c <"+t)
		if err == nil && strings.TrimSpace(size) != fmt.Sprint(n.n) {
			err = fmt.Errorf("%s: %s did not arrive whole: it has %s bytes in the guest, %d on the host", m.o.Name, target, strings.TrimSpace(size), n.n)
		}
		return err
	})
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// CopyFromMachine copies a file or directory of the guest into the output directory or a directory below it.
func (m *Machine) CopyFromMachine(ctx context.Context, source, targetDir string) error {
	base := path.Base(source)
	if base == "/" || base == "." || base == ".." {
		return fmt.Errorf("%s: copy_from_machine: %q has no name of its own", m.o.Name, source)
	}
	dir := filepath.Join(m.o.OutDir, targetDir)
	if rel, err := filepath.Rel(m.o.OutDir, dir); filepath.IsAbs(targetDir) || err != nil || !filepath.IsLocal(rel) {
		return fmt.Errorf("%s: copy_from_machine: the target directory %q is outside of the output directory", m.o.Name, targetDir)
	}
	return m.withShell(ctx, "copy_from_machine", func(ctx context.Context, inst Instance) (err error) {
		ctx, span := m.entry(ctx, report.ActionCopy, "copying %s to %s", source, filepath.Join(dir, base))
		defer func() {
			if err == nil {
				m.o.Log.Emit(ctx, report.Event{Kind: report.Artifact, Machine: m.o.Name, Path: filepath.Join(dir, base), Text: source})
			}
			span.End(err)
		}()
		onHost := func(err error) error {
			if err != nil {
				err = fmt.Errorf("%s: copy_from_machine: %w", m.o.Name, err)
			}
			return err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return onHost(err)
		}
		return m.viaShared(ctx, inst, func(host, guest string) error {
			if _, err := m.quiet(ctx, inst, fmt.Sprintf("cp -RP %s %s/", quote(source), quote(guest))); err != nil {
				return err
			}
			return onHost(filetree.Copy(ctx, filepath.Join(host, base), filepath.Join(dir, base)))
		}, func() error {
			r, w := io.Pipe()
			unpacked := make(chan error, 1)
			go func() {
				err := filetree.Unpack(ctx, r, dir)
				r.CloseWithError(err)
				unpacked <- err
			}()
			err := m.stream(ctx, inst, fmt.Sprintf("tar -cf - -C %s %s", quote(path.Dir(source)), quote("./"+base)), nil, w)
			w.CloseWithError(err)
			if uerr := <-unpacked; uerr != nil && err == nil {
				err = onHost(uerr)
			}
			return err
		})
	})
}
