package command

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/python/bridge"
	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/guest"
	"github.com/gotest-driver/gotest-driver/internal/kvm"
	"github.com/gotest-driver/gotest-driver/internal/programs"
	"github.com/gotest-driver/gotest-driver/machine/nspawn"
	"github.com/gotest-driver/gotest-driver/machine/qemu"
	"github.com/gotest-driver/gotest-driver/ocr"
)

// finding is what the doctor says of one part of this system.
type finding struct {
	ok    bool
	needs bool     // nothing runs without it
	text  string   // what is there, or what is not and what that means
	lacks []string // the programs and files, by the names of package programs
}

// part is a part of what tests can use.
type part struct {
	name string
	look func(context.Context) finding
}

var parts = []part{
	{"machines", findMachines},
	{"acceleration", findAcceleration},
	{"UEFI", findUEFI},
	{"networks", findNetworks},
	{"containers", findContainers},
	{"reading screens", findScreens},
	{"building guests", findGuests},
	{"Python scripts", findPython},
	{"SSH backdoor", findBackdoor},
	{"room", findRoom},
}

func doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Say what tests can use on this system, what is missing, and how to get it",
		Long: `Looks for what the driver uses on this system: QEMU and KVM, networks, containers, OCR, what builds guests, Python,
and room on the disks. It says what each missing part means for tests, and which command installs it here.

The exit status is 1 if no machine can run.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return examine(cmd.Context(), cmd.OutOrStdout(), parts)
		},
	}
}

// examine looks at all parts and prints what it finds.
func examine(ctx context.Context, w io.Writer, parts []part) (err error) {
	who := "an ordinary user"
	if os.Getuid() == 0 {
		who = "root"
	}
	fmt.Fprintf(w, "gotest-driver %s on %s, %s, as %s\n\n", Version(), programs.Here(), runtime.GOARCH, who)
	var lacks []string
	for _, p := range parts {
		f := p.look(ctx)
		mark := "+"
		switch {
		case f.ok:
		case f.needs:
			mark, err = "✗", ErrFailed
		default:
			mark = "-"
		}
		fmt.Fprintf(w, "%s %-16s %s\n", mark, p.name, f.text)
		for _, l := range f.lacks {
			if !slices.Contains(lacks, l) {
				lacks = append(lacks, l)
			}
		}
	}
	if lacks != nil {
		fmt.Fprintf(w, "\nWhat is missing comes with: %s\n", programs.Install(lacks...))
	}
	return err
}

func findMachines(ctx context.Context) finding {
	program, err := qemu.Find("")
	if err != nil {
		return finding{needs: true, text: err.Error(), lacks: []string{qemu.Program("")}}
	}
	out, err := exec.CommandContext(ctx, program, "--version").Output()
	if err != nil {
		return finding{needs: true, text: fmt.Sprintf("%s does not start: %v", program, err)}
	}
	version, _, _ := strings.Cut(string(out), "\n")
	return finding{ok: true, text: version + ", " + program}
}

func findAcceleration(context.Context) finding {
	if err := kvm.Check(); err != nil {
		return finding{text: "guests are emulated, which takes several times as long: " + err.Error()}
	}
	return finding{ok: true, text: "KVM"}
}

func findUEFI(context.Context) finding {
	path, err := qemu.FindOVMF()
	if err != nil {
		return finding{text: "efi = True is not possible: OVMF was not found, and $GOTEST_OVMF_CODE is not set", lacks: []string{"OVMF_CODE.fd"}}
	}
	return finding{ok: true, text: path}
}

// Programs of vde that networks, their faults and the networks of containers use.
var vdePrograms = []string{"vde_switch", "vde_plug", "wirefilter"}

func findNetworks(ctx context.Context) finding {
	lacks := missing(vdePrograms...)
	program, err := qemu.Find("")
	if err != nil {
		return finding{text: "they depend on QEMU", lacks: lacks}
	}
	kinds, err := qemu.Backends(ctx, program)
	const without = "; machines with a start command and containers can't be on a network"
	switch {
	case err != nil:
		return finding{text: err.Error()}
	case os.Getenv("GOTEST_NET") == "hub":
		return finding{ok: true, text: "the driver's own hubs ($GOTEST_NET)"}
	case !slices.Contains(kinds, "vde"):
		return finding{text: "the driver's own hubs, since this QEMU has no vde" + without}
	case slices.Contains(lacks, "vde_switch"):
		return finding{text: "the driver's own hubs, since vde_switch was not found" + without, lacks: lacks}
	case lacks != nil:
		return finding{text: "vde, but captures and bad connections (impair) need " + strings.Join(lacks, " and "), lacks: lacks}
	}
	return finding{ok: true, text: "vde"}
}

func findContainers(context.Context) finding {
	if runtime.GOOS != "linux" {
		return finding{text: "containers need Linux"}
	}
	if lacks := missing("systemd-nspawn", "nsenter", "unshare", "setpriv", "ip", "vde_plug2tap"); lacks != nil {
		return finding{text: "containers need " + strings.Join(lacks, ", "), lacks: lacks}
	}
	if err := nspawn.Check(true); err != nil {
		return finding{text: err.Error()}
	}
	return finding{ok: true, text: "systemd-nspawn"}
}

func findScreens(ctx context.Context) finding {
	r := ocr.New(ocr.Options{})
	defer r.Close()
	img := image.NewGray(image.Rect(0, 0, 320, 100))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.Gray{Y: 200}), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(40, 40, 200, 60), image.Black, image.Point{}, draw.Src)
	if _, err := r.Read(ctx, img); err != nil {
		f := finding{text: "only text consoles can be read: " + err.Error()}
		if !strings.Contains(err.Error(), ocr.HelperName) {
			f.lacks = []string{"eng.traineddata"}
		}
		return f
	}
	return finding{ok: true, text: "text consoles without, all else with Tesseract"}
}

func findGuests(context.Context) finding {
	var can, reasons, lacks []string
	cannot := map[string][]string{} // the guests by the reason
	for _, g := range guest.List() {
		err := guest.CheckBuild(g.Name)
		if err == nil {
			can = append(can, g.Name)
			continue
		}
		reason := err.Error()
		if tools := new(guest.MissingToolsError); errors.As(err, &tools) {
			lacks = append(lacks, tools.Programs...)
			reason = "without " + strings.Join(tools.Programs, ", ")
		}
		if cannot[reason] == nil {
			reasons = append(reasons, reason)
		}
		cannot[reason] = append(cannot[reason], g.Name)
	}
	text := strings.Join(can, ", ")
	for _, r := range reasons {
		text += "; not " + strings.Join(cannot[r], ", ") + ": " + r
	}
	return finding{ok: reasons == nil, text: text, lacks: lacks}
}

func findPython(ctx context.Context) finding {
	version, err := bridge.Version(ctx)
	if err != nil {
		return finding{text: err.Error(), lacks: missing("python3")}
	}
	for _, checker := range []string{"pyright", "mypy"} {
		if missing(checker) == nil {
			return finding{ok: true, text: version + ", types checked by " + checker}
		}
	}
	return finding{text: version + "; only the driver's own check looks at types, without pyright or mypy", lacks: []string{"mypy"}}
}

func findBackdoor(context.Context) finding {
	path, err := qemu.FindVsock()
	if err != nil {
		return finding{text: err.Error()}
	}
	return finding{ok: true, text: path}
}

func findRoom(context.Context) finding {
	cache, err := driver.SnapshotDir()
	if err != nil {
		return finding{needs: true, text: err.Error()}
	}
	f := finding{ok: true}
	var texts []string
	for _, dir := range []struct {
		what, path string
		enough     uint64 // bytes: guests and kept boots; the disks of machines
	}{{"the cache", cache, 5 << 30}, {"temporary files", driver.TempDir(), 1 << 30}} {
		free, err := room(dir.path)
		if err != nil {
			return finding{needs: true, text: fmt.Sprintf("%s can't be in %s: %v", dir.what, dir.path, err)}
		}
		f.ok = f.ok && free >= dir.enough
		texts = append(texts, fmt.Sprintf("%.1f GB for %s (%s)", float64(free)/1e9, dir.what, dir.path))
	}
	f.text = strings.Join(texts, ", ")
	return f
}

// room returns how many bytes can be written below a directory, which is made if it is not there.
func room(dir string) (uint64, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	probe, err := os.CreateTemp(dir, "doctor-*")
	if err != nil {
		return 0, err
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return 0, err
	}
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// missing returns those of the programs that are not there.
func missing(names ...string) (lacks []string) {
	for _, n := range names {
		if _, ok := programs.Find(n); !ok {
			lacks = append(lacks, n)
		}
	}
	return lacks
}
