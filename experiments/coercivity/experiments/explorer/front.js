"use strict";
// The first screen: sliders, stories, tiles, one figure. Answers from the emulator at once, then from an exact run where there is a server.
const Front = (data, E) => {
  const $ = id => document.getElementById(id), NB = "\u202f", Q = 40, S = data.sliders, MINUS = "\u2212";
  const fmt = v => (Math.abs(v) >= 1000 ? Math.round(v / 10) * 10 : Math.abs(v) < 9.95 ? v.toFixed(1) : Math.round(v)).toLocaleString("en").replace("-", MINUS);
  const pct = v => `${(100 * v).toFixed(Math.abs(100 * v) < 9.95 ? 1 : 0)}${NB}%`, bn = v => (v < -.05 ? MINUS : "") + Math.abs(v).toFixed(1);
  const KIND = { percent: v => `${Math.round(v * 100)}${NB}%`, year: v => v <= 2025 ? "never begin" : v >= 2035 ? "never" : `January ${v}`, days: v => v ? `${v} days` : "none", "USD/kg": v => v ? `${v} USD/kg` : "none", million: v => v ? `${(v / 1000).toFixed(1)} bn USD a year` : "none" };
  const names = Object.keys(data.outcomes), at = name => names.indexOf(name), row = (p, name) => p.subarray(at(name) * Q, at(name) * Q + Q);
  const max = a => a.reduce((m, v) => Math.max(m, v)), mean = a => a.reduce((s, v) => s + v, 0) / a.length, error = key => E ? (data.checks.tiles[key] ?? [0, 0])[1] : 0;
  const CHARTS = [
    ["Shortage", "Share of the magnets wanted at base-year prices and not served, %", [["short_EU", "Europe", "--now"], ["short_US", "United States", "--other"], ["short_JP", "Japan", "--third"]], [0, .2], v => `${Math.round(v * 100)}${NB}%`],
    ["Magnet price", "USD per kg, heat-resistant magnets", [["magnet_out", "outside China", "--now"], ["magnet_in", "inside China", "--other"]], [0, 120], fmt],
    ["Dysprosium price", "USD per kg of oxide, logarithmic scale", [["dy_out", "outside China", "--now"], ["dy_in", "inside China", "--other"]], [100, 5000, "log"], fmt],
    ["NdPr price", "USD per kg of oxide", [["ndpr_out", "outside China", "--now"], ["ndpr_in", "inside China", "--other"]], [0, 120], fmt],
    ["China's share", "Share of world output, %", [["separation", "separation", "--now"], ["magnets", "magnets", "--other"]], [.6, 1], v => `${Math.round(v * 100)}${NB}%`],
    ["Public cost", "Billion USD since 2025, US, Europe, Japan, Korea and Australia together; below zero is revenue", [["cost", "allies", "--now"]], [-5, 20], bn]];
  const TILES = [
    ["Magnets Europe lacks", [["in the worst quarter", "short_peak", "", p => max(row(p, "short_EU")), pct, [0, .4], false], ["in 2034", "short_end", "", p => mean(row(p, "short_EU").subarray(36)), pct, [0, .4], false]]],
    ["Price of heat-resistant magnets outside China", [["", "magnet_mean", "USD/kg", p => mean(row(p, "magnet_out")), fmt, [0, 150], true]]],
    ["China's share of separation in 2034", [["", "separation", "", p => mean(row(p, "separation").subarray(36)), pct, [.6, 1], false]]],
    ["Public cost to allies, 2025 to 2034", [["", "cost", "bn USD", p => row(p, "cost")[Q - 1], bn, [-5, 20], false]]]];
  const one = TILES.flatMap(t => t[1]);
  let x = [...(data.stories[1] ?? data.stories[0]).values], elasticity = 1, tab = 0, now = null, before = null, held = false, state = "", fault = "", extra = {}, timer = 0, asked = 0, took = 0, unasked = false;

  const guess = (x, el) => {
    const start = performance.now(), ps = [.5, 1, 2].map(k => E.predict([...x, Math.log(k)])), own = ps[[.5, 1, 2].indexOf(el)];
    const made = { x: [...x], el, mid: own.mid, lo: ps[0].low.map((v, i) => Math.min(v, ps[1].low[i], ps[2].low[i])), hi: ps[0].high.map((v, i) => Math.max(v, ps[1].high[i], ps[2].high[i])) };
    made.tiles = one.map(t => { const e = error(t[1]), all = ps.map(p => t[3](p.mid)).flatMap(v => t[6] ? [v * (1 - e), v * (1 + e)] : [v - e, v + e]); let lo = Math.min(...all), hi = Math.max(...all); if (t[4] === pct) { lo = Math.max(lo, 0); hi = Math.min(hi, 1); } return { v: t[3](own.mid), lo, hi }; });
    took = performance.now() - start;
    return made;
  };
  const settle = series => { // an exact run takes the place of the line; the band stays the emulator's
    const mid = Float32Array.from(series.flat()), base = now && E ? now : { x: [...x], el: elasticity, lo: null, hi: null };
    now = { ...base, mid, tiles: one.map((t, n) => { const v = t[3](mid), b = base.tiles?.[n]; return { v, lo: b ? Math.min(b.lo, v) : null, hi: b ? Math.max(b.hi, v) : null }; }) };
  };
  const same = (a, b) => a.every((v, k) => Math.abs(v - b[k]) < 1e-9), story = () => elasticity === 1 ? data.stories.findIndex(s => same(s.values, x)) : -1;
  const more = () => Object.keys(extra).length > 0;

  const update = () => {
    if (E) now = guess(x, elasticity);
    clearTimeout(timer); asked++; fault = "";
    const known = story();
    state = E ? "" : "none";
    if (known >= 0 && data.stories[known].exact && !more()) { settle(data.stories[known].exact); state = "exact"; }
    else if (data.server && unasked) state = "link";
    else if (data.server) { state = "wait"; timer = setTimeout(exact, 60); }
    draw(); remember();
    unasked = false;
  };
  const exact = async () => {
    const mine = asked;
    try {
      const said = await (await fetch("exact", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ overrides: words(), client: data.client }) })).json();
      if (mine !== asked) return;
      if (said.mistake) { fault = said.mistake; state = "fault"; } else { settle(said.series); state = "exact"; }
    } catch { if (mine === asked) { fault = "the explorer does not answer; start it again with `coercivity explore`"; state = "fault"; } }
    draw();
  };
  const remember = () => {
    const u = new URLSearchParams(S.map((s, i) => [s.key, +x[i].toFixed(4)])); u.set("elasticity", elasticity); u.set("figure", tab);
    for (const [key, value] of Object.entries(extra)) u.append("set", `${key}=${value}`);
    try { history.replaceState(null, "", "#" + u); if (!unasked) sessionStorage.setItem("asked", location.hash); } catch { /* a frame without an address */ }
  };
  // Settings of a link wait to be asked for: who opens a link has not asked for a run. This page's own are, when it is read anew.
  const given = () => { try { return data.server && location.hash.length > 1 && sessionStorage.getItem("asked") !== location.hash; } catch { return true; } };
  const hold = () => { if (now) before = now; };
  const scale = (d, h0, h1) => { const f = d[2] === "log" ? Math.log : v => v, a = f(d[0]), b = f(d[1]); return v => h0 + (f(Math.max(v, d[2] ? d[0] / 2 : v)) - a) / (b - a) * (h1 - h0); };
  const round = (low, high) => { // the round numbers between two, five or so
    const rough = (high - low) / 5, ten = 10 ** Math.floor(Math.log10(rough)), step = [1, 2, 2.5, 5, 10].map(k => k * ten).find(k => k >= .99 * rough), first = Math.ceil(low / step - 1e-9);
    return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => +((first + i) * step).toPrecision(9));
  };
  const em = text => { const made = document.createElement("em"); made.textContent = text; return made; };

  const sentence = () => {
    const [a, end, days, floor, budget, demand] = x, v = now.tiles.map(t => t.v), did = [];
    if (days) did.push(`${days} days of stocks`); if (floor) did.push(`a floor of ${floor} USD/kg`); if (budget) did.push(`${(budget / 1000).toFixed(1)} bn USD of subsidies a year`);
    const begin = end <= 2025 ? "Without licences" : `With ${Math.round(a * 100)}${NB}% of licences approved${end < 2035 ? ` until ${end}` : ""}`;
    const allies = did.length ? ` and ${did.length > 1 ? did.slice(0, -1).join(", ") + " and " + did.at(-1) : did[0]}` : "";
    return [`${begin}${allies}, Europe lacks `, em(pct(v[0])), " of its magnets in the worst quarter and ", em(pct(v[1])), v[4] < -.05 ? " in 2034, while allies' budgets take in " : " in 2034, at a public cost to allies of ", em(`${bn(Math.abs(v[4]))} bn USD`), demand !== 1 ? `, with demand at ${Math.round(demand * 100)}${NB}%.` : "."];
  };
  const draw = () => {
    const k = story();
    [...$("stories").querySelectorAll("button")].forEach((b, i) => b.setAttribute("aria-pressed", i === k));
    S.forEach((s, i) => { const r = $("in" + i), text = KIND[s.kind](+x[i]); r.value = x[i]; r.style.setProperty("--p", 100 * (x[i] - s.low) / (s.high - s.low) + "%"); r.setAttribute("aria-valuetext", text); $("out" + i).textContent = text; });
    const badge = $("badge"); badge.className = "badge" + (state === "exact" ? " exact" : state === "wait" ? " wait" : state === "fault" ? " fault" : "");
    const off = E ? `, peak of dysprosium \u00b1${Math.round(100 * error("dy_peak"))}${NB}%` : "";
    badge.textContent = state === "exact" ? "Exact run of one future" + (E ? "; the band is the approximation's" : "") : state === "fault" ? fault : state === "wait" ? (E ? `Approximate${off}; exact run under way` : "Exact run under way") : state === "none" ? "No approximation here: run the command" : state === "link" ? `${E ? `Approximate${off}; t` : "T"}hese settings came with the link. ` : `Approximate${off}; the command gives the exact run`;
    if (state === "link") { const run = document.createElement("button"); run.type = "button"; run.id = "run"; run.textContent = "Run"; run.onclick = update; badge.append(run); }
    badge.title = E ? `Nine in ten runs that the approximation never saw lay within its band. Computed in ${took.toFixed(0)} ms.` : data.why;
    $("cmd").textContent = command();
    if (!now) { $("say").textContent = state === "fault" ? "This setting cannot be run" : state === "link" ? "Press Run for what comes of it" : "Waiting for the exact run"; return; }
    $("say").replaceChildren(...sentence());
    if (state !== "wait") $("spoken").textContent = $("say").textContent;
    tiles(); chart();
    $("note").innerHTML = (now.lo ? "<b>Shaded:</b> users respond half or twice as strongly to prices, and the approximation's own error (nine in ten). " : "") + (before ? "<b>Dashed:</b> the setting before. " : "") + "One future at central assumptions, without a draw of chance: a report's medians over 20 futures may differ.";
  };
  const tiles = () => {
    let n = 0;
    $("tiles").innerHTML = TILES.map(([title, parts]) => `<section class="tile"><h2>${title}</h2><div class="${parts.length > 1 ? "pair" : ""}">${parts.map(t => {
      const own = now.tiles[n], was = before?.tiles[n]?.v, s = scale(t[5], 0, 100), c = u => Math.min(100, Math.max(0, s(u))); n++;
      const d = was === undefined ? 0 : own.v - was, small = t[4] === pct ? `${(100 * Math.abs(d)).toFixed(1)}${NB}points` : t[4](Math.abs(d)), e = error(t[1]) * (t[6] ? own.v : 1), alike = state !== "exact" && Math.abs(d) < e || /^[0.,]+(\u202fpoints)?$/.test(small);
      const band = own.lo === null ? "" : `<rect x="${c(own.lo)}" y="5" width="${Math.max(1, c(own.hi) - c(own.lo))}" height="7" fill="#0b5fa5" opacity=".28"/>`;
      return `<div><p>${t[4](own.v)}<small>${[t[2], t[0]].filter(Boolean).join(" ")}</small></p><svg viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true"><rect y="7.5" width="100" height="2" fill="#e3e6eb"/>${band}${was === undefined ? "" : `<rect x="${c(was) - .4}" y="3" width=".9" height="11" fill="#7b8494"/>`}<rect x="${c(own.v) - .7}" y="2" width="1.5" height="13" fill="#0b5fa5"/></svg><div class="more">${own.lo === null ? "" : `${t[4](own.lo)} to ${t[4](own.hi)}`}</div><div class="more">${was === undefined ? "&nbsp;" : alike ? "as before" : `${d > 0 ? "\u25b2" : "\u25bc"} ${small} from ${t[4](was)}`}</div></div>`; }).join("")}</div></section>`).join("");
  };
  const chart = () => {
    if (!now) return;
    const [title, unit, lines, domain, f] = CHARTS[tab], svg = $("chart"), W = svg.clientWidth || 800, small = W < 500, H = small ? 190 : 320, L = small ? 42 : 48, R = small ? 92 : 118, X = q => L + q / (Q - 1) * (W - L - R), dom = domain.slice();
    $("unit").textContent = unit;
    const seen = [now, before].filter(Boolean).flatMap(r => lines.map(l => row(r.mid, l[0]))), top = Math.max(...seen.map(max), now.hi ? Math.min(max(row(now.hi, lines[0][0])), 1.6 * Math.max(...seen.map(max))) : 0);
    while (dom[1] < top) dom[1] *= 1.25; if (!dom[2]) while (dom[0] > Math.min(...seen.map(a => a.reduce((m, v) => Math.min(m, v))))) dom[0] -= .1 * (domain[1] - domain[0]);
    const Y = scale(dom, H - 22, 16), log = dom[2] === "log", ticks = log ? [100, 200, 500, 1000, 2000, 5000, 10000].filter(t => t <= dom[1]) : round(dom[0], dom[1]);
    const word = f === fmt || f === bn ? t => t.toLocaleString("en").replace("-", MINUS) : f;
    const path = a => Array.from(a, (v, q) => (q ? "L" : "M") + X(q).toFixed(1) + " " + Y(v).toFixed(1)).join(""), clip = v => Math.min(Math.max(v, dom[0]), dom[1]);
    let s = ticks.map(t => `<line x1="${L}" x2="${W - R}" y1="${Y(t)}" y2="${Y(t)}" stroke="${Math.abs(t) < 1e-9 ? "#7b8494" : "#e3e6eb"}"/><text x="${L - 7}" y="${Y(t) + 4}" text-anchor="end">${word(t)}</text>`).join("");
    for (let y = 2025; y < 2035; y += small ? 3 : 1) s += `<text x="${X((y - 2025) * 4)}" y="${H - 4}" text-anchor="middle">${y}</text>`;
    const mark = (t, text, right) => { const q = (t - 2025) * 4; return `<line x1="${X(q)}" x2="${X(q)}" y1="14" y2="${H - 22}" stroke="#7b8494" stroke-dasharray="1 3"/><text x="${X(q) + (right ? -5 : 5)}" y="13" text-anchor="${right ? "end" : "start"}">${text}</text>`; };
    if (x[1] > 2025) s += mark(2025.25, "licences begin"); if (x[1] > 2025 && x[1] < 2035) s += mark(x[1], small ? "end" : "licences end", x[1] > 2032);
    const main = lines[0];
    for (const l of [...lines].reverse()) if (now.lo) { const lo = row(now.lo, l[0]), hi = row(now.hi, l[0]); s += `<path d="${path(hi.map(clip))}${Array.from(lo, (_, q) => "L" + X(Q - 1 - q).toFixed(1) + " " + Y(clip(lo[Q - 1 - q])).toFixed(1)).join("")}Z" fill="var(${l[2]})" opacity="${l === main ? .15 : .07}" class="band"/>`; }
    if (before) s += `<path d="${path(row(before.mid, main[0]))}" fill="none" stroke="#7b8494" stroke-width="2" stroke-dasharray="5 4"/>`;
    for (const l of [...lines].reverse()) s += `<path d="${path(row(now.mid, l[0]))}" fill="none" stroke="var(${l[2]})" stroke-width="${l === main ? 3 : 2}" stroke-linejoin="round" class="line"/>`;
    const ends = lines.map(l => ({ text: small ? l[1].replace("United States", "US") : l[1], colour: l[2], y: Y(row(now.mid, l[0])[Q - 1]) }));
    if (before) ends.push({ text: "before", colour: "--ghost", y: Y(row(before.mid, main[0])[Q - 1]) });
    ends.sort((a, b) => a.y - b.y); ends.forEach((e, i) => { if (i) e.y = Math.max(e.y, ends[i - 1].y + 16); });
    for (let i = ends.length - 1, foot = H - 24; i >= 0; i--) { ends[i].y = Math.min(ends[i].y, foot); foot = ends[i].y - 16; }
    for (const e of ends) s += `<text class="name" x="${W - R + 8}" y="${e.y + 4}" style="fill:var(${e.colour})">${e.text}</text>`;
    svg.setAttribute("height", H); svg.setAttribute("viewBox", `0 0 ${W} ${H}`); svg.setAttribute("aria-label", `${title}: ${$("say").textContent}`); svg.innerHTML = s;
  };

  // The same settings as the command line takes them: sliders.py has the same in Python.
  const plain = v => String(+v.toPrecision(6)), json = v => JSON.stringify(v);
  const words = () => {
    const [a, end, days, floor, budget, demand] = x.map(Number), t = data.templates, found = [];
    const schedule = end <= 2025 ? { "2025-04": null } : { "2025-04": +a.toFixed(6), ...(end < 2035 ? { [`${Math.floor(end)}-${String(1 + Math.round(12 * (end % 1))).padStart(2, "0")}`]: null } : {}) };
    found.push(`${t.measure}=${json(schedule)}`);
    if (demand !== 1) found.push(`market.demand_level=${plain(demand)}`);
    if (elasticity !== 1) found.push(`market.elasticity=${plain(elasticity)}`);
    if (days > 0) for (const [state, lever] of Object.entries(t.stocks)) found.push(`state.${state}.lever.stockpile=${json({ ...lever, days: Object.fromEntries(Object.entries(lever.days).map(([m, target]) => [m, Object.fromEntries(Object.entries(target).map(([month, v]) => [month, +(v * days / t.at.days).toFixed(6)]))])) })}`);
    for (const [state, lever] of Object.entries(t.friends)) {
      const { floor: floors, ...made } = { ...lever, budget: +(lever.budget * budget / t.at.budget).toFixed(6), offtake_cut: +((lever.offtake_cut ?? 0) * Math.min(1, budget / t.at.budget)).toFixed(6) };
      if (floor > 0 && floors && Object.keys(floors).length) made.floor = Object.fromEntries(Object.entries(floors).map(([m, c]) => [m, { ...c, price: Object.fromEntries(Object.keys(c.price).map(month => [month, floor])) }]));
      if (budget > 0 || made.floor) found.push(`state.${state}.lever.friendshoring=${json(made)}`);
    }
    return [...found, ...Object.entries(extra).map(([key, value]) => `${key}=${value}`)];
  };
  const quoted = w => /^[\w.:=+-]+$/.test(w) ? w : `'${w.replaceAll("'", "'\\''")}'`;
  const command = () => ["coercivity run", `scenario=${data.base}`, ...words().map(quoted)].join(" ");

  const save = (name, content, type) => { const a = document.createElement("a"); a.href = content instanceof Blob ? URL.createObjectURL(content) : URL.createObjectURL(new Blob([content], { type })); a.download = name; a.click(); setTimeout(() => URL.revokeObjectURL(a.href), 5000); };
  const table = () => ["quarter", ...names.flatMap(n => now.lo ? [n, `${n} low`, `${n} high`] : [n])].join(",") + "\n" + Array.from({ length: Q }, (_, q) => [`${2025 + Math.floor(q / 4)}Q${q % 4 + 1}`, ...names.flatMap((_, o) => (now.lo ? [now.mid, now.lo, now.hi] : [now.mid]).map(p => +p[o * Q + q].toPrecision(6)))].join(",")).join("\n") + "\n";
  const picture = () => {
    const svg = $("chart"), W = svg.clientWidth, H = +svg.getAttribute("height"), copy = svg.cloneNode(true), style = getComputedStyle(document.documentElement);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg"); copy.setAttribute("width", W); copy.setAttribute("height", H);
    const text = new XMLSerializer().serializeToString(copy).replace(/var\((--\w+)\)/g, (_, name) => style.getPropertyValue(name).trim()).replace("<svg", '<svg font-family="Arial, sans-serif" font-size="12.5"');
    const image = new Image(), canvas = document.createElement("canvas"); canvas.width = 2 * W; canvas.height = 2 * (H + 70);
    image.onload = () => { const c = canvas.getContext("2d"); c.scale(2, 2); c.fillStyle = "#fff"; c.fillRect(0, 0, W, H + 70); c.fillStyle = "#1d2433"; c.font = "600 15px Georgia, serif"; wrapped(c, $("say").textContent, W - 16).slice(0, 2).forEach((line, n) => c.fillText(line, 8, 20 + 18 * n)); c.font = "12px Arial"; c.fillStyle = "#5b6475"; c.fillText(`${CHARTS[tab][1]}. ${$("badge").textContent}. coercivity`, 8, 58, W - 16); c.drawImage(image, 0, 66, W, H); canvas.toBlob(blob => save("coercivity.png", blob)); };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
  };
  const wrapped = (c, text, wide) => text.split(" ").reduce((lines, word) => { const longer = `${lines.at(-1)} ${word}`.trim(); if (c.measureText(longer).width > wide) lines.push(word); else lines[lines.length - 1] = longer; return lines; }, [""]);
  const notebook = () => {
    const cell = (type, source) => ({ cell_type: type, metadata: {}, source: source.split("\n").map((l, n, all) => n < all.length - 1 ? l + "\n" : l), ...(type === "code" ? { execution_count: null, outputs: [] } : {}) });
    const settings = words().map(w => `    ${JSON.stringify(w)},`).join("\n");
    return JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata: { kernelspec: { name: "python3", display_name: "Python 3", language: "python" } }, cells: [cell("markdown", `# ${$("say").textContent}\n\nMade by the explorer of coercivity; this runs the model exactly.`), cell("code", `import coercivity.api as cv\n\nsettings = [\n${settings}\n]\nrun = cv.run(${JSON.stringify(data.base)}, settings)`), cell("code", `outside = run.prices.query("material == 'oxide:Dy' and jurisdiction == 'EU'")\noutside.plot(x="date", y="price", ylabel="USD/kg", title="Dysprosium oxide in Europe")`)] }, null, 1);
  };

  // Everything else that can be set, found by its words.
  const find = () => {
    const parts = $("find").value.toLowerCase().split(/\s+/).filter(Boolean), hits = data.reference.filter(r => r.key in extra || parts.length && parts.every(p => `${r.key} ${r.label} ${r.means}`.toLowerCase().includes(p)));
    $("found").replaceChildren(...hits.slice(0, 40).map(r => {
      const made = document.createElement("div"), text = document.createElement("div"), code = document.createElement("code"), why = document.createElement("p"), input = document.createElement("input");
      made.className = r.key in extra ? "one set" : "one"; text.textContent = r.label; code.textContent = r.key; why.className = "soft"; why.textContent = [r.means, r.example && `example: ${r.example}`, r.source && `source: ${r.source}`].filter(Boolean).join("; "); text.append(code, why);
      input.value = extra[r.key] ?? ""; input.placeholder = r.now || "not set"; input.setAttribute("aria-label", r.label);
      input.addEventListener("change", () => { hold(); if (input.value.trim()) extra[r.key] = input.value.trim(); else delete extra[r.key]; made.className = r.key in extra ? "one set" : "one"; update(); });
      made.append(text, input); return made;
    }));
    if (parts.length && !hits.length) $("found").textContent = "Nothing is called so.";
  };

  const build = () => {
    let group = "";
    $("sliders").innerHTML = S.map((s, i) => (s.group !== group ? `<div class="group">${group = s.group}</div>` : "") + `<div class="slider"><label for="in${i}"><span>${s.label}</span><output id="out${i}"></output></label><input type="range" id="in${i}" min="${s.low}" max="${s.high}" step="${s.step}"><small>${s.note}</small></div>`).join("") + `<div class="slider"><label><span>Users respond to prices</span></label><div class="seg" id="seg" role="group" aria-label="users respond to prices">${[[.5, "half"], [1, "as estimated"], [2, "twice"]].map(k => `<button type="button" data-k="${k[0]}">${k[1]}</button>`).join("")}</div></div>`;
    const seg = () => [...$("seg").children].forEach(b => b.setAttribute("aria-pressed", +b.dataset.k === elasticity));
    S.forEach((s, i) => { const r = $("in" + i); let last = 0; r.addEventListener("input", () => { if (!held && performance.now() - last > 1500) hold(); held = true; last = performance.now(); x[i] = +(+r.value).toFixed(4); update(); }); r.addEventListener("change", () => { held = false; }); });
    [...$("seg").children].forEach(b => b.onclick = () => { hold(); elasticity = +b.dataset.k; seg(); update(); });
    for (const s of data.stories) { const b = document.createElement("button"); b.type = "button"; b.textContent = s.name; b.onclick = () => { hold(); x = [...s.values]; elasticity = 1; seg(); update(); }; $("stories").append(b); }
    CHARTS.forEach((c, i) => { const b = document.createElement("button"); b.type = "button"; b.textContent = c[0]; b.setAttribute("aria-pressed", i === tab); b.onclick = () => { tab = i; [...$("tabs").children].forEach((o, n) => o.setAttribute("aria-pressed", n === i)); chart(); remember(); }; $("tabs").append(b); });
    const copied = async (b, text) => { try { await navigator.clipboard.writeText(text); } catch { const box = document.createElement("textarea"); box.value = text; document.body.append(box); box.select(); document.execCommand("copy"); box.remove(); } const t = b.textContent; b.textContent = "Copied"; setTimeout(() => { b.textContent = t; }, 1200); };
    $("share").onclick = e => copied(e.target, location.href); $("copy").onclick = e => copied(e.target, command());
    $("png").onclick = picture; $("csv").onclick = () => now && save("coercivity.csv", table(), "text/csv"); $("notebook").onclick = () => save("coercivity.ipynb", notebook(), "application/json");
    $("find").addEventListener("input", find); $("sliders").addEventListener("submit", e => e.preventDefault()); if (!data.server) $("compare").remove();
    const h = new URLSearchParams(location.hash.slice(1));
    unasked = given();
    S.forEach((s, i) => { const v = +h.get(s.key); if (h.has(s.key) && v >= s.low && v <= s.high) x[i] = v; });
    if ([.5, 2].includes(+h.get("elasticity"))) elasticity = +h.get("elasticity"); if (CHARTS[+h.get("figure")]) tab = +h.get("figure");
    for (const text of h.getAll("set")) { const cut = text.indexOf("="); if (cut > 0 && data.reference.some(r => r.key === text.slice(0, cut))) extra[text.slice(0, cut)] = text.slice(cut + 1); }
    [...$("tabs").children].forEach((o, n) => o.setAttribute("aria-pressed", n === tab)); seg(); if (more()) find(); update(); new ResizeObserver(chart).observe($("chart"));
  };
  build();
  return { words, command, predict: (values, el) => E?.predict([...values, Math.log(el)]), state: () => state, took: () => took, table, notebook };
};
(async () => {
  const data = window.EXPLORER ?? await (await fetch("explorer.json")).json();
  const emulator = data.emulator ? Emulator(data.emulator) : null, floats = text => Float32Array.from(new Float32Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer));
  data.reference = [...data.reference, ...data.states.flatMap(s => data.levers.map(l => ({ ...l, key: `state.${s.name}.lever.${l.key}`, label: `${s.title}: ${l.label}`, now: "" })))];
  data.client = Array.from(crypto.getRandomValues(new Uint8Array(12)), b => b.toString(16).padStart(2, "0")).join("");
  data.checks = data.emulator?.checks; data.outcomes = data.emulator?.outcomes ?? data.outcomes;
  data.stories.forEach((s, n) => { const kept = data.emulator?.stories[n]; if (kept) { const all = floats(kept); s.exact = Array.from({ length: all.length / 40 }, (_, o) => [...all.subarray(40 * o, 40 * o + 40)]); } });
  window.front = Front(data, emulator);
})();
