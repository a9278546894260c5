// Bundles src/ into the Python package's static folder. One dependency: esbuild.
import { build, context } from "esbuild";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";

import { licences } from "./licences.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const watch = process.argv.includes("--watch");
const dist = path.join(here, "../tresse/web/static/tresse/dist");
// Built aside, so that a build that fails leaves the old bundle in place.
const out = watch ? dist : path.join(here, "node_modules/.dist");

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: !watch,
  sourcemap: watch ? "inline" : false,
  logLevel: "warning",
  legalComments: "none", // whole texts are in THIRD_PARTY_LICENSES.txt
  metafile: true,
  outdir: out,
  target: ["es2022", "chrome125", "firefox128", "safari18"],
};
const scripts = {
  ...common,
  entryPoints: { app: "src/js/app.js", canvas: "src/js/canvas.jsx", datasets: "src/js/datasets.js" },
  format: "esm",
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": watch ? '"development"' : '"production"' },
};
const styles = {
  ...common,
  entryPoints: Object.fromEntries(
    ["app", "canvas", "imports", "sources", "datasets"].map((name) => [name, `src/css/${name}.css`]),
  ),
  loader: { ".woff2": "file" },
  assetNames: "fonts/[name]-[hash]",
};

/** One sprite of the icons named in icons.json. */
async function icons() {
  const names = JSON.parse(await readFile(path.join(here, "src/icons.json"), "utf8"));
  const symbols = await Promise.all(
    names.map(async (name) => {
      const file = path.join(here, `node_modules/lucide-static/icons/${name}.svg`);
      const shapes = (await readFile(file, "utf8"))
        .replace(/<!--[\s\S]*?-->/g, "")
        .replace(/[\s\S]*?<svg[^>]*>/, "")
        .replace("</svg>", "")
        .replace(/\s+/g, " ")
        .trim();
      return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
    }),
  );
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
  await writeFile(path.join(out, "icons.svg"), sprite);
}

if (!watch) await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await icons();
await copyFile(path.join(here, "src/favicon.svg"), path.join(out, "favicon.svg"));
if (watch) {
  for (const options of [scripts, styles]) await (await context(options)).watch();
  console.log("Watching frontend/src");
} else {
  const results = await Promise.all([build(scripts), build(styles)]);
  const inputs = results.flatMap((result) => Object.keys(result.metafile.inputs));
  const text = await licences(here, [...inputs, "node_modules/lucide-static/icons"]);
  await writeFile(path.join(out, "THIRD_PARTY_LICENSES.txt"), text);
  await rm(dist, { recursive: true, force: true });
  await mkdir(path.dirname(dist), { recursive: true });
  await rename(out, dist);
}
