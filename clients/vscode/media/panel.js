// Draws what the extension sends, and tells it what was clicked.
(() => {
  const vscode = acquireVsCodeApi();
  const [state, actions, steps, report] = ["state", "actions", "steps", "report"].map((id) => document.getElementById(id));

  window.addEventListener("message", ({ data }) => {
    const root = document.documentElement;
    const isAtEnd = data.isRunning && root.scrollTop > 0 && root.scrollTop + root.clientHeight >= root.scrollHeight - 24;
    if (state.textContent !== data.state) state.textContent = data.state;
    document.body.classList.toggle("running", data.isRunning);
    report.setAttribute("aria-busy", String(data.isRunning));
    report.innerHTML = data.html; // Made by markdown-it with HTML off; the policy above runs no script in it.
    steps.replaceChildren(...data.steps.map((step) => Object.assign(document.createElement("li"), { textContent: step })));
    const drawn = JSON.stringify(data.actions);
    if (actions.dataset.drawn !== drawn) {
      actions.dataset.drawn = drawn; // Buttons stay where they are while text comes, and so does the focus on them.
      actions.replaceChildren(
        ...data.actions.map(({ title, isPrimary }, index) => {
          const button = Object.assign(document.createElement("button"), { type: "button", textContent: title });
          button.classList.toggle("primary", Boolean(isPrimary));
          button.addEventListener("click", () => vscode.postMessage({ do: "act", index }));
          return button;
        }),
      );
    }
    if (isAtEnd) root.scrollTop = root.scrollHeight;
  });

  report.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-link]");
    if (!link) return;
    event.preventDefault();
    vscode.postMessage({ do: "open", link: link.dataset.link });
  });

  vscode.postMessage({ do: "ready" });
})();
