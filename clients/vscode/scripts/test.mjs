// Runs the tests of what needs no editor.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const folder = mkdtempSync(join(tmpdir(), "architrave-"));
const tests = readdirSync("test").filter((name) => name.endsWith(".test.ts"));
await build({
  entryPoints: tests.map((name) => join("test", name)),
  outdir: folder,
  bundle: true,
  platform: "node",
  format: "cjs",
  external: ["vscode"],
});
const { status } = spawnSync(process.execPath, ["--test", ...tests.map((name) => join(folder, name.replace(/ts$/, "js")))], { stdio: "inherit" });
rmSync(folder, { recursive: true });
process.exit(status ?? 1);
