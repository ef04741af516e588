// Fills the cities of a province and the districts of a city in place.
// Without this file the form's own button does it.

const form = document.querySelector("form[data-regions]");
if (form) {
  const province = form.elements.province;
  const city = form.elements.city;
  const district = form.elements.district;
  const empties = new Map([city, district].map((one) => [one, one.options[0]?.text ?? ""]));

  const fill = (select, regions) => {
    select.replaceChildren();
    if (regions.length !== 1) select.add(new Option(select.dataset.empty || empties.get(select), ""));
    for (const [code, name] of regions) select.add(new Option(name, code));
  };

  const below = async (code) => {
    if (!code) return [];
    const url = new URL(form.dataset.regions, location.href);
    url.searchParams.set("below", code);
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("regions");
    return (await answer.json()).regions;
  };

  const load = async (select, code) => {
    select.disabled = true;
    try {
      fill(select, await below(code));
    } catch {
      // The button of the form still works.
      form.querySelector(".regions__step").style.display = "block";
    } finally {
      select.disabled = false;
    }
  };

  province.addEventListener("change", async () => {
    fill(district, []);
    await load(city, province.value);
    if (city.value) await load(district, city.value);
  });
  city.addEventListener("change", () => load(district, city.value));
}
