package shell

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// guestLab is a booted guest without the rest of the project: GOTEST_SHELL_KERNEL and GOTEST_SHELL_INITRD.
func startGuest(t testing.TB, withData bool, opts Options) (*Session, *exec.Cmd) {
	t.Helper()
	kernel, initrd := os.Getenv("GOTEST_SHELL_KERNEL"), os.Getenv("GOTEST_SHELL_INITRD")
	if kernel == "" {
		t.Skip("no guest")
	}
	dir := t.TempDir()
	listen := func(name string) net.Listener {
		ln, err := net.Listen("unix", filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ln.Close() })
		return ln
	}
	shell, data := listen("shell"), listen("data")
	args := []string{"-machine", "pc", "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "512", "-smp", "2", "-nodefaults",
		"-kernel", kernel, "-initrd", initrd, "-append", "console=ttyS0 quiet tsc=reliable no_timer_check mitigations=off random.trust_cpu=on cryptomgr.notests audit=0 nowatchdog panic=-1",
		"-chardev", "socket,id=shell,path=" + dir + "/shell", "-device", "virtio-serial", "-device", "virtconsole,chardev=shell",
		"-serial", "stdio", "-nographic", "-no-reboot"}
	if withData {
		args = append(args, "-chardev", "socket,id=data,path="+dir+"/data", "-device", "virtserialport,chardev=data,name="+DataPortName)
	}
	cmd := exec.Command("qemu-system-x86_64", args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("console:\n%s", out.Bytes()[max(0, out.Len()-4000):])
		}
	})
	accept := func(ln net.Listener) net.Conn {
		ln.(*net.UnixListener).SetDeadline(time.Now().Add(20 * time.Second))
		conn, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	console := accept(shell)
	var dataConn net.Conn
	if withData {
		dataConn = accept(data)
	}
	s := New(console, dataConn, opts)
	t.Cleanup(func() { s.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	if err := s.Handshake(ctx); err != nil {
		t.Fatal(err)
	}
	if s.Info().DataPort != withData {
		t.Fatalf("data port: %+v", s.Info())
	}
	return s, cmd
}

// cpu is the processor time that a process has used, in milliseconds.
func cpu(t testing.TB, pid int) float64 {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')'):]))
	u, _ := strconv.Atoi(f[12])
	k, _ := strconv.Atoi(f[13])
	return float64(u+k) * 10
}

func measure(b *testing.B, name string, qemu *exec.Cmd, pause time.Duration, f func() time.Duration) {
	b.Run(name, func(b *testing.B) {
		var all []time.Duration
		before := cpu(b, qemu.Process.Pid)
		for b.Loop() {
			time.Sleep(pause)
			all = append(all, f())
		}
		slices.Sort(all)
		b.ReportMetric((cpu(b, qemu.Process.Pid)-before)/float64(len(all)), "cpu-ms/cmd")
		b.ReportMetric(float64(all[0].Microseconds())/1000, "min-ms")
		b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "median-ms")
		b.ReportMetric(0, "ns/op")
	})
}

func BenchmarkGuest(b *testing.B) {
	s, qemu := startGuest(b, true, Options{})
	ctx := testContext(b)
	for _, pause := range []time.Duration{0, 100 * time.Millisecond} {
		for _, script := range []string{"true", "/bin/true"} {
			measure(b, fmt.Sprintf("%s,pause=%v", script, pause), qemu, pause, func() time.Duration {
				_, res, err := s.Output(ctx, Command{Script: script})
				if err != nil {
					b.Fatal(err)
				}
				return res.Duration
			})
		}
	}
}

// BenchmarkPython is the NixOS test driver's protocol, to compare with.
func BenchmarkPython(b *testing.B) {
	s, qemu := startGuest(b, true, Options{})
	ctx := testContext(b)
	io.WriteString(s.port, "q\n")
	line := func(text string) string {
		io.WriteString(s.console, text)
		var got []byte
		for !bytes.HasSuffix(got, []byte("\n")) {
			block, err := s.receive(ctx, s.console)
			if err != nil {
				b.Fatal(err)
			}
			got = append(got, block...)
		}
		return string(got)
	}
	line("echo\n")
	for _, script := range []string{"echo", "timeout 900 bash -c 'set -euo pipefail; true' | (base64 -w 0; echo)", "timeout 900 bash -c 'set -euo pipefail; /bin/true' | (base64 -w 0; echo)"} {
		for _, pause := range []time.Duration{0, 100 * time.Millisecond} {
			measure(b, fmt.Sprintf("%s,pause=%v", script, pause), qemu, pause, func() time.Duration {
				start := time.Now()
				line(script + "\n")
				if script != "echo" {
					line("echo ${PIPESTATUS[0]}\n")
				}
				return time.Since(start)
			})
		}
	}
}

// TestGuestLosesNothing has output of 27 MB come over a guest's port and over its console, at full speed
// and while this process is stopped in the middle. GOTEST_SHELL_RUNS says how often.
func TestGuestLosesNothing(t *testing.T) {
	runs, _ := strconv.Atoi(os.Getenv("GOTEST_SHELL_RUNS"))
	for _, data := range []bool{true, false} {
		t.Run(fmt.Sprintf("data=%v", data), func(t *testing.T) {
			s, _ := startGuest(t, data, Options{})
			ctx := context.Background()
			for i := range max(runs, 1) {
				stopped := i%2 == 0
				var helper *exec.Cmd
				if stopped {
					helper = exec.Command("sh", "-c", fmt.Sprintf("sleep 1; kill -STOP %d; sleep 3; kill -CONT %[1]d", os.Getpid()))
					if err := helper.Start(); err != nil {
						t.Fatal(err)
					}
				}
				out, res, err := s.Output(ctx, Command{Script: "head -c 20000000 /dev/urandom | tee >(md5sum >/tmp/sum) | base64"})
				if helper != nil {
					helper.Wait()
				}
				if err != nil || res.Status != 0 {
					t.Errorf("run %d: %+v, %v", i, res, err)
					continue
				}
				raw, err := base64.StdEncoding.DecodeString(string(out))
				sum, _, err2 := s.Output(ctx, Command{Script: "cat /tmp/sum"})
				if want := fmt.Sprintf("%x", md5.Sum(raw)); err != nil || err2 != nil || len(raw) != 20000000 || !strings.HasPrefix(string(sum), want) {
					t.Errorf("run %d: %d bytes, sum %s, the guest's %s, %v, %v", i, len(raw), want, sum, err, err2)
				}
				t.Logf("run %d: %v, stopped: %v", i, res.Duration, stopped)
			}
		})
	}
}
