// Package nspawn is the backend of systemd-nspawn containers: a start script as nixpkgs makes it, or a root directory
// that the driver starts itself. Commands run in a root shell that nsenter starts in the container; the console is the
// container's output and its journal. It needs root.
//
// Package driver makes machines with this backend.
package nspawn

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
	"github.com/gotest-driver/gotest-driver/internal/programs"
	"github.com/gotest-driver/gotest-driver/machine"
)

// Backend describes a container. It implements machine.Backend.
type Backend struct {
	// StartScript is a shell command that runs systemd-nspawn. It gets RUN_NSPAWN_ROOT_DIR, RUN_NSPAWN_SHARED_DIR
	// and NOTIFY_SOCKET, and must end when the container does.
	StartScript string
	// Root is, where StartScript is empty, the root directory of the container. It is never written to.
	Root string
	// NICs returns the cards when the container starts. A StartScript makes the cards itself: with it, they are the
	// networks whose bridges (br1 for network 1) the driver joins to the switches.
	NICs func() []NIC
	// Hosts returns the names of other machines when the container starts; nil: none.
	Hosts func() map[string]netip.Addr
	// DisplayEnv are the variables ("NAME=value") that lead to the container's X server; DISPLAY=:0 by default.
	DisplayEnv []string
	// Sandbox is where all containers of a run are started.
	Sandbox *Sandbox
	// OnFatal is called when the process that joins a container to a network has ended; nil: none.
	OnFatal func(error)
}

// NIC is a card on a VLAN.
type NIC struct {
	VLAN    int
	MAC     string       // of the card; empty with a start script
	Address netip.Prefix // of the card; not valid with a start script
	Socket  string       // control directory of the vde_switch
}

var _ machine.SSHServer = (*Backend)(nil)

// Kind returns "systemd-nspawn".
func (b *Backend) Kind() string { return "systemd-nspawn" }

// SSHAddress returns the socket of the SSH server that a container with systemd 256 or later offers to its host, as
// seen from the host.
func (b *Backend) SSHAddress(_, name string) string {
	p := b.Sandbox.path(filepath.Join("/run/systemd/nspawn/unix-export", hostName(name), "ssh"))
	if _, err := os.Stat(p); err != nil {
		return ""
	}
	return "unix/" + p
}

// Check returns an error that names what containers need and this machine lacks. own is true when the driver runs
// systemd-nspawn itself, without a start script.
func Check(own bool) error {
	if os.Getuid() != 0 {
		return errors.New("containers can only be started by root: run gotest-driver as root, or use a VM (guest = …)")
	}
	need := []string{"nsenter", "unshare", "setpriv", "ip"}
	if own {
		need = append(need, "systemd-nspawn")
	}
	need = slices.DeleteFunc(need, func(program string) bool { _, err := exec.LookPath(program); return err == nil })
	if len(need) > 0 {
		return fmt.Errorf("containers need %s, not found here: %s", strings.Join(need, ", "), programs.Install(need...))
	}
	return nil
}

// The names of the files in a container's state directory.
const (
	rootName   = "root"
	upperName  = "upper"
	workName   = "work"
	notifyName = "notify"
)

