// Makes mqtt.js, and with it the licences of what is in there:
//
//     npm ci && npm run build
import { readFile, readdir, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const { packages } = JSON.parse(await readFile("package-lock.json", "utf8"));
const { version } = packages["node_modules/mqtt"];

await build({
  stdin: { contents: 'export { default } from "mqtt";', resolveDir: "." },
  outfile: "mqtt.js",
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  legalComments: "eof",
  banner: { js: `/*! MQTT.js ${version}, bundled by build.mjs; licences: mqtt.LICENSE.txt */` },
});

// MQTT.js's own bundle holds its dependencies (some only serve its command line, and are named all
// the same), and what stands in for Node's own modules, from @jspm/core.
const isInIt = (path, dev) => path === "node_modules/@jspm/core" || !dev;
let text = `mqtt.js holds MQTT.js ${version} and what it depends on. Their licences:\n`;
for (const [path, { dev, license }] of Object.entries(packages)) {
  if (path === "" || !isInIt(path, dev) || path.includes("/@types/")) continue;
  const name = path.replace("node_modules/", "");
  const files = (await readdir(path)).filter((file) => /^licen[cs]e/i.test(file));
  const texts = await Promise.all(files.map((file) => readFile(`${path}/${file}`, "utf8")));
  text += `\n--- ${name} (${license})\n\n${texts.join("\n").replaceAll("\r", "").trim()}\n`;
}
await writeFile("mqtt.LICENSE.txt", text);
