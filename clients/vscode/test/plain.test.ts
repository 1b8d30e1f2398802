import assert from "node:assert/strict";
import test from "node:test";
import { dollars } from "../src/dollars";
import { byResponsibility, type Found } from "../src/findings";
import { Restarts } from "../src/restarts";
import { isAtLeast } from "../src/version";

test("versions are compared by their numbers", () => {
  assert.ok(isAtLeast("0.1.0", "0.1.0"));
  assert.ok(isAtLeast("0.10.0", "0.9.3"));
  assert.ok(isAtLeast("1.0", "0.1.0"));
  assert.ok(isAtLeast("0.2.0.dev3+local", "0.1.0"));
  assert.ok(!isAtLeast("0.0.9", "0.1.0"));
  assert.ok(!isAtLeast("", "0.1.0"));
});

test("a server that keeps ending is given up, and one that ends now and then is not", () => {
  const restarts = new Restarts();
  assert.deepEqual([0, 1, 2, 3].map((second) => restarts.isAllowed(second * 1000)), [true, true, true, false]);
  restarts.forget();
  assert.ok(restarts.isAllowed(5000));
  const rare = new Restarts();
  assert.ok([0, 10, 20, 30, 40].every((minute) => rare.isAllowed(minute * 60_000)));
});

test("findings go by responsibility and rule, the most severe first", () => {
  const found = (rule: string, severity: number): Found<null> => ({ message: rule, severity, rule, subject: "", line: 1, place: null });
  const groups = byResponsibility([found("sys-b", 1), found("ops-x", 1), found("sys-a", 2), found("sys-b", 0), found("odd", 3)]);
  assert.deepEqual(
    groups.map(({ name, count, rules }) => [name, count, rules.map(({ rule }) => rule)]),
    [
      ["System design", 3, ["sys-b", "sys-a"]],
      ["Operations", 1, ["ops-x"]],
      ["Other", 1, ["odd"]],
    ],
  );
  assert.deepEqual(groups[0]?.rules[0]?.findings.map(({ severity }) => severity), [0, 1]);
});

test("what was spent is not told as nothing", () => {
  assert.deepEqual([0, 0.003, 0.01, 1.5].map(dollars), ["$0.00", "<$0.01", "$0.01", "$1.50"]);
});
