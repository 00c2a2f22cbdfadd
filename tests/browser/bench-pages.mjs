// How fast the desk's pages answer with much in the tables: 200,000 items of 20 suppliers, 20,000 of them to review.
// Seeds the tables and the bucket of the running stack directly (E2E_STACK), then asks each page many times and prints
// the times. `cargo xtask bench pages [items] [requests]` runs it on a stack of its own.
import { Agent, request } from "node:http";
import { DESKTOP, launch, open, signIn } from "./browser.mjs";
import { addSupplier, announce, call, ended, loadCatalogue, send, stack, supplierId } from "./stack.mjs";

const ITEMS = Number(process.argv[2] ?? 200_000);
const REQUESTS = Number(process.argv[3] ?? 60);
const SUPPLIERS = 20;
const SHARDS = 16;
const PARALLEL = 16;
const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL });

/** A call of DynamoDB's API. */
function dynamodb(operation, body) {
  const scope = `test/20260101/${stack.region}/dynamodb/aws4_request`;
  const headers = {
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `DynamoDB_20120810.${operation}`,
  };
  return new Promise((resolve, reject) => {
    const sent = request(stack.endpoint, { method: "POST", headers, agent }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += chunk));
      answer.on("end", () => (answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text))));
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}

/** The shard of a key, as the store reckons it (FNV-1a). */
function shard(key) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return String(hash % SHARDS).padStart(2, "0");
}

const S = (text) => ({ S: text });
const N = (number) => ({ N: String(number) });

/** What became of the nth item; every tenth waits for a person. */
const decisionOf = (n) => (n % 10 === 0 ? "review" : n % 3 === 0 ? "new" : "matched");

/** The record of the nth item. */
function record(supplier, n) {
  const key = `sku:x-${n}`;
  const decision = decisionOf(n);
  const score = (n % 800) / 1000;
  const rank = `${score.toFixed(6)}#${key}`;
  const candidate = (id, probability) => ({ M: { product_id: S(id), probability: N(probability) } });
  const found = {
    decision: S(decision),
    probability: N(score),
    accept_score: N(score),
    candidates: { L: [candidate("HM-450", score), candidate("HM-600", score / 2)] },
    reasons: { L: [S("The names agree but for the weight.")] },
    ...(decision === "matched" && { product_id: S("HM-450") }),
  };
  return {
    schema: N(1),
    supplier_shard: S(`${supplier}#${shard(key)}`),
    decision_shard: S(`${supplier}#${decision}#${shard(key)}`),
    supplier_id: S(supplier),
    item_key: S(key),
    sku: S(`X-${n}`),
    name: S(`Claw hammer ${n % 900} g, handle of fibreglass, variant ${n}`),
    price: S((10 + (n % 500) / 100).toFixed(2)),
    currency: S("EUR"),
    match: { M: found },
    ...(decision === "matched" && { product_id: S(n % 1000 === 1 ? "HM-450" : `P-${n}`) }),
    ...(decision === "review" && {
      review_of: S(`${supplier}#${Math.floor(score * 10)}`),
      review_band: S(String(Math.floor(score * 100)).padStart(2, "0")),
      review_rank: S(rank),
    }),
  };
}

/** A zstd frame (RFC 8878) of blocks that are stored as they are. */
function zstd(text) {
  const bytes = Buffer.from(text);
  // Magic number; no checksum, no dictionary, a window of 128 KiB.
  const pieces = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38])];
  const BLOCK = 128 << 10;
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK);
    const isLast = at + BLOCK >= bytes.length;
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (isLast ? 1 : 0), 0, 3);
    pieces.push(header, block);
  }
  return Buffer.concat(pieces);
}

async function putObject(key, bytes) {
  const scope = `test/20260101/${stack.region}/s3/aws4_request`;
  const answer = await fetch(`${stack.endpoint}/${stack.bucket}/${key}`, {
    method: "PUT",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    },
    body: bytes,
  });
  if (!answer.ok) throw new Error(`PUT ${key} answered ${answer.status}: ${await answer.text()}`);
}

