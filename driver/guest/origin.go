package guest

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"

	"github.com/gotest-driver/gotest-driver/internal/deb"
)

// suite is the release of Debian from which the guests are made.
const suite = "bookworm"

// keyrings are files with the keys of Debian's archive, as Debian and Ubuntu have them.
func keyrings() []string {
	return []string{"/usr/share/keyrings/debian-archive-keyring.gpg", "/etc/apt/trusted.gpg.d/debian-archive-bookworm-automatic.asc"}
}

//go:embed keys/debian-archive.gpg
var archiveKeys []byte

// Variables that say where packages come from, where no flag does.
const (
	mirrorVariable  = "GOTEST_DEBIAN_MIRROR"
	keyringVariable = "GOTEST_DEBIAN_KEYRING"
)

// origin is where packages come from.
type origin struct {
	mirror, security string   // addresses; security may be empty, or have no such suite
	keyring          string   // a file; empty: the keys of this program
	named            bool     // the keyring is the user's choice
	guessed          bool     // security is where mirrors mostly have it
	settings         []string // lines of apt's configuration that are about reaching the mirror
}

// findOrigin follows the options, the variables, and the machine's own apt, of which other package sources are left out.
func findOrigin(ctx context.Context, o Options) (*origin, error) {
	from := &origin{mirror: strings.TrimRight(cmp.Or(o.Mirror, os.Getenv(mirrorVariable)), "/"), keyring: cmp.Or(o.Keyring, os.Getenv(keyringVariable))}
	if from.named = from.keyring != ""; !from.named {
		all := keyrings()
		if i := slices.IndexFunc(all, func(p string) bool { _, err := os.Stat(p); return err == nil }); i >= 0 {
			from.keyring = all[i]
		}
	}
	// Without apt, there is no configuration of it.
	if dump, err := exec.CommandContext(ctx, "apt-config", "dump", "--format", "%F \"%v\";%n", "Acquire").Output(); err == nil {
		for line := range strings.Lines(string(dump)) {
			if aptSetting(line) {
				from.settings = append(from.settings, strings.TrimSpace(line))
			}
		}
	}
	if from.mirror == "" {
		from.mirror, from.security = aptMirrors(ctx)
	} else {
		if u, err := url.Parse(from.mirror); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("%q is no address of a mirror: want http://HOST/debian or https://HOST/debian", from.mirror)
		}
		if strings.HasSuffix(from.mirror, "/debian") {
			from.security, from.guessed = from.mirror+"-security", true
		}
	}
	if from.mirror == "" {
		return nil, fmt.Errorf("no mirror of Debian is known here, from which guests are built: name one with --mirror or $%s (http://HOST/debian)", mirrorVariable)
	}
	return from, nil
}

// aptMirrors returns the mirrors that apt knows, where it is there.
func aptMirrors(ctx context.Context) (mirror, security string) {
	// apt's downloaded index names the origin; without it, the configured values must do.
	format := "$(ORIGIN)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)"
	targets, err := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", format, "Created-By: Packages").Output()
	if err != nil || len(bytes.TrimSpace(targets)) == 0 {
		if targets, err = exec.CommandContext(ctx, "apt-get", "indextargets", "--no-release-info", "--format", format, "Created-By: Packages").Output(); err != nil {
			return "", ""
		}
	}
	return mirrors(string(targets))
}

// setting returns a value of apt's configuration, whose names have no case.
func (o *origin) setting(name string) string {
	for _, line := range o.settings {
		key, value, _ := strings.Cut(line, " ")
		if strings.EqualFold(key, name) {
			return strings.Trim(value, `";`)
		}
	}
	return ""
}

// proxy returns the proxy of a request, as apt would choose it, or as the environment says.
func (o *origin) proxy(r *http.Request) (*url.URL, error) {
	name := "Acquire::" + r.URL.Scheme + "::Proxy"
	switch p := cmp.Or(o.setting(name+"::"+r.URL.Hostname()), o.setting(name)); p {
	case "":
		return http.ProxyFromEnvironment(r)
	case "DIRECT":
		return nil, nil
	default:
		return url.Parse(p)
	}
}

// client returns what fetches files by the proxy.
func (o *origin) client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = o.proxy
	return &http.Client{Transport: transport}
}

// has reports whether a suite is there. The programs of the recipes would not go on without it.
func (o *origin) has(ctx context.Context, address, suite string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, address+"/dists/"+suite+"/InRelease", nil)
	if err != nil {
		return false
	}
	answer, err := o.client().Do(request)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// keys returns the keys of which one must have signed an index.
