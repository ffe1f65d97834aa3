package command

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi/sixel"

	"github.com/gotest-driver/gotest-driver/internal/ptytest"
	"github.com/gotest-driver/gotest-driver/internal/termimage"
)

// TestScreenshotShown makes a screenshot at the prompt, in terminals with different protocols for pictures.
func TestScreenshotShown(t *testing.T) {
	if testing.Short() {
		t.Skip("starts QEMU")
	}
	for name, c := range map[string]struct {
		env    []string
		answer string // to the query for the terminal's type, if there is one
		check  func(t *testing.T, raw string, picture []byte)
	}{
		"kitty": {env: []string{"TERM=xterm-kitty"}, check: func(t *testing.T, raw string, picture []byte) {
			var data string
			for _, m := range regexp.MustCompile("\x1b_G[^;]*;([^\x1b]*)\x1b").FindAllStringSubmatch(raw, -1) {
				data += m[1]
			}
			if got, err := base64.StdEncoding.DecodeString(data); err != nil || !bytes.Equal(got, picture) {
				t.Errorf("the picture did not arrive: %d bytes of %d (%v)", len(got), len(picture), err)
			}
		}},
		"iTerm2": {env: []string{"TERM_PROGRAM=iTerm.app"}, check: func(t *testing.T, raw string, picture []byte) {
			m := regexp.MustCompile("\x1b]1337;File=[^:]*:([^\x07]*)\x07").FindStringSubmatch(raw)
			if m == nil {
				t.Fatal("no picture came")
			}
			if got, err := base64.StdEncoding.DecodeString(m[1]); err != nil || !bytes.Equal(got, picture) {
				t.Errorf("the picture did not arrive: %d bytes of %d (%v)", len(got), len(picture), err)
			}
		}},
		"sixel": {answer: "\x1b[?62;4;22c", check: func(t *testing.T, raw string, picture []byte) {
			m := regexp.MustCompile("\x1bP[0-9;]*q([^\x1b]*)\x1b").FindStringSubmatch(raw)
			if m == nil {
				t.Fatal("no picture came")
			}
			got, err := new(sixel.Decoder).Decode(strings.NewReader(m[1]))
			if err != nil {
				t.Fatal(err)
			}
			want, err := png.DecodeConfig(bytes.NewReader(picture))
			if err != nil {
				t.Fatal(err)
			}
			// 30 rows of 16 pixels, because the terminal does not report its size in pixels; one row is for the prompt.
			if s := got.Bounds().Size(); s.X > 800 || s.Y > 29*16 || s.X*want.Height/want.Width-s.Y > 8 {
				t.Errorf("a screen of %d×%d is shown as %s", want.Width, want.Height, s)
			}
		}},
		"none": {answer: "\x1b[?1;2c", check: func(t *testing.T, raw string, _ []byte) {
			for _, begin := range []string{"\x1b_G", "\x1bP", "\x1b]1337"} {
				if strings.Contains(raw, begin) {
					t.Errorf("%q came", begin)
				}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			env := append([]string{"TERM_PROGRAM=", "KITTY_WINDOW_ID=", "LC_TERMINAL=", "TMUX=", "STY="}, c.env...)
			x := ptytest.Start(t, dir, env, program(t), "repl", "--guest", "tiny", "--history", "", "-o", dir)
			x.Expect(prompt, soon)
			x.Type("machine.start()\r")
			x.Expect(`(?s)starting vm.*`+prompt, boot)
			x.Type("machine.screenshot('shot')\r")
			shown := `(?s)` + regexp.QuoteMeta(filepath.Join(dir, "shot.png")) + `.*`
			if c.answer != "" {
				x.Await(termimage.Query, soon)
				x.Type("20 +" + c.answer + " 22\r")
				x.Expect(shown+`20 \+ 22.*[^0-9]42\n.*`+prompt, soon)
			} else {
				x.Expect(shown+prompt, soon)
			}
			picture, err := os.ReadFile(filepath.Join(dir, "shot.png"))
			if err != nil {
				t.Fatal(err)
			}
			c.check(t, x.Raw(), picture)
			x.Type("\x04")
			if st := x.Wait(soon); st != exitPassed {
				t.Errorf("exit status %d", st)
			}
		})
	}
}
