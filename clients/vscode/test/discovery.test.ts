import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { NotThere, type Places, servers } from "../src/discovery";

const root = mkdtempSync(join(tmpdir(), "places-"));
const nowhere: Places = { setting: "", interpreter: undefined, path: [], environment: undefined, home: root, isWindows: false };

function program(...parts: string[]): string {
  const file = join(root, ...parts);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, "");
  chmodSync(file, 0o755);
  return file;
}

const ofInterpreter = program("venv", "bin", "architrave");
const onPath = program("tools", "architrave");
const own = program("storage", "bin", "architrave");
const everywhere: Places = {
  ...nowhere,
  interpreter: join(root, "venv", "bin", "python"),
  path: [join(root, "none"), join(root, "tools")],
  environment: join(root, "storage"),
};

test("the interpreter comes before PATH, PATH before the private environment", async () => {
  assert.deepEqual((await servers(everywhere)).map(({ command }) => command), [ofInterpreter, onPath, own]);
});

test("the setting is the only choice", async () => {
  assert.deepEqual((await servers({ ...everywhere, setting: onPath })).map(({ command }) => command), [onPath]);
  assert.deepEqual((await servers({ ...everywhere, setting: "~/tools/architrave" })).map(({ command }) => command), [onPath]);
});

test("a setting that leads nowhere is said, not passed over", async () => {
  await assert.rejects(servers({ ...everywhere, setting: join(root, "none", "architrave") }), NotThere);
  await assert.rejects(servers({ ...everywhere, setting: "tools/architrave" }), /must be a whole path/);
});

test("folders of PATH that are not whole paths are passed over", async () => {
  assert.deepEqual(await servers({ ...nowhere, path: ["", ".", "tools"] }), []);
});

test("a file that cannot be run is no server", async () => {
  const file = program("dull", "architrave");
  chmodSync(file, 0o644);
  assert.deepEqual(await servers({ ...nowhere, path: [join(root, "dull")] }), []);
});