/** The published list of a supplier as the bucket has it: the snapshot, and the text that words are looked for in. */
async function publish(supplier, each) {
  // A list of one item makes a job to be the published one.
  const text = "Article;Product;Price EUR\nX-0;Claw hammer;1.00\n";
  const announced = await announce(supplier, "list.csv", text);
  await send(announced, text);
  const { job_id, created_at } = await ended(announced.job_id);
  const [lines, words] = [[], []];
  for (let n = 0; n < each; n += 1) {
    const item = plain({ M: record(supplier, n) });
    const { supplier_shard, decision_shard, review_of, review_band, review_rank, product_id, schema, ...published } = item;
    lines.push(JSON.stringify({ key: item.item_key, published, extra: null }));
    words.push(`${Date.parse(created_at)}\t${n % 7 ? "" : "2.5"}\t${item.item_key}\t${item.name.toLowerCase()} ${item.sku.toLowerCase()}\n`);
  }
  await putObject(`results/${supplier}/${job_id}.jsonl.zst`, zstd(`${lines.join("\n")}\n`));
  await putObject(`results/${supplier}/${job_id}.search.zst`, zstd(words.join("")));
}

/** A record's value without DynamoDB's types. */
function plain(value) {
  const [[kind, inner]] = Object.entries(value);
  if (kind === "M") return Object.fromEntries(Object.entries(inner).map(([name, field]) => [name, plain(field)]));
  if (kind === "L") return inner.map(plain);
  // Money is written as text, figures of the match as numbers.
  return kind === "N" ? Number(inner) : inner;
}

