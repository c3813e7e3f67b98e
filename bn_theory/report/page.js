"use strict";
const words = document.querySelector("#filter-words");
const verdict = document.querySelector("#filter-verdict");
const shown = document.querySelector("#filter-shown");

function filter() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const body of document.querySelectorAll("#verdict-table tbody")) {
    const about = body.dataset.about;
    let some = false;
    for (const row of body.querySelectorAll("tr[data-verdict]")) {
      const text = about + " " + row.textContent.toLowerCase();
      const fits = wanted.every((word) => text.includes(word)) &&
        (!verdict.value || row.dataset.verdict === verdict.value);
      row.hidden = !fits;
      some = some || fits;
      count += fits ? 1 : 0;
    }
    body.hidden = !some;
  }
  shown.textContent = count + " shown";
}

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const label = button.textContent;
  button.textContent = "copied";
  setTimeout(() => { button.textContent = label; }, 1200);
}

function markScrolling() {
  for (const box of document.querySelectorAll(".scroll")) {
    box.classList.toggle("scrolls", box.scrollWidth > box.clientWidth + 1);
    if (box.classList.contains("scrolls")) { box.tabIndex = 0; }
  }
}

words.addEventListener("input", filter);
verdict.addEventListener("input", filter);
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", () => copy(button));
}
window.addEventListener("resize", markScrolling);
filter();
markScrolling();
