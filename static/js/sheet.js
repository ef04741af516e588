// <details data-open-from="56rem">: a sheet on the phone, open beside the page on a wide screen.
export function improve(details) {
  const wide = matchMedia(`(min-width: ${details.dataset.openFrom || "56rem"})`);
  const follow = () => (details.open = wide.matches || details.hasAttribute("data-keep-open"));
  wide.addEventListener("change", follow);
  follow();
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && details.open && !wide.matches && details.contains(document.activeElement)) {
      details.open = false;
      details.querySelector("summary")?.focus();
    }
  });
}
