import type { NextFunction, Request, Response } from "express";
import { redis } from "../cache/redis";
import { sessionOf } from "./authenticate";

/** Let only those in who work for the shop; customer care keeps the list. */
export async function requireStaff(
  _req: Request,
  res: Response,
  next: NextFunction,
): Promise<void> {
  if (await redis.sismember("gateway:staff", sessionOf(res).customerId)) {
    next();
    return;
  }
  res.status(403).json({ error: "for the staff of the shop" });
}