// Start starts the container and returns when it has a first process.
func (b *Backend) Start(ctx context.Context, o machine.StartOptions) (_ machine.Instance, err error) {
	if o.AllowReboot {
		return nil, fmt.Errorf("%s: a container ends when it reboots: start it without allow_reboot, and again after the reboot", o.Name)
	}
	if err := b.Sandbox.open(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	i := newInstance(b, o)
	defer func() {
		if err != nil {
			err = errors.Join(err, i.cleanUp())
		}
	}()
	if i.notify, err = listenNotify(filepath.Join(o.StateDir, notifyName)); err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	if i.cgroups, err = b.Sandbox.makeCgroups(hostName(o.Name)); err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	if b.NICs != nil {
		i.nics = b.NICs()
	}
	var command []string
	if b.StartScript != "" {
		command, err = i.prepareScript(b.StartScript)
	} else {
		command, err = i.prepareRoot(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	if err := i.spawn(command); err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	select {
	case <-i.notify.leaderKnown:
		if b.StartScript == "" {
			if err := i.makeNetwork(ctx); err != nil {
				return nil, errors.Join(err, i.Kill())
			}
		}
		close(i.open)
		return i, nil
	case <-i.done:
		return nil, &machine.DiedError{Machine: o.Name, Reason: "the container ended at its start: " + i.exit()}
	case <-ctx.Done():
		return nil, errors.Join(context.Cause(ctx), i.Kill())
	}
}

// prepareScript returns the command for a start script, with the root directory that it expects.
func (i *instance) prepareScript(script string) ([]string, error) {
	root := filepath.Join(i.o.StateDir, rootName)
	if err := errors.Join(os.MkdirAll(root, 0o755), os.Chmod(root, 0o755)); err != nil {
		return nil, err
	}
	// NixOS makes /var/empty immutable, which would keep the state directory from being removed.
	undo := "chattr -i " + quote(filepath.Join(root, "var/empty"))
	if err := i.b.Sandbox.guard.RunAtEnd(undo); err != nil {
		return nil, err
	}
	i.undo = append(i.undo, []string{"sh", "-c", undo + " 2>/dev/null || :"})
	return []string{"sh", "-c", script}, nil
}

// prepareRoot returns the command for the driver's own container: its root is a layer over the given directory.
func (i *instance) prepareRoot(ctx context.Context) ([]string, error) {
	lower := i.b.Root
	p := func(name string) string { return filepath.Join(i.o.StateDir, name) }
	for _, dir := range []string{lower, i.o.StateDir} {
		if strings.ContainsAny(dir, ":,\\") {
			return nil, fmt.Errorf("the directory %s can't be part of an overlay file system: its path must have no comma, colon or backslash", dir)
		}
	}
	if st, err := os.Stat(filepath.Join(lower, "usr")); err != nil || !st.IsDir() {
		return nil, fmt.Errorf("%s is no root directory of a system: it has no directory usr", lower)
	}
	for _, name := range []string{upperName, workName, rootName} {
		if err := os.RemoveAll(p(name)); err != nil {
			return nil, err
		}
		if err := makeDir(p(name)); err != nil {
			return nil, err
		}
	}
	if err := i.writeNames(p(upperName)); err != nil {
		return nil, err
	}
	if err := i.b.Sandbox.run(ctx, "mount", "-t", "overlay", "overlay", "-o",
		"lowerdir="+lower+",upperdir="+p(upperName)+",workdir="+p(workName), p(rootName)); err != nil {
		return nil, fmt.Errorf("the container's root can't be mounted: %w", err)
	}
	i.undo = append(i.undo, []string{"umount", "-l", p(rootName)})
	return i.command(p(rootName)), nil
}

// command returns the command that runs systemd-nspawn on a root directory.
func (i *instance) command(root string) []string {
	name := hostName(i.o.Name)
	// In a user namespace of its own, root of the container has no rights over the host's kernel. With a network namespace
	// of its own a container may set up its network (systemd's docs/ENVIRONMENT.md).
	command := []string{"env", "SYSTEMD_NSPAWN_API_VFS_WRITABLE=network", "systemd-nspawn", "--quiet", "--directory=" + root, "--machine=" + name, "--hostname=" + name,
		"--register=no", "--keep-unit", "--notify-ready=yes", "--kill-signal=SIGRTMIN+3", "--private-network",
		"--capability=CAP_NET_ADMIN", "--link-journal=no", "--resolv-conf=off", "--timezone=off", "--settings=no"}
	if i.o.SharedDir != "" {
		command = append(command, "--bind="+strings.ReplaceAll(i.o.SharedDir, ":", `\:`)+":/tmp/shared")
	}
	return append(command, "sh", "-c", firstProcess, "sh", secondProcess)
}

// The first process of a container replaces itself twice before it is systemd. firstProcess makes a user namespace below
// the mounts of systemd-nspawn. These are locked there (mount_namespaces(7)): nothing can mount a /proc in which the host's
// settings can be written. (--private-users would make the user namespace first.) What systemd-nspawn mounts on /proc/kmsg
// is a deleted file, on which services can't mount what they want.
const firstProcess = `umount /proc/kmsg; mount --bind /dev/null /proc/kmsg
exec unshare --user --mount --net --uts --ipc --cgroup -- sh -c "$1"`

// secondProcess waits until the driver has made a network and the numbers of users.
const secondProcess = `until read -r map </proc/self/uid_map && [ "$map" ]; do sleep 0.01; done
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs /sys
for init in /usr/lib/systemd/systemd /lib/systemd/systemd /sbin/init; do [ ! -x $init ] || exec $init; done`

// writeNames puts the container's name and those of the other machines into its /etc.
func (i *instance) writeNames(upper string) error {
	name := hostName(i.o.Name)
	text := "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 " + name + "\n"
	if i.b.Hosts != nil {
		for other, addr := range i.b.Hosts() {
			text += addr.String() + " " + other + "\n"
		}
	}
	etc := filepath.Join(upper, "etc")
	if err := makeDir(etc); err != nil {
		return err
	}
	for file, text := range map[string]string{"hosts": text, "hostname": name + "\n"} {
		path := filepath.Join(etc, file)
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o644), os.Chmod(path, 0o644)); err != nil {
			return err
		}
	}
	return nil
}

// makeDir makes a directory that all users of the container can enter, whatever the umask of the driver is.
func makeDir(path string) error {
	if err := os.Mkdir(path, 0o755); err != nil {
		return err
	}
	return os.Chmod(path, 0o755)
}

// notHostName matches the characters that a host name can't have.
var notHostName = lazyre.Compile(`[^A-Za-z0-9-]+`)

// hostName returns a machine's name as a valid host name.
func hostName(name string) string {
	if h := strings.Trim(notHostName().ReplaceAllString(name, "-"), "-"); h != "" {
		return h
	}
	return "container"
}
