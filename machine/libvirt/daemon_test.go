//go:build linux

package libvirt

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// daemon is a libvirtd that a test has started, with directories of its own.
type daemon struct {
	dir     string
	tlsPort string
	cmd     *exec.Cmd
	log     bytes.Buffer
}

// isolate gives the daemon a view of the file system in which libvirt's directories are the test's.
const isolate = `mount --make-rprivate /
for d in etc:/etc/libvirt lib:/var/lib/libvirt cache:/var/cache/libvirt run:/run; do
	mkdir -p "${d#*:}" && mount --bind "$1/${d%%:*}" "${d#*:}" || exit 3
done
exec libvirtd -l -f "$1/etc/libvirtd.conf" -p "$1/run/libvirtd.pid"`

// startDaemon starts a libvirtd on loopback, and a CA for it.
func startDaemon(t *testing.T) *daemon {
	t.Helper()
	if testing.Short() {
		t.Skip("starts libvirtd")
	}
	if os.Getuid() != 0 {
		t.Skip("only root can give libvirtd directories of its own")
	}
	dir, err := os.MkdirTemp("", "lv")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	d := &daemon{dir: dir, tlsPort: freePort(t)}
	for _, sub := range []string{"etc", "lib/images", "cache", "run/libvirt", "run/lock", "pki"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	makePKI(t, filepath.Join(dir, "pki"))
	d.write(t, "etc/qemu.conf", "security_driver = \"none\"\ncgroup_controllers = []\nnamespaces = []\nuser = \"root\"\ngroup = \"root\"\nstdio_handler = \"file\"\n")
	d.write(t, "etc/libvirtd.conf", fmt.Sprintf(`unix_sock_dir = "%[1]s/run/libvirt"
auth_unix_rw = "none"
listen_tls = 1
listen_tcp = 0
listen_addr = "127.0.0.1"
tls_port = "%[2]s"
ca_file = "%[1]s/pki/cacert.pem"
cert_file = "%[1]s/pki/clientcert.pem"
key_file = "%[1]s/pki/clientkey.pem"
`, dir, d.tlsPort))
	d.cmd = exec.Command("unshare", "-m", "sh", "-c", isolate, "sh", dir)
	d.cmd.Stdout, d.cmd.Stderr = &d.log, &d.log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.stop()
		d.killQEMU()
		if t.Failed() {
			t.Log(d.log.String())
		}
	})
	deadline := time.Now().Add(2 * time.Minute)
	for {
		c, err := net.Dial("unix", d.socket())
		if err == nil {
			c.Close()
			return d
		}
		if time.Now().After(deadline) {
			t.Fatalf("libvirtd does not listen: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (d *daemon) stop() {
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
}

// killQEMU ends the machines that a killed libvirtd has left, and returns their number.
func (d *daemon) killQEMU() (n int) {
	files, _ := filepath.Glob(filepath.Join(d.dir, "run/libvirt/qemu/gotest-*.pid")) // the pattern is right
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // libvirtd has removed it
		}
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
			_ = os.Remove(file)
			n++
		}
	}
	return n
}

func (d *daemon) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (d *daemon) socket() string { return filepath.Join(d.dir, "run/libvirt/libvirt-sock") }
func (d *daemon) unix() string   { return "qemu+unix:///system?socket=" + d.socket() }

func (d *daemon) tls() string {
	return "qemu+tls://localhost:" + d.tlsPort + "/system?pkipath=" + filepath.Join(d.dir, "pki")
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// makePKI makes a CA, and a certificate for localhost that client and server use.
func makePKI(t *testing.T, dir string) {
	t.Helper()
	fatal := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	key := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		fatal(err)
		return k
	}
	save := func(name, kind string, der []byte) {
		fatal(os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, NotAfter: time.Now().Add(24 * time.Hour),
		NotBefore: time.Now().Add(-time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	caKey := key()
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	fatal(err)
	save("cacert.pem", "CERTIFICATE", der)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	leafKey := key()
	der, err = x509.CreateCertificate(rand.Reader, leaf, ca, &leafKey.PublicKey, caKey)
	fatal(err)
	save("clientcert.pem", "CERTIFICATE", der)
	der, err = x509.MarshalPKCS8PrivateKey(leafKey)
	fatal(err)
	save("clientkey.pem", "PRIVATE KEY", der)
}
