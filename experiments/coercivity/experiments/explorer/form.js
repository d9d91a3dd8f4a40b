"use strict";
// Controls made from what the server says can be set. Nothing here knows a lever, scenario or uncertainty by name.
const el = (tag, given = {}, ...inside) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else if (value !== undefined && value !== null) made.setAttribute(name, value);
  }
  made.append(...inside.filter(one => one !== null && one !== undefined));
  return made;
};
const SIDE = ["A", "B"];

// A value as the command line takes it: plain words and numbers as they are, all else quoted.
const written = value => {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([k, v]) => `${quoted(k)}:${written(v)}`).join(",")}}`;
  return /^(?!(?:true|false|null|yes|no|on|off|inf|nan)$)[A-Za-z][\w.\-]*$|^\d{4}-\d{2}$/i.test(value) ? value : quoted(value);
};
const quoted = text => `"${String(text).replaceAll("\\", "").replaceAll('"', "")}"`;
const shown = value => Array.isArray(value) ? value.join(", ") : value === null || value === undefined ? "" : String(value);
const short = value => Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i; // what Number() takes beyond it, as 0x10, nobody means
const number = text => NUMBER.test(text) ? Number(text) : text;
const listed = text => text.split(",").map(part => part.trim()).filter(Boolean);

// One input of one side. desk: what the page gives to look up and change settings.
const input = (desk, side, knob) => {
  const id = `${SIDE[side]}:${knob.key}`, label = `${knob.label}, setting ${SIDE[side]}`;
  const about = { id, "aria-label": label, title: knob.key };
  const put = value => desk.put(side, knob.key, value);
  let made;
  if (knob.there === false) made = el("input", { ...about, disabled: true, placeholder: "not here", title: "this scenario has no such setting" });
  else if (knob.kind === "flag") made = el("input", { ...about, type: "checkbox", checked: Boolean(knob.value), onchange: e => put(written(e.target.checked)) });
  else if (knob.kind === "choice") made = el("select", { ...about, onchange: e => put(written(e.target.value)) },
    ...knob.options.map(option => el("option", { value: option, selected: option === String(knob.value) }, option)));
  else if (knob.kind === "list") {
    made = el("textarea", { ...about, rows: 2, spellcheck: "false", placeholder: "none; names with commas between", onchange: e => put(written(listed(e.target.value))) });
    made.value = shown(knob.value);
  } else if (knob.kind === "number") made = el("input", { ...about, type: "text", inputmode: "decimal", value: typeof knob.value === "number" ? short(knob.value) : "",
    placeholder: "not set", onchange: e => put(e.target.value.trim() === "" ? undefined : written(number(e.target.value.trim()))) });
  else made = el("input", { ...about, type: "text", value: shown(knob.value), placeholder: "not set",
    list: knob.names && knob.names !== "month" ? `names-${knob.names}` : undefined, onchange: e => put(written(e.target.value.trim())) });
  return cell(desk, side, knob.key, made, told(made, desk.wrong(side, knob.key)));
};
// What is mistaken stays as it was typed, with the sentence that says why: never the value it would have taken the place of.
const told = (made, wrong) => {
  if (!wrong) return null;
  made.setAttribute("aria-invalid", "true");
  if (made.type === "text" || made.tagName === "TEXTAREA") made.value = /^".*"$/.test(wrong.typed) ? wrong.typed.slice(1, -1) : wrong.typed;
  return el("div", { class: "wrong" }, wrong.said);
};
const cell = (desk, side, key, ...inside) =>
  el("div", { class: `cell ${side ? "b" : "a"}${desk.changed(side, key) ? " set" : ""}` }, el("span", { class: `side ${side ? "b" : "a"}`, "aria-hidden": "true" }, SIDE[side]), ...inside);

// A row: what it is, one input a side, what it means.
const row = (desk, what, cells, why, more = "") => el("div", { class: `row${cells.length < 2 ? " one" : ""}${more}` },
  el("div", { class: "what" }, what), ...cells, ...cells.flatMap(one => [...one.querySelectorAll(".wrong")]), why ? el("div", { class: "why" }, why) : null);
const bounds = knob => knob.kind !== "number" ? "" : knob.low !== null && knob.high !== null ? `${knob.low} to ${knob.high}` :
  knob.low !== null ? `from ${knob.low}` : knob.high !== null ? `up to ${knob.high}` : "";
const meant = knob => [knob.help, knob.help && /\bto \d|\d to\b|above \d/.test(knob.help) ? "" : bounds(knob)].filter(Boolean).join("; ");

