// The running stack through its doors: the admin API, presigned uploads, and S3.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export const stack = JSON.parse(readFileSync(process.env.E2E_STACK, "utf8"));

/** A supplier id that no other run uses. */
export function supplierId(what) {
  return `${what}-${createHash("md5").update(`${process.hrtime.bigint()}`).digest("hex").slice(0, 12)}`;
}

/** A call of the admin API that must succeed; answers its JSON. */
export async function call(method, path, body, others = {}) {
  const answer = await fetch(stack.api_url + path, {
    method,
    headers: { authorization: `Bearer ${stack.admin_token}`, "content-type": "application/json", ...others },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

export async function addSupplier(id) {
  await call("POST", "/admin/suppliers", { supplier_id: id, name: `Supplier ${id}`, source: { kind: "upload" } });
}

/** Announces a file of a supplier. */
export async function announce(supplier, name, text) {
  const md5 = createHash("md5").update(text).digest("hex");
  const about = { supplier_id: supplier, file_name: name, size: Buffer.byteLength(text), md5 };
  return { ...(await call("POST", "/admin/uploads", about)), supplier, name };
}

/** Sends an announced file. */
export async function send(announced, text) {
  const { method, url, headers } = announced.upload;
  const { "content-length": _, ...others } = headers;
  const answer = await fetch(url, { method, headers: others, body: text });
  if (!answer.ok) throw new Error(`the upload was refused: ${answer.status} ${await answer.text()}`);
}

/** Puts bytes where an announced file belongs, whatever was announced. */
export async function putRaw(announced, text) {
  const key = `raw/${announced.supplier}/${announced.job_id}/${announced.name}`;
  const scope = `test/20260101/${stack.region}/s3/aws4_request`;
  const answer = await fetch(`${stack.endpoint}/${stack.bucket}/${key}`, {
    method: "PUT",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      "x-amz-meta-attempt": "0",
    },
    body: text,
  });
  if (!answer.ok) throw new Error(`PUT ${key} answered ${answer.status}: ${await answer.text()}`);
}

/** The phase of a job in the table itself. */
export async function record(job) {
  const scope = `test/20260101/${stack.region}/dynamodb/aws4_request`;
  const answer = await fetch(stack.endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "DynamoDB_20120810.GetItem",
    },
    body: JSON.stringify({ TableName: stack.tables.jobs, Key: { job_id: { S: job } }, ConsistentRead: true }),
  });
  return (await answer.json()).Item.phase.S;
}

/** The job when it has ended. */
export async function ended(job) {
  for (let look = 0; look < 240; look += 1) {
    const now = await call("GET", `/admin/jobs/${job}`);
    if (["complete", "failed"].includes(now.phase)) return now;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`job ${job} has not ended after a minute`);
}

/** Waits until a supplier's published list is that of `job`. */
export async function published(supplier, job) {
  for (let look = 0; look < 240; look += 1) {
    if ((await call("GET", `/admin/suppliers/${supplier}`)).published_job === job) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`the list of job ${job} was not published within a minute`);
}

/** Makes sure that the catalogue that the end-to-end suite uses is published. */
export async function loadCatalogue() {
  const text = readFileSync(new URL("../fixtures/catalogue.csv", import.meta.url), "utf8");
  const md5 = createHash("md5").update(text).digest("hex");
  const published = await call("GET", "/admin/catalogue");
  if (published.job?.file?.md5 === md5) return;
  const about = { file_name: "catalogue.csv", size: Buffer.byteLength(text), md5 };
  const announced = await call("POST", "/admin/catalogue/uploads", about);
  await send(announced, text);
  const job = await ended(announced.job_id);
  if (job.phase !== "complete") throw new Error(`the catalogue was not taken: ${job.error}`);
}

/** A price list of so many bolts. */
export function bolts(count) {
  const row = (_, n) => `B-${n};Hexagon bolt M${6 + (n % 20)} x ${20 + n} mm, zinc plated;pcs;${(n + 25) / 100}`;
  return ["Article;Product;Unit;Price EUR", ...Array.from({ length: count }, row), ""].join("\n");
}
