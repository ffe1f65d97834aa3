package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"al.essio.dev/pkg/shellescape"

	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
	"github.com/gotest-driver/gotest-driver/machine/shell"
)

// peerMemory is the memory of the guests, in MiB, as in guest.star.
const peerMemory = 512

// peer is a guest that is driven as the Python driver does it: one bash on the virtio console, to which each command is
// written as a line, and which answers with a line of base64. It is the measure for this driver's own figures.
type peer struct {
	cmd     *exec.Cmd
	conn    net.Conn
	answers *bufio.Reader
}

// startPeer starts a guest with the options that the Python driver gives to QEMU.
func startPeer(dir, name string) (*peer, error) {
	image, err := guest.Ensure(context.Background(), name, guest.Options{})
	if err != nil {
		return nil, err
	}
	spec := qemu.Spec{Image: image.Disk, Kernel: image.Kernel, Initrd: image.Initrd, Memory: peerMemory, Cores: image.Cores, SharedDir: dir,
		Cmdline: strings.Join(append(image.Cmdline, guest.Words{Hostname: name}.Cmdline()...), " "), Options: image.QEMU}
	command, err := spec.Command()
	if err != nil {
		return nil, err
	}
	console := filepath.Join(dir, "console")
	if err := os.RemoveAll(console); err != nil { // of the last guest
		return nil, err
	}
	listener, err := net.Listen("unix", console)
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	words := []string{"-qmp", "unix:" + filepath.Join(dir, "qmp") + ",server=on,wait=off",
		"-chardev", "socket,id=shell,path=" + console, "-device", "virtio-serial", "-device", "virtconsole,chardev=shell",
		"-device", "virtio-rng-pci", "-serial", "stdio", "-no-reboot", "-nographic"}
	p := &peer{cmd: exec.Command("/bin/sh", "-c", "exec "+command+" "+shellescape.QuoteCommand(words))}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if p.conn, err = listener.Accept(); err != nil {
		return nil, errors.Join(err, p.close())
	}
	p.answers = bufio.NewReader(p.conn)
	for line := ""; !strings.Contains(line, shell.Greeting); {
		if line, err = p.answers.ReadString('\n'); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	return p, nil
}

// execute runs a command, at most 15 minutes, and returns its output.
func (p *peer) execute(command string) ([]byte, error) {
	if _, err := fmt.Fprintf(p.conn, "timeout 900 bash -c %s | (base64 -w 0; echo)\n", shellescape.Quote("set -euo pipefail; "+command)); err != nil {
		return nil, err
	}
	line, err := p.answers.ReadString('\n')
	if err != nil {
		return nil, err
	}
	out, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(p.conn, "echo ${PIPESTATUS[0]}\n"); err != nil {
		return nil, err
	}
	line, err = p.answers.ReadString('\n')
	if status := strings.TrimSpace(line); err == nil && status != "0" {
		err = fmt.Errorf("%s: status %s", command, status)
	}
	return out, err
}

func (p *peer) close() error {
	err := p.cmd.Process.Kill()
	_ = p.cmd.Wait() // it was killed
	if p.conn != nil {
		err = errors.Join(err, p.conn.Close())
	}
	return err
}

// How often each driver boots a guest, with the installed QEMU and with another one.
const (
	boots      = 5
	otherBoots = 3
)

// bootTurns boots a guest with this driver and with the Python driver's protocol, in turns, so that other work on the
// machine slows both alike. It returns the medians of each.
func bootTurns(binary, dir, name string, boots int) (ours, peers map[string]float64, err error) {
	all := [2]map[string][]float64{{}, {}}
	for range boots {
		var failed error
		err := run(binary, dir, filepath.Join("test", "bench", "boot.star"), []string{"BENCH_GUEST=" + name}, func(pid int, key string, v float64) {
			if key == bootCPU {
				v, failed = qemuTime(pid)
			}
			all[0][key] = append(all[0][key], v)
		})
		if err := errors.Join(err, failed); err != nil {
			return nil, nil, err
		}
		if err := peerBoot(dir, name, all[1]); err != nil {
			return nil, nil, fmt.Errorf("the Python driver's protocol: %w", err)
		}
	}
	medians := [2]map[string]float64{{}, {}}
	for i := range all {
		for key, list := range all[i] {
			slices.Sort(list)
			medians[i][key] = list[len(list)/2]
		}
	}
	return medians[0], medians[1], nil
}

// peerBoot boots a guest as the Python driver does, and adds what boot.star measures.
func peerBoot(dir, name string, values map[string][]float64) (err error) {
	began := time.Now()
	p, err := startPeer(dir, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	values[bootFigure] = append(values[bootFigure], time.Since(began).Seconds())
	if _, err := p.execute("true"); err != nil {
		return err
	}
	values[bootFirst] = append(values[bootFirst], time.Since(began).Seconds())
	used, err := processorTime(p.cmd.Process.Pid)
	values[bootCPU] = append(values[bootCPU], used)
	return err
}

// onPeer measures with the Python driver's protocol what guest.star measures with this driver.
func onPeer(dir, name string, values map[string]float64) (err error) {
	p, err := startPeer(dir, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	for range 10 { // fill the guest's caches
		if _, err := p.execute("true"); err != nil {
			return err
		}
	}
	const commands = 200
	began := time.Now()
	for range commands {
		if _, err := p.execute("true"); err != nil {
			return err
		}
	}
	values["execute"] = time.Since(began).Seconds() / commands
	began = time.Now()
	out, err := p.execute("head -c 15000000 /dev/urandom | base64")
	values["output"] = time.Since(began).Seconds()
	if err == nil && len(out) < 20000000 {
		err = fmt.Errorf("an output of %d bytes, want 20 MB", len(out))
	}
	if err != nil {
		return err
	}
	began = time.Now()
	if _, err := io.WriteString(p.conn, "poweroff\n"); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, p.answers) // to the end of QEMU
	values["poweroff"] = time.Since(began).Seconds()
	return err
}

// qemuTime returns the processor time of the QEMU that a driver's process has started.
func qemuTime(driver int) (float64, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	for _, file := range stats {
		b, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(b, []byte("(qemu-system")) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err == nil && descends(pid, driver) {
			return processorTime(pid)
		}
	}
	return 0, fmt.Errorf("process %d has no QEMU", driver)
}

// descends reports whether a process is a child of another one, or of a child of that.
func descends(pid, ancestor int) bool {
	for pid > 1 && pid != ancestor {
		fields, err := stat(pid)
		if err != nil {
			return false
		}
		if pid, err = strconv.Atoi(fields[1]); err != nil {
			return false
		}
	}
	return pid == ancestor
}

// processorTime returns the seconds that a process has used.
func processorTime(pid int) (float64, error) {
	fields, err := stat(pid)
	if err != nil {
		return 0, err
	}
	user, err := strconv.ParseFloat(fields[11], 64)
	system, err2 := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100, errors.Join(err, err2) // from ticks of USER_HZ, which is 100
}

// stat returns the fields of proc_pid_stat(5) behind the name: state, parent, …, utime, stime, …
func stat(pid int) ([]string, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(fields) < 13 {
		return nil, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	return fields, nil
}
