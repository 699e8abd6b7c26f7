"use strict";
(() => {
  const field = document.getElementById("filter");
  const select = document.getElementById("verdict");
  const shown = document.getElementById("shown");
  if (!field || !select) return;
  const quiet = ["pass", "allowed", "not-applicable"];
  // The words that the links of the tables look for must occur whole: one may be a part of another.
  const rows = Array.from(document.querySelectorAll("[data-text]"), (row) => ({
    row,
    text: row.dataset.text,
    verdict: row.dataset.verdict,
    marks: new Set((row.dataset.marks || "").split(" ").filter(Boolean)),
  }));
  const marks = new Set(rows.flatMap((one) => Array.from(one.marks)));
  const apply = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdict = select.value;
    let count = 0;
    for (const one of rows) {
      const is = one.verdict;
      const fits = verdict === "" || verdict === is || (verdict === "deviating" && !quiet.includes(is));
      const has = (word) => (marks.has(word) ? one.marks.has(word) : one.text.includes(word));
      one.row.hidden = !(fits && words.every(has));
      if (!one.row.hidden) count += 1;
    }
    shown.textContent = count + " of " + rows.length;
  };
  const start = () => {
    const word = decodeURIComponent(location.hash.slice(1));
    if (word) field.value = word;
    apply();
  };
  field.addEventListener("input", apply);
  select.addEventListener("change", apply);
  window.addEventListener("hashchange", start);
  start();
})();
