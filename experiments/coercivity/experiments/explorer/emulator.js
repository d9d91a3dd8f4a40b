"use strict";
// The emulator in a page: a Gaussian process for every quarter and group of outcomes (gaussian.py has the same in Python).
const Emulator = file => {
  const bytes = text => { const raw = atob(text), made = new Uint8Array(raw.length); for (let i = 0; i < raw.length; i++) made[i] = raw.charCodeAt(i); return made.buffer; };
  const floats = text => new Float32Array(bytes(text));
  const Q = file.quarters, F = 17, N = file.n, S = file.low.length, X = floats(file.x), widths = floats(file.widths);
  const names = Object.keys(file.outcomes), kinds = Object.values(file.outcomes), K = names.length;
  const features = (x, q, out) => { // x: sliders, then the log of elasticity
    const t = 2025 + q / 4, u = k => (x[k] - file.low[k]) / (file.high[k] - file.low[k]), log = Math.log(x[0]) / 2.3;
    const ever = x[1] > 2025 + 1e-9 ? 1 : 0, live = ever && x[1] > t + 1e-9 && t >= 2025.25 ? 1 : 0, since = ever * Math.max(t + .25 - x[1], 0);
    const made = [u(0) * ever, u(2), u(3), u(4), u(5), u(6), x[2] > 0 ? 1 : 0, Math.max(x[3] - 45, 0) / 85, Math.min(x[4], 2200) / 2200, x[4] > 0 ? 1 : 0,
      log * ever, live, live * (1 - x[0]), live * log, ever * Math.max(Math.min(x[1], t + .25) - 2025.25, 0) / 9, since / 9, since > 0 ? Math.exp(-since / .7) : 0];
    for (let j = 0; j < F; j++) out[j] = made[j];
  };
  const one = new Float32Array(F), k = new Float32Array(N), R5 = Math.sqrt(5);
  const groups = file.groups.map(g => {
    const theta = floats(g.theta), inverse = new Float32Array(Q * F), base = new Float32Array(Q * N * F), amplitude = new Float32Array(Q);
    for (let q = 0; q < Q; q++) {
      amplitude[q] = Math.exp(theta[q * (F + 2)]);
      for (let j = 0; j < F; j++) inverse[q * F + j] = Math.exp(-theta[q * (F + 2) + 2 + j]);
      for (let i = 0; i < N; i++) {
        features(X.subarray(S * i, S * i + S), q, one);
        for (let j = 0; j < F; j++) base[(q * N + i) * F + j] = one[j] * inverse[q * F + j];
      }
    }
    return { alpha: floats(g.alpha), mean: floats(g.mean), inverse, base, amplitude, columns: g.columns };
  });
  const back = kind => kind === "price" ? Math.exp : kind === "short" ? v => Math.max(v, 0) ** 2 : v => v;
  return { names, Q, predict(x) { // outcome * Q + quarter
    const mid = new Float32Array(K * Q), low = new Float32Array(K * Q), high = new Float32Array(K * Q);
    for (let q = 0; q < Q; q++) {
      const live = x[1] > 2025 + q / 4 ? 1 : 0;
      for (const g of groups) {
        features(x, q, one);
        for (let j = 0; j < F; j++) one[j] *= g.inverse[q * F + j];
        const C = g.columns.length;
        for (let i = 0, b = q * N * F; i < N; i++, b += F) {
          let r = 0;
          for (let j = 0; j < F; j++) { const e = one[j] - g.base[b + j]; r += e * e; }
          const d = R5 * Math.sqrt(r);
          k[i] = g.amplitude[q] * (1 + d + d * d / 3) * Math.exp(-d);
        }
        for (let c = 0; c < C; c++) {
          let z = g.mean[q * C + c];
          for (let i = 0, b = (q * C + c) * N; i < N; i++) z += k[i] * g.alpha[b + i];
          const o = g.columns[c], f = back(kinds[o]), e = widths[(o * Q + q) * 2 + live], at = o * Q + q;
          mid[at] = f(z); low[at] = f(z - e); high[at] = f(z + e);
        }
      }
    }
    return { mid, low, high };
  } };
};
if (typeof module !== "undefined") module.exports = { Emulator };
