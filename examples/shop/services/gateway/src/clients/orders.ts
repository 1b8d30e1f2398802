import axios from "axios";
import { config } from "../config";

const http = axios.create({ baseURL: config.ordersUrl, timeout: 3000 });

export interface Order {
  id: number;
  reference: string;
  status: string;
  currency: string;
  total_cents: number;
}

export interface NewOrder {
  channel: string;
  currency: string;
  coupon?: string;
  lines: { sku: string; quantity: number }[];
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

export async function listOrders(token: string, limit: number, offset: number): Promise<Order[]> {
  const { data } = await http.get<Order[]>("/v1/orders", {
    headers: bearer(token),
    params: { limit, offset },
  });
  return data;
}

export async function orderSummary(token: string): Promise<Record<string, number>> {
  const { data } = await http.get("/v1/orders/summary", { headers: bearer(token) });
  return data;
}

export async function getOrder(token: string, id: number): Promise<Order> {
  const { data } = await http.get<Order>(`/v1/orders/${id}`, { headers: bearer(token) });
  return data;
}

export async function placeOrder(token: string, order: NewOrder): Promise<Order> {
  const { data } = await http.post<Order>("/v1/orders", order, { headers: bearer(token) });
  return data;
}

export async function cancelOrder(token: string, id: number): Promise<Order> {
  const { data } = await http.post<Order>(`/v1/orders/${id}/cancel`, null, {
    headers: bearer(token),
  });
  return data;
}
