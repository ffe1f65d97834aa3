package guest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// suite is the release of Debian from which the guests are made.
const suite = "bookworm"

// Keyrings with the keys of Debian's archive, as Debian and Ubuntu have them.
var keyrings = []string{
	"/usr/share/keyrings/debian-archive-keyring.gpg",
	"/etc/apt/trusted.gpg.d/debian-archive-bookworm-automatic.asc",
}

// aptConfig writes the files SOURCES and APTCONF of the recipes to dir and returns the variables that name them. Mirror
// and proxy are those of the machine's own apt; its other package sources are left out.
func aptConfig(ctx context.Context, dir string) ([]string, error) {
	// apt's downloaded index names the origin; without it, the configured values must do.
	format := "$(ORIGIN)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)"
	targets, err := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", format, "Created-By: Packages").Output()
	if err != nil || len(bytes.TrimSpace(targets)) == 0 {
		targets, err = exec.CommandContext(ctx, "apt-get", "indextargets", "--no-release-info", "--format", format, "Created-By: Packages").Output()
	}
	if err != nil {
		targets = nil
	}
	mirror, security := mirrors(string(targets))
	if mirror == "" {
		return nil, errors.New("apt knows no mirror of Debian, from which guests are built: name one in /etc/apt/sources.list and run apt-get update")
	}
	keyring := ""
	if i := slices.IndexFunc(keyrings, func(p string) bool { _, err := os.Stat(p); return err == nil }); i >= 0 {
		keyring = keyrings[i]
	} else {
		return nil, fmt.Errorf("the keys of Debian's archive are not there (%s): apt install debian-archive-keyring", keyrings[0])
	}
	var sources strings.Builder
	lines := []string{mirror + " " + suite, mirror + " " + suite + "-updates"}
	if security != "" {
		lines = append(lines, security+" "+suite+"-security")
	}
	for _, line := range lines {
		fmt.Fprintf(&sources, "deb [signed-by=%s] %s main\n", keyring, line)
	}

	dump, err := exec.CommandContext(ctx, "apt-config", "dump", "--format", "%F \"%v\";%n", "Acquire").Output()
	if err != nil {
		return nil, fmt.Errorf("reading the configuration of apt: %w", err)
	}
	var config strings.Builder
	for line := range strings.Lines(string(dump)) {
		if aptSetting(line) {
			config.WriteString(line)
		}
	}
	files := map[string]string{"SOURCES": sources.String(), "APTCONF": config.String()}
	var env []string
	for name, text := range files {
		path := filepath.Join(dir, strings.ToLower(name)+".list")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return nil, err
		}
		env = append(env, name+"="+path)
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
