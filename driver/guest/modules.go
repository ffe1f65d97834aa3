package guest

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/mikelolasagasti/xz"
)

// selection keeps, of the folders in a folder of the kernel's modules, only some, or all but some.
type selection struct {
	folder    string
	only, not string
}

// selections leave out the drivers of hardware that QEMU does not emulate: three quarters of the package.
func selections() []selection {
	return []selection{
		{folder: "drivers", only: "acpi ata base block bus cdrom char crypto dax dma firmware gpio gpu hid hv i2c input leds " +
			"macintosh md message misc mmc net nvdimm nvme parport pci platform power pps ptp rtc scsi target tty " +
			"usb uio vfio vhost video virt virtio watchdog"},
		{folder: "drivers/crypto", not: "qat"},
		{folder: "drivers/gpu/drm", only: "bochs cirrus display qxl scheduler tiny ttm udl vboxvideo vgem virtio vkms vmwgfx"},
		{folder: "drivers/input", not: "touchscreen"},
		{folder: "drivers/misc", not: "habanalabs mei"},
		{folder: "drivers/net", only: "bonding ethernet geneve hyperv ipvlan mdio net_failover netdevsim phy ppp slip team usb vmxnet3 vxlan wireguard"},
		{folder: "drivers/net/ethernet", only: "8390 amd dec intel realtek"},
		{folder: "drivers/net/ethernet/intel", not: "fm10k i40e iavf ice ixgbe ixgbevf"},
		{folder: "drivers/scsi", only: "device_handler megaraid mpt3sas sym53c8xx_2"},
		{folder: "drivers/usb", not: "gadget"},
		{folder: "net", not: "6lowpan atm batman-adv can ieee802154 mac80211 mac802154 nfc rds tipc wireless"},
		{folder: "sound", not: "soc"},
		{folder: "sound/pci", only: "ac97 hda"},
	}
}

// wanted reports whether a module is one that a virtual machine can use. Its path is that below the folder "kernel".
func wanted(module string) bool {
	for _, s := range selections() {
		below, inside := strings.CutPrefix(module, s.folder+"/")
		folder, _, more := strings.Cut(below, "/")
		if !inside || !more {
			continue
		}
		if s.only != "" && !slices.Contains(strings.Fields(s.only), folder) || slices.Contains(strings.Fields(s.not), folder) {
			return false
		}
	}
	return true
}

// kernelModules are the modules of a base's kernel.
type kernelModules struct {
	release string
	file    *os.File                 // the archive
	at      map[string]moduleFile    // by the modules' names
	lists   map[string][]byte        // modules.order and so on
	builtin map[string]bool          // the names of those that are a part of the kernel
	loaded  map[string]*kernelModule // what has been read
}

// moduleFile is a module's place in the archive.
type moduleFile struct {
	path         string
	offset, size int64
}

// kernelModule is one that has been read.
type kernelModule struct {
	name    string
	path    string // as modprobe finds it, uncompressed
	data    []byte
	needs   []string // names of what must be loaded first
	aliases []string
}

// moduleName is the name of the module in a file: what modprobe takes for the same.
func moduleName(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// openModules reads the list of the modules in a base's archive.
func openModules(archive string) (_ *kernelModules, err error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	m := &kernelModules{file: f, at: map[string]moduleFile{}, lists: map[string][]byte{}, builtin: map[string]bool{}, loaded: map[string]*kernelModule{}}
	files := tar.NewReader(f)
	for {
		h, err := files.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", archive, err)
		}
		if strings.Contains(h.Name, ".ko") {
			offset, err := f.Seek(0, io.SeekCurrent)
			if err != nil {
				return nil, err
			}
			m.at[moduleName(h.Name)] = moduleFile{h.Name, offset, h.Size}
			continue
		}
		m.release = path.Base(path.Dir(h.Name))
		if m.lists[path.Base(h.Name)], err = io.ReadAll(files); err != nil {
			return nil, fmt.Errorf("%s: %w", archive, err)
		}
	}
	for line := range strings.Lines(string(m.lists["modules.builtin"])) {
		m.builtin[moduleName(strings.TrimSpace(line))] = true
	}
	return m, nil
}

