package lsp

import (
	"testing"
)

const emacsTest = `
(defun fail (what) (message "FAIL: %s\n%s" what (buffer-string)) (kill-emacs 1))
(defun await (what f)
  (let ((end (+ (float-time) 120)) ok)
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
	files := map[string]string{"init.el": "(require 'package)\n(package-initialize)\n" + setup(t, "elisp"), "test.el": emacsTest}
	inEditor(t, files, "emacs", "--batch", "-l", "init.el", "-l", "test.el")
}
