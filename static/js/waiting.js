// A page that waits for something looks again by itself, and moves on once the answer leads away.
// Without this module the page offers a link, and a refresh for browsers without script.

const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 15000;

async function lookAgain(element, address, pause) {
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin" });
  } catch {
    return wait(element, address, pause);
  }
  if (answer.redirected) {
    location.replace(answer.url);
    return;
  }
  const text = answer.ok ? await answer.text() : "";
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById(element.id);
  if (fresh && fresh.dataset.waiting === undefined) {
    // The outcome is known: show the whole page, focus and scripts included.
    location.replace(address);
    return;
  }
  wait(element, address, pause);
}

function wait(element, address, pause) {
  const longer = Math.min(pause * 1.3, LONGEST_PAUSE);
  setTimeout(() => {
    if (document.hidden) wait(element, address, pause);
    else lookAgain(element, address, longer);
  }, pause);
}

for (const element of document.querySelectorAll("[data-waiting]")) {
  wait(element, element.dataset.waiting, FIRST_PAUSE);
}