// An uncertainty: a slider over its range and the number itself, or a list.
const uncertain = (desk, one) => {
  const cells = one.now.map((now, side) => {
    if (!one.there[side]) return input(desk, side, { ...one, kind: "number", there: false });
    if (one.values.length) return input(desk, side, { ...one, kind: "choice", options: one.values, value: now });
    const at = value => one.log ? Math.log(value / one.low) / Math.log(one.high / one.low) : (value - one.low) / (one.high - one.low);
    const value = share => one.log ? one.low * (one.high / one.low) ** share : one.low + share * (one.high - one.low);
    const made = input(desk, side, { ...one, kind: "number", value: now }), box = made.querySelector("input");
    const slider = el("input", { type: "range", min: 0, max: 100, step: 1, value: Math.round(100 * Math.min(1, Math.max(0, at(now)))), id: `${SIDE[side]}~${one.key}`,
      "aria-label": `${one.label}, setting ${SIDE[side]}, ${one.low} to ${one.high} ${one.unit}`,
      oninput: e => { box.value = short(value(e.target.value / 100)); }, onchange: e => desk.put(side, one.key, short(value(e.target.value / 100))) });
    made.classList.add("slide");
    made.append(slider);
    return made;
  });
  const range = one.values.length ? "" : `${short(one.low)} to ${short(one.high)} (${one.unit})`;
  const made = row(desk, one.label, cells, [one.help, range].filter(Boolean).join("; "));
  if (one.source) made.lastElementChild.append(el("details", { class: "source" }, el("summary", {}, `range: ${one.confidence}`), one.source.replace(/^estimate: /, "")));
  return made;
};

// A form for an entry that is not there yet.
const adding = (desk, sides, one) => {
  const fill = el("div", { class: "fill" }), fields = [];
  const field = (label, kind, names, help) => {
    const made = el("input", { type: "text", list: names && names !== "month" ? `names-${names}` : undefined, "aria-label": `${label} of the new ${one.label}`,
      placeholder: names === "month" ? "YYYY-MM" : kind === "list" ? "with commas between" : "", title: help });
    fill.append(el("label", {}, label, made));
    fields.push(made);
    return made;
  };
  const named = one.names.map(kind => field(kind || "name", "text", kind || "any"));
  const parts = one.fields.map(part => [part, field(part.label, part.kind, part.names, part.help)]);
  const value = parts.length ? null : field("value", "number", "");
  const month = one.dated || one.fields.some(part => part.dated) ? field(parts.length ? "numbers from month (may be empty)" : one.names.length ? "from month (may be empty)" : "from month", "text", "month") : null;
  const read = (text, kind) => kind === "list" ? listed(text) : kind === "text" ? text : number(text);
  const put = side => {
    const from = month?.value.trim(), text = made => made.value.trim();
    const since = one => from && typeof one === "number" ? { [from]: one } : one;
    const key = [one.key, ...named.map(text)].join(".");
    if (named.some(made => !text(made))) return named.find(made => !text(made)).focus();
    if (parts.length) {
      const given = parts.filter(([, made]) => text(made)).map(([part, made]) => [part.key, part.dated ? since(read(text(made), part.kind)) : read(text(made), part.kind)]);
      return desk.put(side, key, written(Object.fromEntries(given)));
    }
    if (!text(value)) return value.focus();
    if (!one.names.length) {
      if (!from) return month.focus();
      return one.whole ? desk.put(side, key, written({ [from]: read(text(value), "any") })) : desk.put(side, `${key}.${from}`, written(read(text(value), "any")));
    }
    desk.put(side, key, written(since(read(text(value), "any"))));
  };
  fill.append(el("div", {}, ...sides.flatMap(side => [el("button", { type: "button", class: "small", onclick: () => put(side) }, sides.length < 2 ? "set" : `set in ${SIDE[side]}`), " "])));
  return el("details", { class: "add" }, el("summary", {}, `${one.names.length ? "add to" : "change over time:"} ${one.label}`), one.help ? el("div", { class: "about" }, one.help) : null, fill);
};

// A lever: what it holds in either setting, and what may be added.
const lever = (desk, one, opened) => {
  const sides = one.forms.map((_, side) => side), keys = new Map(), adds = new Map();
  one.forms.forEach((form, side) => form.knobs.forEach(knob => { if (!keys.has(knob.key)) keys.set(knob.key, []); keys.get(knob.key)[side] = knob; }));
  one.forms.forEach((form, side) => form.additions.forEach(add => { if (!adds.has(add.key)) adds.set(add.key, []); adds.get(add.key)[side] = add; }));
  const rows = [...keys.values()].map(knobs => {
    const known = knobs.find(Boolean), wide = known.kind === "list";
    const cells = sides.map(side => input(desk, side, knobs[side] ?? { ...known, there: false }));
    return row(desk, known.label, cells, meant(known), wide ? " broad" : "");
  });
  const inner = el("div", { class: "inner" }, ...rows, ...[...adds.values()].map(both => adding(desk, sides.filter(side => both[side]), both.find(Boolean))));
  const where = one.set.map((set, side) => set ? SIDE[side] : "").filter(Boolean);
  const mark = where.length ? el("b", {}, sides.length < 2 ? " · set" : ` · set in ${where.join(" and ")}`) : null;
  const made = el("details", { class: "lever", "data-lever": one.name, open: opened.has(one.name) }, el("summary", {}, el("b", {}, one.title), mark, el("span", { class: "soft" }, one.summary)), inner);
  made.addEventListener("toggle", () => made.open ? opened.add(one.name) : opened.delete(one.name));
  return made;
};
