;;; shop.el --- Emacs with eglot, as docs/editors.md configures it  -*- lexical-binding: t -*-

;; Run in the folder of a shop: emacs --batch -q -l CONFIGURATION -l shop.el

(require 'cl-lib)
(require 'flymake)

(defconst main "services/orders/src/orders/main.py")

(defun wait-for (what condition)
  "Wait until CONDITION, a function, returns something and return it; an error that names WHAT when it does not."
  (let ((until (+ (float-time) 120)) found)
    (while (and (not (setq found (funcall condition))) (< (float-time) until))
      (accept-process-output nil 0.05))
    (or found (error "Not so after 120 s: %s" what))))

(defun finding (rule)
  "Return the diagnostic of a RULE in this buffer."
  (cl-find-if (lambda (diagnostic) (string-match-p (regexp-quote rule) (flymake-diagnostic-text diagnostic)))
              (flymake-diagnostics)))

(defun check (holds what)
  (unless holds (error "Not so: %s" what)))

(find-file main)
(check (eq major-mode 'python-mode) "the mode of Python")
(let ((eglot-sync-connect t) (eglot-connect-timeout 120))
  (call-interactively #'eglot))
(flymake-mode 1)

;; A finding is shown.
(let ((diagnostic (wait-for "a finding" (lambda () (finding "sec-cors-wildcard-credentials")))))
  (check (= 26 (line-number-at-pos (flymake-diagnostic-beg diagnostic))) "the line of the finding")
  (goto-char (flymake-diagnostic-beg diagnostic)))

;; Its hover says why.
(let* ((server (eglot-current-server))
       (hover (jsonrpc-request server :textDocument/hover (eglot--TextDocumentPositionParams)))
       (text (format "%s" hover)))
  (check (string-match-p "Every origin may make requests" text) text))

;; Its fix is applied, and the finding is gone.
(setq last-nonmenu-event ?\r) ; Else the list of actions would be a menu.
(cl-letf (((symbol-function 'completing-read)
           (lambda (_prompt actions &rest _)
             (or (cl-find-if (lambda (title) (string-match-p "Allow the configured origins" title))
                             (all-completions "" actions))
                 (error "No fix among %s" (all-completions "" actions)))))
          ((symbol-function 'y-or-n-p) (lambda (&rest _) t)))
  (call-interactively #'eglot-code-actions))
(check (string-match-p "CORS_ORIGINS" (buffer-string)) (buffer-string))
(save-buffer) ; Which tells the server of the change; without a person Emacs is never idle.
(wait-for "the finding is gone" (lambda () (not (finding "sec-cors-wildcard-credentials"))))

(eglot-shutdown (eglot-current-server))
(message "all is well")
(kill-emacs 0)
;;; shop.el ends here
