/* Search on the page of the API, and links that open what they point at. */

const search = document.getElementById("api-search");
const count = document.getElementById("api-count");
const nothing = document.getElementById("api-nothing");
const operations = [...document.querySelectorAll(".api-operation")];

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const operation of operations) {
    operation.hidden = !words.every((word) => operation.dataset.words.includes(word));
    shown += operation.hidden ? 0 : 1;
  }
  for (const section of document.querySelectorAll(".api-section")) {
    section.hidden = !section.querySelector(".api-operation:not([hidden])");
  }
  count.textContent = words.length ? `${shown} of ${operations.length}` : `${operations.length} operations`;
  nothing.hidden = shown > 0;
}

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.matches(".api-operation")) {
    target.open = true;
    target.scrollIntoView();
  }
}

search.addEventListener("input", filter);
addEventListener("hashchange", openTarget);
filter();
openTarget();
