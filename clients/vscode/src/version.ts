/** Versions of the server: what it says of itself against what this extension needs. */

/** The oldest server that speaks what this extension expects. */
export const OLDEST = "0.1.0";

/** Return whether a version is at least another; one that is no version is not. */
export function isAtLeast(version: string, oldest: string): boolean {
  const [given, wanted] = [numbers(version), numbers(oldest)];
  if (given === undefined || wanted === undefined) return false;
  for (const [index, part] of wanted.entries()) {
    const other = given[index] ?? 0;
    if (other !== part) return other > part;
  }
  return true;
}

function numbers(version: string): number[] | undefined {
  const match = /^(\d+(?:\.\d+)*)/.exec(version.trim());
  return match?.[1]?.split(".").map(Number);
}
