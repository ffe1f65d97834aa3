package lsp

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const emacsTest = `
(defun fail (what) (message "FAIL: %s\n%s" what (buffer-string)) (kill-emacs 1))
(defun await (what f)
  (let ((end (+ (float-time) 60)) ok)
    (while (and (not (setq ok (funcall f))) (< (float-time) end)) (accept-process-output nil 0.05))
    (or ok (fail what))))
(require 'eglot)
(find-file "main.star")
(run-hooks 'post-command-hook) ; where eglot-ensure waits, which a batch never comes to by itself
(await "server" #'eglot-current-server)
(flymake-mode 1)
(flymake-start)
(let ((text (flymake-diagnostic-text (car (await "diagnostics" #'flymake-diagnostics)))))
  (unless (string-match-p "did you mean .wait_for_unit." text) (fail text)))
(goto-char (point-min))
(search-forward "wait_for_un")
(unless (member "wait_for_unit" (mapcar #'substring-no-properties (all-completions "" (nth 2 (eglot-completion-at-point))))) (fail "completion"))
(goto-char (point-min))
(search-forward "unit =")
(goto-char (match-beginning 0))
(eglot-rename "service")
(unless (string= (buffer-string) "server: Machine\nservice = \"nginx.service\"\nserver.wait_for_unti(service)\n") (fail "rename"))
(goto-char (point-max))
(search-backward "unti")
(replace-match "unit")
(eglot--signal-textDocument/didChange)
(await "diagnostics stay" (lambda () (flymake-start) (null (flymake-diagnostics))))
(message "all done")
`

// The set-up is docs/editors.md's.
func TestEmacs(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Emacs for some seconds")
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"init.el": "(require 'package)\n(package-initialize)\n" + setup(t, "elisp"), "test.el": emacsTest,
		"main.star": "server: Machine\nunit = \"nginx.service\"\nserver.wait_for_unti(unit)\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "emacs", "--batch", "-l", "init.el", "-l", "test.el")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(path)+":"+os.Getenv("PATH"), "HOME="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "all done") {
		t.Errorf("%v\n%s", err, out)
	}
}
