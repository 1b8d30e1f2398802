import { Router } from "express";
import { redis } from "../cache/redis";

export const healthRouter = Router();

healthRouter.get("/healthz", (_req, res) => {
  res.json({ status: "ok" });
});

healthRouter.get("/readyz", async (_req, res) => {
  await redis.ping();
  res.json({ status: "ok" });
});
