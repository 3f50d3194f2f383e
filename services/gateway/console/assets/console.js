// Comfort on top of pages that are complete without it. Everything is bound to the document once, so
// a page that htmx puts in place needs no setup of its own.
(() => {
  "use strict";
  const KEYS_OFF = "keys-off";
  const REST_MS = 150, SLOW_MS = 300, REFRESH_MS = 1000, RELATIVE_MS = 10000, GOING_MS = 2000;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const page = () => one("#page");
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* not kept */ } };

  // -- going somewhere

  let slow = null;
  const go = (url, push = "true") => {
    if (!window.htmx || !page()) { location.href = url; return; }
    window.htmx.ajax("GET", url, { source: "#page", target: "#page", select: "#page", swap: "outerMorph", push, replace: push ? null : "true" });
  };
  const waiting = (on) => {
    clearTimeout(slow);
    const bar = one("#slow");
    if (!bar) return;
    bar.hidden = true;
    if (on) slow = setTimeout(() => { bar.textContent = "Asking… what you see is what was shown before."; bar.hidden = false; }, SLOW_MS);
  };
  document.addEventListener("htmx:before:request", () => waiting(true));
  document.addEventListener("htmx:finally:request", () => waiting(false));
  document.addEventListener("htmx:before:response", (event) => {
    const raw = event.detail.ctx.response.raw;
    // A session that ended answers with the sign-in page, an error with a page of its own frame.
    if (raw.redirected && new URL(raw.url).pathname === "/console/sign-in") { event.preventDefault(); location.href = raw.url; }
    else if (raw.status >= 400 && raw.status !== 404) { event.preventDefault(); location.href = event.detail.ctx.request.action; }
  });
  document.addEventListener("htmx:after:swap", () => settled());

  // -- the slider

  const stops = () => { const slider = one("#slider"); return slider ? JSON.parse(slider.dataset.stops) : []; };
  let rest = null;
  const say = (slider) => {
    const stop = stops()[Number(slider.value)];
    if (!stop) return;
    slider.setAttribute("aria-valuetext", stop.words);
    const line = one("#line");
    if (line) line.textContent = stop.words;
  };
  const visit = (slider) => {
    const stop = stops()[Number(slider.value)];
    if (!stop) return;
    const url = new URL(location.href);
    if (stop.at === null) url.searchParams.delete("as_of"); else url.searchParams.set("as_of", stop.at);
    if (url.href !== location.href) go(url.pathname + url.search);
  };
  document.addEventListener("input", (event) => { if (event.target.id === "slider") { say(event.target); clearTimeout(rest); } });
  document.addEventListener("change", (event) => {
    if (event.target.id !== "slider") return;
    clearTimeout(rest);
    rest = setTimeout(() => visit(event.target), REST_MS);
  });
  const sameLane = (slider, by) => {
    const list = stops(), lane = list[Number(slider.value)]?.lane;
    for (let at = Number(slider.value) + by; at >= 0 && at < list.length; at += by)
      if (list[at].lane === lane || at === list.length - 1) { slider.value = at; say(slider); slider.dispatchEvent(new Event("change", { bubbles: true })); return; }
  };

  // -- keys

  let pressed = "", pressedAt = 0;
  const typing = (target) => target.closest?.("input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]");
  const rows = () => all("[data-rows] > tr, [data-rows] > li");
  const step = (by) => {
    const list = rows();
    if (!list.length) return;
    const was = list.findIndex((row) => row.classList.contains("selected"));
    list[was]?.classList.remove("selected");
    const row = list[Math.min(list.length - 1, Math.max(0, was < 0 ? 0 : was + by))];
    row.classList.add("selected");
    row.scrollIntoView({ block: "nearest" });
    one("a, summary", row)?.focus({ preventScroll: true });
  };
  const mark = () => { const at = page()?.dataset.position; if (at) { try { sessionStorage.setItem("mark", at); } catch { return; } tell(`Position ${at} is marked; d compares with it.`); } };
  const tell = (words) => { const bar = one("#slow"); if (!bar) return; bar.textContent = words; bar.hidden = false; setTimeout(() => { bar.hidden = true; }, 2500); };
  const press = (key) => {
    if (key === "j" || key === "k") { step(key === "j" ? 1 : -1); return true; }
    if (key === "m") { mark(); return true; }
    if (key === "[[" || key === "]]") { const link = one(`[rel=${key === "[[" ? "prev" : "next"}]`); link?.click(); return Boolean(link); }
    const target = all("[data-key]").find((each) => each.dataset.key === key && !each.hasAttribute("aria-disabled"));
    if (!target) return false;
    if (target.matches("input")) { target.focus(); target.select(); return true; }
    if (key === "d" && target.href) {
      const from = sessionStorage.getItem("mark");
      if (from && from !== page().dataset.position) {
        const url = new URL(target.href);
        const here = url.searchParams.get("as_of");
        url.searchParams.set("as_of", from);
        if (here) url.searchParams.set("with", here);
        go(url.pathname + url.search);
        return true;
      }
    }
    target.click();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.id === "slider" && event.shiftKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      event.preventDefault();
      sameLane(event.target, event.key === "ArrowLeft" ? -1 : 1);
      return;
    }
    if (event.key === "Escape") { all("details.menu[open]").forEach((menu) => { menu.open = false; }); event.target.blur?.(); return; }
    if (kept(KEYS_OFF) === "1" || event.key.length !== 1 || typing(event.target)) return;
    const two = performance.now() - pressedAt < 600 ? pressed + (pressed === "g" ? " " : "") + event.key : "";
    pressedAt = performance.now();
    pressed = event.key;
    if (event.key === "g") { event.preventDefault(); return; }
    if ((two && press(two)) || press(event.key)) event.preventDefault();
  });

  // What was typed is done: the next key is a key again.
  document.addEventListener("submit", () => { if (typing(document.activeElement)) document.activeElement.blur(); });

  // -- small things

  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const text = copy.dataset.copy.startsWith("/") ? location.origin + copy.dataset.copy : copy.dataset.copy;
      try { await navigator.clipboard.writeText(text); tell(`Copied: ${text}`); } catch { tell(text); }
    }
    if (event.target.closest("[data-theme-switch]")) {
      const root = document.documentElement;
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      keep("theme", root.dataset.theme);
    }
    if (event.target.closest("[data-blame-switch]")) {
      const off = one("[data-blame]").classList.toggle("no-blame");
      keep("no-blame", off ? "1" : "0");
    }
    if (event.target.closest("[data-pause]")) pause();
    if (event.target.closest("[data-show-waiting]")) showWaiting();
    if (!event.target.closest("details.menu")) all("details.menu[open]").forEach((menu) => { menu.open = false; });
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-keys-off]")) keep(KEYS_OFF, event.target.checked ? "1" : "0");
  });

  const span = (seconds) => {
    for (const [size, unit, less, smaller] of [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]])
      if (seconds >= size) { const left = Math.floor(seconds % size / less); return `${Math.floor(seconds / size)} ${unit}${left ? ` ${left} ${smaller}` : ""}`; }
    return `${Math.floor(seconds)} s`;
  };
  setInterval(() => all("[data-relative]").forEach((each) => {
    const seconds = (Date.now() - Date.parse(each.dataset.relative)) / 1000;
    if (seconds >= 1) each.textContent = `${span(seconds)} ago`;
  }), RELATIVE_MS);

  // -- live: one stream for all tabs of a browser, in a shared worker where there is one

  let port = null, paused = false, unseen = 0, refresh = null;
  const listen = () => {
    const live = one("[data-live]");
    if (!live || page()?.className !== "now") { port?.postMessage({ stop: true }); return; }
    if (!window.SharedWorker) return;
    if (!port) {
      port = new SharedWorker(page().dataset.liveWorker).port;
      port.onmessage = (message) => heard(message.data);
      port.start();
      addEventListener("pagehide", () => port.postMessage({ stop: true }));
      addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
    }
    port.postMessage({ after: Number(page().dataset.position) });
  };
  const heard = (message) => {
    const live = one("[data-live]");
    if (!live) return;
    if (message.state) {
      if (message.state === "asking") return;
      live.classList.toggle("lost", message.state !== "open");
      if (message.state === "open") live.textContent = "● Live";
      else if (message.state === "lost") live.textContent = `○ Connection lost at ${clock(new Date().toISOString())}, trying again`;
      else live.textContent = "○ Not live";
      return;
    }
    const event = message.event;
    live.textContent = `● Live, last event ${clock(event.at)}`;
    if (event.position <= Number(page().dataset.position)) return;
    const list = one("[data-stream]");
    if (list ? fits(list, event) : concerns(event)) { unseen += 1; later(); }
  };
  const clock = (text) => `${String(text).slice(11, 19)} UTC`;
  const fits = (list, event) => {
    const type = list.dataset.type;
    if (list.dataset.project && event.project && event.project !== list.dataset.project) return false;
    return !type || event.type === type || (type.endsWith(".*") && event.type.startsWith(type.slice(0, -1)));
  };
  const concerns = (event) => {
    const service = /~([0-9a-f]{24})/.exec(location.pathname)?.[1];
    return service ? event.stream === `service-${service}` || event.service === service : /^(service|replica|project)[.]/.test(event.type);
  };
  // What a build says is no event: while a rollout goes on, the page asks again by itself.
  setInterval(() => { if (one("[data-going]") && !document.hidden) { unseen += 1; later(); } }, GOING_MS);
  const later = () => { refresh ??= setTimeout(() => { refresh = null; again(); }, REFRESH_MS); };
  const again = () => {
    // Never under somebody's hands: a field in use, an open menu, a selection, a place further down.
    const list = one("[data-stream]");
    const reading = list && (paused || scrollY > 200);
    const busy = typing(document.activeElement ?? document.body) || document.activeElement?.id === "slider" || one("details.menu[open]") || !getSelection()?.isCollapsed;
    if (page()?.className !== "now" || unseen === 0) return;
    if (reading) { waitingWords(); return; }
    if (busy || document.hidden) { later(); return; }
    unseen = 0;
    go(location.pathname + location.search, "");
  };
  const waitingWords = () => {
    const box = one("#waiting");
    if (!box) return;
    box.hidden = unseen === 0;
    one("button", box).textContent = `${unseen} new events, you are reading: show`;
  };
  const showWaiting = () => { paused = false; scrollTo(0, 0); again(); };
  const pause = () => { paused = !paused; const button = one("[data-pause]"); if (button) button.firstChild.textContent = paused ? "Go on " : "Pause "; if (!paused) again(); };

  // -- after each page

  const settled = () => {
    const icon = one("#icon"), url = page()?.dataset.icon;
    if (icon && url && icon.getAttribute("href") !== url) icon.setAttribute("href", url);
    if (kept("no-blame") === "1") one("[data-blame]")?.classList.add("no-blame");
    const zone = one("[data-own-zone]"), name = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && name && name !== "UTC") {
      const link = new URL(zone.href);
      link.searchParams.set("tz", name);
      zone.href = link.pathname + link.search;
      zone.textContent = name;
      zone.hidden = false;
    }
    const off = one("[data-keys-off]");
    if (off) off.checked = kept(KEYS_OFF) === "1";
    listen();
  };
  settled();
})();
