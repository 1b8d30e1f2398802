import { Router } from "express";
import { currentBanner } from "../clients/banner";
import * as inventory from "../clients/inventory";
import { rememberView } from "../clients/profiles";
import { reviewsOf } from "../clients/reviews";
import { showsBanner, showsReviews } from "../flags";
import { logger } from "../logging/logger";
import { authenticate, sessionOf } from "../middleware/authenticate";

export const catalogueRouter = Router();

catalogueRouter.get("/catalogue", async (req, res) => {
  const term = String(req.query.q ?? "");
  try {
    res.json(await inventory.searchItems(term));
  } catch (error) {
    logger.error({ error, term }, "catalogue search failed");
    res.json({ error: "the catalogue is not available" });
  }
});

catalogueRouter.get("/catalogue/:sku", async (req, res) => {
  const [item, stock] = await Promise.all([
    inventory.getItem(req.params.sku),
    inventory.getStock(req.params.sku),
  ]);
  res.json({ ...item, stock });
});

catalogueRouter.get("/banner", async (_req, res) => {
  if (!(await showsBanner())) {
    res.status(204).end();
    return;
  }
  try {
    res.json(await currentBanner());
  } catch (error) {
    logger.warn({ error }, "no banner");
    res.status(503).json({ error: "no banner at the moment" });
  }
});

catalogueRouter.get("/catalogue/:sku/reviews", async (req, res) => {
  res.json((await showsReviews()) ? await reviewsOf(req.params.sku) : []);
});

catalogueRouter.get("/list-currencies", (_req, res) => {
  res.json(["EUR", "GBP", "SEK"]);
});

catalogueRouter.post("/catalogue/:sku/views", authenticate, async (req, res) => {
  await rememberView(sessionOf(res).customerId, req.params.sku);
  res.status(204).end();
});
