/** How often a server that ends is started again. */

const WITHIN = 3 * 60 * 1000; // Milliseconds.

export class Restarts {
  readonly most = 3;
  private times: number[] = [];

  /** Note that the server ended, and return whether it may be started once more. */
  isAllowed(now: number): boolean {
    this.times = [...this.times.filter((time) => now - time < WITHIN), now];
    return this.times.length <= this.most;
  }

  forget(): void {
    this.times = [];
  }
}
