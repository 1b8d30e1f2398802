import { Router } from "express";
import { SESSION_TTL_SECONDS, revokedKey } from "../auth/session";
import { redis } from "../cache/redis";
import { getItem } from "../clients/inventory";
import { reviewsOf } from "../clients/reviews";
import { authenticate } from "../middleware/authenticate";
import { requireStaff } from "../middleware/staff";

export const adminRouter = Router();

adminRouter.get("/admin/items/:sku", authenticate, requireStaff, async (req, res) => {
  res.json(await getItem(req.params.sku));
});

adminRouter.get("/admin/items/:sku/reviews", authenticate, requireStaff, async (req, res) => {
  res.json(await reviewsOf(req.params.sku));
});

adminRouter.delete("/admin/sessions/:id", authenticate, async (req, res) => {
  await redis.set(revokedKey(req.params.id), "1", "EX", SESSION_TTL_SECONDS);
  res.status(204).end();
});
