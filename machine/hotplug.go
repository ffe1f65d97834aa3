package machine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gotest-driver/gotest-driver/qmp"
)

// hotplugged are the processors of a running machine that were plugged in. They are not taken out: QEMU 7.2 corrupts its memory
// when it emulates that.
type hotplugged struct {
	inst  Instance // to which they belong
	spare []string // the guest's names of those that are offline again
}

// cpuSlot is where a processor is or can be plugged in, as query-hotpluggable-cpus returns it.
type cpuSlot struct {
	Props map[string]any `json:"props"`
	Type  string         `json:"type"`
	Path  string         `json:"qom-path"` // of the processor that is there
}

// HotplugCPU plugs so many processors into the running machine, and brings them online in the guest; its end takes them offline.
// They remain in the machine until it ends. The guest needs ACPI's hotplug, as Linux on x86 has it.
func (m *Machine) HotplugCPU(ctx context.Context, count int) (End, error) {
	if count < 1 {
		return nil, &ArgumentError{Machine: m.o.Name, Message: fmt.Sprintf("hotplug_cpu of %d processors: want 1 or more", count)}
	}
	if err := m.virtual(ctx, "hotplug_cpu"); err != nil {
		return nil, err
	}
	return m.fault(ctx, &fault{text: fmt.Sprintf("%d more processors", count)}, func(ctx context.Context) (End, error) {
		inst := m.instance()
		names := m.spareCPUs(inst, count)
		giveBack := func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			if m.cpus.inst == inst {
				m.cpus.spare = slices.Sorted(slices.Values(append(m.cpus.spare, names...)))
			}
		}
		var err error
		if len(names) < count {
			var added []string
			added, err = m.plugCPUs(ctx, count-len(names))
			names = append(names, added...)
		}
		if err == nil {
			err = m.guestDoes(ctx, setCPUs(names, 1))
		}
		if err != nil {
			giveBack()
			return nil, err
		}
		return func(ctx context.Context) error {
			if inst != m.instance() {
				return nil
			}
			defer giveBack()
			return m.guestDoes(ctx, setCPUs(names, 0))
		}, nil
	})
}

// hotplugged reports whether processors were plugged into a machine that runs.
func (m *Machine) hotplugged(inst Instance) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cpus.inst == inst
}

// spareCPUs takes at most so many of the processors that are offline.
func (m *Machine) spareCPUs(inst Instance, count int) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cpus.inst != inst {
		return nil
	}
	n := min(count, len(m.cpus.spare))
	names := slices.Clone(m.cpus.spare[:n])
	m.cpus.spare = m.cpus.spare[n:]
	return names
}

// plugCPUs plugs processors in, and returns the guest's names of them.
func (m *Machine) plugCPUs(ctx context.Context, count int) ([]string, error) {
	before, err := m.Execute(ctx, "cd /sys/devices/system/cpu && ls -d cpu[0-9]*", ExecuteOptions{Timeout: defaultTimeout})
	if err != nil {
		return nil, err
	}
	err = m.withMonitor(ctx, "hotplug_cpu", func(ctx context.Context, c *qmp.Client) error {
		slots, err := qmp.Query[[]cpuSlot](ctx, c, "query-hotpluggable-cpus", nil)
		if err != nil {
			return err
		}
		slots = slices.DeleteFunc(slots, func(s cpuSlot) bool { return s.Path != "" })
		if len(slots) < count {
			return &ArgumentError{Machine: m.o.Name, Message: fmt.Sprintf("hotplug_cpu of %d new processors: there is room for %d (QEMU's -smp …,maxcpus=)", count, len(slots))}
		}
		m.mu.Lock()
		if m.cpus.inst != m.inst {
			m.cpus = hotplugged{inst: m.inst}
		}
		m.mu.Unlock()
		slices.Reverse(slots) // QEMU returns the last one first
		for _, s := range slots[:count] {
			s.Props["driver"] = s.Type
			if _, err := c.Execute(ctx, "device_add", s.Props); err != nil {
				return fmt.Errorf("%s: no processor can be plugged in: %w", m.o.Name, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	after, err := m.Execute(ctx, fmt.Sprintf(`cd /sys/devices/system/cpu; i=0; old=" %s "
added() { for c in cpu[0-9]*; do case "$old" in *" $c "*) ;; *) echo $c ;; esac; done; }
until [ $(added | wc -l) -ge %d ] || [ $((i += 1)) -gt 300 ]; do sleep 0.1; done
added`, strings.Join(strings.Fields(before.Output), " "), count), ExecuteOptions{Timeout: defaultTimeout})
	names := strings.Fields(after.Output)
	if err == nil && len(names) < count {
		err = &ArgumentError{Machine: m.o.Name, Message: fmt.Sprintf("hotplug_cpu: the guest has found %d of %d new processors within 30 s", len(names), count)}
	}
	return names, err
}

// setCPUs returns a script that brings processors online (1) or takes them offline (0), where udev has not done so.
func setCPUs(names []string, state int) string {
	return fmt.Sprintf(`cd /sys/devices/system/cpu; for c in %s; do
  [ "$(cat $c/online)" = %d ] || echo %[2]d 2>/dev/null >$c/online || [ "$(cat $c/online)" = %[2]d ] || { echo "the guest can't switch its processor $c"; exit 1; }
done`, strings.Join(names, " "), state)
}
