package kernellog

import "testing"

func TestFind(t *testing.T) {
	for line, want := range map[string]string{
		"[   12.345678] BUG: unable to handle page fault for address: ffffc90000000000":                                         "oops",
		"[   12.345678] BUG: kernel NULL pointer dereference, address: 0000000000000000":                                        "oops",
		"[   12.345678][  T123] Oops: 0002 [#1] PREEMPT SMP PTI":                                                                "oops",
		"[   12.345678] Oops: general protection fault, probably for non-canonical address 0xdead: 0000 [#1]":                   "oops",
		"[   12.345678] general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP":         "oops",
		"[   12.345678] Unable to handle kernel paging request at virtual address ffff800008000000":                             "oops",
		"<0>[    3.100000] kernel BUG at mm/slub.c:448!":                                                                        "bug",
		"[    3.100000] BUG: scheduling while atomic: swapper/0/1/0x00000002":                                                   "bug",
		"[    3.100000] BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580":                       "bug",
		"[  300.000000] watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [sh:412]":                                             "soft_lockup",
		"BUG: soft lockup - CPU#1 stuck for 26s! [sh:412]":                                                                      "soft_lockup",
		"[  300.000000] watchdog: Watchdog detected hard LOCKUP on cpu 0":                                                       "soft_lockup",
		"[  300.000000] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:":                                                  "rcu_stall",
		"[  300.000000] rcu: INFO: rcu_sched self-detected stall on CPU":                                                        "rcu_stall",
		"[  242.000000] INFO: task kworker/u4:2:37 blocked for more than 120 seconds.":                                          "hung_task",
		"[   60.000000] Out of memory: Killed process 812 (stress) total-vm:120000kB, anon-rss:90000kB":                         "out_of_memory",
		"[   60.000000] Memory cgroup out of memory: Killed process 812 (stress) total-vm:120000kB":                             "out_of_memory",
		"[   61.000000] crasher[900]: segfault at 0 ip 000055d0c0de1139 sp 00007ffd2a0 error 6 in crasher[55d0c0de1000+1000]":   "core_dump",
		"[   61.000000] traps: crasher[900] trap invalid opcode ip:401000 sp:7ffd error:0 in crasher":                           "core_dump",
		"[   61.000000] systemd-coredump[901]: [🡕] Process 900 (crasher) of user 0 dumped core.":                                "core_dump",
		"[   61.000000] systemd-coredump[901]: Process 900 (my crasher) of user 1000 terminated abnormally with signal 11/SEGV": "core_dump",

		"[    0.000000] Linux version 6.12.0":                         "",
		"[    1.000000] mce: BUG: no":                                 "",
		"the log says BUG: unable to handle page fault":               "",
		"debug: BUGS: 3":                                              "",
		"[    1.000000] Kernel panic - not syncing: Fatal exception":  "", // the machine ends
		"[    1.0] systemd[1]: Started systemd-coredump.socket.":      "",
		"[    1.000000] oom_reaper: reaped process 812 (stress)":      "",
		"[    1.000000] WARNING: CPU: 0 PID: 1 at kernel/foo.c:1 x()": "",
		"": "",
	} {
		got := ""
		if k := Find(line); k != nil {
			got = k.Name
		}
		if got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
	if err := Check([]string{"oops", "hung_task"}); err != nil {
		t.Error(err)
	}
	err := Check([]string{"oops", "hung_tasks"})
	want := `"hung_tasks" is no kind of trouble of a kernel (did you mean hung_task?) (there are: soft_lockup, rcu_stall, hung_task, oops, bug, out_of_memory, core_dump)`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

func BenchmarkFind(b *testing.B) {
	for b.Loop() {
		if Find("[   12.345678] systemd[1]: Started Network Time Synchronization.") != nil {
			b.Fatal("found")
		}
	}
}
