package qemu

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestLogin: what is typed follows from what the guest asks, in pieces as they come.
func TestLogin(t *testing.T) {
	for name, c := range map[string]struct {
		password string
		says     []string
		typed    []string
		stage    LoginStage
	}{
		"no password": {"", []string{"Debian GNU/Linux 12 stock ttyS0\r\n\r\nstock lo", "gin: ", "root\r\n", "Linux stock 6.1.0\r\nroot@stock:~# "},
			[]string{"root\n", "command\n"}, LoginCommanded},
		"a password": {"secret", []string{"stock login: ", "root\r\nPassword: ", "\r\n\x1b[?2004hroot@stock:~# \x1b[K"},
			[]string{"root\n", "secret\n", "command\n"}, LoginCommanded},
		"a message of the kernel": {"", []string{"stock login: ", "\r\n[    9.1] virtio: 100% \r\n"}, []string{"root\n"}, LoginNamed},
		"refused":                 {"wrong", []string{"login: ", "Password: ", "\r\nLogin incorrect\r\nstock login: "}, []string{"root\n", "wrong\n"}, LoginRefused},
		"a password is missing":   {"", []string{"login: ", "Password: ", "login: "}, []string{"root\n"}, LoginRefused},
		"only once":               {"", []string{"login: ", "# ", "\r\nlogin: "}, []string{"root\n", "command\n"}, LoginCommanded},
		"no login":                {"", []string{"last login: yesterday\r\n# "}, nil, LoginAwaited},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTypist(Login{User: "root", Password: c.password, Command: "command"})
			for _, s := range c.says {
				if n, err := l.Write([]byte(s)); n != len(s) || err != nil {
					t.Fatal(n, err)
				}
			}
			if typed := all(l.lines); !slices.Equal(typed, c.typed) || l.at() != c.stage {
				t.Errorf("typed %q, stage %d, want %q, %d", typed, l.at(), c.typed, c.stage)
			}
			l.reset()
			if _, err := l.Write([]byte("login: ")); err != nil {
				t.Fatal(err)
			}
			if typed := all(l.lines); !slices.Equal(typed, []string{"root\n"}) {
				t.Errorf("in the next boot it types %q", typed)
			}
		})
	}
}

// all takes all lines that wait.
func all(lines chan string) (list []string) {
	for {
		select {
		case l := <-lines:
			list = append(list, l)
		default:
			return list
		}
	}
}

// TestFingerprintOfEntry: a kept boot is used where the guest is offered the same ways only.
func TestFingerprintOfEntry(t *testing.T) {
	image, state := filepath.Join(t.TempDir(), "image"), t.TempDir()
	if err := os.WriteFile(image, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	print := func(e Entry) string {
		text, err := (&Backend{}).Fingerprint(Spec{Image: image, Entry: &e, Binary: "qemu-system-x86_64"}, state, "m")
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	same := Entry{Port: "p", Bell: "b", OEMStrings: []string{"a"}, Serial: "s", SeedKey: "k", Firmware: map[string]string{"f": "1"}, Login: &Login{User: "u"}}
	seen := map[string]string{}
	for name, change := range map[string]func(*Entry){
		"nothing": func(*Entry) {}, "the port": func(e *Entry) { e.Port = "q" }, "the bell": func(e *Entry) { e.Bell = "" },
		"a string": func(e *Entry) { e.OEMStrings = nil }, "the serial number": func(e *Entry) { e.Serial = "" }, "the seed": func(e *Entry) { e.SeedKey = "l" },
		"a file": func(e *Entry) { e.Firmware = map[string]string{"f": "2"} }, "the login": func(e *Entry) { e.Login = &Login{User: "v"} },
	} {
		e := same
		change(&e)
		text := print(e)
		if other, twice := seen[text]; twice {
			t.Errorf("%s and %s have the same fingerprint", name, other)
		}
		seen[text] = name
	}
	if again := print(Entry{Port: "p", Bell: "b", OEMStrings: []string{"a"}, Serial: "s", SeedKey: "k", Firmware: map[string]string{"f": "1"}, Login: &Login{User: "u"}}); seen[again] != "nothing" {
		t.Error("the same entry has another fingerprint")
	}
}
