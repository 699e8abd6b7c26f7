"use strict";
(() => {
  const field = document.getElementById("filter");
  const select = document.getElementById("verdict");
  const shown = document.getElementById("shown");
  if (!field || !select) return;
  const rows = Array.from(document.querySelectorAll("[data-text]"));
  const quiet = ["pass", "allowed", "not-applicable"];
  const apply = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdict = select.value;
    let count = 0;
    for (const row of rows) {
      const text = row.dataset.text;
      const is = row.dataset.verdict;
      const fits = verdict === "" || verdict === is || (verdict === "deviating" && !quiet.includes(is));
      row.hidden = !(fits && words.every((word) => text.includes(word)));
      if (!row.hidden) count += 1;
    }
    shown.textContent = count + " of " + rows.length;
  };
  const start = decodeURIComponent(location.hash.slice(1));
  if (start) field.value = start;
  field.addEventListener("input", apply);
  select.addEventListener("change", apply);
  apply();
})();
