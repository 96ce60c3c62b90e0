(() => {
  const mark = document.getElementById("cv-frame");
  if (!mark) return;
  const at = Number(mark.dataset.at);
  const words = new Map(JSON.parse(mark.dataset.words).flatMap((forms) => forms.map((form) => [form, forms[at]])));
  const ours = '[data-testid="stHtml"], [data-testid="stPlotlyChart"], script, style';
  const said = (text) => {
    const whole = words.get(text.trim());
    if (whole) return whole;
    const cut = text.indexOf(": ");  // “Fullscreen: what the figure says”
    const head = cut > 0 && words.get(text.slice(0, cut).trim());
    return head ? head + (mark.dataset.lang === "fr" ? "\u00a0: " : ": ") + text.slice(cut + 2) : text;
  };
  const attributes = ["aria-label", "title", "placeholder"];
  const relabel = (node) => attributes.forEach((name) => {
    const held = node.getAttribute(name);
    if (held && said(held) !== held) node.setAttribute(name, said(held));
  });
  const translate = (root) => {
    if (root.nodeType === Node.TEXT_NODE) {
      const told = words.get(root.data.trim());  // written only where it differs: writing is a change we would see
      if (told && told !== root.data && !root.parentElement?.closest(ours)) root.data = told;
      return;
    }
    if (root.nodeType !== Node.ELEMENT_NODE || root.closest(ours)) return;
    relabel(root);
    root.querySelectorAll("[aria-label], [title], [placeholder]").forEach((node) => node.closest(ours) || relabel(node));
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) translate(texts.currentNode);
  };
  document.documentElement.lang = mark.dataset.lang;
  translate(document.body);
  window.couvertFrame?.disconnect();
  window.couvertFrame = new MutationObserver((changes) => changes.forEach((change) => {
    if (change.type === "childList") change.addedNodes.forEach(translate);
    else if (change.type === "attributes") { if (!change.target.closest(ours)) relabel(change.target); }
    else translate(change.target);
  }));
  window.couvertFrame.observe(document.body, {
    childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: attributes,
  });
})();
