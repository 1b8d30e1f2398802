import type { NextFunction, Request, Response } from "express";

const MOST_ATTEMPTS = 5;
const attempts = new Map<string, number>();

export function limitAttempts(req: Request, res: Response, next: NextFunction): void {
  const client = req.ip ?? "";
  const tried = (attempts.get(client) ?? 0) + 1;
  attempts.set(client, tried);
  if (tried > MOST_ATTEMPTS) {
    res.status(429).json({ error: "too many attempts" });
    return;
  }
  next();
}
