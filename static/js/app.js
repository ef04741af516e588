// The small improvements of every page, bound by data- attributes. Each page works without them.

const LATER = {
  "[data-stepper]": "./stepper.js",
  "[data-copy]": "./copy.js",
  "[data-open-from]": "./sheet.js",
  "[data-gallery]": "./gallery.js",
};

/** A form is sent once; its button shows that the answer is on its way. */
function guardForms(root) {
  for (const form of root.querySelectorAll("form")) {
    // htmx keeps watch over its own forms.
    if (form.method !== "post" || "noBusy" in form.dataset || form.hasAttribute("hx-post")) continue;
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      form.setAttribute("aria-busy", "true");
      // The pressed button keeps its value: it is marked, not disabled.
      (event.submitter ?? form.querySelector("[type=submit]"))?.classList.add("is-busy");
    });
  }
}

/** Back in the history, a form may be sent again. */
function release() {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    for (const button of form.querySelectorAll(".is-busy")) button.classList.remove("is-busy");
  }
}

function makeDismissible(root) {
  const label = document.documentElement.lang.startsWith("zh") ? "关闭" : "Close";
  for (const alert of root.querySelectorAll("[data-dismissible]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "alert__dismiss";
    button.setAttribute("aria-label", label);
    button.textContent = "×";
    button.addEventListener("click", () => {
      alert.remove();
      document.getElementById("main")?.focus();
    });
    alert.append(button);
  }
}

/** The choice of colours stays in this browser and is never sent. */
function offerTheme(root) {
  for (const box of root.querySelectorAll("[data-theme-choice]")) {
    const chosen = document.documentElement.dataset.theme ?? "auto";
    for (const input of box.querySelectorAll("input")) {
      input.checked = input.value === chosen;
      input.addEventListener("change", () => {
        try {
          if (input.value === "auto") localStorage.removeItem("theme");
          else localStorage.setItem("theme", input.value);
        } catch {
          // Storage is closed: the choice holds for this page.
        }
        if (input.value === "auto") delete document.documentElement.dataset.theme;
        else document.documentElement.dataset.theme = input.value;
      });
    }
    box.hidden = false;
  }
}

function showCurrent(root) {
  for (const list of root.querySelectorAll("[data-scroll-to-current]")) {
    const current = list.querySelector("[aria-current]");
    if (current) list.scrollLeft = current.offsetLeft - list.offsetLeft - 16;
  }
}

function offerPrint(root) {
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}

function bind(root) {
  guardForms(root);
  makeDismissible(root);
  offerTheme(root);
  showCurrent(root);
  offerPrint(root);
  for (const [selector, module] of Object.entries(LATER)) {
    const found = root.querySelectorAll(selector);
    if (found.length) import(module).then(({ improve }) => found.forEach(improve));
  }
}

bind(document);
addEventListener("pageshow", (event) => event.persisted && release());
document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) bind(event.target);
});
