// The one script of the site: the page's language, the framework's words, and words explained. See views/frame.py.
(() => {
  const mark = document.getElementById("cv-frame");
  if (!mark) return;
  const { lang, at, words: told, terms: explained } = mark.dataset;
  window.couvertFrame?.();  // what an earlier run of this script left listening

  // --- the framework's own words ---
  const words = new Map(JSON.parse(told).flatMap((forms) => forms.map((form) => [form, forms[at]])));
  const ours = '[data-testid="stHtml"], [data-testid="stPlotlyChart"], #cv-tip, script, style, '
    + '[role="option"], [data-baseweb="select"] [value], [data-testid="stMarkdownContainer"], [data-testid="stHeading"]';
  const said = (text) => {
    const whole = words.get(text.trim());
    if (whole) return whole;
    const cut = text.indexOf(": ");  // “Fullscreen: what the figure says”
    const head = cut > 0 && words.get(text.slice(0, cut).trim());
    return head ? head + (lang === "fr" ? "\u00a0: " : ": ") + text.slice(cut + 2) : text;
  };
  const attributes = ["aria-label", "title", "placeholder"];
  const relabel = (node) => attributes.forEach((name) => {
    const held = node.getAttribute(name);
    if (held && said(held) !== held) node.setAttribute(name, said(held));
  });
  const translate = (root) => {
    if (root.nodeType === Node.TEXT_NODE) {
      // A name typed that is on no list yet; other options are data, and stay as they are.
      if (root.data.startsWith("Add: ") && root.parentElement?.closest('[role="option"]')) root.data = said(root.data);
      const word = words.get(root.data.trim());  // written only where it differs: writing is a change we would see
      if (word && word !== root.data && !root.parentElement?.closest(ours)) root.data = word;
      return;
    }
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    if (!root.closest('[role="option"]')) {
      if (root.closest(ours)) return;
      relabel(root);
      root.querySelectorAll("[aria-label], [title], [placeholder]").forEach((node) => node.closest(ours) || relabel(node));
    }
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) translate(texts.currentNode);
  };

  // --- words explained: the first use of each in leads, sentences and keys ---
  // A whole word; \u003c because the cleaner of pages takes out a script where that sign meets another.
  const before = "(?\u003c![\\p{L}\\p{N}])", after = "(?![\\p{L}\\p{N}])";
  const terms = JSON.parse(explained).map(([name, forms, means]) => (
    { name, means, found: new RegExp(`${before}(?:${forms})${after}`, "iu") }
  ));
  const explain = () => {
    const left = new Set(terms.filter(({ name }) => !document.querySelector(`dfn[data-term="${name}"]`)));
    for (const place of document.querySelectorAll(".cv-lead, .cv-sentence, .cv-legend")) {
      if (!left.size) return;
      const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
      const nodes = [];
      while (texts.nextNode()) if (!texts.currentNode.parentElement.closest("a, dfn, code")) nodes.push(texts.currentNode);
      for (let node of nodes) {
        for (const term of left) {
          const hit = term.found.exec(node.data);
          if (!hit) continue;
          const word = node.splitText(hit.index);
          const rest = word.splitText(hit[0].length);
          const shown = document.createElement("dfn");
          Object.assign(shown, { className: "cv-term", tabIndex: 0 });
          shown.dataset.term = term.name;
          word.replaceWith(shown);
          shown.append(word);
          left.delete(term);
          if (rest.data) nodes.push(rest);
        }
      }
    }
  };
  let tip = document.getElementById("cv-tip");
  if (!tip) {
    tip = Object.assign(document.createElement("div"), { id: "cv-tip", hidden: true });
    tip.setAttribute("role", "tooltip");
    document.body.append(tip);
  }
  let leaving = 0;
  const hide = () => { tip.hidden = true; };
  const show = (event) => {
    clearTimeout(leaving);
    const shown = event.target.closest?.("dfn.cv-term");
    const term = shown && terms.find(({ name }) => name === shown.dataset.term);
    if (!term) {
      if (event.target !== tip) leaving = setTimeout(hide, 200);  // time enough to reach the explanation itself
      return;
    }
    tip.textContent = term.means;
    tip.hidden = false;
    shown.setAttribute("aria-describedby", "cv-tip");
    const box = shown.getBoundingClientRect();
    const below = box.bottom + 8 + tip.offsetHeight < innerHeight;
    tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${below ? box.bottom + 8 : box.top - tip.offsetHeight - 8}px`;
  };
  const escape = (event) => { if (event.key === "Escape") hide(); };
  const listened = [["pointerover", show], ["focusin", show], ["keydown", escape], ["scroll", hide]];
  listened.forEach(([name, act]) => document.addEventListener(name, act, true));

  // --- now, and at every change ---
  let waiting = 0;
  const changed = new MutationObserver((changes) => {
    changes.forEach((change) => {
      if (change.type === "childList") change.addedNodes.forEach(translate);
      else if (change.type === "characterData") translate(change.target);
      else if (!change.target.closest(ours)) relabel(change.target);
    });
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(explain);
  });
  document.documentElement.lang = lang;
  translate(document.body);
  explain();
  changed.observe(document.body, {
    childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: attributes,
  });
  window.couvertFrame = () => {
    changed.disconnect();
    cancelAnimationFrame(waiting);
    listened.forEach(([name, act]) => document.removeEventListener(name, act, true));
    hide();
  };
})();
