// What a script adds to pages that are whole without it: a search that ignores accents, « open now », a map to click.
"use strict";
(function () {
  const folded = text => text.toLowerCase().replace(/œ/g, "oe").replace(/æ/g, "ae").normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  const list = document.querySelector("[data-find]");
  const rows = list ? [...list.querySelectorAll("[data-say]")] : [];
  const box = document.getElementById("find");
  const now = document.getElementById("open-now");
  const told = document.querySelector(".found");
  const DAYS = { Mon: "MO", Tue: "TU", Wed: "WE", Thu: "TH", Fri: "FR", Sat: "SA", Sun: "SU" };

  // The hour where the places are, whatever the reader's device says.
  function moment() {
    const zone = document.documentElement.dataset.zone || undefined;
    const parts = {};
    const clock = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    });
    for (const part of clock.formatToParts(new Date())) parts[part.type] = part.value;
    return [DAYS[parts.weekday], parts.hour + parts.minute];
  }

  function open(row, day, hour) {
    return (row.dataset.open || "").split(" ").some(span =>
      span.slice(0, 2) === day && span.slice(2, 6) <= hour && span.slice(7) > hour);
  }

  function sift() {
    const words = box ? folded(box.value).split(" ").filter(Boolean) : [];
    const [day, hour] = now && now.checked ? moment() : ["", ""];
    let kept = 0;
    for (const row of rows) {
      const good = words.every(word => row.dataset.say.includes(word)) && (!day || open(row, day, hour));
      row.hidden = !good;
      kept += good;
    }
    for (const part of list.querySelectorAll(".part, .figure")) part.hidden = !part.querySelector("[data-say]:not([hidden])");
    if (!told) return;
    const asked = words.length > 0 || day;
    told.textContent = !asked ? "" : kept === 0 ? told.dataset.none : kept === 1 ? told.dataset.one :
      told.dataset.many.replace("{n}", kept);
  }

  if (list && rows.length) {
    document.querySelectorAll(".finder, .scripted").forEach(one => { one.hidden = false; });
    if (box) box.addEventListener("input", sift);
    if (now) now.addEventListener("change", sift);
    // A link of « open on which day » may name a place that the search hides.
    window.addEventListener("hashchange", () => {
      const row = document.getElementById(location.hash.slice(1));
      if (row && row.hidden) { if (box) box.value = ""; if (now) now.checked = false; sift(); row.scrollIntoView(); }
    });
    if ((box && box.value) || (now && now.checked)) sift();
  }

  // The list beside a map has the same links: a click on an area is a short cut, not the only way.
  document.querySelectorAll("svg [data-href]").forEach(area => {
    area.addEventListener("click", () => { location.href = area.dataset.href; });
  });
})();
