package guest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cavaliergopher/cpio"
	"github.com/pierrec/lz4/v4"

	"github.com/gotest-driver/gotest-driver/internal/debtest"
)

// module makes a kernel module that has nothing but fields.
func module(t *testing.T, fields ...string) string {
	t.Helper()
	info := strings.Join(fields, "\x00") + "\x00"
	const names = "\x00.modinfo\x00.shstrtab\x00"
	var out bytes.Buffer
	size := uint64(binary.Size(elf.Header64{}))
	section := func(name uint32, kind elf.SectionType, at, size uint64) elf.Section64 {
		return elf.Section64{Name: name, Type: uint32(kind), Off: at, Size: size}
	}
	head := elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_REL), Machine: uint16(elf.EM_AARCH64), Version: uint32(elf.EV_CURRENT), Shoff: size + uint64(len(info)+len(names)),
		Ehsize: uint16(size), Shentsize: uint16(binary.Size(elf.Section64{})), Shnum: 3, Shstrndx: 2,
	}
	for _, part := range []any{
		head, []byte(info), []byte(names), elf.Section64{},
		section(1, elf.SHT_PROGBITS, size, uint64(len(info))), section(10, elf.SHT_STRTAB, size+uint64(len(info)), uint64(len(names))),
	} {
		if err := binary.Write(&out, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// fakeDebian is a mirror with the packages of tiny for aarch64; their content is not what boots.
func fakeDebian(t *testing.T) (*debtest.Mirror, Options) {
	t.Helper()
	m := debtest.NewMirror(t)
	const modules = "./usr/lib/modules/9.9-arm64/"
	files := map[string]string{
		"./boot/vmlinuz-9.9-arm64": "a kernel", modules + "modules.order": "",
		modules + "kernel/fs/ext4/ext4.ko":               module(t, "depends=jbd2,crc-b", "alias=fs-ext4", "name=ext4"),
		modules + "kernel/fs/jbd2/jbd2.ko":               module(t, "depends=crc-b"),
		modules + "kernel/lib/crc-b.ko":                  module(t, "depends="),
		modules + "kernel/drivers/staging/no.ko":         "not for virtual machines",
		modules + "kernel/drivers/net/ethernet/no/no.ko": "not for virtual machines",
	}
	for _, name := range tinyModules("aarch64") {
		if name != "ext4" {
			files[modules+"modules.builtin"] += "kernel/x/" + name + ".ko\n"
		}
	}
	m.Suite("arm64", "bookworm", "",
		m.Add("linux-image-arm64", "9.9-1", "linux-image-9.9-arm64 (= 9.9-1)", nil),
		m.Add("linux-image-9.9-arm64", "9.9-1", "", debtest.Package(t, "data.tar.gz", files)),
		m.Add("busybox-static", "1:1-1", "", debtest.Package(t, "data.tar", map[string]string{"./bin/busybox": "ELF[\x00[[\x00ash\x00dpkg\x00halt\x00sh\x00\x00more"})),
		m.Add("bash-static", "5", "", debtest.Package(t, "data.tar", map[string]string{"./bin/bash-static": "a bash", "./usr/share/doc/bash": "text"})))
	keyring := filepath.Join(t.TempDir(), "keys.gpg")
	if err := os.WriteFile(keyring, m.Keyring(), 0o644); err != nil {
		t.Fatal(err)
	}
	return m, Options{Arch: "aarch64", CacheDir: filepath.Join(t.TempDir(), "cache"), Mirror: m.URL, Keyring: keyring}
}

// initrdFiles reads an initramfs.
func initrdFiles(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	files := map[string]string{}
	archive := cpio.NewReader(lz4.NewReader(f))
	for {
		h, err := archive.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = string(data)
		if h.Mode&cpio.ModeType == cpio.TypeSymlink {
			files[h.Name] = "-> " + h.Linkname + string(data)
		}
	}
}

func TestTinyInGo(t *testing.T) {
	m, opts := fakeDebian(t)
	t.Setenv("PATH", "") // no further program
	image, err := Ensure(t.Context(), "tiny", opts)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{image.Kernel: "a kernel", image.KernelEFI: "a kernel"} {
		if data, err := os.ReadFile(path); err != nil || string(data) != want {
			t.Errorf("%s: %q, %v", path, data, err)
		}
	}
	files := initrdFiles(t, image.Initrd)
	dir := "lib/modules/9.9-arm64/"
	for name, want := range map[string]string{
		"bin/bash": "a bash", "bin/ash": "-> busybox", "bin/[[": "-> busybox", "sbin": "-> bin", "usr/bin": "-> ../bin", "tmp/shared": "",
		dir + "modules.dep": "kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko kernel/lib/crc-b.ko\n" +
			"kernel/fs/jbd2/jbd2.ko: kernel/lib/crc-b.ko\nkernel/lib/crc-b.ko:\n",
		dir + "modules.alias": "alias fs-ext4 ext4\n",
	} {
		if got, ok := files[name]; !ok || got != want {
			t.Errorf("%s is %q, %v; want %q", name, got, ok, want)
		}
	}
	for _, name := range []string{"bin/dpkg", dir + "kernel/drivers/staging/no.ko"} {
		if _, ok := files[name]; ok {
			t.Errorf("%s is there", name)
		}
	}
	if !strings.HasPrefix(files["bin/halt"], "#!/bin/sh") || files[dir+"kernel/fs/ext4/ext4.ko"] == "" {
		t.Errorf("halt is %q", files["bin/halt"])
	}
	if strings.Join(image.Cmdline, " ") == "" || !strings.Contains(strings.Join(image.Cmdline, " "), "console=ttyAMA0") {
		t.Errorf("the kernel's words are %q", image.Cmdline)
	}
	before, err := os.ReadFile(image.Initrd)
	if err != nil {
		t.Fatal(err)
	}
	asked := len(m.Asked())
	opts.Rebuild = true
	if image, err = Ensure(t.Context(), "tiny", opts); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(image.Initrd); err != nil || !bytes.Equal(before, after) || len(m.Asked()) != asked {
		t.Errorf("the same packages make another image (%v), or were fetched again: %q", err, m.Asked()[asked:])
	}
	if _, err := Ensure(t.Context(), "debian", opts); !errors.As(err, new(*ArchError)) {
		t.Errorf("debian for aarch64: %v", err)
	}
	opts.Arch = "arm64"
	if _, err := Path("tiny", opts); err == nil || !strings.Contains(err.Error(), "did you mean aarch64?") {
		t.Errorf("arm64: %v", err)
	}
}

// TestFaultsOfTheMirror: each ends the build with one sentence that says what to do, and leaves nothing.
func TestFaultsOfTheMirror(t *testing.T) {
	for name, test := range map[string]struct {
		harm func(*debtest.Mirror, *Options)
		want []string
	}{
		"signature": {func(_ *debtest.Mirror, o *Options) {
			if err := os.WriteFile(o.Keyring, debtest.NewMirror(t).Keyring(), 0o644); err != nil {
				t.Error(err)
			}
		}, []string{"InRelease is not signed by a known key", "--keyring"}},
		"keyring": {func(_ *debtest.Mirror, o *Options) { o.Keyring += ".not" }, []string{"the keyring can't be read", "keys.gpg.not"}},
		"list": {func(m *debtest.Mirror, _ *Options) {
			m.Files["/debian/dists/bookworm/main/binary-arm64/Packages.gz"][30] ^= 1
		}, []string{"Packages.gz is not what the signed index says", "--mirror"}},
		"package": {func(m *debtest.Mirror, _ *Options) {
			m.Files["/debian/pool/linux-image-9.9-arm64_9.9-1.deb"][100] ^= 1
		}, []string{"while downloading linux-image-9.9-arm64", "is not what the signed index says", "try again"}},
		"no package": {func(m *debtest.Mirror, _ *Options) { m.Suite("arm64", "bookworm", "") }, []string{"name no package bash-static"}},
		"gone":       {func(m *debtest.Mirror, _ *Options) { m.Close() }, []string{"can't be fetched", "connection refused", "--mirror or $GOTEST_DEBIAN_MIRROR"}},
		"no address": {func(_ *debtest.Mirror, o *Options) { o.Mirror = "ftp://mirror.example/debian" }, []string{`"ftp://mirror.example/debian" is no address of a mirror`}},
		"damaged": {func(m *debtest.Mirror, _ *Options) {
			m.Suite("arm64", "bookworm", "", m.Add("linux-image-arm64", "1", "linux-image-1", nil), m.Add("linux-image-1", "1", "", nil),
				m.Add("busybox-static", "1", "", nil), m.Add("bash-static", "1", "", []byte("<html>")))
		}, []string{"this is no package of Debian's"}},
	} {
		t.Run(name, func(t *testing.T) {
			m, opts := fakeDebian(t)
			test.harm(m, &opts)
			_, err := Ensure(t.Context(), "tiny", opts)
			var failed *BuildError
			if !errors.As(err, &failed) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error is %v", err)
			}
			for _, want := range test.want {
				if err != nil && !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
			if left := leftovers(t, opts); left != nil {
				t.Errorf("left: %q", left)
			}
		})
	}
}

// TestKilledDownload: a build whose process is killed leaves what the next one removes, and no image.
func TestKilledDownload(t *testing.T) {
	if mirror := os.Getenv("GUEST_TEST_MIRROR"); mirror != "" {
		_, err := Ensure(t.Context(), "tiny", Options{Arch: "aarch64", CacheDir: os.Getenv("GUEST_TEST_CACHE"), Mirror: mirror, Keyring: os.Getenv("GUEST_TEST_KEYS")})
		t.Fatalf("it was not killed: %v", err)
	}
	m, opts := fakeDebian(t)
	reached, release := make(chan struct{}), make(chan struct{})
	m.Answer(func(w http.ResponseWriter, path string) bool {
		if !strings.Contains(path, "linux-image-9.9") {
			return false
		}
		_, _ = io.WriteString(w, "!<arch>\n")
		_ = http.NewResponseController(w).Flush()
		close(reached)
		<-release
		return true
	})
	child := exec.Command(os.Args[0], "-test.run=^TestKilledDownload$")
	child.Env = append(os.Environ(), "GUEST_TEST_MIRROR="+opts.Mirror, "GUEST_TEST_CACHE="+opts.CacheDir, "GUEST_TEST_KEYS="+opts.Keyring)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	<-reached
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	close(release)
	m.Answer(nil)
	if leftovers(t, opts) == nil {
		t.Error("it was killed too late")
	}
	if _, err := Path("tiny", opts); !errors.As(err, new(*NotBuiltError)) || !strings.Contains(err.Error(), "not built yet for aarch64") {
		t.Errorf("after the kill: %v", err)
	}
	if _, err := Ensure(t.Context(), "tiny", opts); err != nil {
		t.Error(err)
	}
	if left := leftovers(t, opts); left != nil {
		t.Errorf("left: %q", left)
	}
}

func TestApplets(t *testing.T) {
	for name, program := range map[string]string{"none": "ELF", "no end": "\x00[\x00[[\x00ash\x00sh", "not sorted": "\x00[\x00[[\x00sh\x00ash\x00\x00", "no sh": "\x00[\x00[[\x00ash\x00\x00"} {
		if names, err := applets([]byte(program)); err == nil {
			t.Errorf("%s: %q", name, names)
		}
	}
}
