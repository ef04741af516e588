// <div data-gallery> with links or radio inputs to views that stand in a scrolling row:
// the link of the view that is seen is marked, and arrows move between the views.
export function improve(gallery) {
  const links = [...gallery.querySelectorAll("a[href^='#']")];
  const views = links.map((link) => document.getElementById(link.hash.slice(1)));
  if (!links.length || views.some((view) => !view)) return;
  const row = views[0].parentElement;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const show = (number) => {
    const view = views[Math.max(0, Math.min(views.length - 1, number))];
    row.scrollTo({ left: view.offsetLeft - row.offsetLeft, behavior: calm ? "auto" : "smooth" });
  };
  const mark = (number) =>
    links.forEach((link, index) => {
      if (index === number) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  links.forEach((link, index) => {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(index);
      mark(index);
    });
    link.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const next = links[index + (step ?? 0)];
      if (!step || !next) return;
      event.preventDefault();
      next.focus();
      next.click();
    });
  });
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) if (entry.isIntersecting) mark(views.indexOf(entry.target));
    },
    { root: row, threshold: 0.6 },
  );
  views.forEach((view) => watcher.observe(view));
}
