import axios from "axios";
import { redis } from "../cache/redis";
import { config } from "../config";

const http = axios.create({ baseURL: config.inventoryUrl, timeout: 2000 });

export interface Item {
  sku: string;
  name: string;
  price_cents: number;
}

export interface StockLevel {
  warehouse: string;
  available: number;
}

export async function searchItems(term: string): Promise<Item[]> {
  const { data } = await http.get<Item[]>("/v1/items", { params: { q: term, limit: 50 } });
  return data;
}

export async function getItem(sku: string): Promise<Item> {
  const cached = await redis.get(`gateway:item:${sku}`);
  if (cached) {
    return JSON.parse(cached) as Item;
  }
  const { data } = await http.get<Item>(`/v1/items/${encodeURIComponent(sku)}`);
  await redis.set(`gateway:item:${sku}`, JSON.stringify(data));
  return data;
}

export async function getStock(sku: string): Promise<StockLevel[]> {
  const { data } = await http.get<StockLevel[]>(`/v1/items/${encodeURIComponent(sku)}/stocks`);
  return data;
}
