// Makes architrave-VERSION.vsix: the wheel of the server, the bundle, and what the marketplace shows.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve("../..");
const windows = process.platform === "win32";
const own = join(root, ".venv", windows ? "Scripts/python.exe" : "bin/python");
const python = process.env.PYTHON ?? (existsSync(own) ? own : windows ? "py" : "python3");

// Two packages of the same source are equal byte by byte: nothing in them says when, or in which part of the world, they were made.
process.env.SOURCE_DATE_EPOCH ??= "1580601600";
process.env.TZ = "UTC";

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) {
    console.error(`\`${command} ${args.join(" ")}\` failed${error ? `: ${error.message}` : ""}.`);
    process.exit(1);
  }
}

rmSync("server", { recursive: true, force: true });
mkdirSync("server");
run(python, "-m", "build", "--wheel", "--outdir", "server", root);
copyFileSync(join(root, "docs", "architrave.schema.json"), "architrave.schema.json");
copyFileSync(join(root, "LICENSE"), "LICENSE");
run(process.execPath, "node_modules/typescript/bin/tsc", "--noEmit");
run(process.execPath, "scripts/build.mjs");

// An installed extension's page shows pictures from the web alone, so the page in the package goes without.
mkdirSync("dist", { recursive: true });
writeFileSync("dist/README.md", readFileSync("README.md", "utf8").replace(/^!\[.*\]\(.*\)\n\n/gm, ""));
const options = ["--no-dependencies", "--allow-missing-repository", "--readme-path", "dist/README.md"];
run(process.execPath, "node_modules/@vscode/vsce/vsce", "package", ...options);