async function seed(suppliers) {
  const each = ITEMS / SUPPLIERS;
  const batches = [];
  for (const supplier of suppliers) {
    await publish(supplier, each);
    for (let n = 0; n < each; n += 25) batches.push([supplier, n]);
  }
  const work = batches[Symbol.iterator]();
  const worker = async () => {
    for (const [supplier, n] of work) {
      const puts = Array.from({ length: 25 }, (_, k) => ({ PutRequest: { Item: record(supplier, n + k) } }));
      await dynamodb("BatchWriteItem", { RequestItems: { [stack.tables.items]: puts } });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  const of = { matched: 0, review: 0, new: 0 };
  for (let n = 0; n < each; n += 1) of[decisionOf(n)] += 1;
  const counts = { items: N(each), review: N(of.review), matched: N(of.matched), new: N(of.new) };
  for (const supplier of suppliers) {
    await dynamodb("UpdateItem", {
      TableName: stack.tables.suppliers,
      Key: { supplier_id: S(supplier) },
      UpdateExpression: "SET counts = :counts",
      ExpressionAttributeValues: { ":counts": { M: counts } },
    });
  }
}

/** What is promised, in milliseconds: an answer at p95, and a new browser's first view in the median. */
const ANSWER_MS = 500;
const FIRST_VIEW_MS = 300;
/** The largest page, with all that it loads, in bytes as they are sent. */
const PAGE_BYTES = 100_000;
const broken = [];

/** Prints a figure and whether it keeps what is promised. */
function verdict(name, figures, isKept) {
  if (!isKept) broken.push(name);
  console.log(`${isKept ? "pass" : "FAIL"}  ${name.padEnd(34)} ${figures}`);
}

const at = (times, part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];

async function measure(name, ask) {
  await ask(0);
  const times = [];
  for (let n = 0; n < REQUESTS; n += 1) {
    const began = performance.now();
    // Of what needs a request before it, only its own time counts.
    const own = await ask(n);
    times.push(typeof own === "number" ? own : performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const [median, p95] = [at(times, 0.5), at(times, 0.95)];
  verdict(name, `p50 ${median.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms`, p95 < ANSWER_MS);
}

async function page(path) {
  const answer = await fetch(stack.api_url + path, { headers: { authorization: `Bearer ${stack.admin_token}` } });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.text();
}

// Before all else, so that it is at once that one hears of a browser that is missing.
const browser = await launch();
await loadCatalogue();
const suppliers = Array.from({ length: SUPPLIERS }, (_, n) => supplierId(`bench${n}`));
for (const supplier of suppliers) await addSupplier(supplier);
const began = performance.now();
await seed(suppliers);
console.log(`${ITEMS} items seeded in ${((performance.now() - began) / 1000).toFixed(0)} s; ${REQUESTS} requests each`);
const one = suppliers[3];
await measure("/", () => page("/"));
await measure("/review", () => page("/review"));
await measure("/review, one supplier", () => page(`/review?supplier=${one}`));
await measure("/review, table", () => page("/review?view=table"));
await measure("/items, one supplier", () => page(`/items?supplier=${one}`));
await measure("/items", () => page("/items"));
await measure("/items, to review", () => page("/items?decision=review"));
await measure("/items, matched of one supplier", () => page(`/items?supplier=${one}&decision=matched`));
await measure("/items, new", () => page("/items?decision=new"));
await measure("/items, by words", (n) => page(`/items?q=${encodeURIComponent(`hammer variant ${n}`)}`));
await measure("/items, by words, one supplier", (n) => page(`/items?supplier=${one}&q=${encodeURIComponent(`${n} g handle`)}`));
await measure("/items, price went up", () => page("/items?price_move=up"));
await measure("/items, new of the last lists", () => page("/items?decision=new&changed=last_list"));
await measure("/suppliers", () => page("/suppliers"));
await measure("/suppliers, the cards alone", () => page("/suppliers/cards"));
await measure("a product", () => page("/products?id=HM-450"));
await measure("an item", (n) => page(`/items/${one}?key=${encodeURIComponent(`sku:x-${n}`)}`));
await measure("/catalogue", () => page("/catalogue"));
const { reviews } = await call("GET", `/admin/reviews?supplier=${one}&limit=50`);
const decide = async (n) => {
  const { item } = reviews[n % reviews.length];
  const path = `/admin/suppliers/${one}/items/${item.item_key}/decision`;
  await call("POST", path, { ruling: { product_id: "HM-450" } }, { "if-match": "*" });
};
await measure("deciding on an item", decide);

/** The form of the card that is shown, as the browser would send it. */
async function card(path) {
  const html = await page(path);
  const inputs = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  return new URLSearchParams(inputs.map(([, name, value]) => [name, value.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code))]));
}
const answered = async () => {
  const form = await card(`/review?supplier=${suppliers[5]}`);
  form.set("action", "new");
  const began = performance.now();
  const answer = await fetch(`${stack.api_url}/review/answer`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.admin_token}`, "content-type": "application/x-www-form-urlencoded" },
    body: form,
  });
  if (!answer.ok) throw new Error(`/review/answer answered ${answer.status}: ${await answer.text()}`);
  await answer.text();
  return performance.now() - began;
};
await measure("answering a card, with the next", answered);

for (const format of ["csv", "xlsx"]) {
  const began = performance.now();
  const { items, size } = await call("GET", `/admin/items/export?format=${format}`);
  const took = (performance.now() - began) / 1000;
  console.log(`export of ${items} items as ${format}: ${(size / 1e6).toFixed(1)} MB in ${took.toFixed(1)} s`);
}

// What the emulator itself takes to ask a function that has nothing to do.
await measure("/healthz", () => page("/healthz"));

// What a person with a new browser waits for: from asking for the page until something of it is painted (First Contentful
// Paint), with nothing cached. Whoever signed in has closed that page: its polls are another's.
const signedIn = await open(browser, { viewport: DESKTOP });
await signIn(signedIn.page);
await signedIn.page.waitForURL("**/");
const { origin } = new URL(signedIn.page.url());
const cookies = (await signedIn.page.context().cookies(origin)).map(({ name, value }) => ({ name, value, url: origin }));
await signedIn.close();
for (const path of ["/", "/suppliers", "/review", "/items", "/catalogue"]) {
  const [views, answers] = [[], []];
  let bytes = 0;
  for (let n = 0; n < 9; n += 1) {
    const { page, close } = await open(browser, { viewport: DESKTOP });
    await page.context().addCookies(cookies);
    await page.goto(path, { waitUntil: "load" });
    const seen = await page.evaluate(async () => {
      const painted = () => performance.getEntriesByName("first-contentful-paint")[0];
      while (!painted()) await new Promise(requestAnimationFrame);
      const [navigation] = performance.getEntriesByType("navigation");
      const loaded = [navigation, ...performance.getEntriesByType("resource")];
      const bytes = loaded.reduce((sum, it) => sum + it.transferSize, 0);
      return { view: painted().startTime, answer: navigation.responseStart, bytes };
    });
    views.push(seen.view);
    answers.push(seen.answer);
    bytes = seen.bytes;
    await close();
  }
  for (const times of [views, answers]) times.sort((a, b) => a - b);
  const [median, answer] = [at(views, 0.5), at(answers, 0.5)];
  const figures = `p50 ${median.toFixed(0)} ms, ${answer.toFixed(0)} of them until the answer; slowest ${views.at(-1).toFixed(0)} ms`;
  verdict(`first view of ${path}`, figures, median < FIRST_VIEW_MS);
  verdict(`size of ${path}`, `${(bytes / 1000).toFixed(0)} kB with all that it loads`, bytes < PAGE_BYTES);
}
console.log(broken.length ? `Not as promised: ${broken.join("; ")}` : "All as promised.");
await browser.close();
agent.destroy();
