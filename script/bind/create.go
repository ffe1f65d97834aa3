package bind

import (
	"context"
	"strings"
	"time"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/driver"
	"github.com/gotest-driver/gotest-driver/driver/config"
	"github.com/gotest-driver/gotest-driver/machine"
	"github.com/gotest-driver/gotest-driver/script"
)

// ocrLanguage returns the argument "ocr_language", several languages as Tesseract takes them.
func ocrLanguage(c *script.Call) string {
	if s, ok := c.OptString("ocr_language"); ok {
		return s
	}
	return strings.Join(c.Strings("ocr_language"), "+")
}

// createMachine implements create_machine.
func (b *Binding) createMachine(_ context.Context, c *script.Call) (starlark.Value, error) {
	str := func(name string) string {
		s, _ := c.OptString(name)
		return s
	}
	num := func(name string) int {
		n, _ := c.OptInt(name)
		return n
	}
	mc := driver.MachineConfig{
		Name: str("name"), StartScript: str("start_command"), Guest: str("guest"), Arch: str("arch"), Image: str("image"), Kernel: str("kernel"),
		ImageURL: str("image_url"), SHA256: str("sha256"), DiskSize: num("disk_size"), Access: str("access"), UserData: str("user_data"), Login: str("login"), Quiesce: c.Bool("quiesce"),
		Initrd: str("initrd"), Cmdline: str("cmdline"), Memory: num("memory"), Cores: num("cores"), Container: str("container"), Keyboard: str("keyboard"), OCRLanguage: ocrLanguage(c),
		QEMUOptions: c.Strings("qemu_options"), EFI: c.Bool("efi"), SSHBackdoor: c.Bool("ssh_backdoor"), Internet: c.Bool("internet"), DiskFaults: c.Bool("disk_faults"), KeepState: c.Bool("keep_machine_state"),
	}
	if date, given := c.OptString("date"); given {
		var err error
		if mc.Date, err = time.Parse(time.RFC3339, date); err != nil {
			return nil, c.Errorf("date: %q is none: want one such as 2038-01-19T03:14:00Z", date)
		}
	}
	if !c.IsNone("fail_on") {
		mc.FailOn = append([]string{}, c.Strings("fail_on")...) // an empty list is a choice, too
	}
	if limit, given := c.Duration("boot_timeout"); given {
		if limit <= 0 {
			return nil, c.Errorf("boot_timeout: %v is no time in which a machine boots", c.Value("boot_timeout"))
		}
		mc.BootTimeout = limit
	}
	for _, v := range c.Values("vlans") {
		n, err := starlark.AsInt32(v)
		if err != nil || n < 1 || n > 254 {
			return nil, c.Errorf("vlans: %s is not the number of a network (1 to 254)", v)
		}
		mc.VLANs = append(mc.VLANs, n)
	}
	mc.Boot = str("boot")
	if prepare := c.Callable("prepare"); prepare != nil {
		key, err := c.Fingerprint(prepare)
		if err != nil {
			return nil, c.Errorf("prepare: %s", err)
		}
		mc.Prepare = &config.Preparation{Key: key, Run: func(ctx context.Context, m any) error {
			_, err := script.Invoke(ctx, prepare, b.object(m.(*machine.Machine)))
			return err
		}}
	}
	var m *machine.Machine
	err := c.Block(func(ctx context.Context) (err error) {
		m, err = b.d.CreateMachine(ctx, mc)
		return err
	})
	if err != nil {
		return nil, &machine.StartError{Machine: mc.Name, Err: c.Errorf("%s", err)}
	}
	return b.object(m), nil
}
