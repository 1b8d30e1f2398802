import { Router } from "express";
import * as billing from "../clients/billing";
import { authenticate, sessionOf } from "../middleware/authenticate";

export const invoicesRouter = Router();

invoicesRouter.get("/invoices", authenticate, async (req, res) => {
  const page = Math.max(Number(req.query.page ?? 0), 0);
  res.json(await billing.listInvoices(sessionOf(res).customerId, page));
});

invoicesRouter.get("/invoices/by-reference/:reference", async (req, res) => {
  res.json(await billing.findInvoices(req.params.reference));
});

invoicesRouter.get("/invoices/:id", authenticate, async (req, res) => {
  res.json(await billing.getInvoice(Number(req.params.id)));
});

invoicesRouter.post("/invoices/:id/payments", authenticate, async (req, res) => {
  const invoice = await billing.payInvoice(Number(req.params.id), String(req.body.cardToken));
  res.status(201).json(invoice);
});
