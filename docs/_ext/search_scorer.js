/* Pages whose own title has the words that were looked for come before pages that mention them in a heading, and pages
   that were written before those that are generated from docstrings. */
"use strict";

var Scorer = {
  score: ([name, title, , , score]) => {
    const query = new URLSearchParams(window.location.search).get("q") || "";
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const page = title.split(" > ")[0].toLowerCase();
    const generated = name.startsWith("reference/generated/") ? 30 : 0;
    return score - generated + (20 * words.filter((word) => page.includes(word)).length) / (words.length || 1);
  },

  // Sphinx's own weights, which a scorer has to repeat
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
