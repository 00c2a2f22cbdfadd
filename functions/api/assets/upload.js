// Uploads: each file's MD5 is computed here, the file is announced, and goes straight to the bucket by a PUT that is
// bound to exactly these bytes.
(() => {
  const SLICE = 4 << 20;

  /* ── MD5 (RFC 1321), piece by piece: a file is never held whole ── */
  const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
  const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);

  class Md5 {
    constructor() {
      this.state = Int32Array.of(0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476);
      this.rest = new Uint8Array(0);
      this.length = 0;
    }

    update(bytes) {
      this.length += bytes.length;
      const all = new Uint8Array(this.rest.length + bytes.length);
      all.set(this.rest);
      all.set(bytes, this.rest.length);
      const whole = all.length - (all.length % 64);
      const view = new DataView(all.buffer);
      for (let at = 0; at < whole; at += 64) this.block(view, at);
      this.rest = all.slice(whole);
    }

    block(view, at) {
      const words = new Int32Array(16);
      for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i, true);
      let [a, b, c, d] = this.state;
      for (let i = 0; i < 64; i++) {
        let mixed, word;
        if (i < 16) (mixed = (b & c) | (~b & d)), (word = i);
        else if (i < 32) (mixed = (d & b) | (~d & c)), (word = (5 * i + 1) % 16);
        else if (i < 48) (mixed = b ^ c ^ d), (word = (3 * i + 5) % 16);
        else (mixed = c ^ (b | ~d)), (word = (7 * i) % 16);
        const sum = (a + mixed + SINES[i] + words[word]) | 0;
        const shift = SHIFTS[(i >> 4) * 4 + (i % 4)];
        [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
      }
      this.state[0] += a;
      this.state[1] += b;
      this.state[2] += c;
      this.state[3] += d;
    }

    digest() {
      const { length } = this;
      const padding = new Uint8Array(((119 - (length % 64)) % 64) + 9);
      padding[0] = 0x80;
      const view = new DataView(padding.buffer);
      view.setUint32(padding.length - 8, (length * 8) >>> 0, true);
      view.setUint32(padding.length - 4, Math.floor(length / 2 ** 29), true);
      this.update(padding);
      return [...new Uint8Array(this.state.buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    }
  }

  async function md5Of(file, tell) {
    const md5 = new Md5();
    for (let at = 0; at < file.size; at += SLICE) {
      md5.update(new Uint8Array(await file.slice(at, at + SLICE).arrayBuffer()));
      tell(Math.min(at + SLICE, file.size));
    }
    return md5.digest();
  }

  /* ── One file's way ── */
  async function announce(form, chosen, file, md5) {
    const about = { file_name: file.name, size: file.size, md5, ...chosen };
    if (file.type) about.content_type = file.type;
    const answer = await fetch(form.dataset.announce, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(about),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(window.pages.problemOf(answer.status, text));
    return JSON.parse(text);
  }

  /** A large file goes in parts; one that breaks off is sent again, the others are not. */
  async function sendAll({ method, part_size, parts, complete, ...whole }, file, tell) {
    if (!parts) return put(method, whole, file, tell);
    for (const [at, part] of parts.entries()) {
      const from = at * part_size;
      const piece = file.slice(from, from + part_size);
      for (let tries = 1; ; tries++) {
        try {
          await put(method, part, piece, (done) => tell(from + done));
          break;
        } catch (error) {
          if (tries === 3) throw error;
        }
      }
    }
    const answer = await fetch(complete, { method: "POST" });
    if (!answer.ok) throw new Error(window.pages.problemOf(answer.status, await answer.text()));
  }

  function put(method, { url, headers }, bytes, tell) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, url);
      for (const [name, value] of Object.entries(headers)) {
        if (name !== "content-length") request.setRequestHeader(name, value);
      }
      request.upload.onprogress = (event) => tell(event.loaded);
      request.onload = () => {
        if (request.status < 300) resolve();
        else reject(new Error(`The store refused the file (HTTP ${request.status}). Try again.`));
      };
      request.onerror = () => reject(new Error("The connection broke off. Try again."));
      request.send(bytes);
    });
  }

  function lineOf(file) {
    const line = document.createElement("li");
    line.className = "grid gap-1.5 rounded-md border border-line p-3";
    const name = document.createElement("p");
    name.className = "font-medium wrap-anywhere";
    name.textContent = file.name;
    const state = document.createElement("p");
    state.className = "text-xs text-muted tabular-nums";
    const bar = document.createElement("progress");
    bar.max = file.size || 1;
    bar.setAttribute("aria-label", `Upload of ${file.name}`);
    line.append(name, state, bar);
    return { line, state, bar };
  }

  /** `chosen` is what the form said when the file was given to it. */
  async function upload(form, chosen, file) {
    const { line, state, bar } = lineOf(file);
    form.querySelector("[data-files]").prepend(line);
    const say = (text, done) => {
      state.textContent = text;
      if (done !== undefined) bar.value = done;
    };
    const percent = (done) => `${Math.floor((100 * done) / (file.size || 1))} %`;
    try {
      const md5 = await md5Of(file, (done) => say(`Checksum ${percent(done)}`, done));
      const announced = await announce(form, chosen, file, md5);
      line.dataset.job = announced.job_id;
      say("Sending 0 %", 0);
      await sendAll(announced.upload, file, (done) => say(`Sending ${percent(done)}`, done));
      bar.remove();
      state.remove();
      const progress = document.createElement("div");
      line.append(progress);
      window.pages.changed();
      await htmx.ajax("GET", `/jobs/${announced.job_id}/progress`, { target: progress, swap: "outerHTML" });
    } catch (error) {
      bar.remove();
      state.className = "text-xs text-bad";
      say(error.message);
    }
  }

  /* ── The dialog ── */
  for (const form of document.querySelectorAll("form[data-upload]")) {
    const drop = form.querySelector("[data-drop]");
    const input = drop.querySelector("input");
    const alert = form.querySelector("[role=alert]");
    const take = (files) => {
      const missing = form.querySelector("select:invalid");
      alert.hidden = !missing;
      if (missing) {
        alert.textContent = "Choose the supplier first, then the files.";
        missing.focus();
        return;
      }
      const chosen = window.pages.jsonOf(form);
      for (const file of files) upload(form, chosen, file);
    };
    input.addEventListener("change", () => {
      take([...input.files]);
      input.value = "";
    });
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.dataset.over = "";
    });
    drop.addEventListener("dragleave", () => delete drop.dataset.over);
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      delete drop.dataset.over;
      take([...event.dataTransfer.files]);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** How the chosen supplier's lists are read; what is not said leaves it to the supplier's settings. */
  function asTheSupplierSays(select) {
    const box = select.form.elements.process_via_ml;
    const isOn = select.selectedOptions[0]?.dataset.viaMl !== "false";
    box.checked = isOn;
    box.toggleAttribute("data-unset", isOn);
  }
  const select = document.getElementById("upload-supplier");
  select?.addEventListener("change", () => asTheSupplierSays(select));

  function choose(supplier, name) {
    if (!select) return;
    if (supplier) {
      // One that was added since the page was loaded, or is on another page of suppliers.
      if (![...select.options].some((option) => option.value === supplier)) select.add(new Option(name, supplier));
      select.value = supplier;
    }
    asTheSupplierSays(select);
  }
  document.body.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open=upload]");
    if (opener) choose(opener.dataset.supplier, opener.dataset.name);
  });

  // A link may lead here to upload a list: #upload, or #upload= and the supplier's id.
  const wanted = new URLSearchParams(location.hash.slice(1)).get("upload");
  const dialog = document.getElementById("upload");
  if (wanted !== null && dialog) {
    history.replaceState(null, "", location.pathname + location.search);
    choose(wanted, wanted);
    dialog.showModal();
  }
})();
