/** Findings as the editor has them: diagnostics of this server, by the architect's responsibilities. */

/** A diagnostic, as far as it is looked at here. */
export interface Shown {
  message: string;
  severity: number;
  rule: string;
  subject: string;
  line: number;
}

export interface Found<Place> extends Shown {
  place: Place;
}

export interface Group<Place> {
  name: string;
  rules: { rule: string; findings: Found<Place>[] }[];
  count: number;
}

/** The first part of a rule's id says whose concern it is. */
const RESPONSIBILITIES: readonly [string, string][] = [
  ["api", "API design"],
  ["data", "Data"],
  ["sys", "System design"],
  ["sec", "Security"],
  ["perf", "Performance"],
  ["ops", "Operations"],
  ["suppression", "Suppressions"],
];

/** Return findings by responsibility and rule, the most severe first; responsibilities without findings are left out. */
export function byResponsibility<Place>(findings: readonly Found<Place>[]): Group<Place>[] {
  const groups: Group<Place>[] = [];
  const known = new Set(RESPONSIBILITIES.map(([prefix]) => prefix));
  for (const [prefix, name] of [...RESPONSIBILITIES, ["", "Other"] as const]) {
    const rules = new Map<string, Found<Place>[]>();
    for (const finding of findings) {
      const own = finding.rule.split("-", 1)[0] ?? "";
      if (own !== prefix && !(prefix === "" && !known.has(own))) continue;
      rules.set(finding.rule, [...(rules.get(finding.rule) ?? []), finding]);
    }
    if (rules.size === 0) continue;
    const sorted = [...rules].map(([rule, found]) => ({ rule, findings: found.sort((a, b) => a.severity - b.severity) }));
    sorted.sort((a, b) => worst(a.findings) - worst(b.findings) || a.rule.localeCompare(b.rule));
    groups.push({ name, rules: sorted, count: sorted.reduce((sum, item) => sum + item.findings.length, 0) });
  }
  return groups;
}

export function worst(findings: readonly Shown[]): number {
  return Math.min(...findings.map((finding) => finding.severity));
}

export function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count.toLocaleString("en")} ${many}`;
}
