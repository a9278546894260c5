// Collects the licence texts of every package that ends up in the bundle.
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";

const TEXT = /^(licen[cs]e|notice|copying|ofl)/i;

/** "node_modules/@xyflow/react/dist/x.js" belongs to "@xyflow/react". */
function owner(file) {
  return file.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1];
}

/** The texts of the packages that `inputs` come from, in the order of their names. */
export async function licences(root, inputs) {
  const names = [...new Set(inputs.map(owner).filter(Boolean))].sort();
  const parts = [];
  for (const name of names) {
    const folder = path.join(root, "node_modules", name);
    const facts = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
    const files = (await readdir(folder)).filter((file) => TEXT.test(file)).sort();
    const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), "utf8")));
    if (!texts.length && !facts.license) throw new Error(`${name} has no licence.`);
    const head = `${name} ${facts.version} (${facts.license})`;
    parts.push([head, "=".repeat(head.length), ...texts.map((text) => text.trim())].join("\n\n"));
  }
  return `Packages in this bundle and their licences\n\n${parts.join("\n\n\n")}\n`;
}
