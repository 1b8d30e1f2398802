import { Router } from "express";
import * as billing from "../clients/billing";
import * as orders from "../clients/orders";
import * as shipping from "../clients/shipping";
import { authenticate, sessionOf } from "../middleware/authenticate";

export const ordersRouter = Router();

ordersRouter.use("/orders", authenticate);

ordersRouter.get("/orders", async (req, res) => {
  const limit = Math.min(Number(req.query.limit ?? 20), 100);
  const offset = Math.max(Number(req.query.offset ?? 0), 0);
  res.json(await orders.listOrders(sessionOf(res).token, limit, offset));
});

ordersRouter.post("/orders", async (req, res) => {
  const { channel = "web", currency = "EUR", coupon, lines } = req.body;
  const order = await orders.placeOrder(sessionOf(res).token, { channel, currency, coupon, lines });
  res.status(201).json(order);
});

ordersRouter.get("/orders/summary", async (_req, res) => {
  res.json(await orders.orderSummary(sessionOf(res).token));
});

ordersRouter.get("/orders/:id", async (req, res) => {
  res.json(await orders.getOrder(sessionOf(res).token, Number(req.params.id)));
});

ordersRouter.post("/orders/:id/cancel", async (req, res) => {
  res.json(await orders.cancelOrder(sessionOf(res).token, Number(req.params.id)));
});

ordersRouter.get("/orders/:id/shipment", async (req, res) => {
  const order = await orders.getOrder(sessionOf(res).token, Number(req.params.id));
  res.json(await shipping.getShipmentOfOrder(order.id));
});

ordersRouter.post("/orders/:id/invoice", async (req, res) => {
  const session = sessionOf(res);
  const order = await orders.getOrder(session.token, Number(req.params.id));
  const shipTo = String(req.body.shipTo);
  res.status(201).json(await billing.createInvoice(session.customerId, order.id, shipTo));
});

ordersRouter.get("/account", authenticate, async (_req, res) => {
  const session = sessionOf(res);
  const summary = await orders.orderSummary(session.token);
  const invoices = await billing.listInvoices(session.customerId, 0);
  res.json({ summary, invoices });
});
