package qemu

import (
	"bytes"
	"io"
	"sync"

	"github.com/gotest-driver/gotest-driver/internal/lazyre"
)

// Login is a login on the serial console, which a machine types as a person would, once in each boot.
type Login struct {
	User, Password string
	Command        string // a line for the shell of the login
}

// LoginStage says how far a login has come.
type LoginStage int

// The stages, in their order.
const (
	LoginAwaited   LoginStage = iota // the guest has not asked for a name
	LoginNamed                       // the name is typed
	LoginPassword                    // the password is typed
	LoginRefused                     // name and password are not right, or the guest asks for a password and there is none
	LoginCommanded                   // the command is typed
)

// What a guest says on its console.
var (
	namePrompt     = lazyre.Compile(`(?m)login: ?$`)
	passwordPrompt = lazyre.Compile(`(?m)assword: ?$`)
	loginRefusal   = lazyre.Compile(`ogin incorrect`)
	shellPrompt    = lazyre.Compile(`[#$%>] (\x1b\[[0-9;?]*[A-Za-z])*$`)
)

// typist does a Login: it reads the console, and types into it.
type typist struct {
	Login
	lines chan string // what is to be typed

	mu    sync.Mutex
	said  []byte // the end of what the guest has printed since something was typed
	stage LoginStage
}

// newTypist returns the typist of a login.
func newTypist(l Login) *typist {
	return &typist{Login: l, lines: make(chan string, 4)} // at most three lines in a boot
}

// maxSaid limits what is kept of the console; a prompt is short.
const maxSaid = 1 << 10

// Write reads what the guest prints.
func (t *typist) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = append(t.said, p...)
	t.said = bytes.Clone(t.said[max(0, len(t.said)-maxSaid):])
	begun := t.stage == LoginNamed || t.stage == LoginPassword
	switch {
	case t.stage == LoginAwaited && namePrompt().Match(t.said):
		t.enter(LoginNamed, t.User)
	case begun && loginRefusal().Match(t.said), t.stage == LoginNamed && t.Password == "" && passwordPrompt().Match(t.said):
		t.stage = LoginRefused
	case t.stage == LoginNamed && passwordPrompt().Match(t.said):
		t.enter(LoginPassword, t.Password)
	case begun && shellPrompt().Match(t.said):
		t.enter(LoginCommanded, t.Command)
	}
	return len(p), nil
}

// enter lets a line be typed.
func (t *typist) enter(stage LoginStage, line string) {
	select {
	case t.lines <- line + "\n":
		t.stage, t.said = stage, nil
	default: // the guest takes nothing: it asks again
	}
}

// reset begins again, with the next boot.
func (t *typist) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stage, t.said = LoginAwaited, nil
}

// welcome leaves out the login of this boot: the guest has a root shell.
func (t *typist) welcome() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stage = LoginCommanded
}

// at returns how far the login has come.
func (t *typist) at() LoginStage {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stage
}

// typeLines types what the typist wants typed.
func (i *instance) typeLines(t *typist) {
	defer i.work.Done()
	for {
		select {
		case <-i.qmp.Done():
			return
		case line := <-t.lines:
			if _, err := io.WriteString(i.stdin, line); err != nil {
				return // QEMU has ended
			}
		}
	}
}
