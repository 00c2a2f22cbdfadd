// What stands in a workbook, without a library: the zip's directory, and the cells of its first sheet.
import { inflateRawSync } from "node:zlib";

/** The text of a file in a zip (APPNOTE.TXT, 4.3). */
function entry(zip, name) {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n -= 1) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field));
    if (zip.toString("utf8", at + 46, at + 46 + nameLength) === name) {
      const local = zip.readUInt32LE(at + 42);
      const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const bytes = zip.subarray(from, from + zip.readUInt32LE(at + 20));
      return (zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(bytes) : bytes).toString("utf8");
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`the workbook has no ${name}`);
}

const plain = (xml) =>
  xml.replace(/<[^>]*>/g, "").replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => ({ lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" })[name]);

/** The rows of the first sheet, each a map from header to cell; numbers are numbers. */
export function rows(zip) {
  const sheet = entry(zip, "xl/worksheets/sheet1.xml");
  const [header, ...others] = [...sheet.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map(([, row]) =>
    Object.fromEntries(
      [...row.matchAll(/<c r="([A-Z]+)\d+"([^>]*)>(.*?)<\/c>/gs)].map(([, column, about, value]) => [
        column,
        about.includes('t="') ? plain(value) : Number(plain(value)),
      ]),
    ),
  );
  return others.map((row) => Object.fromEntries(Object.entries(row).map(([column, cell]) => [header[column], cell])));
}
