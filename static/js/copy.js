// <button data-copy="#code" data-done="Copied" hidden>Copy</button>: copies the words of #code.
export function improve(button) {
  const source = document.querySelector(button.dataset.copy);
  if (!source || !navigator.clipboard) return;
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.textContent.trim());
    button.textContent = button.dataset.done ?? words;
    button.setAttribute("aria-live", "polite");
    setTimeout(() => (button.textContent = words), 2000);
  });
}
