// Uses the report in `frame` as a reader would, and writes what happened into `answer`.
const w = frame.contentWindow, d = w.document, found = {};
const seen = one => one.getBoundingClientRect().width > 0;
found.wrong = w.wrong;
found.requests = w.performance.getEntriesByType("resource").map(one => one.name);
found.overflow = d.documentElement.scrollWidth - w.innerWidth;
const chain = d.querySelector("#fig-chain"), slider = chain.querySelector("input[type=range]");
found.year = slider.nextElementSibling.textContent;
found.path = [...chain.querySelectorAll("svg.scene path")].filter(seen).length;
slider.value = 0; slider.dispatchEvent(new w.Event("input"));
found.yearAfter = slider.nextElementSibling.textContent;
found.shownAfter = [...chain.querySelectorAll("svg.scene g[data-keys]")].filter(g => !g.hasAttribute("data-away")).map(g => g.dataset.keys);
chain.querySelector("details").open = true; chain.querySelector("details").dispatchEvent(new w.Event("toggle"));
found.rows = chain.querySelectorAll("table.shown tr").length;
const prices = d.querySelector("#fig-prices"), button = prices.querySelector(".legend button");
const mine = [...prices.querySelectorAll("[data-name]")].filter(one => one.dataset.name === button.dataset.switch);
found.before = mine.filter(seen).length; button.click(); found.hidden = mine.filter(seen).length; button.click();
found.again = mine.filter(seen).length;
const svg = prices.querySelector("svg.lines"), box = svg.getBoundingClientRect();
svg.dispatchEvent(new w.PointerEvent("pointermove", {clientX: box.left + box.width / 2, clientY: box.top + 40, bubbles: true}));
found.tip = d.querySelector("#tip").innerText; found.tipShown = !d.querySelector("#tip").hidden;
found.over = [];
for (const one of d.querySelectorAll("svg")) {
  const words = [...one.querySelectorAll("text.tick, text.label, text.unit")].filter(seen).map(t => [t.textContent, t.getBoundingClientRect()]);
  words.forEach(([a, p], n) => words.slice(n + 1).forEach(([b, q]) => {
    const x = Math.min(p.right, q.right) - Math.max(p.left, q.left), y = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (x > 1 && y > 0.45 * Math.min(p.height, q.height)) found.over.push([one.closest("figure").id, a, b]);
  }));
  const edge = one.getBoundingClientRect();
  for (const [a, p] of words) if (p.left < edge.left - 2 || p.right > edge.right + 2) found.over.push([one.closest("figure").id, a, "edge"]);
}
answer.textContent = JSON.stringify(found);
