"use strict";
// Three things: choices show and hide layers, the legend switches names, and pointing tells numbers.
// `liven` does it for the figures of a part of a page; a report is one part.
const liven = (() => {
  const tip = document.getElementById("tip");

  const place = event => {
    const room = 12, box = tip.getBoundingClientRect();
    const left = event.clientX + room + box.width > innerWidth ? event.clientX - room - box.width : event.clientX + room;
    tip.style.left = Math.max(4, left) + "px";
    tip.style.top = Math.min(event.clientY + room, innerHeight - box.height - 4) + "px";
  };
  const tell = (event, rows) => {
    tip.replaceChildren(...rows.map(([text, colour]) => {
      const row = document.createElement("div");
      if (colour) { const dot = document.createElement("i"); dot.style.background = colour; row.append(dot); }
      row.append(text);
      return row;
    }));
    tip.hidden = false;
    place(event);
  };
  const hush = () => { tip.hidden = true; };

  const fillTable = figure => {
    const table = figure.querySelector("table.shown");
    if (!table || !table.closest("details").open) return;
    const seen = [...figure.querySelectorAll(".scene [data-tip]")].filter(one => !one.closest("[data-away]") && !one.classList.contains("off"));
    table.replaceChildren(...seen.slice(0, 60).map(one => {
      const cut = one.dataset.tip.lastIndexOf(": "), row = document.createElement("tr");
      const head = document.createElement("th"), cell = document.createElement("td");
      head.scope = "row"; head.textContent = one.dataset.tip.slice(0, cut);
      cell.className = "n"; cell.textContent = one.dataset.tip.slice(cut + 2);
      row.append(head, cell);
      return row;
    }));
  };

  const one = figure => {
    const inputs = [...figure.querySelectorAll("[data-choice]")];
    const value = input => input.type === "range" ? input.dataset.values.split(" ")[input.value] : input.value;
    const choose = () => {
      const now = Object.fromEntries(inputs.map(input => [input.dataset.choice, value(input)]));
      for (const one of figure.querySelectorAll("[data-keys]")) {
        const keys = JSON.parse(one.dataset.keys);
        one.toggleAttribute("data-away", Object.keys(keys).some(name => name in now && keys[name] !== now[name]));
      }
      for (const input of inputs) if (input.nextElementSibling?.tagName === "OUTPUT") input.nextElementSibling.textContent = value(input);
      fillTable(figure);
    };
    for (const input of inputs) input.addEventListener("input", choose);
    figure.querySelector("table.shown")?.closest("details").addEventListener("toggle", () => fillTable(figure));

    for (const button of figure.querySelectorAll(".legend button")) button.addEventListener("click", () => {
      const off = button.getAttribute("aria-pressed") === "true";
      button.setAttribute("aria-pressed", String(!off));
      for (const one of figure.querySelectorAll("[data-name]")) if (one.dataset.name === button.dataset.switch) one.classList.toggle("off", off);
      fillTable(figure);
    });

    const switchedOff = name => [...figure.querySelectorAll('.legend button[aria-pressed="false"]')].some(b => b.dataset.switch === name);
    for (const svg of figure.querySelectorAll("svg.lines")) {
      const told = JSON.parse(svg.dataset.told), cursor = svg.querySelector(".cursor");
      svg.addEventListener("pointermove", event => {
        if (event.target.dataset && event.target.dataset.tip) { tell(event, [[event.target.dataset.tip]]); return; }
        const box = svg.getBoundingClientRect(), x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
        let n = 0;
        told.x.forEach((at, k) => { if (Math.abs(at - x) < Math.abs(told.x[n] - x)) n = k; });
        cursor.setAttribute("x1", told.x[n]); cursor.setAttribute("x2", told.x[n]); cursor.setAttribute("visibility", "visible");
        const rows = told.series.filter(s => s[2][n] !== null && !switchedOff(s[0])).map(s => [`${s[0]}: ${s[2][n]} ${told.unit}`, s[1]]);
        tell(event, [[told.dates[n]], ...rows]);
      });
      svg.addEventListener("pointerleave", () => { hush(); cursor.setAttribute("visibility", "hidden"); });
    }
    for (const svg of figure.querySelectorAll("svg.bars, svg.scene")) {
      svg.addEventListener("pointermove", event => event.target.dataset && event.target.dataset.tip ? tell(event, [[event.target.dataset.tip]]) : hush());
      svg.addEventListener("pointerleave", hush);
    }
  };
  return part => part.querySelectorAll("figure").forEach(one);
})();
if (!document.documentElement.dataset.later) liven(document);
