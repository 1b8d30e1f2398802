import cookieParser from "cookie-parser";
import cors from "cors";
import express from "express";
import { answerError } from "./middleware/errors";
import { adminRouter } from "./routes/admin";
import { catalogueRouter } from "./routes/catalogue";
import { healthRouter } from "./routes/health";
import { invoicesRouter } from "./routes/invoices";
import { ordersRouter } from "./routes/orders";
import { sessionsRouter } from "./routes/sessions";
import { shipmentsRouter } from "./routes/shipments";

export const app = express();

app.use(cors({ origin: true, credentials: true }));
app.use(express.json({ limit: "100kb" }));
app.use(cookieParser());
app.use(healthRouter);
app.use("/api", sessionsRouter);
app.use("/api", ordersRouter);
app.use("/api", shipmentsRouter);
app.use("/api", invoicesRouter);
app.use("/api", catalogueRouter);
app.use("/api", adminRouter);
app.use(answerError);
