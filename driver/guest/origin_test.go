package guest

import (
	"net/http"
	"strings"
	"testing"
)

func TestMirrors(t *testing.T) {
	tests := map[string]struct{ targets, mirror, security string }{
		"nothing": {"", "", ""},
		"own mirror": {
			"Debian|bookworm|main|http://mirror.example/debian/\nDebian|bookworm-updates|main|http://mirror.example/debian/\n" +
				"Debian|bookworm-security|main|https://mirror.example/sec/\n",
			"http://mirror.example/debian", "https://mirror.example/sec",
		},
		"mirror without security": {"Debian|bookworm|main|http://mirror.example/debian/\n", "http://mirror.example/debian", ""},
		"third parties that look like Debian": {
			"Docker|bookworm|main|https://docker.example/linux/debian/\nSury|bookworm|main|https://php.example/debian\n" +
				"Debian|bookworm|main|http://mirror.example/debian/\n",
			"http://mirror.example/debian", "",
		},
		"a newer Debian": {
			"Debian|trixie|main|http://mirror.example/debian/\nDebian|trixie-security|main|http://mirror.example/debian-security/\n",
			"http://mirror.example/debian", "http://mirror.example/debian-security",
		},
		"Ubuntu": {"Ubuntu|noble|main|http://mirror.example/ubuntu/\n", "", ""},
		"never updated": {
			"$(ORIGIN)|nodistro|main|https://node.example/node_20.x/\n$(ORIGIN)|bookworm-pgdg|main|https://pg.example/debian/\n" +
				"$(ORIGIN)|bookworm|main|http://mirror.example/debian/\n",
			"http://mirror.example/debian", "",
		},
		"a file": {"Debian|bookworm|main|file:/srv/debian/\n", "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			mirror, security := mirrors(test.targets)
			if mirror != test.mirror || security != test.security {
				t.Errorf("got %q, %q; want %q, %q", mirror, security, test.mirror, test.security)
			}
		})
	}
}

func TestAptSetting(t *testing.T) {
	for line, want := range map[string]bool{
		`Acquire::http::Proxy "http://proxy.example:3128";`: true,
		`Acquire::HTTPS::Verify-Peer "true";`:               true,
		`Acquire::http "";`:                                 false,
		`Acquire::AllowInsecureRepositories "1";`:           false,
		`Acquire::Languages "none";`:                        false,
	} {
		if got := aptSetting(line + "\n"); got != want {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
	}
}

func TestProxy(t *testing.T) {
	o := &origin{settings: []string{
		`Acquire::http::Proxy "http://proxy.example:3128";`, `acquire::HTTP::proxy::near.example "DIRECT";`,
		`Acquire::https::Proxy::far.example "http://other.example:1";`,
	}}
	for address, want := range map[string]string{
		"http://mirror.example/debian": "http://proxy.example:3128",
		"http://near.example/debian":   "",
		"https://far.example/debian":   "http://other.example:1",
	} {
		r, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		proxy, err := o.proxy(r)
		got := ""
		if proxy != nil {
			got = proxy.String()
		}
		if err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", address, got, err, want)
		}
	}
}

// TestFindOrigin: without an apt, the mirror comes from the options or the environment.
func TestFindOrigin(t *testing.T) {
	t.Setenv("PATH", "")
	t.Setenv(mirrorVariable, "")
	t.Setenv(keyringVariable, "")
	if _, err := findOrigin(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "--mirror or $GOTEST_DEBIAN_MIRROR") {
		t.Errorf("no mirror at all: %v", err)
	}
	t.Setenv(mirrorVariable, "http://one.example/debian/")
	t.Setenv(keyringVariable, "/keys")
	from, err := findOrigin(t.Context(), Options{})
	if err != nil || from.mirror != "http://one.example/debian" || from.security != "http://one.example/debian-security" || from.keyring != "/keys" || !from.named {
		t.Errorf("%+v, %v", from, err)
	}
	from, err = findOrigin(t.Context(), Options{Mirror: "https://two.example/copy", Keyring: "/others"})
	if err != nil || from.mirror != "https://two.example/copy" || from.security != "" || from.keyring != "/others" {
		t.Errorf("%+v, %v", from, err)
	}
}