func (o *origin) keys() (openpgp.EntityList, error) {
	keys, err := deb.ReadKeys(archiveKeys)
	if err != nil {
		return nil, err
	}
	if o.keyring == "" {
		return keys, nil
	}
	data, err := os.ReadFile(o.keyring)
	if err != nil {
		return nil, fmt.Errorf("the keyring can't be read: %w", err)
	}
	more, err := deb.ReadKeys(data)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s is no keyring: %w", o.keyring, err)
	case o.named:
		return more, nil
	}
	return append(keys, more...), nil
}

// archive returns the archive that the job's packages come from.
func (j *job) archive(ctx context.Context) (*deb.Archive, error) {
	from, err := findOrigin(ctx, j.options)
	if err != nil {
		return nil, err
	}
	keys, err := from.keys()
	if err != nil {
		return nil, err
	}
	release := debianOf(j.arch)
	sources := []deb.Source{{URL: from.mirror, Suite: release}, {URL: from.mirror, Suite: release + "-updates", Optional: true}}
	if from.security != "" {
		sources = append(sources, deb.Source{URL: from.security, Suite: release + "-security", Optional: true})
	}
	return &deb.Archive{
		Sources: sources, Architecture: j.arch.Debian, Keys: keys, Client: from.client(), Pause: time.Second,
		IgnoreAge: from.setting("Acquire::Check-Valid-Until") == "false", Log: func(text string) { j.step(-1, text) },
	}, nil
}

// aptFiles writes the files SOURCES and APTCONF of the recipes to dir and returns the variables that name them.
func aptFiles(ctx context.Context, o Options, dir string) ([]string, error) {
	from, err := findOrigin(ctx, o)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	if from.keyring == "" {
		files["KEYRING"] = archiveKeys
		from.keyring = filepath.Join(dir, "keyring.gpg")
	}
	lines := []string{from.mirror + " " + suite, from.mirror + " " + suite + "-updates"}
	if from.security != "" && (!from.guessed || from.has(ctx, from.security, suite+"-security")) {
		lines = append(lines, from.security+" "+suite+"-security")
	}
	for _, line := range lines {
		files["SOURCES"] = fmt.Appendf(files["SOURCES"], "deb [signed-by=%s] %s main\n", from.keyring, line)
	}
	files["APTCONF"] = []byte(strings.Join(append(from.settings, ""), "\n"))
	var env []string
	for name, text := range files {
		file := filepath.Join(dir, strings.ToLower(name)+map[bool]string{true: ".gpg", false: ".list"}[name == "KEYRING"])
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return nil, err
		}
		env = append(env, name+"="+file)
	}
	slices.Sort(env)
	return env, nil
}

// aptSetting reports whether a line of apt's configuration is about reaching the mirror.
func aptSetting(line string) bool {
	name, value, _ := strings.Cut(line, " ")
	if strings.TrimSpace(value) == `"";` {
		return false
	}
	for _, prefix := range []string{"Acquire::http", "Acquire::https", "Acquire::Retries", "Acquire::Check-Valid-Until", "Acquire::ForceIPv"} {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(prefix)) {
			return true
		}
	}
	return false
}

// mirrors finds the machine's sources of Debian packages in apt's list of downloads (ORIGIN|RELEASE|COMPONENT|URI). A
// repository is Debian's if its signed index says so, whatever its address is; without an index (the origin is empty),
// release and address decide. A source that does not exist is empty.
func mirrors(targets string) (mirror, security string) {
	for line := range strings.Lines(targets) {
		field := strings.Split(strings.TrimSpace(line), "|")
		if len(field) != 4 || field[2] != "main" {
			continue
		}
		release, uri := field[1], strings.TrimRight(field[3], "/")
		if !strings.HasPrefix(uri, "http://") && !strings.HasPrefix(uri, "https://") {
			continue
		}
		if unknown := field[0] == "" || strings.HasPrefix(field[0], "$("); unknown {
			ours := []string{suite, suite + "-updates", suite + "-security"}
			if !slices.Contains(ours, release) || !strings.HasSuffix(uri, "/debian") && !strings.HasSuffix(uri, "/debian-security") {
				continue
			}
		} else if field[0] != "Debian" {
			continue
		}
		switch isSecurity := strings.Contains(release, "-security"); {
		case isSecurity && security == "":
			security = uri
		case !isSecurity && mirror == "":
			mirror = uri
		}
	}
	return mirror, security
}
