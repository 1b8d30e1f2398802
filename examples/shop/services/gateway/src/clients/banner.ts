import axios from "axios";
import { config } from "../config";

export interface Banner {
  title: string;
  link: string;
}

/** The banner that marketing keeps in its own content system. */
export async function currentBanner(): Promise<Banner> {
  const { data } = await axios.get<Banner>(config.bannerUrl);
  return data;
}