func (m *kernelModules) close() { _ = m.file.Close() }

// read returns a module, nil for one that is a part of the kernel.
func (m *kernelModules) read(name string) (*kernelModule, error) {
	if k := m.loaded[name]; k != nil || m.builtin[name] {
		return k, nil
	}
	at, ok := m.at[name]
	if !ok {
		return nil, fmt.Errorf("the kernel %s has no module %s", m.release, name)
	}
	var content io.Reader = io.NewSectionReader(m.file, at.offset, at.size)
	if strings.HasSuffix(at.path, ".xz") {
		unpacked, err := xz.NewReader(content, xz.DefaultDictMax)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at.path, err)
		}
		content = unpacked
	}
	data, err := io.ReadAll(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at.path, err)
	}
	k := &kernelModule{name: name, path: strings.TrimSuffix(at.path, ".xz"), data: data}
	info, err := modinfo(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at.path, err)
	}
	for _, field := range info {
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "alias":
			k.aliases = append(k.aliases, value)
		case "depends":
			k.needs = append(k.needs, strings.FieldsFunc(strings.ReplaceAll(value, "-", "_"), func(r rune) bool { return r == ',' })...)
		}
	}
	m.loaded[name] = k
	return k, nil
}

// modinfo returns the fields NAME=VALUE of a module.
func modinfo(module []byte) ([]string, error) {
	f, err := elf.NewFile(bytes.NewReader(module))
	if err != nil {
		return nil, err
	}
	section := f.Section(".modinfo")
	if section == nil {
		return nil, errors.New("it has no .modinfo")
	}
	data, err := section.Data()
	if err != nil {
		return nil, err
	}
	return strings.FieldsFunc(string(data), func(r rune) bool { return r == 0 }), nil
}

// addTo puts modules and what they need into a tree, with the lists that busybox's modprobe reads.
func (m *kernelModules) addTo(t *tree, names ...string) error {
	var all []*kernelModule
	orders := map[string][]*kernelModule{} // what each needs, in the order in which it can be loaded, and itself
	var add func(name string) ([]*kernelModule, error)
	add = func(name string) ([]*kernelModule, error) {
		if order, ok := orders[name]; ok {
			return order, nil
		}
		k, err := m.read(name)
		if err != nil || k == nil {
			return nil, err
		}
		var order []*kernelModule
		for _, n := range k.needs {
			before, err := add(n)
			if err != nil {
				return nil, err
			}
			for _, b := range before {
				if !slices.Contains(order, b) {
					order = append(order, b)
				}
			}
		}
		order = append(order, k)
		orders[name] = order
		all = append(all, k)
		return order, nil
	}
	for _, name := range names {
		if _, err := add(strings.ReplaceAll(name, "-", "_")); err != nil {
			return err
		}
	}
	dir := path.Join("lib/modules", m.release)
	slices.SortFunc(all, func(a, b *kernelModule) int { return strings.Compare(a.path, b.path) })
	var dep, alias strings.Builder
	for _, k := range all {
		t.file(k.path, 0o644, k.data)
		order := orders[k.name]
		dep.WriteString(strings.TrimPrefix(k.path, dir+"/") + ":")
		// modprobe loads them from the last to the first.
		for _, n := range slices.Backward(order[:len(order)-1]) {
			dep.WriteString(" " + strings.TrimPrefix(n.path, dir+"/"))
		}
		dep.WriteString("\n")
		for _, a := range k.aliases {
			fmt.Fprintf(&alias, "alias %s %s\n", a, k.name)
		}
	}
	t.file(path.Join(dir, "modules.dep"), 0o644, []byte(dep.String()))
	t.file(path.Join(dir, "modules.alias"), 0o644, []byte(alias.String()))
	t.file(path.Join(dir, "modules.builtin"), 0o644, m.lists["modules.builtin"])
	return nil
}
