import { Router } from "express";
import * as shipping from "../clients/shipping";
import { authenticate } from "../middleware/authenticate";

export const shipmentsRouter = Router();

shipmentsRouter.get("/shipments/:id", authenticate, async (req, res) => {
  res.json(await shipping.getShipment(Number(req.params.id)));
});

shipmentsRouter.get("/orders/:orderId/shipment", authenticate, async (req, res) => {
  res.json(await shipping.getShipmentOfOrder(Number(req.params.orderId)));
});
