// Runs before the first paint: the colours that this browser was told to use.
(() => {
  const root = document.documentElement;
  root.classList.replace("no-js", "js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Storage is closed: the device's own wish holds.
  }
})();
