package stock_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/kdomanski/iso9660"

	"github.com/gotest-driver/gotest-driver/driver/guest/stock"
)

// credential returns a credential out of SMBIOS strings.
func credential(t *testing.T, list []string, name string) string {
	t.Helper()
	for _, s := range list {
		if text, ok := strings.CutPrefix(s, "io.systemd.credential.binary:"+name+"="); ok {
			b, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
	}
	return ""
}

// TestWaysAreOne: whatever way the unit comes by, it has one name and one text.
func TestWaysAreOne(t *testing.T) {
	list := stock.CredentialsOf(stock.Auto.Offers(false), []stock.Card{{MAC: "52:54:00:12:34:56"}, {MAC: "52:54:00:01:01:01", Address: "192.168.1.1/24"}}).OEMStrings()
	if unit := credential(t, list, "systemd.extra-unit.gotest-backdoor.service"); unit != stock.Unit() {
		t.Errorf("the extra unit is %q", unit)
	}
	if wants := credential(t, list, "systemd.unit-dropin.multi-user.target"); !strings.Contains(wants, "Wants=gotest-backdoor.service") {
		t.Errorf("the drop-in is %q", wants)
	}
	if network := credential(t, list, "network.network.05-gotest1"); !strings.Contains(network, "MACAddress=52:54:00:01:01:01") || !strings.Contains(network, "Address=192.168.1.1/24") {
		t.Errorf("the network is %q", network)
	}
	files := 0
	for line := range strings.Lines(credential(t, list, "tmpfiles.extra")) {
		f := strings.Fields(line) // tmpfiles.d(5): type, path, mode, user, group, age, argument
		if len(f) != 7 || f[0] != "f~" {
			t.Fatalf("tmpfiles has the line %q", line)
		}
		b, err := base64.StdEncoding.DecodeString(f[6])
		if err != nil {
			t.Fatal(err)
		}
		switch f[1] {
		case "/etc/systemd/system/gotest-backdoor.service":
			files++
			if string(b) != stock.Unit() {
				t.Errorf("the unit is %q", b)
			}
		case "/etc/udev/rules.d/99-gotest-driver.rules":
			files++
			if !strings.Contains(string(b), `+="gotest-backdoor.service"`) {
				t.Errorf("the rule is %q", b)
			}
		}
	}
	size := 0
	for _, s := range list {
		size += len(s) + 1
	}
	if files != 2 || size > 32<<10 { // the table has 64 KB
		t.Errorf("%d files, %d bytes", files, size)
	}
}

// TestWays: each way is known by its name, and takes user data only if it uses cloud-init.
func TestWays(t *testing.T) {
	for _, w := range stock.Ways() {
		uses := w == stock.Auto || w == stock.CloudInit
		if err := w.Check(false, false); err != nil {
			t.Error(err)
		}
		if err := w.Check(true, false); (err == nil) != uses {
			t.Errorf("%s with user data: %v", w, err)
		}
		if err := w.Check(false, true); (err == nil) != (w == stock.Auto || w == stock.Login) {
			t.Errorf("%s with a login: %v", w, err)
		}
	}
	if err := stock.Way("telnet").Check(false, false); err == nil || !strings.Contains(err.Error(), "cloud-init") {
		t.Errorf("error %v, want one that names the ways", err)
	}
}

// TestIgnition: the configuration has the unit, and something that starts it.
func TestIgnition(t *testing.T) {
	text, err := stock.IgnitionConfig()
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Ignition struct{ Version string }
		Systemd  struct {
			Units []struct {
				Name, Contents string
				Enabled        bool
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		t.Fatal(err)
	}
	if u := config.Systemd.Units; config.Ignition.Version != "3.0.0" || len(u) != 1 || u[0].Name != "gotest-backdoor.service" || !u[0].Enabled ||
		!strings.HasPrefix(u[0].Contents, stock.Unit()) || !strings.Contains(u[0].Contents, "\n[Install]\nWantedBy=multi-user.target\n") {
		t.Errorf("the configuration is %s", text)
	}
}

// seedFiles returns the files of a seed's disk.
func seedFiles(t *testing.T, s stock.Seed) map[string]string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	if label := strings.TrimRight(string(b.Bytes()[0x8028:0x8048]), " "); label != "cidata" { // ECMA-119: the volume's identifier
		t.Errorf("the label is %q", label)
	}
	image, err := iso9660.OpenImage(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	root, err := image.RootDir()
	if err != nil {
		t.Fatal(err)
	}
	children, err := root.GetChildren()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, c := range children {
		text, err := io.ReadAll(c.Reader())
		if err != nil {
			t.Fatal(err)
		}
		files[c.Name()] = string(text)
	}
	return files
}

// TestSeed: the user's data are as they were given, and the driver's part does not depend on them.
func TestSeed(t *testing.T) {
	for given, want := range map[string]string{
		"packages: [nginx]":                "#cloud-config\npackages: [nginx]",
		"#cloud-config\nbootcmd: [date]\n": "#cloud-config\nbootcmd: [date]\n",
		"#!/bin/sh\ndate\n":                "#!/bin/sh\ndate\n",
		"Content-Type: multipart/mixed; boundary=x\nMIME-Version: 1.0\n": "Content-Type: multipart/mixed; boundary=x\nMIME-Version: 1.0\n",
	} {
		files := seedFiles(t, stock.Seed{Instance: "i", Hostname: "web", UserData: given,
			Cards: []stock.Card{{MAC: "52:54:00:12:34:56"}, {MAC: "52:54:00:01:01:01", Address: "192.168.1.1/24"}}})
		if files["user-data"] != want {
			t.Errorf("the user's data are %q, want %q", files["user-data"], want)
		}
		if !strings.HasPrefix(files["vendor-data"], "#cloud-boothook\n#!/bin/sh\n") || !strings.Contains(files["vendor-data"], "systemctl start --no-block gotest-backdoor.service") {
			t.Errorf("the vendor's data are %q", files["vendor-data"])
		}
		if files["meta-data"] != "instance-id: i\nlocal-hostname: web\n" {
			t.Errorf("the meta-data are %q", files["meta-data"])
		}
		var network struct {
			Version   int
			Ethernets map[string]struct {
				Match     struct{ MACAddress string }
				DHCP4     bool
				Addresses []string
			}
		}
		if err := json.Unmarshal([]byte(files["network-config"]), &network); err != nil {
			t.Fatal(err)
		}
		if user, vlan := network.Ethernets["eth0"], network.Ethernets["eth1"]; network.Version != 2 || !user.DHCP4 || user.Match.MACAddress != "52:54:00:12:34:56" ||
			vlan.DHCP4 || vlan.Match.MACAddress != "52:54:00:01:01:01" || !slices.Equal(vlan.Addresses, []string{"192.168.1.1/24"}) {
			t.Errorf("the network is %s", files["network-config"])
		}
	}
	if user := seedFiles(t, stock.Seed{Instance: "i", Hostname: "web"})["user-data"]; !strings.HasPrefix(user, "#cloud-config\nbootcmd: ") {
		t.Errorf("without the user's data there are %q", user)
	}
}

// TestSetup: the script is one that bash takes, whatever the names are.
func TestSetup(t *testing.T) {
	script := stock.Setup{Hostname: "it's", Hosts: map[string]netip.Addr{"b": netip.MustParseAddr("192.168.1.2"), "a": netip.MustParseAddr("192.168.1.1")},
		Cards: []stock.Card{{MAC: "52:54:00:12:34:56"}, {MAC: "52:54:00:01:01:01", Address: "192.168.1.1/24"}}}.Script()
	if out, err := exec.CommandContext(t.Context(), "bash", "-n", "-c", script).CombinedOutput(); err != nil {
		t.Errorf("%v: %s\n%s", err, out, script)
	}
	for _, want := range []string{"192.168.1.1 a # test driver\n192.168.1.2 b # test driver\n", "1 52:54:00:01:01:01 192.168.1.1/24\n"} {
		if !strings.Contains(script, want) {
			t.Errorf("the script lacks %q:\n%s", want, script)
		}
	}
}

// TestReport: the lines tell what the guest lacks.
func TestReport(t *testing.T) {
	debian12 := "[    5.1] systemd[1]: systemd 252.39-1~deb12u1 running in system mode (+PAM)\nCloud-init v. 22.4.2 running 'init' at Mon\n"
	lines := strings.Join(stock.Report(stock.Auto.Offers(false), stock.Progress{Bells: 7, SeedRead: 12_300, Console: debian12}), "\n")
	for _, want := range []string{"extra-unit: needs systemd 256, and the guest has 252", "tmpfiles: the guest has systemd 252", "7 ports", "13 KB of the seed", "cloud-init 22.4.2"} {
		if !strings.Contains(lines, want) {
			t.Errorf("no %q in:\n%s", want, lines)
		}
	}
	lines = strings.Join(stock.Report(stock.Auto.Offers(true), stock.Progress{Console: "Starting busybox"}), "\n")
	for _, want := range []string{"extra-unit: needs systemd 256, which was not seen", "tmpfiles: needs systemd 252, which was not seen", "cloud-init: the seed's disk was not read", "login: the guest has not asked"} {
		if !strings.Contains(lines, want) {
			t.Errorf("no %q in:\n%s", want, lines)
		}
	}
}
