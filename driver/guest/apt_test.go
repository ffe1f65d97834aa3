package guest

import "testing"

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
