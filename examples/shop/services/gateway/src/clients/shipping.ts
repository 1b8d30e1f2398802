import axios from "axios";
import { config } from "../config";

const http = axios.create({ baseURL: config.shippingUrl, timeout: 3000 });

export interface Shipment {
  id: number;
  order_id: number;
  status: string;
}

export async function getShipment(id: number): Promise<Shipment> {
  const { data } = await http.get<Shipment>(`/v1/shipments/${id}`);
  return data;
}

export async function getShipmentOfOrder(orderId: number): Promise<Shipment> {
  const { data } = await http.get<Shipment>(`/v1/orders/${orderId}/shipment`);
  return data;
}
