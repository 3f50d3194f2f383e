// A service's lines as they come, under those that the page already has. Read by fetch, from the number
// that the page ends with, so that no line is missed or doubled; a tab that nobody sees reads nothing.
(() => {
  "use strict";
  const RETRY_MS = [500, 1000, 2000, 5000, 10000];
  const ROWS_MAX = 2000, END_PX = 40;
  const one = (selector) => document.querySelector(selector);

  let box = null, after = 0, reading = null, retry = null, tries = 0, state = "asking";
  let paused = false, waiting = [], unseen = 0, lost = 0;

  // -- what a line looks like: as the server prints it

  const shown = (text) => text.replace(/(?! )[\p{C}\p{Z}]/gu, (letter) => {
    const code = letter.codePointAt(0);
    if (letter === "\t") return "    ";
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  const clock = (text) => {
    const form = { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" };
    try { return new Intl.DateTimeFormat("en-GB", { ...form, timeZone: box.dataset.zone }).format(new Date(text)); }
    catch { return new Intl.DateTimeFormat("en-GB", { ...form, timeZone: "UTC" }).format(new Date(text)); }
  };
  const part = (tag, text, kind = "") => { const made = document.createElement(tag); made.textContent = text; if (kind) made.className = kind; return made; };
  const row = (line) => {
    const made = document.createElement("li");
    made.className = ["stdout", "stderr", "system"].includes(line.stream) ? line.stream : "";
    const when = part("time", clock(line.timestamp));
    when.dateTime = line.timestamp;
    const replica = part("span", JSON.parse(box.dataset.names)[line.replica] ?? line.replica.slice(-4), "soft");
    replica.title = line.replica;
    made.append(when, " ", replica, " ", part("span", shown(line.stream), "stream"), " ", part("code", shown(line.message)));
    return made;
  };
  const fits = (line) => {
    const { text, replica } = box.dataset;
    return (!replica || line.replica === replica) && (!text || line.message.toLowerCase().includes(text.toLowerCase()));
  };

  // -- what the page says and how it stands

  const atEnd = () => box.hidden || box.scrollHeight - box.scrollTop - box.clientHeight <= END_PX;
  const words = () => {
    if (paused) return "○ Paused";
    return { open: "● Following", lost: "○ Connection lost, trying again", ended: "○ No longer following: sign in again", asking: "○ Connecting" }[state];
  };
  const paint = () => {
    const live = one("[data-lines-state]"), button = one("[data-lines-pause]"), more = one("[data-lines-waiting]");
    if (live) { live.hidden = false; live.textContent = words(); live.classList.toggle("lost", paused || state !== "open"); }
    if (button) { button.hidden = false; button.setAttribute("aria-pressed", String(paused)); button.firstChild.textContent = paused ? "Go on " : "Pause "; }
    if (more) { more.hidden = unseen === 0; more.textContent = `${unseen} new ${unseen === 1 ? "line" : "lines"}, you are reading: show`; }
  };
  const put = () => {
    if (!waiting.length) return;
    const stays = atEnd() || lost > 0;
    if (lost) box.replaceChildren(part("li", `… ${lost} lines came meanwhile that are not shown`, "gap"));
    box.append(...waiting.map(row));
    while (box.children.length > ROWS_MAX) box.firstElementChild.remove();
    waiting = []; unseen = 0; lost = 0;
    box.hidden = false;
    const none = one("[data-lines-none]");
    if (none) none.hidden = true;
    if (stays) box.scrollTop = box.scrollHeight;
  };
  const take = (lines) => {
    waiting.push(...lines);
    unseen += lines.length;
    // Held for who reads further up, but no more than the page would show.
    if (waiting.length > ROWS_MAX) lost += waiting.splice(0, waiting.length - ROWS_MAX).length;
    if (!paused && atEnd()) put();
    paint();
  };
  const catchUp = () => { paused = false; const end = () => { box.scrollTop = box.scrollHeight; }; end(); put(); end(); paint(); };

  // -- reading

  const heard = (blocks) => {
    const lines = [];
    for (const block of blocks) {
      let kind = "", text = "";
      for (const each of block.split("\n")) {
        if (each.startsWith("id: ")) after = Number(each.slice(4));
        else if (each.startsWith("event: ")) kind = each.slice(7);
        else if (each.startsWith("data: ")) text += each.slice(6);
      }
      if (kind === "line") { const line = JSON.parse(text); if (fits(line)) lines.push(line); }
      else if (kind === "end" && ["unauthorized", "not_allowed"].includes(JSON.parse(text).code)) state = "ended";
    }
    if (lines.length) take(lines);
  };
  const stop = () => { clearTimeout(retry); retry = null; reading?.abort(); reading = null; };
  const read = async () => {
    stop();
    const mine = reading = new AbortController();
    try {
      const answer = await fetch(box.dataset.lines, { signal: mine.signal, cache: "no-store", headers: { "Last-Event-ID": String(after) } });
      // Signed out, or no right to it any more: asking again would not help.
      if ([401, 403, 404].includes(answer.status)) { state = "ended"; paint(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      tries = 0; state = "open"; paint();
      const parts = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await parts.read();
        if (done) break;
        const blocks = (text + value).split("\n\n");
        text = blocks.pop();
        if (reading === mine) heard(blocks);
      }
    } catch { /* Lost, like an end: what follows is the same. */ }
    if (reading !== mine) return;
    reading = null;
    if (state === "ended") { paint(); return; }
    state = "lost"; paint();
    retry = setTimeout(read, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
  };

  const settled = () => {
    const found = one("[data-lines]");
    if (found === box) { if (box) paint(); return; }
    stop();
    box = found;
    if (!box) return;
    after = Number(box.dataset.after); waiting = []; unseen = 0; lost = 0; tries = 0; paused = false; state = "asking";
    box.scrollTop = box.scrollHeight;
    box.addEventListener("scroll", () => { if (!paused && unseen && atEnd()) { put(); paint(); } }, { passive: true });
    paint();
    if (!document.hidden) read();
  };
  document.addEventListener("click", (event) => {
    if (!box) return;
    if (event.target.closest("[data-lines-pause]")) { if (paused) catchUp(); else { paused = true; paint(); } }
    if (event.target.closest("[data-lines-waiting]")) catchUp();
  });
  document.addEventListener("visibilitychange", () => {
    if (!box || state === "ended") return;
    if (document.hidden) stop(); else if (!reading) read();
  });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted && box && state !== "ended") read(); });
  document.addEventListener("htmx:after:swap", settled);
  settled();
})();
