"use strict";
// What is asked, and what comes back. The settings live here and in the address, so that it can be kept or sent.
(() => {
  const by = id => document.getElementById(id);
  const client = crypto.randomUUID();
  const opened = new Set(["export_limit"]);
  let asked = { settings: [], common: [] }, other = null, state = null, job = null, answered = "", turn = 0, faults = [];

  const post = async (path, body) => {
    const said = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const found = await said.json();
    return [said.ok && (found.mistake === undefined || Boolean(found.job)), found];
  };
  const get = async path => (await fetch(path)).json();
  const gone = () => mistake("The explorer does not answer: it was stopped. Start it again with `coercivity explore`.");
  const mistake = (text, side) => by("mistakes").replaceChildren(...(text ? [el("div", { class: "mistake" }, side ? `Setting ${side}: ` : "", text)] : []));

  const keyed = text => text.slice(0, text.indexOf("="));
  const put = (list, key, value) => {
    const left = list.filter(text => keyed(text) !== key && !keyed(text).startsWith(`${key}.`));
    return value === undefined ? left : [...left, `${key}=${value}`];
  };
  const desk = {
    changed: (side, key) => asked.settings[side].overrides.some(text => keyed(text) === key),
    wrong: (side, key) => faults[side]?.[key],
    put: (side, key, value) => { asked.settings[side].overrides = put(asked.settings[side].overrides, key, value); changed(); },
  };

  // After any change: the address, the controls, and a new run if that is wanted.
  const changed = async () => {
    history.replaceState(null, "", `#${encodeURIComponent(JSON.stringify(asked))}`);
    const stale = answered && answered !== JSON.stringify(asked);
    by("stale").hidden = !stale;
    if (await redraw() && by("auto").checked) run();
  };

  const redraw = async () => {
    const mine = ++turn, focus = document.activeElement?.id;
    try {
      const [good, found] = await post("controls", asked);
      if (mine !== turn) return false;
      if (!good) { mistake(found.mistake); return false; }
      const wrong = found.mistakes.findIndex(Boolean);
      faults = found.wrong;
      mistake(wrong < 0 ? "" : found.mistakes[wrong], asked.settings.length > 1 ? SIDE[wrong] : "");
      const top = by("controls").scrollTop;
      drawScenario(found); drawCommon(found); drawModel(found); drawUncertainties(found); drawChanges(); drawNames(found.names);
      await drawLevers(found, mine);
      by("controls").scrollTop = top;
      if (mine === turn && focus) by(focus)?.focus({ preventScroll: true });
      return wrong < 0;
    } catch { gone(); return false; }
  };

  const drawScenario = found => {
    by("two").checked = asked.settings.length > 1;
    document.querySelector(".sides .b").style.opacity = asked.settings.length > 1 ? 1 : .25;
    by("scenario").replaceChildren(...asked.settings.map((setting, side) => {
      const list = el("select", { id: `${SIDE[side]}:scenario`, "aria-label": `scenario, setting ${SIDE[side]}`, onchange: e => { setting.scenario = e.target.value; changed(); } },
        ...found.scenarios.map(one => el("option", { value: one.name, selected: one.name === setting.scenario }, one.name.replaceAll("_", " "))));
      const about = found.scenarios.find(one => one.name === setting.scenario);
      return el("div", { class: "row broad" }, el("div", { class: `cell ${side ? "b" : "a"}` }, el("span", { class: `side ${side ? "b" : "a"}`, "aria-hidden": "true" }, SIDE[side]), list),
        el("div", { class: "why", title: about?.purpose ?? "" }, about?.title ?? ""));
    }));
  };

  const drawCommon = found => {
    const box = (key, label, value, why, options) => {
      const set = e => { asked.common = put(asked.common, key, e.target.value.trim() === "" ? undefined : e.target.value.trim()); changed(); };
      const made = options ? el("select", { id: key, "aria-label": label, onchange: set }, ...options.map(option => el("option", { value: option, selected: option === value }, option)))
        : el("input", { id: key, type: "text", value, "aria-label": label, onchange: set });
      return row(desk, label, [el("div", { class: "cell a" }, made, told(made, faults.map(one => one[key]).find(Boolean)))], why);
    };
    by("common").replaceChildren(box("clock.start", "from", found.clock.start, ""), box("clock.end", "until, not included", found.clock.end, ""),
      box("clock.step", "by", found.clock.step, "", found.clock.steps), box("seed", "seed", found.seed, "the same chance events for both settings"));
  };

  const drawModel = found => {
    const rows = found.groups.map(group => row(desk, group.name.replaceAll("_", " "), group.values.map((value, side) =>
      input(desk, side, { key: group.name, label: group.name, kind: "choice", options: group.options, value })), "files to choose from"));
    const free = asked.settings.map((_, side) => {
      const made = el("input", { type: "text", id: `${SIDE[side]}:other`, placeholder: "key=value, as on the command line", "aria-label": `any setting as key=value, setting ${SIDE[side]}`, spellcheck: "false" });
      made.addEventListener("change", () => { const text = made.value.trim(); if (text.includes("=")) desk.put(side, keyed(text), text.slice(text.indexOf("=") + 1)); else if (text) mistake(`\`${text}\` is not a setting: write key=value, as in market.tie_penalty=3`); });
      return cell(desk, side, "", made);
    });
    by("model").querySelector(".body").replaceChildren(...rows, el("div", { class: "row broad" }, el("div", { class: "what" }, "any setting"), ...free));
  };

  const drawUncertainties = found => {
    const folded = by("uncertainties").querySelector("details")?.open ?? false;
    const [near, far] = [found.uncertainties.filter(one => one.key.startsWith("market.")), found.uncertainties.filter(one => !one.key.startsWith("market."))];
    by("uncertainties").querySelector(".body").replaceChildren(...found.left_out.map(text => el("p", { class: "about" }, `Left out: ${text}`)), ...near.map(one => uncertain(desk, one)),
      el("details", { open: folded }, el("summary", {}, `Behaviour and policies (${far.length})`), ...far.map(one => uncertain(desk, one))));
  };

  const drawLevers = async (found, mine) => {
    state = found.states.some(one => one.name === state) ? state : found.states[0].name;
    const [good, given] = await post("levers", { ...asked, state });
    if (mine !== turn || !good) return;
    const list = el("select", { id: "state", onchange: e => { state = e.target.value; by("levers").querySelector(".body").inert = true; redraw(); } }, ...found.states.map(one =>
      el("option", { value: one.name, selected: one.name === state }, one.title + (one.set.length ? `: ${one.set.map(name => name.replaceAll("_", " ")).join(", ")}` : ""))));
    const rule = row(desk, "strategy", given.strategies.values.map((value, side) =>
      input(desk, side, { key: given.strategies.key, label: "strategy", kind: "choice", options: given.strategies.options.map(one => one.name), value })),
      given.strategies.options.filter(one => given.strategies.values.includes(one.name)).map(one => one.summary.split(";")[0]).join("; "));
    const order = [...given.levers].sort((p, q) => q.set.some(Boolean) - p.set.some(Boolean));
    by("levers").querySelector(".body").inert = false;
    by("levers").querySelector(".body").replaceChildren(el("label", { class: "pick" }, "state", list), rule, ...order.map(one => lever(desk, one, opened)));
  };

  const drawNames = names => by("lists").replaceChildren(...Object.entries({ ...names, any: [...new Set(Object.values(names).flat())] }).map(([kind, all]) =>
    el("datalist", { id: `names-${kind}` }, ...all.map(name => el("option", { value: name })))));

  const drawChanges = () => {
    const items = asked.settings.flatMap((setting, side) => setting.overrides.map(text => el("li", {}, el("span", { class: `side ${side ? "b" : "a"}` }, SIDE[side]), el("code", {}, text), desk.wrong(side, keyed(text)) ? el("span", { class: "wrong" }, " is mistaken ") : null,
      el("button", { type: "button", class: "small", "aria-label": `take back ${text} in setting ${SIDE[side]}`, onclick: () => desk.put(side, keyed(text)) }, "take back"))));
    const swap = asked.settings.length > 1 ? [el("button", { type: "button", class: "small", onclick: () => { asked.settings.reverse(); changed(); } }, "swap A and B"), " ",
      el("button", { type: "button", class: "small", onclick: () => { asked.settings[1] = structuredClone(asked.settings[0]); changed(); } }, "make B like A")] : [];
    by("changes").replaceChildren(items.length ? el("ul", {}, ...items) : el("p", { class: "about" }, "Nothing is changed of the scenarios."), el("div", {}, ...swap));
  };

  by("two").addEventListener("change", e => {
    if (e.target.checked) asked.settings.push(other ?? structuredClone(asked.settings[0]));
    else other = asked.settings.pop();
    changed();
  });
  by("auto").addEventListener("change", e => { if (e.target.checked && answered !== JSON.stringify(asked)) run(); });
  by("controls").addEventListener("submit", event => { event.preventDefault(); document.activeElement?.blur?.(); run(); if (innerWidth <= 900) by("results").scrollIntoView(); });
  by("stop").addEventListener("click", () => job && post("cancel", { job }));

  // A run: ask, look how it goes, show. A new question stops the one before.
  const run = async () => {
    mistake("");
    const what = JSON.stringify(asked);
    sessionStorage.setItem("asked", what);
    try {
      const [good, begun] = await post("ask", { ...asked, client });
      if (!good) { finished(); mistake(begun.mistake, asked.settings.length > 1 ? begun.side : ""); return; }
      job = begun.job;
      by("stop").hidden = false; by("results").setAttribute("aria-busy", "true");
      await follow(begun, what);
    } catch { finished(); gone(); }
  };
  const follow = async (now, what) => {
    const mine = now.job;
    while (job === mine && (now.state === "running" || now.state === "drawing")) {
      progress(now);
      await new Promise(done => setTimeout(done, 150));
      now = await get(`job/${mine}`);
    }
    if (job !== mine) return;
    finished();
    if (now.state === "done") { show(await get(`answer/${mine}`), mine); answered = what; by("stale").hidden = answered === JSON.stringify(asked); }
    else if (now.state === "failed" || now.mistake) mistake(now.mistake, asked.settings.length > 1 ? now.side : "");
  };
  const finished = () => { by("progress").hidden = true; by("stop").hidden = true; by("results").setAttribute("aria-busy", "false"); };
  const progress = now => {
    by("progress").hidden = false;
    by("progress").replaceChildren(...now.runs.map(one => el("div", { class: "bar1" }, el("span", {}, one.name.replaceAll("_", " ")),
      el("progress", { max: one.steps, value: one.kept ? one.steps : one.step, "aria-label": one.name }),
      el("span", {}, one.kept ? "known already" : one.step ? `step ${one.step} of ${one.steps}` : "setting up"))), now.state === "drawing" ? el("div", { class: "soft" }, "drawing") : "");
  };

  const copy = text => {
    const made = el("button", { type: "button", class: "small" }, "copy");
    made.addEventListener("click", async () => {
      try { await navigator.clipboard.writeText(text); } catch { const box = el("textarea", {}); box.value = text; document.body.append(box); box.select(); document.execCommand("copy"); box.remove(); }
      made.textContent = "copied"; setTimeout(() => { made.textContent = "copy"; }, 1500);
    });
    return made;
  };
  const html = text => { const made = document.createElement("div"); made.innerHTML = text; return made; }; // made by the server, which escapes names

  const show = (found, mine) => {
    const part = (id, title, ...inside) => [el("h2", { id }, title), ...inside];
    const [first, ...further] = found.said;
    const again = el("section", { class: "again", id: "again", "aria-label": "the same on the command line" }, el("details", {}, el("summary", {}, "The same on the command line, and as files"),
      el("ol", {}, ...found.commands.map(one => el("li", {}, el("div", { class: "soft" }, one.what), el("div", { class: "line" }, el("code", { class: "command" }, one.text), copy(one.text))))),
      el("div", { class: "files" }, ...found.files.map(name => el("a", { href: `configuration/${mine}/${name}.yaml`, download: `${name}.yaml` }, `${name}.yaml`)),
        el("a", { href: location.href }, "link to these settings")),
      el("p", { class: "soft" }, ...found.runs.map(one => el("span", { class: "kept" }, `${one.name.replaceAll("_", " ")}: configuration ${one.hash.slice(0, 12)}, kept in ${one.folder}. `)))));
    const rest = el("div", { id: "rest" }), more = el("button", { type: "button", id: "more" }, `More figures: ${found.more.join(", ")}`);
    more.addEventListener("click", async () => { more.disabled = true; rest.append(...html((await get(`rest/${mine}`)).figures).children); liven(rest); more.remove(); });
    by("told").replaceChildren(
      ...part("short", found.names.length > 1 ? `${found.names[1]} against ${found.names[0]}` : found.names[0],
        el("div", { class: "found" }, el("p", {}, first), further.length ? el("details", {}, el("summary", {}, "in more words"), ...further.map(text => el("p", {}, text))) : null), again),
      ...part("figures", "Figures", ...html(found.figures).children), more, rest,
      ...part("numbers", "The numbers people ask for first", ...html(found.table).children, el("p", { class: "soft" }, ...html(found.legend).childNodes),
        el("details", {}, el("summary", {}, "all numbers, with units"), ...html(found.every).children)));
    liven(by("told"));
    document.documentElement.dataset.shown = mine;
  };

  // Settings of a link are shown and wait for Run: who opens a link has not asked for what it says. This page's own run again when it is read anew.
  const texts = list => Array.isArray(list) ? list.filter(text => typeof text === "string") : [];
  const linked = () => {
    try {
      const found = JSON.parse(decodeURIComponent(location.hash.slice(1)));
      return { settings: found.settings.map(one => ({ scenario: String(one.scenario), overrides: texts(one.overrides) })), common: texts(found.common) };
    } catch { return null; }
  };
  const begin = async () => {
    const given = linked(), first = (await post("begin", {}))[1];
    const own = given && sessionStorage.getItem("asked") === JSON.stringify(given);
    asked = given ?? first;
    if (!given || own) run();
    const good = await redraw();
    if (given && faults.length === 0) { // not even its scenarios are known: something must be there to choose from
      const said = by("mistakes").textContent;
      asked = first;
      await redraw();
      mistake(`The settings of this link cannot be shown: ${said}`);
    } else if (given && !own && good) by("told").replaceChildren(el("p", { class: "note", id: "unasked" }, "These settings came with the link. Look at them, and press Run."));
  };
  addEventListener("beforeprint", () => { for (const one of document.querySelectorAll(".again details")) one.open = true; });
  addEventListener("hashchange", () => location.reload());
  begin().catch(gone);
})();
