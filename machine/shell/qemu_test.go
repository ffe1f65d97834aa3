package shell

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/internal/kvm"
)

// startGuest boots one of the project's guests without the packages above this one.
func startGuest(t testing.TB, name string, withData bool, opts Options) (*Session, *exec.Cmd) {
	t.Helper()
	if testing.Short() {
		t.Skip("boots a guest")
	}
	image, err := guest.Ensure(context.Background(), name, guest.Options{Progress: func(p guest.Progress) {
		if !p.Detail {
			t.Log(p.Text)
		}
	}})
	if err != nil {
		t.Fatal(err)
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
	accel := "tcg"
	if kvm.Usable() {
		accel = "kvm"
	}
	args := slices.Concat([]string{"-machine", "pc,accel=" + accel, "-cpu", "max,-erms,-fsrm", "-m", fmt.Sprint(image.Memory), "-smp", "2",
		"-kernel", image.Kernel, "-initrd", image.Initrd, "-append", strings.Join(image.Cmdline, " "),
		"-chardev", "socket,id=shell,path=" + dir + "/shell", "-device", "virtio-serial", "-device", "virtconsole,chardev=shell",
		"-serial", "stdio", "-nographic", "-no-reboot"}, image.QEMU)
	if image.Disk != "" {
		args = append(args, "-drive", "file="+image.Disk+",format=raw,if=virtio,snapshot=on")
	}
	if withData {
		args = append(args, "-chardev", "socket,id=data,path="+dir+"/data", "-device", "virtserialport,chardev=data,name="+DataPortName)
	}
	qemu := os.Getenv("GOTEST_QEMU")
	if qemu == "" {
		qemu = "qemu-system-x86_64"
	}
	cmd := exec.Command(qemu, args...)
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
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if err := s.Handshake(ctx); err != nil {
		t.Fatal(err)
	}
	if s.Info().DataPort != withData {
		t.Fatalf("data port: %+v", s.Info())
	}
	return s, cmd
}

// cpu returns the processor time that a process has used, in milliseconds.
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

// BenchmarkCommand measures commands back to back and after a pause, as in a test that reads
// the answer. cpu-ms is the processor time of QEMU per command, with the pause.
func BenchmarkCommand(b *testing.B) {
	for _, name := range []string{"tiny", "debian"} {
		b.Run(name, func(b *testing.B) {
			s, qemu := startGuest(b, name, true, Options{})
			ctx := context.Background()
			for _, script := range []string{"true", "/bin/true"} {
				for _, pause := range []time.Duration{0, 100 * time.Millisecond} {
					measure(b, fmt.Sprintf("%s,pause=%v", script, pause), qemu, pause, func() time.Duration {
						_, res, err := s.Output(ctx, Command{Script: script})
						if err != nil {
							b.Fatal(err)
						}
						return res.Duration
					})
				}
			}
		})
	}
}

// BenchmarkPythonProtocol sends the text of the NixOS test driver for the same commands, for comparison.
func BenchmarkPythonProtocol(b *testing.B) {
	for _, name := range []string{"tiny", "debian"} {
		b.Run(name, func(b *testing.B) {
			lines := make(chan string, 1000)
			s, qemu := startGuest(b, name, true, Options{Logf: func(format string, args ...any) { lines <- fmt.Sprintf(format, args...) }})
			s.post(func() { // the worker ends: the root shell listens again
				s.mark = ""
				s.dismiss(s.data)
			})
			for len(lines) > 0 { // of the boot
				<-lines
			}
			line := func(text string) {
				s.console.send(text)
				<-lines
			}
			line("echo x\n")
			for _, script := range []string{"true", "/bin/true"} {
				for _, pause := range []time.Duration{0, 100 * time.Millisecond} {
					measure(b, fmt.Sprintf("%s,pause=%v", script, pause), qemu, pause, func() time.Duration {
						start := time.Now()
						line("timeout 900 bash -c 'set -euo pipefail; " + script + "' | (base64 -w 0; echo)\n")
						line("echo ${PIPESTATUS[0]}\n")
						return time.Since(start)
					})
				}
			}
			measure(b, "echo alone", qemu, 0, func() time.Duration {
				start := time.Now()
				line("echo x\n")
				return time.Since(start)
			})
		})
	}
}

// BenchmarkPoll measures the delay until a wait notices a file that appears after different times, and the
// part of its time that the guest is busy while it waits.
func BenchmarkPoll(b *testing.B) {
	s, _ := startGuest(b, "tiny", true, Options{})
	ctx := context.Background()
	b.Run("late", func(b *testing.B) {
		var sum, worst time.Duration
		n := 0
		for b.Loop() {
			n++
			delay := time.Duration(300+137*n%1000) * time.Millisecond
			start := time.Now()
			if _, err := s.Run(ctx, Command{Script: fmt.Sprintf("rm -f /tmp/f; (sleep %f; : >/tmp/f) >&2 &", delay.Seconds())}); err != nil {
				b.Fatal(err)
			}
			if res, err := s.Poll(ctx, Poll{Condition: "[[ -e /tmp/f ]]"}); err != nil || !res.Held {
				b.Fatal(res, err)
			}
			late := time.Since(start) - delay
			sum, worst = sum+late, max(worst, late)
		}
		b.ReportMetric(float64(sum.Milliseconds())/float64(n), "mean-ms")
		b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
		b.ReportMetric(0, "ns/op")
	})
	for name, condition := range map[string]string{"nothing": "", "builtin": "[[ -e /none ]]", "process": "ls /none"} {
		b.Run("busy,"+name, func(b *testing.B) {
			busy := func() (used float64) {
				out, _, err := s.Output(ctx, Command{Script: "head -1 /proc/stat"})
				if err != nil {
					b.Fatal(err)
				}
				for i, f := range strings.Fields(string(out))[1:9] {
					if n, _ := strconv.ParseFloat(f, 64); i != 3 && i != 4 { // idle, iowait
						used += n
					}
				}
				return used / 100
			}
			var share float64
			for b.Loop() {
				before := busy()
				if condition == "" {
					time.Sleep(10 * time.Second)
				} else if res, err := s.Poll(ctx, Poll{Condition: condition, Timeout: 10 * time.Second}); err != nil || res.Held {
					b.Fatal(res, err)
				}
				share = (busy() - before) / 10 * 100
			}
			b.ReportMetric(share, "%busy")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// TestGuestLosesNothing sends 27 MB of output over a guest's port and over its console, at full speed
// and while this process is stopped in the middle. GOTEST_SHELL_RUNS is the number of runs.
func TestGuestLosesNothing(t *testing.T) {
	runs, _ := strconv.Atoi(os.Getenv("GOTEST_SHELL_RUNS"))
	for _, c := range []struct {
		guest string
		data  bool
	}{{"tiny", true}, {"debian", true}, {"tiny", false}} {
		t.Run(c.guest+map[bool]string{true: " port", false: " console"}[c.data], func(t *testing.T) {
			s, _ := startGuest(t, c.guest, c.data, Options{})
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
