import { isAxiosError } from "axios";
import type { NextFunction, Request, Response } from "express";
import { logger } from "../logging/logger";

/** Pass on what a service refused; anything else is a bad gateway or our own fault. */
export function answerError(
  error: unknown,
  req: Request,
  res: Response,
  next: NextFunction,
): void {
  if (res.headersSent) {
    next(error);
    return;
  }
  logger.error({ error, path: req.path }, "request failed");
  if (isAxiosError(error)) {
    const status = error.response?.status ?? 502;
    res.status(status < 500 ? status : 502).json({ error: "a service refused the request" });
    return;
  }
  res.status(500).json({ error: "internal error" });
}
