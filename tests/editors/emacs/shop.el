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

(call-process "git" nil nil nil "init" "--quiet") ; A repository is the project of its files.
(defconst shop default-directory)
(find-file main)
(check (eq major-mode 'python-mode) "the mode of Python")
(let ((eglot-sync-connect t) (eglot-connect-timeout 120))
  (call-interactively #'eglot))
(flymake-mode 1)

;; A finding is shown.
(let ((diagnostic (wait-for "a finding" (lambda () (finding "sec-cors-wildcard-credentials")))))
  (goto-char (flymake-diagnostic-beg diagnostic))
  (check (looking-at-p "app.add_middleware(CORSMiddleware") "the line of the finding"))

;; Its hover says why.
(let* ((server (eglot-current-server))
       (hover (jsonrpc-request server :textDocument/hover (eglot--TextDocumentPositionParams)))
       (text (format "%s" hover)))
  (check (string-match-p "Every origin may make requests" text) text))

;; Its page and the review of the file are files; this eglot shows none for a server, so the server tells where they lie.
(defvar told nil "What the server has told.")
(advice-add 'eglot-handle-notification :before
            (lambda (_server method &rest params)
              (when (eq method 'window/showMessage) (push (plist-get params :message) told))))

(defun file-told (heading)
  "Wait until the server has told of a file with this HEADING, and return its text."
  (let ((message (wait-for heading (lambda () (cl-find-if (lambda (text) (string-match-p (regexp-quote heading) text)) told)))))
    (check (string-match "(file://\\([^)]+\\))" message) message)
    (with-temp-buffer (insert-file-contents (match-string 1 message)) (buffer-string))))

(defun carry-out (command argument)
  (eglot-execute-command (eglot-current-server) command (vector argument)))

(carry-out "architrave.explain" "sec-cors-wildcard-credentials")
(check (string-match-p "## Why it matters" (file-told "sec-cors-wildcard-credentials")) "the page of the rule")
(carry-out "architrave.review" (eglot--path-to-uri (buffer-file-name)))
(check (string-match-p "## Findings" (file-told "Review of services/orders/src/orders/main.py")) "the review")

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

;; A server that is killed leaves Emacs as it is; `M-x eglot` starts it again, and the next finding is shown.
(let ((server (eglot-current-server)))
  (kill-process (jsonrpc--process server))
  (wait-for "the server is gone" (lambda () (not (jsonrpc-running-p server)))))
(find-file (expand-file-name "services/orders/src/orders/api/routes/orders.py" shop))
(let ((eglot-sync-connect t) (eglot-connect-timeout 120))
  (call-interactively #'eglot))
(flymake-mode 1)
(wait-for "a finding again" (lambda () (finding "api-duplicate-route")))

(eglot-shutdown (eglot-current-server))
(message "all is well")
(kill-emacs 0)
;;; shop.el ends here
