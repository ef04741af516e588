// <div class="stepper" data-stepper data-less="One less" data-more="One more"><input type="number">
export function improve(stepper) {
  const input = stepper.querySelector("input[type=number]");
  if (!input) return;
  stepper.classList.add("stepper");
  const least = () => Number(input.min || 0);
  const most = () => (input.max === "" ? Infinity : Number(input.max));
  const button = (sign, words, change) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "stepper__button";
    made.textContent = sign;
    made.setAttribute("aria-label", words);
    made.addEventListener("click", () => {
      input.value = Math.min(most(), Math.max(least(), Number(input.value || 0) + change));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    return made;
  };
  const chinese = document.documentElement.lang.startsWith("zh");
  const less = button("−", stepper.dataset.less ?? (chinese ? "减一件" : "One less"), -1);
  const more = button("+", stepper.dataset.more ?? (chinese ? "加一件" : "One more"), 1);
  const update = () => {
    less.disabled = Number(input.value) <= least();
    more.disabled = Number(input.value) >= most();
  };
  input.addEventListener("change", update);
  input.addEventListener("input", update);
  input.before(less);
  input.after(more);
  update();
}
