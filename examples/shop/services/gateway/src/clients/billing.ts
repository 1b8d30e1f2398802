import axios from "axios";
import { config } from "../config";

const http = axios.create({ baseURL: config.billingUrl, timeout: 5000 });

export interface Invoice {
  id: number;
  orderId: number;
  customerId: string;
  reference: string;
  totalCents: number;
  status: string;
}

export async function listInvoices(customerId: string, page: number): Promise<Invoice[]> {
  const { data } = await http.get<Invoice[]>("/v1/invoices", {
    params: { customerId, page, size: 20 },
  });
  return data;
}

export async function getInvoice(id: number): Promise<Invoice> {
  const { data } = await http.get<Invoice>(`/v1/invoices/${id}`);
  return data;
}

export async function findInvoices(reference: string): Promise<Invoice[]> {
  const { data } = await http.get<Invoice[]>("/v1/invoices/search", { params: { reference } });
  return data;
}

export async function createInvoice(
  customerId: string,
  orderId: number,
  shipTo: string,
): Promise<Invoice> {
  const { data } = await http.post<Invoice>("/v1/invoices", { customerId, orderId, shipTo });
  return data;
}

export async function payInvoice(id: number, cardToken: string): Promise<Invoice> {
  const { data } = await http.post<Invoice>(`/v1/invoices/${id}/payments`, { cardToken });
  return data;
}
