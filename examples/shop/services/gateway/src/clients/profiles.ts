import { MongoClient } from "mongodb";
import { config } from "../config";

const mongo = new MongoClient(config.mongoUrl, { maxPoolSize: 10, serverSelectionTimeoutMS: 2000 });

interface Profile {
  _id: string;
  views: { sku: string; at: Date }[];
}

const profiles = mongo.db("gateway").collection<Profile>("profiles");

/** What a customer has looked at, for the suggestions of the start page. */
export async function rememberView(customerId: string, sku: string): Promise<void> {
  await profiles.updateOne({ _id: customerId }, { $push: { views: { sku, at: new Date() } } }, { upsert: true });
}
