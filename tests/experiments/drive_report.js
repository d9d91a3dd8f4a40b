// Uses a report in `frame` as a reader would, and writes what happened into `answer`.
const w = frame.contentWindow, d = w.document, found = {};
const seen = one => one.getBoundingClientRect().width > 0;
found.wrong = w.wrong;
found.requests = w.performance.getEntriesByType("resource").map(one => one.name);
found.overflow = d.documentElement.scrollWidth - w.innerWidth;
found.untold = [...d.querySelectorAll("figure")].filter(f => !d.getElementById(f.getAttribute("aria-describedby")).textContent.trim()).map(f => f.id);
found.unmeasured = [...d.querySelectorAll(".panel svg")].filter(svg => !svg.querySelector("text.unit")?.textContent.trim()).length;

const chain = d.querySelector("#fig-chain");
if (chain) {
  const slider = chain.querySelector("input[type=range]");
  found.year = slider.nextElementSibling.textContent;
  found.path = [...chain.querySelectorAll("svg.scene path")].filter(seen).length;
  slider.value = 0; slider.dispatchEvent(new w.Event("input"));
  found.yearAfter = slider.nextElementSibling.textContent;
  found.shownAfter = [...chain.querySelectorAll("svg.scene g[data-keys]")].filter(g => !g.hasAttribute("data-away")).map(g => g.dataset.keys);
  chain.querySelector("details").open = true; chain.querySelector("details").dispatchEvent(new w.Event("toggle"));
  found.rows = chain.querySelectorAll("table.shown tr").length;
}
const figure = [...d.querySelectorAll("figure")].find(f => f.querySelector(".legend button")), button = figure?.querySelector(".legend button");
const mine = [...figure?.querySelectorAll("[data-name]") ?? []].filter(one => one.dataset.name === button.dataset.switch);
found.before = mine.filter(seen).length; button?.click(); found.hidden = mine.filter(seen).length; button?.click();
found.again = mine.filter(seen).length; found.figures = d.querySelectorAll("figure").length;
const point = (one, x, y) => { one.dispatchEvent(new w.PointerEvent("pointermove", {clientX: x, clientY: y, bubbles: true})); return [d.querySelector("#tip").innerText, !d.querySelector("#tip").hidden]; };
// Every line of an ensemble has its band.
found.bandless = [...d.querySelectorAll("figure")].filter(f => /futures/.test(f.querySelector(".legend > span:last-child")?.textContent ?? "")).flatMap(f => [...f.querySelectorAll("svg.lines")].flatMap(svg => {
  const banded = [...svg.querySelectorAll(".band")].map(one => one.dataset.name);
  return [...svg.querySelectorAll("path.line")].filter(line => !banded.includes(line.dataset.name)).map(line => [f.id, line.dataset.name]);
}));
// Numbers have units: of tiles in the heading or beside them, of results in the heading of a group or the name of a row.
found.unitless = [...d.querySelectorAll(".tile")].filter(one => !/%|USD/.test(one.querySelector("h3").textContent + one.querySelector("b")?.textContent)).map(one => one.textContent);
let unit = false;
for (const one of d.querySelectorAll('[aria-label="table of results"] tbody th')) {
  if (one.className === "group") unit = /\(.+\)/.test(one.textContent);
  else if (!unit && !/\(.+\)/.test(one.textContent)) found.unitless.push(one.textContent);
}
// A colour means one thing on the page; ink, which no name owns, may draw any mark.
const meant = {}, mean = (colour, name) => { if (colour && !/^(none|#000000|#333333|rgb\(0, 0, 0\)|rgb\(51, 51, 51\))$/.test(colour)) (meant[colour] ??= new Set()).add(name.trim().split(/[,:]/)[0]); };
for (const one of d.querySelectorAll(".legend > *")) { const swatch = one.querySelector("svg > *"); if (swatch && !swatch.getAttribute("opacity")) mean(w.getComputedStyle(swatch).fill === "none" || swatch.tagName === "line" ? w.getComputedStyle(swatch).stroke : w.getComputedStyle(swatch).fill, one.textContent); }
for (const one of d.querySelectorAll(".who")) mean(w.getComputedStyle(one.querySelector("i")).backgroundColor, one.textContent);
found.colours = Object.entries(meant).map(([colour, names]) => [colour, ...names]).filter(names => names.length > 2);

const svg = [...d.querySelectorAll("svg.lines")].find(seen), box = svg?.getBoundingClientRect();
[found.tip, found.tipShown] = svg ? point(svg, box.left + box.width / 2, box.top + 40) : ["", true];
const dot = [...d.querySelectorAll("svg.bars [data-tip]")].find(seen), at = dot?.getBoundingClientRect();
[found.dotTip] = dot ? point(dot, at.left + 1, at.top + 1) : [""];
found.over = [];
for (const one of d.querySelectorAll("svg")) {
  const words = [...one.querySelectorAll("text.tick, text.label, text.unit, text.name, text.mark")].filter(seen).map(t => [t.textContent, t.getBoundingClientRect()]);
  words.forEach(([a, p], n) => words.slice(n + 1).forEach(([b, q]) => {
    const x = Math.min(p.right, q.right) - Math.max(p.left, q.left), y = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (x > 1 && y > 0.45 * Math.min(p.height, q.height)) found.over.push([one.closest("figure").id, a, b]);
  }));
  const edge = one.getBoundingClientRect();
  const every = [...one.querySelectorAll("text")].filter(seen).map(t => [t.textContent, t.getBoundingClientRect()]);
  for (const [a, p] of every) if (p.left < edge.left - 2 || p.right > edge.right + 2) found.over.push([one.closest("figure").id, a, "edge"]);
}
// Letters as large as they are seen, in pixels: those of a drawing shrink with it.
const size = one => parseFloat(w.getComputedStyle(one).fontSize) * (one.getScreenCTM?.().a ?? 1);
const tellers = [...d.querySelectorAll("svg text, p, li, td, th, h1, h2, h3, h4, span, small, figcaption, summary, label, button, select")];
found.small = [...new Set(tellers.filter(one => one.textContent.trim() && seen(one) && size(one) < 10.99).map(one => `${one.textContent.trim().slice(0, 40)} ${size(one).toFixed(1)}`))];
found.wrapped = [...d.querySelectorAll(".of .band, .of b")].filter(one => one.getClientRects().length > 1 || one.scrollWidth > one.parentElement.clientWidth).map(one => one.textContent);
answer.textContent = JSON.stringify(found);
